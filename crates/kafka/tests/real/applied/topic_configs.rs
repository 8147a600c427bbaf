//! Single settings of a topic.

use super::{DONE, applied, assert_refused, awaited};
use crate::{case, connect, connect_as, patience, rpc};
use kafka::ConfigOrigin;
use lab::Topic;
use runbook::Side;
use runbook::world::{Command, Receipt, SettingChange};
use std::collections::BTreeMap;

fn command(topic: &str, settings: &[(&str, Option<&str>, Option<&str>)]) -> Command {
    let settings = settings
        .iter()
        .map(|(name, from, to)| SettingChange {
            name: (*name).to_owned(),
            from: from.map(str::to_owned),
            to: to.map(str::to_owned),
            entries: Vec::new(),
        })
        .collect();
    Command::SetTopicConfigs { side: Side::Target, topic: topic.to_owned(), settings }
}

/// What is set on the topic itself.
fn set(cluster: &lab::Cluster, topic: &str) -> BTreeMap<String, String> {
    let configs =
        connect(cluster).topic_configs(&[topic], &patience()).unwrap().remove(topic).unwrap().unwrap();
    let own = configs.into_iter().filter(|(_, config)| config.origin == ConfigOrigin::Topic);
    own.map(|(name, config)| (name, config.value.unwrap())).collect()
}

#[test]
fn set_removed_and_restored_and_the_others_stay() {
    let case = case("set-configs");
    let topic = case.name("t");
    let made = Topic::new(&topic).config("segment.ms", 7_200_000).config("max.message.bytes", 2_000_000);
    case.target().create_topic(&made).unwrap();
    let before = set(case.target(), &topic);
    let cluster = connect(case.target());
    let there = command(
        &topic,
        &[
            ("segment.ms", Some("7200000"), Some("3600000")),
            ("max.message.bytes", Some("2000000"), None),
            ("message.timestamp.type", None, Some("LogAppendTime")),
        ],
    );
    assert_eq!(applied(&cluster, &there), DONE);
    let mut expected = before.clone();
    expected.insert("segment.ms".into(), "3600000".into());
    expected.remove("max.message.bytes");
    expected.insert("message.timestamp.type".into(), "LogAppendTime".into());
    assert_eq!(set(case.target(), &topic), expected);
    assert!(expected.contains_key("retention.ms"), "one that was not named is not reset");
    assert_eq!(applied(&cluster, &there), Receipt::Already);
    let back = there.inverse().unwrap();
    assert_eq!(applied(&cluster, &back), DONE);
    assert_eq!(set(case.target(), &topic), before);
    assert_eq!(applied(&cluster, &back), Receipt::Already);
}

#[test]
fn a_default_is_not_set_and_what_is_neither_is_refused() {
    let case = case("set-configs-neither");
    let topic = case.name("t");
    case.target().create_topic(&Topic::new(&topic).config("segment.ms", 7_200_000)).unwrap();
    let before = set(case.target(), &topic);
    let cluster = connect(case.target());
    // The broker's own default is the same; it is not this topic's.
    let default = command(&topic, &[("cleanup.policy", Some("delete"), Some("compact"))]);
    let words = ["cleanup.policy is not set, neither \"delete\" (expected) nor \"compact\" (wanted)", &topic];
    assert_refused(&applied(&cluster, &default), &words);
    let moved = command(
        &topic,
        &[("segment.ms", Some("1"), Some("3600000")), ("cleanup.policy", None, Some("compact"))],
    );
    assert_refused(&applied(&cluster, &moved), &["segment.ms is \"7200000\"", "nothing was changed"]);
    for (name, to, part) in [
        ("segment.ms", "soon", "INVALID_CONFIG"),
        ("no.such.setting", "1", "INVALID_CONFIG"),
        ("segment.bytes", "10", "INVALID_CONFIG"),
    ] {
        let from = (name == "segment.ms").then_some("7200000");
        let wrong = command(&topic, &[(name, from, Some(to)), ("cleanup.policy", None, Some("compact"))]);
        assert_refused(&applied(&cluster, &wrong), &[part, name, "nothing was changed"]);
    }
    let twice = command(&topic, &[("segment.ms", None, Some("1")), ("segment.ms", None, Some("2"))]);
    assert_refused(&applied(&cluster, &twice), &["named twice"]);
    assert_eq!(set(case.target(), &topic), before, "all of them or none");
    let missing = command(&case.name("missing"), &[("cleanup.policy", None, Some("compact"))]);
    assert_refused(&applied(&cluster, &missing), &["UNKNOWN_TOPIC_OR_PARTITION"]);
}

#[test]
fn who_may_only_look_is_refused() {
    let case = case("set-configs-denied");
    let topic = case.name("t");
    case.target().create_topic(&Topic::new(&topic)).unwrap();
    // 10: DESCRIBE_CONFIGS. Where the topic has an ACL, what is not allowed on it is denied.
    rpc::create_acl(&case.target().bootstrap, "User:cutover", (2, &topic, 3), 10, 3);
    let cluster = connect_as(case.target(), "cutover");
    let there = command(&topic, &[("segment.ms", None, Some("3600000"))]);
    awaited("the ACL", || match applied(&cluster, &there) {
        Receipt::Applied { .. } => {
            assert_eq!(applied(&connect(case.target()), &there.inverse().unwrap()), DONE);
            false
        }
        refused => {
            let words = ["TOPIC_AUTHORIZATION_FAILED", "not authorised: grant ALTER_CONFIGS on the topic"];
            assert_refused(&refused, &words);
            true
        }
    });
    assert!(!set(case.target(), &topic).contains_key("segment.ms"));
}
