//! `cutover parity group` over many groups: patterns, groups of one side, and what may not be seen.

use cutover_tests::{acl, call};
use kafka_protocol::messages::{
    ApiKey, GroupId, ShareGroupHeartbeatRequest, ShareGroupHeartbeatResponse, TopicName,
};
use kafka_protocol::protocol::StrBytes;
use lab::Position;
use serde_json::{Value, json};

use crate::{AT_MOST, cutover, lab, only, records, topic_on_both, write};

fn names(answer: &Value) -> Vec<String> {
    let groups = answer["groups"].as_array().unwrap().iter();
    groups.map(|group| group["group"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_pattern_finds_the_groups_of_both_sides_and_the_worst_decides() {
    let case = lab().case("all");
    let topic = topic_on_both(&case, "orders");
    let same = records(50);
    write(case.source(), &topic, same.clone());
    write(case.target(), &topic, same);
    let (a, b, only_target) = (case.name("a"), case.name("b"), case.name("c-target"));
    for group in [&a, &b] {
        case.source().commit(group, &[Position::new(&topic, 0, 20)]).unwrap();
        case.target().commit(group, &[Position::new(&topic, 0, 20)]).unwrap();
    }
    case.target().commit(&only_target, &[Position::new(&topic, 0, 5)]).unwrap();
    let prefix = case.name("*");
    let answer = cutover(&case, &["parity", "group", &prefix]).exits(3).json();
    assert_eq!(names(&answer), [a.clone(), b.clone(), only_target.clone()]);
    let levels: Vec<&Value> =
        answer["groups"].as_array().unwrap().iter().map(|group| &group["verdict"]).collect();
    assert_eq!(levels, ["green", "green", "unknown"]);
    assert_eq!(answer["groups"][0]["kind"], "classic");
    assert_eq!(answer["left_out"], Value::Null, "a super user sees everything: {answer:#}");
    let exclude = case.name("c-*");
    let answer = cutover(&case, &["parity", "group", &prefix, "--exclude", &exclude]).exits(0).json();
    assert_eq!(names(&answer), [a, b]);
    let nobody = case.name("x-*");
    let answer = cutover(&case, &["parity", "group", &prefix, &nobody]).exits(3).json();
    assert!(answer["why"].as_str().unwrap().contains(&nobody), "{answer:#}");
}

#[test]
fn no_name_means_every_group() {
    let case = lab().case("every");
    let topic = topic_on_both(&case, "orders");
    let (here, there) = (case.name("here"), case.name("there"));
    case.source().commit(&here, &[Position::new(&topic, 0, 0)]).unwrap();
    case.target().commit(&there, &[Position::new(&topic, 0, 0)]).unwrap();
    let answer = cutover(&case, &["parity", "group", "--max-read", "1MiB"]).json();
    let found = names(&answer);
    assert!(found.contains(&here) && found.contains(&there), "{found:?}");
}

#[test]
fn commits_that_kafka_leaves_out_are_said() {
    let case = lab().case("hidden");
    let (seen, hidden) = (topic_on_both(&case, "seen"), topic_on_both(&case, "hidden"));
    for topic in [&seen, &hidden] {
        write(case.source(), topic, records(10));
        write(case.target(), topic, records(10));
    }
    let group = case.name("g");
    for cluster in [case.source(), case.target()] {
        let both = [Position::new(&seen, 0, 5), Position::new(&hidden, 0, 5)];
        cluster.commit(&group, &both).unwrap();
        acl::create(cluster, "User:settlement", &hidden, acl::DESCRIBE, acl::DENY);
    }
    let sides = [case.source(), case.target()].map(|cluster| cluster.sasl_properties("settlement"));
    let sides = sides.map(|path| path.display().to_string());
    let run = || {
        let all = ["parity", "group", &group, "--source", &sides[0], "--target", &sides[1], "-o", "json"];
        cutover_tests::Cutover::new(all).run().json()
    };
    // ACLs apply some time after they were created.
    let began = std::time::Instant::now();
    let answer = loop {
        let answer = run();
        if only(&answer["groups"])["partitions"].as_array().unwrap().len() == 1
            && answer["left_out"].is_array()
        {
            break answer;
        }
        assert!(began.elapsed() < crate::AT_MOST, "the ACLs are not applied: {answer:#}");
    };
    let left_out = answer["left_out"].to_string();
    assert!(left_out.contains("source cluster") && left_out.contains("target cluster"), "{left_out}");
    assert!(left_out.contains("topics this principal may not describe"), "{left_out}");
    assert_eq!(only(&only(&answer["groups"])["partitions"])["topic"], json!(seen));
}

#[test]
fn a_share_group_is_named_and_unknown_and_never_landed() {
    let case = lab().case("shared");
    let topic = topic_on_both(&case, "orders");
    let group = case.name("g");
    let text = |text: &str| StrBytes::from_string(text.to_owned());
    let joins = ShareGroupHeartbeatRequest::default()
        .with_group_id(GroupId(text(&group)))
        .with_member_id(text("AAAAAAAAAAAAAAAAAAAAAA"))
        .with_member_epoch(0)
        .with_subscribed_topic_names(Some(vec![TopicName(text(&topic))]));
    // Where nobody ever committed there is no coordinator, and one that has just come to be loads first.
    case.source().commit(&format!("first-{topic}"), &[Position::new(&topic, 0, 0)]).unwrap();
    let passing = [14, 15, 16];
    let until = std::time::Instant::now() + AT_MOST;
    loop {
        let answer: ShareGroupHeartbeatResponse =
            call(&case.source().bootstrap, ApiKey::ShareGroupHeartbeat as i16, 1, &joins);
        if answer.error_code == 0 {
            break;
        }
        let waits = passing.contains(&answer.error_code) && std::time::Instant::now() < until;
        assert!(waits, "{}: {:?}", answer.error_code, answer.error_message);
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    let pattern = case.name("*");
    let answer = cutover(&case, &["parity", "group", &pattern]).exits(3).json();
    let found = only(&answer["groups"]);
    assert_eq!((&found["group"], &found["kind"]), (&json!(group), &json!("share")));
    assert!(found["why"].as_str().unwrap().contains("share group"), "{found:#}");
    let answer = cutover(&case, &["land", &group, "--over", "1s", "--apply"]).exits(1).json();
    assert_eq!(answer["applied"], false, "{answer:#}");
}
