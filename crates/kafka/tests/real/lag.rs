//! How far a group is behind, in records and in time.

use super::{case, connect, connect_as, patience, rpc};
use kafka::observe::{Clusters, Counts, NotObserved, Observed};
use kafka::{Cluster, Isolation, OffsetSpec, TopicPartition};
use lab::{Position, Produce, Record, Topic};
use runbook::Side;
use runbook::world::{self, LagSeen, LagsSeen, Measured, PartitionLag, Probe, Reason};
use std::collections::BTreeMap;
use std::sync::Arc;

const COMMITTED: world::Isolation = world::Isolation::ReadCommitted;

fn observe(cluster: &Arc<Cluster>, counts: Option<&Counts>, probe: &Probe) -> Result<Observed, NotObserved> {
    let clusters = Clusters { counts, ..super::clusters(cluster, cluster) };
    clusters.observe(probe, &patience()).unwrap()
}

/// One group, on every partition of these topics.
fn lag_of(cluster: &Arc<Cluster>, counts: Option<&Counts>, group: &str, topics: &[String]) -> LagSeen {
    let (group, topics) = (group.to_owned(), topics.to_vec());
    let probe = Probe::Lag { side: Side::Source, group, topics, isolation: COMMITTED };
    match observe(cluster, counts, &probe).unwrap().measured {
        Measured::Lag(seen) => seen,
        other => panic!("{other:?}"),
    }
}

/// Many groups, each on the topics it has commits on; and what was not told.
fn lags_of<S: AsRef<str>>(
    cluster: &Arc<Cluster>,
    counts: Option<&Counts>,
    groups: &[S],
    topics: &[String],
) -> (LagsSeen, Option<String>) {
    let groups = groups.iter().map(|group| (group.as_ref().to_owned(), COMMITTED)).collect();
    let probe = Probe::Lags { side: Side::Source, groups, topics: topics.to_vec() };
    let Observed { measured, partial } = observe(cluster, counts, &probe).unwrap();
    match measured {
        Measured::Lags(seen) => (seen, partial),
        other => panic!("{other:?}"),
    }
}

/// While the newest record is not visible, the leader does not tell the newest timestamp: it looks like a partition
/// without records. So it is with every record that is just being replicated.
#[test]
fn the_age_is_told_while_the_newest_record_is_not_visible() {
    let case = case("lag-age");
    let (topic, group) = (case.name("t"), case.name("g"));
    case.source().create_topic(&Topic::new(&topic)).unwrap();
    let start = 1_700_000_000_000_i64;
    let how = Produce::default();
    let at = |n: i64| Record::value(format!("{n}")).at(start + 1_000 * n);
    case.source().produce(&topic, (0..10).map(at), &how).unwrap();
    case.source().commit(&group, &[Position::new(&topic, 0, 4)]).unwrap();
    let transaction = case.source().transactions(&case.name("tx"), &how).unwrap();
    transaction.begin().unwrap();
    transaction.send(&topic, (20..25).map(at)).unwrap();

    let cluster = Arc::new(connect(case.source()));
    let newest = BTreeMap::from([(TopicPartition::new(&topic, 0), OffsetSpec::MaxTimestamp)]);
    let told = cluster.list_offsets(&newest, Isolation::ReadCommitted, &patience()).unwrap();
    assert_eq!(told[&TopicPartition::new(&topic, 0)].unwrap().timestamp, None, "what the leader says");

    let lag = || lag_of(&cluster, None, &group, std::slice::from_ref(&topic)).partitions.remove(0);
    let hidden = lag();
    assert_eq!((hidden.records, hidden.open_transaction), (6, Some(true)));
    assert_eq!((hidden.event_time_ms, hidden.age_untold), (Some(5_000), None), "4..=9 are visible");

    transaction.commit().unwrap();
    let waiting = patience();
    let mut all = lag();
    while all.records < 11 {
        assert!(!waiting.is_over());
        waiting.pause(std::time::Duration::from_millis(20));
        all = lag();
    }
    // The leader counts the time of the marker, which is that of the broker.
    assert!(all.event_time_ms.unwrap() >= 20_000, "{all:?}");
}

/// One question for many groups tells of each what one for it alone tells: markers and aborted records are no lag, a
/// partition without a commit of a topic the group reads is counted from its start, a topic without any is left out.
#[test]
fn groups_asked_together_are_told_as_one_by_one() {
    let case = case("lags");
    let topics = ["a", "b", "c"].map(|name| case.name(name));
    for topic in &topics {
        case.source().create_topic(&Topic::new(topic).partitions(2)).unwrap();
        let records = (0..40).map(|n| Record::value(format!("{n}")).to(n % 2));
        case.source().produce(topic, records, &Produce::default()).unwrap();
    }
    let transaction = case.source().transactions(&case.name("tx"), &Produce::default()).unwrap();
    transaction.begin().unwrap();
    transaction.send(&topics[0], (0..5).map(|n| Record::value(format!("aborted {n}")).to(0))).unwrap();
    transaction.abort().unwrap();
    case.source()
        .produce(&topics[1], (0..10_500).map(|n| Record::value(format!("{n}")).to(1)), &Produce::default())
        .unwrap();
    let (one, two, none) = (case.name("one"), case.name("two"), case.name("none"));
    case.source().commit(&one, &[Position::new(&topics[0], 0, 15)]).unwrap();
    let (at_the_end, behind) = (Position::new(&topics[0], 1, 20), Position::new(&topics[1], 1, 3));
    case.source().commit(&two, &[Position::new(&topics[0], 0, 0), at_the_end, behind]).unwrap();

    let cluster = Arc::new(connect(case.source()));
    let (seen, partial) = lags_of(&cluster, None, &[&two, &one, &none], &topics);
    assert_eq!(partial, None);
    assert_eq!(seen.groups.iter().map(|lag| &lag.group).collect::<Vec<_>>(), [&none, &one, &two]);
    for group in [&one, &two, &none] {
        let alone = lag_of(&cluster, None, group, &topics);
        assert_eq!(alone.partitions.len(), 6, "committed or not");
        let read: Vec<PartitionLag> = alone.read().cloned().collect();
        assert_eq!(seen.of(group).unwrap().partitions, read, "{group}");
    }
    let told = |group: &str| -> Vec<(Option<i64>, u64, bool)> {
        let of = &seen.of(group).unwrap().partitions;
        of.iter().map(|lag| (lag.committed, lag.records, lag.counted)).collect()
    };
    assert_eq!(told(&one), [(Some(15), 5, true), (None, 20, true)]);
    let far = (Some(3), 10_517, false);
    assert_eq!(told(&two), [(Some(0), 20, true), (Some(20), 0, true), (None, 20, true), far]);
    assert_eq!(told(&none), []);
}

/// What a look counted is not read again while the partition is as it was, and is once anything of it has changed.
#[test]
fn a_log_that_changed_behind_a_kept_count_is_counted_anew() {
    let case = case("counts");
    let (topic, group) = (case.name("t"), case.name("g"));
    let source = case.source();
    let write = |records: i64| {
        let records = (0..records).map(|n| Record::value(format!("{n}")));
        source.produce(&topic, records, &Produce::default()).unwrap();
    };
    source.create_topic(&Topic::new(&topic)).unwrap();
    write(10);
    source.commit(&group, &[Position::new(&topic, 0, 4)]).unwrap();
    let cluster = Arc::new(connect(source));
    let counts = Counts::default();
    let topics = [topic.clone()];
    // Records, and the requests it took.
    let look = || {
        let before = cluster.traffic().requests();
        let (seen, partial) = lags_of(&cluster, Some(&counts), &[&group], &topics);
        assert_eq!(partial, None);
        let asked = cluster.traffic().requests() - before;
        let lag = seen.groups[0].partitions[0].clone();
        let alone = lag_of(&cluster, None, &group, &topics).partitions.remove(0);
        assert_eq!(lag, alone, "as if nothing were kept");
        (lag.records, asked)
    };
    let (first, reading) = look();
    let (second, kept) = look();
    assert_eq!([first, second], [6, 6]);
    assert!(kept < reading, "{kept} requests are no fewer than {reading}");
    assert_eq!(look(), (6, kept));
    let counted = |why: &str| {
        let (records, asked) = look();
        assert!(
            asked > kept,
            "{why}: {asked} requests are no more than the {kept} of a look that counts nothing"
        );
        records
    };

    write(3);
    assert_eq!(counted("another end"), 9);
    assert_eq!(look(), (9, kept));
    source.commit(&group, &[Position::new(&topic, 0, 5)]).unwrap();
    assert_eq!(counted("another commit"), 8);
    source.delete_records(&topic, 0, 7).unwrap();
    let waiting = patience();
    let begins_at = |offset: i64| {
        let ends = cluster.ends(&[TopicPartition::new(&topic, 0)], &patience()).unwrap();
        ends.values().all(|ends| ends.unwrap().log_start == offset)
    };
    while !begins_at(7) {
        assert!(!waiting.is_over());
    }
    assert_eq!(counted("another log start"), 6);

    // The same offsets in another topic of the same name, which holds fewer records.
    source.delete_topic(&topic).unwrap();
    source.create_topic(&Topic::new(&topic)).unwrap();
    let transaction = source.transactions(&case.name("tx"), &Produce::default()).unwrap();
    write(8);
    transaction.begin().unwrap();
    transaction.send(&topic, (0..4).map(|n| Record::value(format!("aborted {n}")))).unwrap();
    transaction.abort().unwrap();
    source.delete_records(&topic, 0, 7).unwrap();
    source.commit(&group, &[Position::new(&topic, 0, 5)]).unwrap();
    let waiting = patience();
    loop {
        let lag = lag_of(&cluster, None, &group, &topics).partitions.remove(0);
        if (lag.log_start, lag.end) == (7, 13) {
            break;
        }
        assert!(!waiting.is_over(), "{lag:?}");
    }
    assert_eq!(counted("another topic"), 1);
}

/// A group whose commits may not be read is named and left out; the others are told whole.
#[test]
fn a_group_that_is_not_told_does_not_hide_the_others() {
    let case = case("lags-denied");
    let topic = case.name("t");
    case.source().create_topic(&Topic::new(&topic)).unwrap();
    case.source().produce(&topic, [Record::value("x")], &Produce::default()).unwrap();
    let [shown, hidden] = ["shown", "hidden"].map(|name| case.name(name));
    for group in [&shown, &hidden] {
        case.source().commit(group, &[Position::new(&topic, 0, 0)]).unwrap();
    }
    rpc::create_acl(&case.source().bootstrap, "User:settlement", (3, &hidden, 3), 8, 2);
    let cluster = Arc::new(connect_as(case.source(), "settlement"));
    let topics = [topic];
    let waiting = patience();
    let (seen, partial) = loop {
        let (seen, partial) = lags_of(&cluster, None, &[&shown, &hidden], &topics);
        if let Some(partial) = partial {
            break (seen, partial);
        }
        assert!(!waiting.is_over(), "the ACL is not applied");
        waiting.pause(std::time::Duration::from_millis(50));
    };
    assert!(partial.contains(&format!("group {hidden}: ")) && !partial.contains(&shown), "{partial}");
    assert!(partial.contains("GROUP_AUTHORIZATION_FAILED"), "{partial}");
    assert_eq!(
        seen.groups.iter().map(|lag| (&lag.group, lag.partitions[0].records)).collect::<Vec<_>>(),
        [(&shown, 1)]
    );
    let groups = BTreeMap::from([(hidden, COMMITTED)]);
    let probe = Probe::Lags { side: Side::Source, groups, topics: topics.to_vec() };
    let why = observe(&cluster, None, &probe).unwrap_err();
    assert_eq!(why.reason, Reason::Unauthorised, "nobody is told: {why:?}");
}
