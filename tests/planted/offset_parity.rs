use std::collections::BTreeMap;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use lab::{Cluster, Position, Produce, Record, Topic};
use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};

use crate::{AT_MOST, Answer, Bench, Expected, TROUBLE, records, until};

/// One key of a topic: its value on the source and on the target, and what it must be found to be.
struct Shape {
    key: &'static str,
    source: &'static str,
    target: &'static str,
    level: &'static str,
    code: &'static str,
}

const fn shape(
    key: &'static str,
    source: &'static str,
    target: &'static str,
    level: &'static str,
    code: &'static str,
) -> Shape {
    Shape { key, source, target, level, code }
}

const SHAPES: [Shape; 9] = [
    shape("retention.ms", "604800000", "86400000", "red", "CUT2104"),
    shape("retention.bytes", "-1", "1073741824", "red", "CUT2104"),
    shape("cleanup.policy", "compact", "delete", "red", "CUT2103"),
    shape("max.message.bytes", "2000000", "1000000", "red", "CUT2105"),
    shape("message.timestamp.type", "CreateTime", "LogAppendTime", "red", "CUT2106"),
    shape("min.insync.replicas", "2", "1", "yellow", "CUT2107"),
    shape("compression.type", "producer", "gzip", "yellow", "CUT2108"),
    shape("message.timestamp.before.max.ms", "9223372036854775807", "3600000", "yellow", "CUT2110"),
    shape("segment.ms", "600000", "700000", "yellow", "CUT2111"),
];

#[test]
fn each_difference_of_shape_is_named_with_both_values() {
    let _trouble = TROUBLE.write().unwrap_or_else(PoisonError::into_inner);
    for planted in SHAPES {
        let bench = Bench::new("shape");
        let (source, target) = ([(planted.key, planted.source)], [(planted.key, planted.target)]);
        let bench = bench.shaped(&source, &target);
        let answer = bench.check(&["topic-shape"]);
        let expected =
            Expected::new("topic-shape", planted.level, planted.code).says(bench.topic()).says(planted.key);
        answer.is(planted.key, &expected);
        let (_, cell) = answer.cell("topic-shape");
        assert_eq!(cell["findings"].as_array().unwrap().len(), 1, "nothing else was planted: {cell:#}");
        let finding = &cell["findings"][0];
        assert_eq!(
            (&finding["expected"], &finding["actual"]),
            (&planted.source.into(), &planted.target.into())
        );
        bench.delete_topic();
    }
}

#[test]
fn a_target_that_keeps_longer_and_accepts_more_is_green() {
    let source = [("retention.ms", "86400000"), ("max.message.bytes", "1000000")];
    let target = [("retention.ms", "604800000"), ("max.message.bytes", "2000000")];
    let bench = Bench::new("roomier").shaped(&source, &target);
    bench.check(&["topic-shape"]).is("roomier target", &Expected::new("topic-shape", "green", ""));
}

#[test]
fn a_topic_absent_on_the_target_is_red() {
    let bench = Bench::new("absent");
    let topic = bench.topic();
    bench.case.source().create_topic(&Topic::new(&topic)).unwrap();
    let expected = Expected::new("topic-shape", "red", "CUT2101").says(&topic).says("target: absent");
    bench.check(&["topic-shape"]).is("absent", &expected);
}

#[test]
fn more_partitions_on_the_target_are_red() {
    let bench = Bench::new("partitions").shaped(&[], &[]);
    bench.case.target().add_partitions(&bench.topic(), 3).unwrap();
    let expected = Expected::new("topic-shape", "red", "CUT2102").says(bench.topic()).says("3");
    bench.check(&["topic-shape"]).is("more partitions", &expected);
}

const POSITIONS: [&str; 2] = ["position-provable", "offset-boundary"];

/// The topic with a hundred records on both sides, the group at 40 on the source and at `target` on the target.
pub fn at(name: &str, target: i64) -> Bench {
    let bench = Bench::new(name).even(records(100), 40);
    let position = Position::new(bench.topic(), 0, target);
    bench.case.target().commit(&bench.group(), &[position]).unwrap();
    bench
}

#[test]
fn a_commit_too_early_on_the_target_replays_and_the_exact_place_is_proved() {
    let bench = at("behind", 30);
    let answer = bench.check(&POSITIONS);
    let expected = Expected::new("offset-boundary", "red", "CUT2141")
        .says(bench.group())
        .says("10 records replayed")
        .says("target offset 40");
    answer.is("ten behind", &expected);
    answer.has("ten behind", &Expected::new("position-provable", "green", ""));
}

#[test]
fn a_replay_within_what_the_unit_tolerates_is_green_and_one_more_is_red() {
    let mut bench = at("tolerated", 30);
    bench.runbook.tolerates = "{ replayed: 10, skipped: 0 }".to_owned();
    bench.check(&["offset-boundary"]).is("ten tolerated", &Expected::new("offset-boundary", "green", ""));
    bench.runbook.tolerates = "{ replayed: 9, skipped: 0 }".to_owned();
    let expected = Expected::new("offset-boundary", "red", "CUT2141").says("10 records");
    bench.check(&["offset-boundary"]).is("nine tolerated", &expected);
}

#[test]
fn a_commit_too_late_on_the_target_skips() {
    let bench = at("ahead", 43);
    let expected = Expected::new("offset-boundary", "red", "CUT2142")
        .says(bench.group())
        .says("3 records skipped")
        .says("target offset 40");
    let answer = bench.check(&POSITIONS);
    answer.is("three ahead", &expected);
    answer.has("three ahead", &Expected::new("position-provable", "green", ""));
}

#[test]
fn no_commit_on_the_target_is_red() {
    let bench = Bench::new("untranslated").even(records(50), 20);
    let mut bench = bench;
    let group = bench.case.name("only-source");
    bench.case.source().commit(&group, &[Position::new(bench.topic(), 0, 20)]).unwrap();
    bench.runbook.groups = vec![group.clone()];
    let expected = Expected::new("offset-boundary", "red", "CUT2143").says(group);
    bench.check(&POSITIONS).is("untranslated", &expected);
}

#[test]
fn a_commit_below_the_sources_log_start_proves_nothing() {
    let bench = at("below", 10);
    bench.case.source().commit(&bench.group(), &[Position::new(bench.topic(), 0, 10)]).unwrap();
    bench.case.source().delete_records(&bench.topic(), 0, 20).unwrap();
    let answer = bench.check(&POSITIONS);
    for check in POSITIONS {
        answer.is("below the log start", &Expected::new(check, "unknown", "").says("10").says("20"));
    }
}

/// The topic with a hundred records on both sides, one of them altered on the target, and the group at 40 on both.
fn altered(index: usize) -> Answer {
    let bench = Bench::new("altered");
    let (topic, group) = (bench.topic(), bench.group());
    let same = records(100);
    let mut altered = same.clone();
    altered[index].value = Some(b"altered".to_vec());
    for (cluster, records) in [(bench.case.source(), same), (bench.case.target(), altered)] {
        cluster.create_topic(&Topic::new(&topic)).unwrap();
        cluster.produce(&topic, records, &Produce::default()).unwrap();
        cluster.commit(&group, &[Position::new(&topic, 0, 40)]).unwrap();
    }
    bench.check(&POSITIONS)
}

#[test]
fn a_place_whose_record_is_altered_is_never_proved() {
    for at in [40, 41, 99] {
        let answer = altered(at);
        for check in POSITIONS {
            let (_, cell) = answer.cell(check);
            assert_ne!(cell["verdict"], "green", "record {at} altered, {check}: {cell:#}");
        }
    }
}

#[test]
fn a_finished_record_that_is_altered_does_not_move_the_place() {
    let answer = altered(39);
    for check in POSITIONS {
        answer.is("record 39 altered", &Expected::new(check, "green", ""));
    }
}

#[test]
fn a_finished_record_that_comes_again_is_a_replay() {
    let bench = Bench::new("again");
    let (topic, group) = (bench.topic(), bench.group());
    let same = records(100);
    let twice: Vec<Record> = same.iter().chain(&same[20..30]).cloned().collect();
    for (cluster, records) in [(bench.case.source(), same), (bench.case.target(), twice)] {
        cluster.create_topic(&Topic::new(&topic)).unwrap();
        cluster.produce(&topic, records, &Produce::default()).unwrap();
        cluster.commit(&group, &[Position::new(&topic, 0, 50)]).unwrap();
    }
    let expected = Expected::new("offset-boundary", "red", "CUT2141").says("10 records replayed");
    let answer = bench.check(&POSITIONS);
    answer.is("copied twice", &expected);
    let (_, cell) = answer.cell("position-provable");
    assert_ne!(cell["verdict"], "green", "{cell:#}");
}

#[test]
fn lag_is_held_against_what_the_unit_tolerates() {
    let mut bench = at("lag", 40);
    // Sixty records are unread; the first was written 59 s before the last.
    for (tolerates, level, code, says) in [
        ("{ lag_records: 59 }", "red", "CUT2161", "60 records"),
        ("{ lag_records: 60 }", "green", "", ""),
        ("{ lag: 58s }", "red", "CUT2162", "60 records"),
        ("{ replayed: 0 }", "yellow", "CUT2163", "60 records"),
    ] {
        bench.runbook.tolerates = tolerates.to_owned();
        bench.check(&["lag-envelope"]).is(tolerates, &Expected::new("lag-envelope", level, code).says(says));
    }
}

#[test]
fn records_that_only_the_target_holds_show_in_its_lag() {
    let mut bench = at("foreign", 40);
    let foreign = records(15).into_iter().map(|record| record.header("foreign", "yes"));
    bench.case.target().produce(&bench.topic(), foreign, &Produce::default()).unwrap();
    bench.set("lag-envelope", "use: lag-envelope, severity: major, with: { apart: 10 }");
    let answer = bench.check(&["lag-envelope"]);
    let (_, cell) = answer.cell("lag-envelope");
    assert_ne!(cell["verdict"], "green", "{cell:#}");
}

/// A member of the group that has its partitions; it leaves when dropped.
pub fn member(cluster: &Cluster, group: &str, topic: &str) -> BaseConsumer {
    member_with(cluster, group, topic, &[])
}

/// The same with further client settings.
pub fn member_with(cluster: &Cluster, group: &str, topic: &str, more: &[(&str, &str)]) -> BaseConsumer {
    let mut config = ClientConfig::new();
    for (key, value) in more {
        config.set(*key, *value);
    }
    let consumer: BaseConsumer = config
        .set("bootstrap.servers", &cluster.bootstrap)
        .set("group.id", group)
        .set("enable.auto.commit", "false")
        .create()
        .unwrap();
    consumer.subscribe(&[topic]).unwrap();
    let end = std::time::Instant::now() + AT_MOST;
    while consumer.assignment().unwrap().count() == 0 {
        assert!(std::time::Instant::now() < end, "{group} was given no partition");
        let _ = consumer.poll(std::time::Duration::from_millis(50));
    }
    consumer
}

#[test]
fn a_group_with_members_on_both_sides_is_red_and_on_one_is_green() {
    let bench = at("members", 40);
    let (group, topic) = (bench.group(), bench.topic());
    let _on_source = member(bench.case.source(), &group, &topic);
    bench.check(&["single-activity"]).is("one member", &Expected::new("single-activity", "green", ""));
    let _on_target = member(bench.case.target(), &group, &topic);
    let expected = Expected::new("single-activity", "red", "CUT2181")
        .says(&group)
        .says("source: 1 member")
        .says("target: 1 member");
    bench.check(&["single-activity"]).is("two members", &expected);
}

struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Commits without membership, on each of these clusters, for as long as `work` takes.
pub fn while_commits_move<T>(bench: &Bench, clusters: &[&Cluster], work: impl FnOnce() -> T) -> T {
    let over = AtomicBool::new(false);
    let (group, topic) = (bench.group(), bench.topic());
    let made: Vec<AtomicU64> = clusters.iter().map(|_| AtomicU64::new(0)).collect();
    std::thread::scope(|scope| {
        for (cluster, made) in clusters.iter().zip(&made) {
            let (over, group, topic) = (&over, &group, &topic);
            scope.spawn(move || {
                for offset in (1..100).cycle() {
                    if over.load(Ordering::Relaxed) {
                        break;
                    }
                    cluster.commit(group, &[Position::new(topic, 0, offset)]).unwrap();
                    made.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        // Also when `work` panics, or the threads would be waited for without end.
        let _over = Over(&over);
        until("commits move", || made.iter().all(|made| made.load(Ordering::Relaxed) > 2));
        work()
    })
}

#[test]
fn commits_that_move_on_both_sides_without_members_are_red() {
    let mut bench = at("assigned", 40);
    bench.set("single-activity", "use: single-activity, severity: blocker, with: { look: 6s }");
    let both = [bench.case.source(), bench.case.target()];
    let answer = while_commits_move(&bench, &both, || bench.check(&["single-activity"]));
    let expected = Expected::new("single-activity", "red", "CUT2181")
        .says(bench.group())
        .says("source: 0 members, 1 commit moved; target: 0 members, 1 commit moved");
    answer.is("assign on both", &expected);
    bench.set(
        "single-activity",
        "use: single-activity, severity: blocker, with: { look: 6s, group_sync: true }",
    );
    let both = [bench.case.source(), bench.case.target()];
    let answer = while_commits_move(&bench, &both, || bench.check(&["single-activity"]));
    answer.is(
        "as the replicator would",
        &Expected::new("single-activity", "yellow", "CUT2182").says(bench.group()),
    );
}

#[test]
fn a_group_nobody_knows_is_unknown() {
    let bench = Bench::new("nobody").shaped(&[], &[]);
    let answer = bench.check(&["single-activity", "position-provable"]);
    for check in ["single-activity", "position-provable"] {
        answer.is("no group", &Expected::new(check, "unknown", ""));
    }
}

#[test]
fn what_a_reconciliation_prints_is_judged_and_nothing_else() {
    let mut bench = Bench::new("reconcile");
    for (script, level, code) in [
        ("echo '{\"missing\": 0}'", "green", ""),
        ("echo '{\"missing\": 2}'", "yellow", "CUT2002"),
        ("echo '{\"missing\": 7}'", "red", "CUT2002"),
        ("echo '{\"missing\": 0}'; exit 3", "unknown", ""),
        ("echo all is well", "unknown", ""),
        ("echo '{\"found\": 0}'", "unknown", ""),
        ("echo '{\"missing\": \"0\"}'", "unknown", ""),
        ("true", "unknown", ""),
    ] {
        bench.reconcile(script);
        bench.check(&["reconciled"]).is(script, &Expected::new("reconciled", level, code));
    }
    bench.reconcile("echo '{\"missing\": 0}'");
    let denied = Answer::of(bench.run(&["reconciled"], &["--deny-exec"]));
    denied.is("--deny-exec", &Expected::new("reconciled", "unknown", ""));
}

/// By partition.
pub fn only(offset: i64) -> BTreeMap<i32, i64> {
    [(0, offset)].into()
}
