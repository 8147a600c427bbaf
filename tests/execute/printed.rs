//! `--effects print`: rights to read are enough, and a person does what the run asks for.

use std::process::Command;

use cutover_tests::acl;
use lab::{Case, Position, Rest, Side};
use serde_json::Value;

use crate::lanes::UNSYNCED;
use crate::runbook::THE_END;
use crate::snapshot::Snapshot;
use crate::switch::{PARTITIONS, Switch};
use crate::until;

crate::tests!(daily: a_person_does_what_a_run_with_rights_to_read_asks_for; soak: );

/// What `cutover` needs to look: it reads and describes, and writes nothing.
fn read_only(switch: &Switch<'_>) {
    for cluster in [switch.source(), switch.target()] {
        for operation in [acl::READ, acl::DESCRIBE, acl::DESCRIBE_CONFIGS] {
            acl::create(cluster, "User:cutover", switch.topic(), operation, acl::ALLOW);
        }
        for (principal, operation) in [("User:checkout", acl::WRITE), ("User:settlement", acl::READ)] {
            acl::create(cluster, principal, switch.topic(), operation, acl::ALLOW);
        }
    }
}

fn properties(case: &Case<'_>, side: Side) -> String {
    case.cluster(side).sasl_properties("cutover").display().to_string()
}

/// A person who reads what is asked for, and does it with rights of their own.
fn by_hand(switch: &Switch<'_>, proposed: &Value) {
    let rest = Rest::new(&switch.site.connect);
    for change in proposed["changes"]["changes"].as_array().unwrap() {
        let command = &change["command"];
        if let Some(connector) = command["connector"].as_str() {
            let path = format!("/connectors/{connector}/config");
            let mut config = rest.get(&path).unwrap();
            for setting in command["settings"].as_array().unwrap() {
                config[setting["name"].as_str().unwrap()] = setting["to"].clone();
            }
            rest.put(&path, &config).unwrap();
        } else if let Some(commits) = command["commits"].as_array() {
            let at = |commit: &Value, key: &str| commit[key].as_i64().unwrap();
            let positions = commits.iter().map(|commit| {
                let partition = i32::try_from(at(commit, "partition")).unwrap();
                Position::new(commit["topic"].as_str().unwrap(), partition, at(&commit["to"], "offset"))
            });
            let positions: Vec<Position> = positions.collect();
            switch.target().commit(switch.group(), &positions).unwrap();
        } else if let Some(argv) = command["argv"].as_array() {
            let words: Vec<&str> = argv.iter().map(|word| word.as_str().unwrap()).collect();
            let folder = switch.folder.path();
            let status = Command::new(folder.join(words[0])).args(&words[1..]).current_dir(folder).status();
            assert!(status.unwrap().success(), "{words:?}");
        } else {
            panic!("the test knows no hand for {command:#}");
        }
    }
}

/// The group stands where it stands, with a text beside each commit, which no tool of Kafka writes.
fn with_text(switch: &Switch<'_>) {
    let held = switch.source().committed(switch.group(), switch.topic()).unwrap();
    let held: Vec<Position> =
        held.iter().map(|(partition, offset)| Position::new(switch.topic(), *partition, *offset)).collect();
    switch.source().commit_with(switch.group(), &held, "batch 7").unwrap();
}

fn a_person_does_what_a_run_with_rights_to_read_asks_for() {
    let mut switch = Switch::in_lane(UNSYNCED, "printed");
    switch.with_log(600);
    switch.at_work();
    read_only(&switch);
    for side in Side::BOTH {
        let place = &mut switch.site.clusters[usize::from(side == Side::Target)];
        place.0 = properties(&switch.case, side);
    }
    switch.runbook.end_with("land-offsets");
    let mut run = switch.run(&["--effects", "print"]);
    for (step, printed) in [
        ("stop-producers", "./app.sh stop source/"),
        ("stop-consumers", "./app.sh stop source/"),
        ("stop-flow", "in the configuration of connector unsynced-source"),
        ("land-offsets", "kafka-consumer-groups --bootstrap-server $TARGET"),
    ] {
        let before = Snapshot::of(&switch);
        run.until("the step asks", |told| !told.of_step("proposed", step).is_empty());
        until("it is printed", || run.said().contains(printed));
        assert_eq!(Snapshot::of(&switch), before, "{step} was done by the run itself");
        assert!(!run.told().is_done(step), "{step} is done before anybody did it");
        if step == "stop-flow" {
            with_text(&switch);
        }
        by_hand(&switch, run.told().of_step("proposed", step).last().unwrap());
        run.until("it is seen to be done", |told| told.is_done(step));
    }
    let lost = format!("the text beside {PARTITIONS} commits of group {} on target is lost", switch.group());
    assert!(run.said().contains(&lost), "{}", run.said());
    run.until("it has come to the end of the test", |told| told.began(THE_END));
    assert!(run.told().applied().is_empty());
    assert_eq!(
        switch.target().committed(switch.group(), switch.topic()).unwrap(),
        switch.source().committed(switch.group(), switch.topic()).unwrap(),
        "the topics are equal offset by offset"
    );
}
