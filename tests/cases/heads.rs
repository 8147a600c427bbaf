//! Logs that begin elsewhere (case 7), and what was on the target before (case 21).

use lab::{Case, Cluster, Topic};

use crate::AT_MOST;
use crate::ask::{self, compare, exact, replay, skip, stands, synced};
use crate::labs::{await_end, lab, now, records, records_from, topic, write};
use crate::ledger::{Finding, Ledger};

crate::cases!(
    copied:
        a_target_that_keeps_shorter_than_the_age_of_what_is_copied_has_lost_its_head,
        heads_removed_by_hand_are_no_work_of_retention,
        what_the_target_had_before_replication_is_extra;
    by_hand:
        a_source_whose_retention_has_removed_its_head_is_trimmed
);

const DAY: i64 = 86_400_000;

/// A topic whose old records lie in a segment of their own, and go when they are older than `retention`.
fn keeping(name: &str, retention: i64) -> Topic {
    Topic::new(name).config("retention.ms", retention).config("segment.ms", DAY / 2)
}

/// 400 records of three days ago and 600 of an hour ago: written one after the other, so that they lie in segments of
/// their own.
fn old_and_new() -> (Vec<lab::Record>, Vec<lab::Record>) {
    let new = records_from(now() - 3_600_000, 600).into_iter().map(|record| record.header("new", "yes"));
    (records_from(now() - 3 * DAY, 400), new.collect())
}

fn await_log_start(cluster: &Cluster, topic: &str, start: i64) {
    let end = std::time::Instant::now() + AT_MOST;
    while cluster.watermarks(topic).unwrap()[&0].0 < start {
        assert!(std::time::Instant::now() < end, "retention did not remove the head of {topic}");
        std::thread::sleep(std::time::Duration::from_millis(300));
    }
}

fn trimmed(kind: &str, source: Option<(i64, i64)>, target: Option<(i64, i64)>) -> Finding {
    let (first, last) = source.or(target).unwrap();
    let count = u64::try_from(last - first + 1).unwrap();
    Finding { partition: 0, kind: kind.to_owned(), count, source, target, field: None }
}

fn a_target_that_keeps_shorter_than_the_age_of_what_is_copied_has_lost_its_head() {
    let case = lab().case("clean-aged");
    let topic = case.name("orders");
    case.source().create_topic(&Topic::new(&topic)).unwrap();
    case.target().create_topic(&keeping(&topic, DAY)).unwrap();
    let (old, new) = old_and_new();
    write(case.source(), &topic, old);
    await_end(&case, &topic, 400);
    write(case.source(), &topic, new);
    await_end(&case, &topic, 1_000);
    await_log_start(case.target(), &topic, 400);
    let findings = [trimmed("trimmed_target", Some((0, 399)), None)];
    let ledger = Ledger { trimmed_target: 400, findings: Some(findings.into()), ..Ledger::matched(600) };
    compare(&case, &topic, &ledger);
    // What a group still has to read on the source and cannot on the target is lost to it.
    stands(&case, &topic, 150, 400, &skip(400, 250));
    stands(&case, &topic, 400, 400, &exact(400));
    stands(&case, &topic, 700, 700, &exact(700));
    stands(&case, &topic, 700, 650, &replay(700, 50));
    // A commit that the target's log has left behind is none.
    stands(&case, &topic, 150, 150, &ask::untranslated(Some(400)));
}

fn a_source_whose_retention_has_removed_its_head_is_trimmed() {
    let case = lab().case("aged");
    let topic = case.name("orders");
    case.source().create_topic(&keeping(&topic, DAY)).unwrap();
    case.target().create_topic(&Topic::new(&topic)).unwrap();
    let (old, new) = old_and_new();
    for cluster in [case.target(), case.source()] {
        write(cluster, &topic, old.clone());
        write(cluster, &topic, new.clone());
    }
    await_log_start(case.source(), &topic, 400);
    let findings = [trimmed("trimmed_source", None, Some((0, 399)))];
    let ledger = Ledger { trimmed_source: 400, findings: Some(findings.into()), ..Ledger::matched(600) };
    compare(&case, &topic, &ledger);
    stands(&case, &topic, 700, 700, &exact(700));
    let below = stands(&case, &topic, 100, 100, &ask::unprovable());
    assert!(below["why"].as_str().unwrap().contains("400"), "{below:#}");
}

fn heads_removed_by_hand_are_no_work_of_retention() {
    let case = lab().case("clean-cut");
    let topic = topic(&case, "orders");
    write(case.source(), &topic, records(1_000));
    await_end(&case, &topic, 1_000);
    case.source().delete_records(&topic, 0, 100).unwrap();
    case.target().delete_records(&topic, 0, 300).unwrap();
    let findings = [trimmed("missing", Some((100, 299)), None)];
    let ledger = Ledger { missing: 200, findings: Some(findings.into()), ..Ledger::matched(700) };
    compare(&case, &topic, &ledger);
    stands(&case, &topic, 100, 300, &skip(300, 200));
    stands(&case, &topic, 500, 500, &exact(500));
}

fn what_the_target_had_before_replication_is_extra() {
    let case = lab().case("clean-before");
    let topic = case.name("orders");
    case.target().create_topic(&Topic::new(&topic)).unwrap();
    let before = records(37).into_iter().map(|record| record.header("before", "yes"));
    write(case.target(), &topic, before);
    case.source().create_topic(&Topic::new(&topic)).unwrap();
    write(case.source(), &topic, records(100));
    let drained = case.name("drained");
    case.source().commit(&drained, &[lab::Position::new(&topic, 0, 100)]).unwrap();
    await_end(&case, &topic, 137);
    let findings = [trimmed("extra", None, Some((0, 36)))];
    let ledger = Ledger { extra: 37, findings: Some(findings.into()), ..Ledger::matched(100) };
    compare(&case, &topic, &ledger);
    stands(&case, &topic, 40, 77, &exact(77));
    stands(&case, &topic, 40, 40, &replay(77, 37));
    await_synced(&case, &drained, &topic, 137);
    synced(&case, &drained, &exact(137));
}

fn await_synced(case: &Case<'_>, group: &str, topic: &str, at: i64) {
    case.await_committed(group, topic, &[(0, at)].into(), AT_MOST).unwrap();
}
