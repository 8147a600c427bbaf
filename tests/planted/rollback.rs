use std::sync::PoisonError;

use lab::{Position, Produce, Topic};

use crate::{Bench, Expected, TROUBLE, now, records, records_from};

/// The topic on the source with this retention and the group at the record that was written `age` ago.
fn kept(name: &str, retention_ms: i64, age_ms: i64) -> Bench {
    let bench = Bench::new(name);
    let (topic, source) = (bench.topic(), bench.case.source());
    source.create_topic(&Topic::new(&topic).config("retention.ms", retention_ms)).unwrap();
    source.produce(&topic, records_from(now() - age_ms, 50), &Produce::default()).unwrap();
    source.commit(&bench.group(), &[Position::new(&topic, 0, 0)]).unwrap();
    bench
}

const ANCHOR: &str = "rollback-anchor";

#[test]
fn the_way_back_is_counted_down() {
    let mut bench = kept("countdown", 3_600_000, 600_000);
    // Fifty minutes are left.
    for (needed, level, code) in
        [("15m", "green", ""), ("20m", "yellow", "CUT2503"), ("2h", "red", "CUT2502")]
    {
        bench.runbook.recovery = format!("{{ switch_back_within: {needed}, authority_after: source }}");
        let mut expected = Expected::new(ANCHOR, level, code);
        if !code.is_empty() {
            expected = expected.says(bench.topic()).says("retention.ms");
        }
        bench.check(&[ANCHOR]).is(needed, &expected);
    }
}

#[test]
fn a_recovery_point_that_is_deleted_is_red() {
    let bench = kept("deleted", -1, 600_000);
    bench.case.source().delete_records(&bench.topic(), 0, 5).unwrap();
    let expected = Expected::new(ANCHOR, "red", "CUT2501").says(bench.topic()).says("5 offsets");
    bench.check(&[ANCHOR]).is("deleted", &expected);
}

#[test]
fn a_group_without_a_commit_goes_back_to_the_log_start() {
    let mut bench = Bench::new("begins");
    let (topic, source) = (bench.topic(), bench.case.source());
    source.create_topic(&Topic::new(&topic).partitions(2).config("retention.ms", 3_600_000)).unwrap();
    let old = records_from(now() - 3_000_000, 50).into_iter().map(|record| record.to(1));
    source.produce(&topic, old, &Produce::default()).unwrap();
    source.commit(&bench.group(), &[Position::new(&topic, 0, 0)]).unwrap();
    // Ten minutes are left of what nobody has read yet, an hour of the partition with the commit.
    for (reset, level, code) in [("latest", "green", ""), ("earliest", "red", "CUT2502")] {
        bench.runbook.reset = reset;
        let mut expected = Expected::new(ANCHOR, level, code);
        if !code.is_empty() {
            expected = expected.says("partition 1").says("retention.ms");
        }
        bench.check(&[ANCHOR]).is(reset, &expected);
    }
}

#[test]
fn a_recovery_point_that_is_deleted_by_size_is_counted_down() {
    // What is written since the commit is 50 records of 1 kB; nobody writes meanwhile.
    for (limit, level, code) in [(100_000_000, "green", ""), (20_000, "red", "CUT2502")] {
        let bench = Bench::new("by-size");
        let (topic, source) = (bench.topic(), bench.case.source());
        source
            .create_topic(&Topic::new(&topic).config("retention.ms", -1).config("retention.bytes", limit))
            .unwrap();
        let records = records_from(now(), 50).into_iter().map(|mut record| {
            record.value = Some(vec![7; 1_000]);
            record
        });
        source.produce(&topic, records, &Produce::default()).unwrap();
        source.commit(&bench.group(), &[Position::new(&topic, 0, 0)]).unwrap();
        let mut expected = Expected::new(ANCHOR, level, code);
        if !code.is_empty() {
            expected = expected.says(bench.topic()).says("retention.bytes");
        }
        bench.check(&[ANCHOR]).is(&format!("retention.bytes {limit}"), &expected);
    }
}

#[test]
fn no_commit_is_no_recovery_point() {
    let bench = Bench::new("uncommitted").shaped(&[], &[]);
    bench.check(&[ANCHOR]).is("no commit", &Expected::new(ANCHOR, "unknown", "").says("no recovery point"));
}

const TRIGGERS: &str = "triggers-ready";
const BY_PERSON: &str = "{ id: call, called_by: [rollback_owner, conductor], plan: back }";

fn watching(check: &str) -> String {
    format!(
        "{{ id: on-{check}, check: {check}, breach: red, for: 90s, armed: {{ from: start-consumers, until: hand-over }}, act: ask, ask: {{ role: rollback_owner, answer_within: 2m, silence_is: hold }}, plan: back }}"
    )
}

#[test]
fn a_trigger_needs_data_and_a_person() {
    let _untroubled = TROUBLE.read().unwrap_or_else(PoisonError::into_inner);
    let mut bench = Bench::new("triggers").even(records(20), 20);
    bench.reconcile("exit 1");
    let rows = [
        ("with data", vec![watching("cluster-health"), BY_PERSON.to_owned()], "green", ""),
        ("without data", vec![watching("reconciled"), BY_PERSON.to_owned()], "red", "CUT2522"),
        (
            "one without data",
            vec![watching("cluster-health"), watching("reconciled"), BY_PERSON.to_owned()],
            "yellow",
            "CUT2526",
        ),
    ];
    for (planted, triggers, level, code) in rows {
        bench.runbook.triggers = triggers.iter().map(|trigger| format!("\n    - {trigger}")).collect();
        let answer = bench.check(&[TRIGGERS, "cluster-health", "reconciled"]);
        answer.is(planted, &Expected::new(TRIGGERS, level, code));
    }
}

#[test]
fn a_trigger_whose_check_is_left_out_of_the_run_is_unknown() {
    let bench = Bench::new("left-out-check").even(records(20), 20);
    let expected = Expected::new(TRIGGERS, "unknown", "").says("--check cluster-health");
    bench.check(&[TRIGGERS]).is("cluster-health not asked for", &expected);
}

#[test]
fn no_triggers_are_red_with_the_reason() {
    let mut bench = Bench::new("none").even(records(20), 20);
    bench.runbook.triggers = " none\n  why: the board wants no rollback".to_owned();
    let expected = Expected::new(TRIGGERS, "red", "CUT2521").says("the board wants no rollback");
    bench.check(&[TRIGGERS]).is("no triggers", &expected);
}
