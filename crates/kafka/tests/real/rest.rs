//! Whether topics rest, and what is open in them.

use super::{case, connect, connect_as, patience, rpc};
use kafka::observe::NotObserved;
use kafka::{Cluster, Patience};
use lab::{Produce, Record, Topic};
use runbook::Side;
use runbook::world::{Measured, PartitionRest, Probe, Reason};
use std::sync::Arc;
use std::time::{Duration, Instant};

fn observe(
    cluster: &Arc<Cluster>,
    topics: &[&str],
    over_ms: u64,
    patience: &Patience,
) -> Result<Vec<PartitionRest>, NotObserved> {
    let clusters = super::clusters(cluster, cluster);
    let topics = topics.iter().map(|topic| (*topic).to_owned()).collect();
    let probe = Probe::Rest { side: Side::Source, topics, over_ms };
    match clusters.observe(&probe, patience).unwrap()?.measured {
        Measured::Rest(seen) => Ok(seen.partitions),
        other => panic!("{other:?}"),
    }
}

pub fn rests(cluster: &Arc<Cluster>, topics: &[&str], over_ms: u64) -> Vec<PartitionRest> {
    observe(cluster, topics, over_ms, &patience()).unwrap()
}

fn values(count: usize) -> impl Iterator<Item = Record> {
    (0..count).map(|_| Record::value("x").to(0))
}

#[test]
fn at_rest_and_growing() {
    let case = case("rest");
    let (still, grows) = (case.name("a-still"), case.name("b-grows"));
    for topic in [&still, &grows] {
        case.source().create_topic(&Topic::new(topic).partitions(2)).unwrap();
        case.source().produce(topic, values(10), &Produce::default()).unwrap();
    }
    case.source().delete_records(&still, 0, 4).unwrap();
    let cluster = Arc::new(connect(case.source()));
    let begun = Instant::now();
    let seen = std::thread::scope(|scope| {
        let looking = scope.spawn(|| rests(&cluster, &[&still, &grows], 1500));
        // Written until the look is over: some of it comes between its two halves.
        while !looking.is_finished() {
            case.source().produce(&grows, values(5), &Produce::default()).unwrap();
        }
        looking.join().unwrap()
    });
    assert!(begun.elapsed() >= Duration::from_millis(1500));
    let at: Vec<_> = seen.iter().map(|p| (p.topic.as_str(), p.partition, p.is_at_rest())).collect();
    assert_eq!(at, [(still.as_str(), 0, true), (&still, 1, true), (&grows, 0, false), (&grows, 1, true)]);
    assert_eq!((seen[0].log_start, seen[0].lso, seen[0].high_watermark), (4, [10, 10], [10, 10]));
    assert_eq!((seen[1].lso, seen[1].high_watermark), ([0, 0], [0, 0]));
    assert!(seen[2].high_watermark[0] < seen[2].high_watermark[1]);
    assert!(seen.iter().all(|partition| partition.open == Some(Vec::new())), "{seen:?}");
}

#[test]
fn an_open_transaction_is_named_until_it_commits() {
    let case = case("rest-open");
    let topic = case.name("t");
    case.source().create_topic(&Topic::new(&topic)).unwrap();
    case.source().produce(&topic, values(3), &Produce::default()).unwrap();
    let open = case.source().transactions(&case.name("tx"), &Produce::default()).unwrap();
    open.begin().unwrap();
    open.send(&topic, values(2)).unwrap();
    // A second one that is done with, and more records behind both.
    let done = case.source().transactions(&case.name("tx-done"), &Produce::default()).unwrap();
    done.begin().unwrap();
    done.send(&topic, values(1)).unwrap();
    case.source().produce(&topic, values(1), &Produce::default()).unwrap();
    let cluster = Arc::new(connect(case.source()));
    let seen = rests(&cluster, &[&topic], 100).remove(0);
    assert!(!seen.is_at_rest(), "nothing moves, and yet");
    assert_eq!((seen.lso, seen.high_watermark), ([3, 3], [7, 7]));
    let opened = seen.open.unwrap();
    assert_eq!(opened.iter().map(|it| it.first_offset).collect::<Vec<_>>(), [3, 5]);
    assert!(opened[0].producer_id >= 0 && opened[0].producer_id != opened[1].producer_id);
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis();
    assert!(
        now.abs_diff(u128::try_from(opened[0].last_write_ms).unwrap()) < 600_000,
        "milliseconds since 1970"
    );

    open.commit().unwrap();
    let seen = rests(&cluster, &[&topic], 0).remove(0);
    assert_eq!((seen.lso[1], seen.high_watermark[1]), (5, 8));
    assert_eq!(seen.open.unwrap(), opened[1..], "the other one is left");
    done.abort().unwrap();
    let seen = rests(&cluster, &[&topic], 0).remove(0);
    assert!(seen.is_at_rest() && seen.open == Some(Vec::new()), "{seen:?}");
}

#[test]
fn what_may_not_be_told_is_not_none() {
    let case = case("rest-denied");
    let topic = case.name("t");
    case.source().create_topic(&Topic::new(&topic)).unwrap();
    let open = case.source().transactions(&case.name("tx"), &Produce::default()).unwrap();
    open.begin().unwrap();
    open.send(&topic, values(2)).unwrap();
    // 8: DESCRIBE, and not READ, which telling of producers needs.
    rpc::create_acl(&case.source().bootstrap, "User:cutover", (2, &topic, 3), 8, 3);
    let cluster = Arc::new(connect_as(case.source(), "cutover"));
    let waiting = patience();
    loop {
        let seen = rests(&cluster, &[&topic], 0).remove(0);
        assert_eq!((seen.lso[1], seen.high_watermark[1]), (0, 2));
        if seen.open.is_none() {
            break;
        }
        assert!(!waiting.is_over(), "the ACL is not applied");
    }
    open.abort().unwrap();
}

#[test]
fn what_changes_under_the_look_or_does_not_fit_is_no_answer() {
    let case = case("rest-not");
    let (topic, missing) = (case.name("t"), case.name("missing"));
    case.source().create_topic(&Topic::new(&topic)).unwrap();
    let cluster = Arc::new(connect(case.source()));
    let short = observe(&cluster, &[&topic], 60_000, &Patience::new(Duration::from_secs(5))).unwrap_err();
    assert_eq!(short.reason, Reason::TimedOut);
    let absent = observe(&cluster, &[&missing], 0, &patience()).unwrap_err();
    assert!(absent.message.contains("does not exist"), "{absent:?}");
    let changed = std::thread::scope(|scope| {
        let looking = scope.spawn(|| observe(&cluster, &[&topic], 2000, &patience()));
        // The first look is over when this has been asked for a while.
        std::thread::sleep(Duration::from_millis(700));
        case.source().add_partitions(&topic, 2).unwrap();
        looking.join().unwrap()
    });
    assert_eq!(changed.unwrap_err().reason, Reason::Changed);
}
