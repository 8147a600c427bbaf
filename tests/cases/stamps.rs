//! Timestamps that lead astray (case 13).

use lab::{Position, Record, Topic};

use crate::AT_MOST;
use crate::ask::{compare, exact, group, replay, skip, stands};
use crate::labs::{await_end, lab, now, records, topic, write};
use crate::ledger::Ledger;

crate::cases!(
    copied:
        rogue_future_timestamps_lead_nobody_astray,
        timestamps_out_of_order_are_no_disorder,
        a_target_that_sets_its_own_timestamps_is_compared_without_them;
    by_hand:
);

/// Of 3,000 records one of the first lies fifty minutes ahead of now, so that from there on every search by time
/// leads to it.
fn rogue() -> Vec<Record> {
    let mut all = records(3_000);
    all[10].timestamp = Some(now() + 50 * 60_000);
    all
}

fn rogue_future_timestamps_lead_nobody_astray() {
    let case = lab().case("dirty-rogue");
    let topic = topic(&case, "orders");
    // Two flows cannot copy one topic: the faults are made on topics of our own.
    let broken = crate::labs::topic_on_both(&lab().case("rogue"), "orders", 1);
    let all = rogue();
    write(case.source(), &topic, all.clone());
    let mut lacking = all.clone();
    lacking.remove(2_000);
    lacking.extend(all[1_000..1_010].iter().cloned());
    write(case.source(), &broken, all);
    write(case.target(), &broken, lacking);
    await_end(&case, &topic, 3_000);
    compare(&case, &topic, &Ledger { findings: Some([].into()), ..Ledger::matched(3_000) });
    for at in [5, 10, 11, 1_500, 3_000] {
        stands(&case, &topic, at, at, &exact(at));
    }
    stands(&case, &topic, 1_500, 11, &replay(1_500, 1_489));
    compare(&case, &broken, &Ledger { missing: 1, duplicated: 10, ..Ledger::matched(2_999) });
    stands(&case, &broken, 1_500, 1_500, &skip(1_500, 1));
    stands(&case, &broken, 2_500, 2_499, &replay(2_499, 10));
}

fn timestamps_out_of_order_are_no_disorder() {
    let case = lab().case("clean-disorder");
    let topic = topic(&case, "orders");
    let mut all = records(2_000);
    for (n, record) in all.iter_mut().enumerate() {
        // Back and forth by up to two hours, the same for every run.
        let back = (n * 7_919) % 7_200;
        record.timestamp = record.timestamp.map(|at| at - i64::try_from(back).unwrap() * 1_000);
    }
    write(case.source(), &topic, all);
    await_end(&case, &topic, 2_000);
    compare(&case, &topic, &Ledger { findings: Some([].into()), ..Ledger::matched(2_000) });
    for at in [0, 1, 999, 2_000] {
        stands(&case, &topic, at, at, &exact(at));
    }
    stands(&case, &topic, 1_000, 990, &replay(1_000, 10));
}

fn a_target_that_sets_its_own_timestamps_is_compared_without_them() {
    let case = lab().case("dirty-appended");
    let topic = case.name("orders");
    case.target()
        .create_topic(&Topic::new(&topic).config("message.timestamp.type", "LogAppendTime"))
        .unwrap();
    case.source().create_topic(&Topic::new(&topic)).unwrap();
    write(case.source(), &topic, records(1_000));
    let drained = case.name("drained");
    case.source().commit(&drained, &[Position::new(&topic, 0, 1_000)]).unwrap();
    await_end(&case, &topic, 1_000);
    let found = compare(&case, &topic, &Ledger { findings: Some([].into()), ..Ledger::matched(1_000) });
    assert!(found.to_string().contains("LogAppendTime"), "what was not compared is said: {found:#}");
    stands(&case, &topic, 400, 400, &exact(400));
    stands(&case, &topic, 400, 390, &replay(400, 10));
    stands(&case, &topic, 400, 401, &skip(400, 1));
    case.await_committed(&drained, &topic, &[(0, 1_000)].into(), AT_MOST).unwrap();
    assert_eq!(group(&case, &drained, 0)[0]["outcome"], "exact");
}
