//! What was left when everything looked finished: on the source for a group, on its way for the replicator.

use std::sync::atomic::{AtomicBool, Ordering};

use lab::{Position, Produce, Record, Topic};

use crate::{Bench, Expected, now, records, until};

const DRAINED: &str = "drained";
const GROUP: &str = "group-drained";

/// Fifty records on the source, so many of them on the target, and the group at the end of the source.
fn copied(name: &str, to_target: usize) -> Bench {
    let mut bench = Bench::new(name);
    let (topic, group) = (bench.topic(), bench.group());
    let all = records(50);
    for (cluster, records) in [(bench.case.source(), &all[..]), (bench.case.target(), &all[..to_target])] {
        cluster.create_topic(&Topic::new(&topic)).unwrap();
        cluster.produce(&topic, records.to_vec(), &Produce::default()).unwrap();
    }
    bench.case.source().commit(&group, &[Position::new(&topic, 0, 50)]).unwrap();
    bench.set(DRAINED, "use: drained, severity: blocker, with: { within: 1s }");
    bench
}

#[test]
fn all_copied_and_all_read_is_green() {
    let bench = copied("all-copied", 50);
    let answer = bench.check(&[DRAINED, GROUP, "group-lag"]);
    for check in [DRAINED, GROUP, "group-lag"] {
        answer.is("all copied", &Expected::new(check, "green", ""));
    }
}

#[test]
fn a_last_record_that_is_not_on_the_target_is_red() {
    let bench = copied("not-copied", 49);
    let expected = Expected::new(DRAINED, "red", "CUT2661").says(bench.topic()).says("source offset 49");
    let answer = bench.check(&[DRAINED, GROUP]);
    answer.is("one is missing", &expected);
    // What a group has read is another matter.
    answer.has("one is missing", &Expected::new(GROUP, "green", ""));
}

#[test]
fn an_empty_topic_has_nothing_to_copy() {
    let bench = Bench::new("empty").shaped(&[], &[]);
    bench.check(&[DRAINED]).is("empty", &Expected::new(DRAINED, "green", ""));
}

#[test]
fn records_left_for_the_group_are_red_and_counted() {
    let bench = copied("left", 50);
    bench.case.source().commit(&bench.group(), &[Position::new(bench.topic(), 0, 47)]).unwrap();
    let expected = Expected::new(GROUP, "red", "CUT2641").says(bench.group()).says("3: its commit is 47");
    let answer = bench.check(&[GROUP, DRAINED]);
    answer.is("three left", &expected);
    answer.has("three left", &Expected::new(DRAINED, "green", ""));
}

#[test]
fn a_trailing_marker_is_neither_lag_nor_missing() {
    let bench = copied("marker", 50);
    let more: Vec<Record> =
        (0..3).map(|n| Record::keyed("t", format!("t-{n}")).to(0).at(now() + n)).collect();
    let transactions = bench.case.source().transactions(&bench.case.name("tx"), &Produce::default()).unwrap();
    transactions.begin().unwrap();
    transactions.send(&bench.topic(), more.clone()).unwrap();

    // Open: the group sees nothing to read, and is not finished.
    let answer = bench.check(&[DRAINED, GROUP]);
    answer.is("open", &Expected::new(GROUP, "red", "CUT2642").says(bench.group()).says("offset 50"));
    answer.is("open", &Expected::new(DRAINED, "red", "CUT2663").says(bench.topic()).says("offset 50"));

    // Committed after everything looked finished.
    transactions.commit().unwrap();
    let answer = bench.check(&[DRAINED, GROUP]);
    answer.is("committed", &Expected::new(GROUP, "red", "CUT2641").says("3: its commit is 50"));
    answer.is("committed", &Expected::new(DRAINED, "red", "CUT2661").says("source offset 52"));

    // Copied and read: the marker at 53 is left, which nobody has to read or to copy.
    bench.case.target().produce(&bench.topic(), more, &Produce::default()).unwrap();
    bench.case.source().commit(&bench.group(), &[Position::new(bench.topic(), 0, 53)]).unwrap();
    let answer = bench.check(&[DRAINED, GROUP, "group-lag"]);
    for check in [DRAINED, GROUP, "group-lag"] {
        answer.is("only a marker is left", &Expected::new(check, "green", ""));
    }

    // Aborted: nothing was written as far as its readers know.
    transactions.begin().unwrap();
    transactions.send(&bench.topic(), records(5)).unwrap();
    transactions.abort().unwrap();
    let answer = bench.check(&[DRAINED, GROUP, "group-lag"]);
    for check in [DRAINED, GROUP, "group-lag"] {
        answer.is("aborted", &Expected::new(check, "green", ""));
    }
}

#[test]
fn equal_records_at_the_end_are_counted_and_never_green() {
    let bench = copied("alike", 50);
    let alike: Vec<Record> = vec![Record::keyed("beat", "same").to(0).at(now()); 3];
    bench.case.source().produce(&bench.topic(), alike.clone(), &Produce::default()).unwrap();
    bench.case.target().produce(&bench.topic(), alike[..2].to_vec(), &Produce::default()).unwrap();
    let expected = Expected::new(DRAINED, "red", "CUT2661").says("2 of 3 equal records");
    bench.check(&[DRAINED]).is("two of three", &expected);
    bench.case.target().produce(&bench.topic(), alike[2..].to_vec(), &Produce::default()).unwrap();
    let expected = Expected::new(DRAINED, "yellow", "CUT2662").says(bench.topic());
    bench.check(&[DRAINED]).is("all three", &expected);
}

#[test]
fn a_source_that_goes_on_growing_is_yellow_and_at_rest_green() {
    let mut bench = Bench::new("mm-growing");
    let topic = bench.topic();
    bench.case.source().create_topic(&Topic::new(&topic)).unwrap();
    bench.set(DRAINED, "use: drained, severity: blocker, with: { within: 60s }");
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let mut n = 0;
            while !over.load(Ordering::Relaxed) {
                let record = Record::keyed("k", format!("v-{n}")).to(0).at(now());
                bench.case.source().produce(&topic, [record], &Produce::default()).unwrap();
                n += 1;
            }
        });
        let answer = {
            until("the target has the topic", || !bench.case.target().partitions(&topic).unwrap().is_empty());
            bench.check(&[DRAINED])
        };
        over.store(true, Ordering::Relaxed);
        writer.join().unwrap();
        answer.is("growing", &Expected::new(DRAINED, "yellow", "CUT2664").says(&topic));
    });
    bench.check(&[DRAINED]).is("at rest", &Expected::new(DRAINED, "green", ""));
}

#[test]
fn a_group_s_lag_is_held_against_the_check_s_own_bounds_or_the_unit_s() {
    let mut bench = copied("bounds", 50);
    bench.case.source().commit(&bench.group(), &[Position::new(bench.topic(), 0, 40)]).unwrap();
    bench.runbook.tolerates = "{ replayed: 0, skipped: 0, lag_records: 9 }".to_owned();
    // Ten records are unread; the first was written 9 s before the last.
    for (with, level, code, says) in [
        ("", "red", "CUT2621", "10 records"),
        (", with: { max: { records: 10 } }", "green", "", ""),
        (", with: { max: { records: 10, time: 8s } }", "red", "CUT2622", "10 records"),
        (", on: target", "unknown", "", "it has no commit on the unit's topics on the target"),
    ] {
        bench.set("group-lag", format!("use: group-lag, severity: major{with}"));
        bench.check(&["group-lag"]).is(with, &Expected::new("group-lag", level, code).says(says));
    }
}
