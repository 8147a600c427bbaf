//! Positions that an application keeps outside Kafka.

use lab::{Produce, Topic};

use crate::{Bench, Expected, records};

const CHECK: &str = "external-position";

/// A unit whose records begin at offset 0 on the source and behind ten others on the target.
fn unit(name: &str, positions: &str) -> Bench {
    let mut bench = Bench::new(name);
    let topic = bench.topic();
    let all = records(50);
    for cluster in [bench.case.source(), bench.case.target()] {
        cluster.create_topic(&Topic::new(&topic)).unwrap();
    }
    // Offsets of the two sides are different numbers: the target's first ten were removed again.
    bench.case.target().produce(&topic, records(10), &Produce::default()).unwrap();
    bench.case.target().delete_records(&topic, 0, 10).unwrap();
    for cluster in [bench.case.source(), bench.case.target()] {
        cluster.produce(&topic, all.clone(), &Produce::default()).unwrap();
    }
    bench.runbook.more = format!("external_positions: {{ {positions} }}");
    bench.set(CHECK, "use: external-position, severity: blocker");
    bench
}

fn told(bench: &Bench, offset: &str) -> String {
    format!("{{\"topic\": \"{}\", \"partition\": 0, \"offset\": {offset}}}", bench.topic())
}

#[test]
fn the_place_of_a_position_told_by_a_command_or_a_file_is_proved() {
    let bench = unit("told", "by-command: { exec: [./position.sh] }, by-file: { file: position.json }");
    bench.script("position.sh", &format!("echo '{}'", told(&bench, "20")));
    std::fs::write(bench.folder.path().join("position.json"), told(&bench, "50")).unwrap();
    bench.check(&[CHECK]).is("both told", &Expected::new(CHECK, "green", ""));
}

#[test]
fn a_position_that_is_not_told_or_not_there_is_unknown() {
    let bench = unit("not-told", "by-command: { exec: [./position.sh] }");
    for (script, says) in [
        ("exit 3".to_owned(), "status 3"),
        ("echo done".to_owned(), "not one JSON object"),
        (format!("echo '{}'", told(&bench, "\"20\"")), "not a number from 0"),
        (format!("echo '{}'", told(&bench, "51")), "51"),
        ("echo '{\"topic\": \"other\", \"partition\": 0, \"offset\": 1}'".to_owned(), "none of the unit's"),
    ] {
        bench.script("position.sh", &script);
        bench.check(&[CHECK]).is(&script, &Expected::new(CHECK, "unknown", "").says(says));
    }
}
