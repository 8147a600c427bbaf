//! Log start, last stable offset and high watermark; offsets by timestamp; every partition's own answer.

use super::{case, connect, patience};
use kafka::{Ends, Isolation, OffsetSpec, TopicPartition};
use lab::{Produce, Record, Topic};
use std::collections::BTreeMap;

#[test]
fn an_open_transaction_holds_the_last_stable_offset() {
    let case = case("lso");
    let name = case.name("t");
    case.source().create_topic(&Topic::new(&name)).unwrap();
    let how = Produce::default();
    case.source().produce(&name, (0..10).map(|n| Record::value(format!("{n}"))), &how).unwrap();
    case.source().delete_records(&name, 0, 4).unwrap();
    let transaction = case.source().transactions(&case.name("tx"), &how).unwrap();
    transaction.begin().unwrap();
    transaction.send(&name, (0..5).map(|n| Record::value(format!("open {n}")))).unwrap();
    let cluster = connect(case.source());
    let partition = TopicPartition::new(&name, 0);
    let ends = || cluster.ends(std::slice::from_ref(&partition), &patience()).unwrap()[&partition].unwrap();
    assert_eq!(ends(), Ends { log_start: 4, last_stable: 10, high_watermark: 15 });
    transaction.commit().unwrap();
    let waiting = patience();
    while ends().last_stable < 16 {
        assert!(!waiting.is_over());
        waiting.pause(std::time::Duration::from_millis(20));
    }
    assert_eq!(
        ends(),
        Ends { log_start: 4, last_stable: 16, high_watermark: 16 },
        "the marker takes an offset"
    );
}

#[test]
fn offsets_by_timestamp() {
    let case = case("times");
    let name = case.name("t");
    case.source().create_topic(&Topic::new(&name)).unwrap();
    let start = 1_700_000_000_000_i64;
    let at = |n: i64| Record::value(format!("{n}")).at(start + 1_000 * n);
    case.source().produce(&name, (0..10).map(at), &Produce::default()).unwrap();
    let cluster = connect(case.source());
    let partition = TopicPartition::new(&name, 0);
    let listed = |spec| {
        let wanted = BTreeMap::from([(partition.clone(), spec)]);
        cluster.list_offsets(&wanted, Isolation::ReadCommitted, &patience()).unwrap()[&partition].unwrap()
    };
    assert_eq!(listed(OffsetSpec::At(start + 2_500)).offset, Some(3));
    assert_eq!(listed(OffsetSpec::At(start + 2_500)).timestamp, Some(start + 3_000));
    assert_eq!(listed(OffsetSpec::At(start + 9_001)).offset, None);
    assert_eq!(listed(OffsetSpec::MaxTimestamp).offset, Some(9));
    assert_eq!(listed(OffsetSpec::Earliest).offset, Some(0));
    assert_eq!(listed(OffsetSpec::Latest).offset, Some(10));
}

#[test]
fn each_partition_answers_for_itself() {
    let case = case("each");
    let (name, missing) = (case.name("t"), case.name("missing"));
    case.source().create_topic(&Topic::new(&name).partitions(2)).unwrap();
    let cluster = connect(case.source());
    let partitions: Vec<TopicPartition> = vec![
        TopicPartition::new(&name, 0),
        TopicPartition::new(&name, 1),
        TopicPartition::new(&name, 2),
        TopicPartition::new(&missing, 0),
    ];
    for _ in 0..2 {
        let ends = cluster.ends(&partitions, &patience()).unwrap();
        let empty = Ends { log_start: 0, last_stable: 0, high_watermark: 0 };
        assert_eq!((ends[&partitions[0]], ends[&partitions[1]]), (Ok(empty), Ok(empty)));
        for absent in &partitions[2..] {
            assert_eq!(ends[absent].unwrap_err().name(), "UNKNOWN_TOPIC_OR_PARTITION", "{absent}");
        }
    }
    // Leaders are remembered now; a topic deleted since then must still be seen as gone.
    case.source().delete_topic(&name).unwrap();
    let waiting = patience();
    while cluster.ends(&partitions[..1], &patience()).unwrap()[&partitions[0]].is_ok() {
        assert!(!waiting.is_over());
    }
    let code = cluster.ends(&partitions[..1], &patience()).unwrap()[&partitions[0]].unwrap_err();
    assert_eq!(code.name(), "UNKNOWN_TOPIC_OR_PARTITION");
}
