//! Where a group would go on: tried by a shadow of it before the switch, watched after it.

use std::sync::atomic::{AtomicBool, Ordering};

use lab::{Position, Produce, Record, Topic};
use rdkafka::consumer::{CommitMode, Consumer};

use crate::offset_parity::{member, while_commits_move};
use crate::{AT_MOST, Bench, Expected, now, records};

const RESUME: &str = "group-resume";
const PROGRESS: &str = "group-progress";

/// Groups of the target whose names say that they are scratch.
fn scratch_groups(bench: &Bench) -> Vec<String> {
    let of_this = bench.group();
    let consumer: rdkafka::consumer::BaseConsumer = rdkafka::ClientConfig::new()
        .set("bootstrap.servers", &bench.case.target().bootstrap)
        .create()
        .unwrap();
    let groups = consumer.fetch_group_list(None, AT_MOST).unwrap();
    let names = groups.groups().iter().map(|group| group.name().to_owned());
    names.filter(|name| name.starts_with("cutover-scratch-") && name.contains(&of_this)).collect()
}

#[test]
fn a_shadow_of_the_group_is_delivered_the_record_it_would_read_next() {
    let bench = Bench::new("next").even(records(50), 20);
    let answer = bench.check(&[RESUME]);
    answer.is("in the middle", &Expected::new(RESUME, "green", ""));
    let held = bench.case.target().committed(&bench.group(), &bench.topic()).unwrap();
    assert_eq!(held, crate::offset_parity::only(20), "the real group was touched");
    assert!(scratch_groups(&bench).is_empty(), "{:?}", scratch_groups(&bench));
}

#[test]
fn at_the_end_of_the_log_nothing_is_delivered_and_the_record_before_is_the_same() {
    let bench = Bench::new("end").even(records(50), 50);
    bench.check(&[RESUME]).is("at the end", &Expected::new(RESUME, "green", ""));
}

#[test]
fn several_topics_are_told_apart() {
    let mut bench = Bench::new("several").even(records(50), 20);
    let other = bench.case.name("other");
    for cluster in [bench.case.source(), bench.case.target()] {
        cluster.create_topic(&Topic::new(&other)).unwrap();
        cluster.produce(&other, records_like(30), &Produce::default()).unwrap();
        cluster.commit(&bench.group(), &[Position::new(&other, 0, 30)]).unwrap();
    }
    bench.runbook.topics.push(other);
    bench.check(&[RESUME]).is("two topics", &Expected::new(RESUME, "green", ""));
}

#[test]
fn a_record_that_is_not_on_the_target_yet_is_yellow() {
    let mut bench = Bench::new("not-yet");
    let (topic, group) = (bench.topic(), bench.group());
    for (cluster, count) in [(bench.case.source(), 50), (bench.case.target(), 40)] {
        cluster.create_topic(&Topic::new(&topic)).unwrap();
        cluster.produce(&topic, records_like(count), &Produce::default()).unwrap();
    }
    bench.case.source().commit(&group, &[Position::new(&topic, 0, 40)]).unwrap();
    bench.set(RESUME, "use: group-resume, severity: blocker, with: { within: 1s }");
    let answer = bench.check(&[RESUME]);
    let (_, cell) = answer.cell(RESUME);
    assert_ne!(cell["verdict"], "green", "{cell:#}");
}

/// The same records whenever it is asked.
fn records_like(count: i64) -> Vec<Record> {
    crate::records_from(1_760_000_000_000, count)
}

#[test]
fn without_scratch_objects_it_is_unknown() {
    let bench = Bench::new("no-scratch").even(records(20), 10);
    let answer = crate::Answer::of(bench.run(&[RESUME], &["--no-scratch"]));
    answer.is("--no-scratch", &Expected::new(RESUME, "unknown", "").says("--no-scratch"));
}

#[test]
fn a_position_that_is_not_proved_is_not_tried() {
    let bench = Bench::new("unproved").even(records(50), 20);
    bench.case.source().delete_records(&bench.topic(), 0, 30).unwrap();
    let expected = Expected::new(RESUME, "unknown", "").says("no exact position to try");
    bench.check(&[RESUME]).is("below the log start", &expected);
}

/// The progress check of a unit whose group stands at 20 of 50 on both sides.
fn landed(name: &str) -> Bench {
    landed_of(name, 50)
}

/// The same of so many.
fn landed_of(name: &str, count: i64) -> Bench {
    let mut bench = Bench::new(name).even(records(count), 20);
    bench.set(PROGRESS, "use: group-progress, severity: blocker, with: { look: 4s }");
    bench
}

#[test]
fn nobody_on_either_side_is_red() {
    let bench = landed("nobody-reads");
    let expected = Expected::new(PROGRESS, "red", "CUT2703").says(bench.group());
    bench.check(&[PROGRESS]).is("nobody", &expected);
}

#[test]
fn a_group_that_still_reads_on_the_source_is_unknown() {
    let bench = landed("still-there");
    let _reader = member(bench.case.source(), &bench.group(), &bench.topic());
    let expected = Expected::new(PROGRESS, "unknown", "").says("still reads on the source");
    bench.check(&[PROGRESS]).is("on the source", &expected);
}

#[test]
fn a_member_that_commits_nothing_is_red_and_one_that_goes_on_is_green() {
    // More than it can commit while it is looked at.
    let end = 3_000;
    let bench = landed_of("goes-on", end);
    let (group, topic) = (bench.group(), bench.topic());
    let reader = member(bench.case.target(), &group, &topic);
    let expected = Expected::new(PROGRESS, "red", "CUT2704").says(&group).says("2980 records waiting");
    bench.check(&[PROGRESS]).is("stuck", &expected);

    let over = AtomicBool::new(false);
    let answer = std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut offset = 20;
            while !over.load(Ordering::Relaxed) {
                offset = (offset + 1).min(end);
                let mut list = rdkafka::TopicPartitionList::new();
                list.add_partition_offset(&topic, 0, rdkafka::Offset::Offset(offset)).unwrap();
                reader.commit(&list, CommitMode::Sync).unwrap();
                let _ = reader.poll(std::time::Duration::from_millis(300));
            }
        });
        let answer = bench.check(&[PROGRESS]);
        over.store(true, Ordering::Relaxed);
        answer
    });
    answer.is("goes on", &Expected::new(PROGRESS, "green", ""));

    // At the end nothing can move.
    bench
        .case
        .target()
        .produce(&topic, [Record::keyed("k", "new").to(0).at(now())], &Produce::default())
        .unwrap();
    let mut list = rdkafka::TopicPartitionList::new();
    list.add_partition_offset(&topic, 0, rdkafka::Offset::Offset(end + 1)).unwrap();
    reader.commit(&list, CommitMode::Sync).unwrap();
    let answer = bench.check(&[PROGRESS]);
    answer.is("at the end", &Expected::new(PROGRESS, "yellow", "CUT2705").says(&group));
}

#[test]
fn a_group_that_began_before_its_landed_position_is_red() {
    let bench = landed("began-early");
    let (group, topic) = (bench.group(), bench.topic());
    bench.case.target().commit(&group, &[Position::new(&topic, 0, 5)]).unwrap();
    let expected = Expected::new(PROGRESS, "red", "CUT2701").says(&group);
    bench.check(&[PROGRESS]).is("too early", &expected);
}

#[test]
fn commits_that_jump_about_without_a_member_are_never_green() {
    let bench = landed("jumping");
    let target = [bench.case.target()];
    let answer = while_commits_move(&bench, &target, || bench.check(&[PROGRESS]));
    let (_, cell) = answer.cell(PROGRESS);
    assert_ne!(cell["verdict"], "green", "{cell:#}");
}
