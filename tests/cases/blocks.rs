//! Blocks copied again: by a replicator that was killed, and by one that was made to begin anew (cases 5 and 8), and
//! replication that began late (case 7): all of it by real replicators.

use lab::{Case, Generate, Position, Produce};

use crate::ask::{self, compare, exact, group, replay, skip, stands};
use crate::labs::{await_end, lab, now, topic};
use crate::ledger::{Finding, Ledger};

crate::cases!(
    copied:
        a_replicator_killed_again_and_again_copies_blocks_twice,
        a_flow_begun_anew_begun_late_and_purged_under_way_is_found_out;
    by_hand:
);

fn generate(count: u64, size: usize) -> Generate {
    let timestamp = Some(now() - 86_400_000);
    Generate { partitions: Some(1), size, timestamp, ..Generate::records(count) }
}

fn a_replicator_killed_again_and_again_copies_blocks_twice() {
    let case = lab().case("victim-blocks");
    let topic = topic(&case, "orders");
    let (first, second) = (8_000, 12_000);
    let all = generate(first + second, 60);
    case.source().produce(&topic, Generate { count: first, ..all.clone() }, &Produce::default()).unwrap();
    await_end(&case, &topic, i64::try_from(first).unwrap());
    case.kill("connect-victim").unwrap();
    let rest = (first..first + second).map(|n| all.record(n));
    case.source().produce(&topic, rest, &Produce::default()).unwrap();
    case.start("connect-victim").unwrap();
    // Killed again while it copies what it had, or what is new; where is its affair.
    await_end(&case, &topic, i64::try_from(first).unwrap() + 1);
    case.kill("connect-victim").unwrap();
    case.start("connect-victim").unwrap();
    case.await_last_record(&topic, crate::AT_MOST).unwrap();
    let (_, end) = case.target().watermarks(&topic).unwrap()[&0];
    // Nothing else writes to the target: whatever is there beyond one of each was copied again.
    let copied = u64::try_from(end).unwrap();
    let all = first + second;
    assert!(copied > all, "it was killed and copied nothing again");
    compare(&case, &topic, &Ledger { duplicated: copied - all, ..Ledger::matched(all) });
    is_right_by_counting(&case, &topic);
}

/// The place offered in the middle against the target's own records: everything to come stands behind it, and as few
/// of the finished ones as anywhere.
fn is_right_by_counting(case: &Case<'_>, topic: &str) {
    // Not a group of the flow, which would write its position itself.
    let (committed, name) = (5_000, format!("hand.{}", case.name("middle")));
    case.source().commit(&name, &[Position::new(topic, 0, committed)]).unwrap();
    case.target().commit(&name, &[Position::new(topic, 0, 0)]).unwrap();
    let stand = &group(case, &name, 1)[0];
    let place = stand["exact_target"].as_i64().unwrap_or_else(|| panic!("no place: {stand:#}"));
    let on_target = numbers(case.target(), topic);
    let finished = |at: usize| {
        on_target[at..].iter().filter(|&&n| n < committed).collect::<std::collections::BTreeSet<_>>().len()
    };
    let place = usize::try_from(place).unwrap();
    let behind: std::collections::BTreeSet<i64> = on_target[place..].iter().copied().collect();
    assert!((committed..20_000).all(|n| behind.contains(&n)), "{place} loses records");
    assert_eq!(on_target[place], committed, "{stand:#}");
    // Every other place at which nothing is lost gives as many finished records again, or more.
    let last = on_target.iter().rposition(|&n| n == committed).unwrap();
    let fewest =
        on_target.iter().enumerate().filter(|(_, n)| **n == committed).map(|(at, _)| finished(at)).min();
    assert_eq!(Some(finished(place)), fewest, "offered {place}, last copy at {last}");
    let wanted = u64::try_from(finished(0)).unwrap();
    assert_eq!(stand["records"], wanted, "from the beginning every finished one comes again: {stand:#}");
    assert_eq!(stand["outcome"], "replay");
}

/// The numbers that generated records carry, in order.
fn numbers(cluster: &lab::Cluster, topic: &str) -> Vec<i64> {
    let records = cluster.records(topic, 0, "read_committed").unwrap();
    let number = |record: &lab::Record| {
        let value = String::from_utf8(record.value.clone().unwrap()).unwrap();
        value.trim_start_matches("{\"n\":").split(',').next().unwrap().parse().unwrap()
    };
    records.iter().map(number).collect()
}

/// One stop of the flow for three topics: `again` is copied from its beginning as by a connector of a new name,
/// `late` from its 300th record on, and `purged` loses records that were not copied yet.
fn a_flow_begun_anew_begun_late_and_purged_under_way_is_found_out() {
    let case = lab().case("steered-anew");
    let again = topic(&case, "again");
    let purged = topic(&case, "purged");
    // Larger than any window of the comparison.
    let many = generate(70_000, 24);
    case.source().produce(&again, many, &Produce::default()).unwrap();
    case.source().produce(&purged, generate(1_000, 60), &Produce::default()).unwrap();
    await_end(&case, &again, 70_000);
    await_end(&case, &purged, 1_000);
    // What it had not noted when it was stopped it would copy again by itself.
    case.await_noted("steered", &again, 0, 69_999).unwrap();
    case.await_noted("steered", &purged, 0, 999).unwrap();
    case.stop_flow("steered").unwrap();
    case.set_copied("steered", &again, 0, None).unwrap();
    let late = topic(&case, "late");
    case.source().produce(&late, generate(1_000, 60), &Produce::default()).unwrap();
    case.set_copied("steered", &late, 0, Some(299)).unwrap();
    let more = generate(2_000, 60);
    let more = (1_000..2_000).map(|n| more.record(n));
    case.source().produce(&purged, more, &Produce::default()).unwrap();
    case.source().delete_records(&purged, 0, 1_500).unwrap();
    case.resume_flow("steered").unwrap();
    await_end(&case, &again, 140_000);
    await_end(&case, &late, 700);
    await_end(&case, &purged, 1_500);
    copied_anew(&case, &again);
    begun_late(&case, &late);
    purged_under_way(&case, &purged);
}

fn copied_anew(case: &Case<'_>, topic: &str) {
    let finding = Finding {
        partition: 0,
        kind: "duplicated".to_owned(),
        count: 70_000,
        source: Some((0, 69_999)),
        target: Some((70_000, 139_999)),
        field: None,
    };
    let ledger = Ledger { duplicated: 70_000, findings: Some([finding].into()), ..Ledger::matched(70_000) };
    compare(case, topic, &ledger);
    // In the second copy everything finished lies before the place; in the first it all comes again.
    stands(case, topic, 40_000, 110_000, &exact(110_000));
    stands(case, topic, 40_000, 40_000, &replay(110_000, 40_000));
    stands(case, topic, 40_000, 110_001, &skip(110_000, 1));
    stands(case, topic, 70_000, 140_000, &exact(140_000));
    stands(case, topic, 70_000, 70_000, &replay(140_000, 70_000));
}

fn begun_late(case: &Case<'_>, topic: &str) {
    let finding = Finding {
        partition: 0,
        kind: "missing".to_owned(),
        count: 300,
        source: Some((0, 299)),
        target: None,
        field: None,
    };
    let ledger = Ledger { missing: 300, findings: Some([finding].into()), ..Ledger::matched(700) };
    compare(case, topic, &ledger);
    stands(case, topic, 100, 0, &skip(0, 200));
    stands(case, topic, 300, 0, &exact(0));
    stands(case, topic, 500, 200, &exact(200));
}

/// The silent hole: nothing on the source tells any more what was lost, so what it shows is that the target has what
/// the source has not, and no commit below the purge can be proved.
fn purged_under_way(case: &Case<'_>, topic: &str) {
    compare(case, topic, &Ledger { extra: 1_000, ..Ledger::matched(500) });
    let below = stands(case, topic, 1_200, 1_000, &ask::unprovable());
    let why = below["why"].as_str().unwrap();
    assert!(why.contains("1200") && why.contains("1500"), "{why}");
    stands(case, topic, 1_700, 1_200, &exact(1_200));
    stands(case, topic, 2_000, 1_500, &exact(1_500));
}
