//! What a return needs: recovery points, also of groups without a commit, and who has no members any more.

use super::{Member, case, clusters, connect, patience};
use lab::{Position, Produce, Record, Topic};
use runbook::Side;
use runbook::world::{Measured, PartitionRetention, Probe, RetentionSeen};
use std::sync::Arc;

#[test]
fn a_group_that_begins_at_the_log_start_has_its_recovery_point_there() {
    let case = case("retention");
    let (topic, other) = (case.name("orders"), case.name("other"));
    for name in [&topic, &other] {
        case.source().create_topic(&Topic::new(name).partitions(2)).unwrap();
        let records = (0..40_i32).map(|n| Record::value(format!("{n}")).to(n % 2).at(1_000 + i64::from(n)));
        case.source().produce(name, records, &Produce::default()).unwrap();
    }
    case.source().delete_records(&topic, 1, 4).unwrap();
    // Both have read partition 0; only one of them begins at the log start of partition 1, and neither reads `other`.
    let (batch, live) = (case.name("batch"), case.name("live"));
    for (group, at) in [(&batch, 7), (&live, 12)] {
        case.source().commit(group, &[Position::new(&topic, 0, at)]).unwrap();
    }
    let _member = Member::join(&case, &live, &topic, &[]);
    let (source, target) = (Arc::new(connect(case.source())), Arc::new(connect(case.target())));
    let seen = |earliest: &[&String]| -> RetentionSeen {
        let probe = Probe::Retention {
            side: Side::Source,
            topics: vec![topic.clone(), other.clone()],
            groups: vec![batch.clone(), live.clone()],
            earliest: earliest.iter().map(|group| (*group).clone()).collect(),
            over_ms: 10,
        };
        let answer = clusters(&source, &target).observe(&probe, &patience()).unwrap().unwrap();
        let Measured::Retention(seen) = answer.measured else { panic!("another answer") };
        seen
    };
    let points = |seen: &RetentionSeen| -> Vec<(Option<i64>, Option<i64>, Option<String>)> {
        let of = |partition: &PartitionRetention| {
            let begins = partition.begins_at_log_start.clone();
            (partition.recovery_point, partition.recovery_point_timestamp, begins)
        };
        let mut partitions = seen.partitions.clone();
        partitions.sort_by_key(|of| (of.topic == other, of.partition));
        partitions.iter().map(of).collect()
    };
    let none = (None, None, None);
    let committed = (Some(7), Some(1_014), None);
    let nobody = seen(&[]);
    assert_eq!(points(&nobody), [committed.clone(), none.clone(), none.clone(), none.clone()]);
    assert_eq!(nobody.empty, std::slice::from_ref(&batch), "the other one has a member");
    let begins = (Some(4), Some(1_009), Some(live.clone()));
    assert_eq!(points(&seen(&[&live])), [committed, begins, none.clone(), none]);
}
