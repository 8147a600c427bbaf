//! A real Connect worker with MirrorMaker 2 in it: connectors told, changed and taken back, each judged by another client.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use lab::{Flow, LabSpec, TestLab};
use runbook::Probe;
use runbook::world::{Command, ConnectorsSeen, Measured, Receipt, Replicator, SettingChange};
use serde_json::Value;
use services::{Scrubber, Secrets, Services, Until};

const GUARD: Duration = Duration::from_secs(90);
const PASSWORD: &str = "cAn4ry-p4ssword-7";
const DONE: Receipt = Receipt::Applied { said: None };

/// Four flows in one worker, so that tests do not meet. Their settings hold a password, which nobody asks for.
fn lab() -> &'static TestLab {
    let module = "org.apache.kafka.common.security.scram.ScramLoginModule";
    let jaas = format!("{module} required username=\"mm2\" password=\"{PASSWORD}\";");
    let options = BTreeMap::from([
        ("source.cluster.sasl.jaas.config".to_owned(), jaas),
        ("target.cluster.ssl.truststore.password".to_owned(), PASSWORD.to_owned()),
        ("topics.exclude".to_owned(), "audit, .*\\.internal".to_owned()),
    ]);
    let flow = |name: &str| Flow {
        options: options.clone(),
        tasks: 1,
        ..Flow::named(name, format!("{name}-.*"), format!("{name}-.*"))
    };
    let flows = ["set", "state", "seen", "both"].map(flow).to_vec();
    TestLab::shared_with(|| LabSpec { flows, ..LabSpec::default() })
}

fn url() -> String {
    lab().connect().unwrap().url().to_owned()
}

fn services() -> Services {
    let secrets = Arc::new(Secrets::new(Path::new("/"), BTreeMap::new(), Scrubber::default()));
    Services::new("/", secrets)
}

fn guard() -> Until<'static> {
    Until::after(GUARD, &|| false)
}

/// The receipt, after a look that no secret is in it.
fn applied(command: &Command) -> Receipt {
    let receipt = services().apply(command, guard()).unwrap();
    let visible = format!("{receipt:?} {}", serde_json::to_string(&receipt).unwrap());
    assert!(!visible.contains("cAn4ry"), "{visible}");
    receipt
}

fn refused(receipt: &Receipt, parts: &[&str]) {
    let Receipt::Refused { why } = receipt else { panic!("{receipt:?}") };
    assert!(parts.iter().all(|part| why.contains(part)), "{parts:?} in {why}");
}

fn seen(flow: &str) -> ConnectorsSeen {
    let replicator = Replicator {
        tool: "mirrormaker2".to_owned(),
        source_alias: format!("{flow}-source"),
        target_alias: format!("{flow}-target"),
        connect: Some(url()),
    };
    match services().observe(&Probe::Connectors { replicator }, guard()).unwrap() {
        Measured::Connectors(seen) => seen,
        other => panic!("{other:?}"),
    }
}

/// As Connect gives it to anybody; while it rebalances it gives nothing.
fn asked(path: &str) -> Value {
    let guard = Instant::now() + GUARD;
    loop {
        match lab().connect().unwrap().get(path) {
            Ok(told) => return told,
            Err(error) => {
                assert!(error.to_string().contains("rebalance") && Instant::now() < guard, "{error}")
            }
        }
    }
}

fn config(connector: &str) -> BTreeMap<String, String> {
    serde_json::from_value(asked(&format!("/connectors/{connector}/config"))).unwrap()
}

fn status(connector: &str) -> Value {
    asked(&format!("/connectors/{connector}/status"))
}

fn set(connector: &str, settings: &[(&str, Option<&str>, Option<&str>)]) -> Command {
    let settings = settings.iter().map(|(name, from, to)| SettingChange {
        name: (*name).to_owned(),
        from: from.map(str::to_owned),
        to: to.map(str::to_owned),
        entries: Vec::new(),
    });
    Command::SetConnectorConfigs {
        connect: url(),
        connector: connector.to_owned(),
        settings: settings.collect(),
    }
}

fn bring(connector: &str, from: &str, to: &str) -> Command {
    Command::SetConnectorState {
        connect: url(),
        connector: connector.to_owned(),
        from: from.to_owned(),
        to: to.to_owned(),
    }
}

#[test]
fn an_excluded_topic_comes_and_goes_and_all_else_stays() {
    let before = config("set-source");
    let there = set(
        "set-source",
        &[
            ("topics.exclude", Some("audit, .*\\.internal"), Some("audit, .*\\.internal,set-orders")),
            ("consumer.max.poll.records", None, Some("100")),
        ],
    );
    assert_eq!(applied(&there), DONE);
    let mut expected = before.clone();
    expected.insert("topics.exclude".to_owned(), "audit, .*\\.internal,set-orders".to_owned());
    expected.insert("consumer.max.poll.records".to_owned(), "100".to_owned());
    assert_eq!(config("set-source"), expected);
    assert!(expected["source.cluster.sasl.jaas.config"].contains(PASSWORD), "not the mask");
    assert_eq!(applied(&there), Receipt::Already);
    // The probe, which is another look, tells it too.
    let told = seen("set").connectors.into_iter().find(|it| it.connector == "set-source").unwrap();
    assert_eq!(told.settings["topics.exclude"], "audit, .*\\.internal,set-orders");
    let back = there.inverse().unwrap();
    assert_eq!(applied(&back), DONE);
    assert_eq!(config("set-source"), before);
    assert_eq!(applied(&back), Receipt::Already);

    let moved = set(
        "set-source",
        &[("topics.exclude", Some("audit"), Some("x")), ("tasks.max", Some("1"), Some("2"))],
    );
    refused(&applied(&moved), &["topics.exclude is", "\"audit\" (expected)", "nothing was changed"]);
    let wrong = set("set-source", &[("tasks.max", Some("1"), Some("many"))]);
    refused(&applied(&wrong), &["400", "tasks.max", "nothing was changed"]);
    let secret = set("set-source", &[("target.cluster.ssl.truststore.password", Some(PASSWORD), None)]);
    refused(&applied(&secret), &["is a secret"]);
    refused(&applied(&set("no-such", &[("tasks.max", Some("1"), Some("2"))])), &["no-such", "not"]);
    assert_eq!(config("set-source"), before);
    assert_eq!(asked("/connectors").as_array().unwrap().len(), 12);
}

/// Two runs of two units that share a connector, at the same moment: Connect has no compare-and-set.
#[test]
fn two_that_exclude_at_once_keep_the_others_topics() {
    let name = "both-source";
    let listed = || config(name)["topics.exclude"].clone();
    let begun = listed();
    let entry = |topic: &str| {
        let mut command = set(name, &[("topics.exclude", Some(&begun), Some(&format!("{begun},{topic}")))]);
        let Command::SetConnectorConfigs { settings, .. } = &mut command else { unreachable!() };
        settings[0].entries = vec![topic.to_owned()];
        command
    };
    let has = |topic: &str| listed().split(',').any(|item| item.trim() == topic);
    let at_once = |commands: [Command; 2]| {
        let start = std::sync::Barrier::new(2);
        std::thread::scope(|scope| {
            let both = commands.map(|command| {
                let start = &start;
                scope.spawn(move || {
                    start.wait();
                    applied(&command)
                })
            });
            both.map(|one| one.join().unwrap())
        })
    };
    for round in 0..4 {
        let [ours, theirs] = ["orders", "ledger"].map(|topic| format!("{topic}-{round}"));
        let there = [entry(&ours), entry(&theirs)];
        assert_eq!(at_once(there.clone()), [DONE, DONE]);
        assert!(has(&ours) && has(&theirs), "{}", listed());
        // One goes back while the other begins its next.
        let next = format!("next-{round}");
        let back = there[0].inverse().unwrap();
        assert_eq!(at_once([back, entry(&next)]), [DONE, DONE]);
        assert!(!has(&ours) && has(&theirs) && has(&next), "{}", listed());
        for topic in [&theirs, &next] {
            assert_eq!(applied(&entry(topic).inverse().unwrap()), DONE);
        }
        assert_eq!(listed(), begun);
    }
}

#[test]
fn a_connector_stops_pauses_and_goes_on() {
    let name = "state-checkpoint";
    let state = || status(name)["connector"]["state"].as_str().unwrap().to_owned();
    for (from, to) in [
        ("RUNNING", "STOPPED"),
        ("STOPPED", "PAUSED"),
        ("PAUSED", "STOPPED"),
        ("STOPPED", "RUNNING"),
        ("RUNNING", "PAUSED"),
        ("PAUSED", "RUNNING"),
    ] {
        let there = bring(name, from, to);
        assert_eq!(applied(&there), DONE, "{from} to {to}");
        assert_eq!(state(), to);
        assert_eq!(applied(&there), Receipt::Already);
    }
    refused(
        &applied(&bring(name, "PAUSED", "STOPPED")),
        &["is RUNNING", "PAUSED (expected)", "nothing was changed"],
    );
    refused(&applied(&bring("no-such", "RUNNING", "PAUSED")), &["no-such", "nothing was changed"]);
    assert_eq!(state(), "RUNNING");

    // Tasks end some time after the connector says STOPPED; the probe tells both.
    let name = "state-heartbeat";
    assert_eq!(applied(&bring(name, "RUNNING", "STOPPED")), DONE);
    let guard = Instant::now() + GUARD;
    loop {
        let told = seen("state").connectors.into_iter().find(|it| it.connector == name).unwrap();
        assert_eq!(told.state, "STOPPED");
        if told.tasks.is_empty() {
            break;
        }
        assert!(Instant::now() < guard, "{told:?}");
    }
    assert_eq!(applied(&bring(name, "RUNNING", "STOPPED").inverse().unwrap()), DONE);
}

#[test]
fn connectors_are_told_with_their_part_in_the_flow_and_without_secrets() {
    let guard = Instant::now() + GUARD;
    let told = loop {
        let told = seen("seen");
        let ours = told.connectors.iter().filter(|it| it.connector.starts_with("seen-"));
        // Where there is nothing to copy and no group there is no task.
        let running = ours.clone().any(|it| it.connector == "seen-heartbeat" && !it.tasks.is_empty());
        if running && ours.clone().all(|it| it.tasks.values().all(|task| task == "RUNNING")) {
            break told;
        }
        assert!(Instant::now() < guard, "{told:?}");
    };
    let visible = format!("{told:?}");
    assert!(!visible.contains("cAn4ry"), "{visible}");
    let roles: Vec<_> =
        told.connectors.iter().map(|it| (it.connector.as_str(), it.role.as_deref())).collect();
    assert_eq!(
        roles,
        [
            ("both-checkpoint", None),
            ("both-heartbeat", None),
            ("both-source", None),
            ("seen-checkpoint", Some("checkpoint")),
            ("seen-heartbeat", Some("heartbeat")),
            ("seen-source", Some("source")),
            ("set-checkpoint", None),
            ("set-heartbeat", None),
            ("set-source", None),
            ("state-checkpoint", None),
            ("state-heartbeat", None),
            ("state-source", None),
        ]
    );
    let source = &told.connectors[5];
    assert_eq!(source.state, "RUNNING");
    assert_eq!(source.settings["source.cluster.sasl.jaas.config"], "***");
    assert_eq!(source.settings["target.cluster.ssl.truststore.password"], "***");
    let policy = "org.apache.kafka.connect.mirror.IdentityReplicationPolicy";
    assert_eq!(source.settings["replication.policy.class"], policy);
    let raw = config("seen-source");
    assert!(source.settings.keys().eq(raw.keys()), "all of them are told");
}

#[test]
fn without_a_connect_cluster_there_is_no_answer() {
    let replicator = Replicator {
        tool: "mirrormaker2".to_owned(),
        source_alias: "a".to_owned(),
        target_alias: "b".to_owned(),
        connect: None,
    };
    let error = services().observe(&Probe::Connectors { replicator }, guard()).unwrap_err();
    assert!(error.message.contains("names no Connect cluster"), "{error}");
}
