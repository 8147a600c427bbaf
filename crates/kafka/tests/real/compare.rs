//! Topics that change under a comparison: what is done to them happens in the middle of the reading.

use super::{connect, patience};
use kafka::compare::{PartitionComparison, TopicOptions, TopicOutcome, compare_topics};
use kafka::{Cluster, Isolation, TopicPartition};
use lab::{Case, LabSpec, Produce, Record, Replicator, TestLab, Topic};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// So large that a partition takes many fetches.
fn records(partitions: i32, each: i32) -> Vec<Record> {
    let value = |n: i32| format!("{n:>2000}");
    (0..partitions * each)
        .map(|n| Record::value(value(n)).to(n % partitions).at(1_000_000 + i64::from(n)))
        .collect()
}

pub(super) fn topic_on_both(case: &Case<'_>, partitions: i32, each: i32) -> String {
    let name = case.name("t");
    let how = Produce { compression: "none".into(), ..Produce::default() };
    for cluster in [case.source(), case.target()] {
        let topic = Topic::new(&name).partitions(partitions).config("retention.bytes", 1_i64 << 40);
        cluster.create_topic(&topic).unwrap();
        cluster.produce(&name, records(partitions, each), &how).unwrap();
    }
    name
}

/// Compares a topic, and does this to it when the first records have been read.
pub(super) fn compare(
    sides: (&Arc<Cluster>, &Arc<Cluster>),
    topic: &str,
    meanwhile: impl Fn() + Sync,
) -> TopicOutcome {
    let options =
        TopicOptions { settle: Duration::from_secs(1), ..TopicOptions::new(Isolation::ReadCommitted) };
    let begun = AtomicBool::new(false);
    let hear = |progress: kafka::compare::TopicProgress| {
        if progress.records > 0 && !begun.swap(true, Ordering::SeqCst) {
            meanwhile();
        }
    };
    let names = [topic.to_owned()];
    let mut outcomes = compare_topics(sides.0, sides.1, &names, &options, &patience(), &hear).unwrap();
    assert!(begun.into_inner(), "it was over before anything happened");
    outcomes.remove(0)
}

fn partitions(outcome: TopicOutcome) -> Vec<PartitionComparison> {
    outcome.comparison.unwrap().partitions
}

#[test]
fn brokers_that_are_killed_and_come_back_change_no_count() {
    let lab = TestLab::new(&LabSpec { replicator: Replicator::None, ..LabSpec::default() });
    let case = lab.case("killed");
    let topic = topic_on_both(&case, 4, 3_000);
    let clusters = (Arc::new(connect(case.source())), Arc::new(connect(case.target())));
    for victim in [case.source(), case.target()] {
        let outcome = compare((&clusters.0, &clusters.1), &topic, || {
            let server = &victim.brokers[0].server;
            case.kill(server).unwrap();
            case.start(server).unwrap();
        });
        let comparison = outcome.comparison.unwrap();
        for partition in &comparison.partitions {
            assert_eq!(partition.incomplete, None, "{partition:?}");
            assert!(partition.findings.is_empty(), "{partition:?}");
        }
        let counts = comparison.records();
        assert_eq!((counts.matched, counts.source_records, counts.target_records), (12_000, 12_000, 12_000));
    }
}

#[test]
fn a_topic_that_is_deleted_or_created_anew_meanwhile_is_never_equal() {
    let case = super::case("recreated");
    let clusters = (Arc::new(connect(case.source())), Arc::new(connect(case.target())));
    for again in [false, true] {
        let name = format!("again-{again}");
        let case = super::case(&name);
        let topic = topic_on_both(&case, 1, 4_000);
        let outcome = compare((&clusters.0, &clusters.1), &topic, || {
            case.target().delete_topic(&topic).unwrap();
            let waiting = patience();
            while !case.target().partitions(&topic).unwrap().is_empty() {
                assert!(!waiting.is_over());
                waiting.pause(Duration::from_millis(50));
            }
            if again {
                case.target().create_topic(&Topic::new(&topic)).unwrap();
                case.target().produce(&topic, records(1, 4_000), &Produce::default()).unwrap();
            }
        });
        let why = outcome.comparison.expect_err("it is another topic, or none");
        assert!(why.contains(if again { "recreated" } else { "is not on the target" }), "{why}");
    }
}

#[test]
fn a_head_that_retention_takes_meanwhile_is_trimmed_and_said() {
    let case = super::case("beheaded");
    let clusters = (Arc::new(connect(case.source())), Arc::new(connect(case.target())));
    let topic = topic_on_both(&case, 1, 6_000);
    let outcome = compare((&clusters.0, &clusters.1), &topic, || {
        case.source().delete_records(&topic, 0, 5_500).unwrap();
    });
    let notes = outcome.comparison.as_ref().unwrap().notes.clone();
    let partition = partitions(outcome).remove(0);
    assert_eq!(partition.incomplete, None, "{partition:?}");
    let kafka::compare::PartitionCounts::Records(counts) = partition.counts else { panic!("{partition:?}") };
    assert_eq!((counts.matched, counts.trimmed_source, counts.missing, counts.extra), (500, 5_500, 0, 0));
    assert!(notes.iter().any(|note| note.contains("5500")), "{notes:?}");
}

#[test]
fn a_second_run_asks_little() {
    let case = super::case("asks-little");
    let clusters = (Arc::new(connect(case.source())), Arc::new(connect(case.target())));
    let topic = topic_on_both(&case, 4, 50);
    let mut options =
        TopicOptions { resume: Some(BTreeMap::new()), ..TopicOptions::new(Isolation::ReadCommitted) };
    let run = |options: &TopicOptions| {
        let asked = || clusters.0.traffic().requests() + clusters.1.traffic().requests();
        let before = asked();
        let names = [topic.clone()];
        let mut outcomes =
            compare_topics(&clusters.0, &clusters.1, &names, options, &patience(), &|_| ()).unwrap();
        (asked() - before, partitions(outcomes.remove(0)))
    };
    let (_, first) = run(&options);
    let saved = first.into_iter().map(|partition| {
        assert!(partition.incomplete.is_none() && partition.findings.is_empty(), "{partition:?}");
        (TopicPartition::new(&topic, partition.partition), partition.saved.unwrap())
    });
    options.resume = Some(saved.collect());
    let (asked, again) = run(&options);
    for partition in again {
        assert_eq!(partition.incomplete, None, "{partition:?}");
        assert!(partition.notes[0].contains("50 source records were compared earlier"), "{partition:?}");
    }
    // For all together topics, settings and ends of both sides, and topics again at the end: 12. For each partition two
    // versions and two ids where a connection is opened, the last records, the saved twins on either side and what is
    // saved now, and who the topic is where nothing is read: 11. It was 30 when each measured its ends for itself.
    assert!(asked <= 12 + 4 * 11, "{asked} requests");
}
