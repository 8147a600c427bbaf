//! Groups without a commit on the source: their reset policy says where they stand there.

use super::{case, connect, patience};
use kafka::observe::{Clusters, Cuts};
use lab::{Position, Produce, Record, Topic};
use runbook::world::{Begins, Isolation, Measured, Outcome, PartitionPosition, Probe};
use std::sync::Arc;

/// Records of the copied partition; the target holds some before them that the source has lost.
const RECORDS: i64 = 300;
const OLDER: i64 = 20;

#[test]
fn without_a_commit_a_group_stands_where_its_policy_begins() {
    let case = case("begins");
    let (topic, group) = (case.name("orders"), case.name("settlement"));
    let records = |from: i64| {
        (from..RECORDS).map(|n| Record::value(format!("copied {n}")).to(0).at(1_700_000_000_000 + n))
    };
    for side in [case.source(), case.target()] {
        side.create_topic(&Topic::new(&topic).partitions(2)).unwrap();
    }
    case.source().produce(&topic, records(0), &Produce::default()).unwrap();
    let older = (0..OLDER).map(|n| Record::value(format!("older {n}")).to(0).at(1_600_000_000_000 + n));
    case.target().produce(&topic, older, &Produce::default()).unwrap();
    case.target().produce(&topic, records(0), &Produce::default()).unwrap();
    let (source, target) = (Arc::new(connect(case.source())), Arc::new(connect(case.target())));
    let positions = |begins: Option<Begins>| -> Vec<PartitionPosition> {
        let cuts = Cuts::default();
        let clusters = Clusters { max_read: 1 << 20, cuts: Some(&cuts), ..super::clusters(&source, &target) };
        let (group, topics) = (group.clone(), vec![topic.clone()]);
        let probe =
            Probe::Positions { group, topics, isolation: Isolation::ReadCommitted, without: vec![], begins };
        let Measured::Positions(seen) = clusters.observe(&probe, &patience()).unwrap().unwrap().measured
        else {
            panic!("another answer")
        };
        seen.partitions
    };
    assert!(positions(Some(Begins::Earliest)).is_empty(), "no commit on either side says nothing");

    // The partition without a record is at its end, as a landing puts it.
    let landed = |at: i64| {
        let places = [Position::new(&topic, 0, at), Position::new(&topic, 1, 0)];
        case.target().commit(&group, &places).unwrap();
    };
    let told = |begins| {
        let told = positions(begins);
        let empty = (told[1].would_begin, told[1].outcome);
        assert_eq!((told.len(), empty), (2, (None, Outcome::Exact)), "{told:?}");
        let first = told.into_iter().next().unwrap();
        assert_eq!(first.source_committed, None);
        (first.would_begin, first.outcome, first.exact_target, first.records)
    };
    let end = OLDER + RECORDS;
    landed(OLDER);
    assert_eq!(told(None), (None, Outcome::Unprovable, None, None), "nobody says where it begins");
    assert_eq!(told(Some(Begins::Earliest)), (Some(0), Outcome::Exact, Some(OLDER), Some(0)));
    let all = u64::try_from(RECORDS).ok();
    assert_eq!(told(Some(Begins::Latest)), (Some(RECORDS), Outcome::Replay, Some(end), all));
    landed(end);
    assert_eq!(told(Some(Begins::Latest)), (Some(RECORDS), Outcome::Exact, Some(end), Some(0)));
    assert_eq!(told(Some(Begins::Earliest)), (Some(0), Outcome::Skip, Some(OLDER), all));
}
