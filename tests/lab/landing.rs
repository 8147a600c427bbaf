//! `cutover land`: what is written, what is refused, and how it is taken back.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use kafka_protocol::messages::offset_commit_request::{
    OffsetCommitRequestPartition, OffsetCommitRequestTopic,
};
use kafka_protocol::messages::offset_fetch_request::OffsetFetchRequestTopic;
use kafka_protocol::messages::{
    ApiKey, GroupId, OffsetCommitRequest, OffsetCommitResponse, OffsetFetchRequest, OffsetFetchResponse,
    TopicName,
};
use kafka_protocol::protocol::StrBytes;
use lab::{Case, Cluster, Position, Topic};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use serde_json::{Value, json};

use crate::{AT_MOST, cutover, lab, only, records, topic_on_both, write};

/// A group that stands at 60 on the source, of which the target lacks the first five records: exact is 55.
struct Landing<'a> {
    case: Case<'a>,
    topic: String,
    group: String,
    folder: tempfile::TempDir,
}

fn landing(name: &str) -> Landing<'static> {
    let case = lab().case(name);
    let topic = topic_on_both(&case, "orders");
    let same = records(100);
    write(case.source(), &topic, same.clone());
    case.source().delete_records(&topic, 0, 5).unwrap();
    write(case.target(), &topic, same[5..].to_vec());
    let group = case.name("g");
    case.source().commit_with(&group, &[Position::new(&topic, 0, 60)], "from the source").unwrap();
    Landing { case, topic, group, folder: tempfile::tempdir().unwrap() }
}

impl Landing<'_> {
    /// `cutover land GROUP --over OVER …` with its undo file in a folder of its own.
    fn land(&self, undo: &str, over: &str, more: &[&str]) -> cutover_tests::Run {
        let undo = self.undo(undo);
        let mut all = vec!["land", &self.group, "--over", over, "--undo-file", &undo];
        all.extend(more);
        cutover(&self.case, &all)
    }

    fn undo(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    fn take_back(&self, undo: &str, more: &[&str]) -> cutover_tests::Run {
        let (undo, target) = (self.undo(undo), self.case.target().properties.display().to_string());
        let mut all = vec!["land", "--undo", &undo, "--target", &target, "--over", "1s", "-o", "json"];
        all.extend(more);
        let run = cutover_tests::Cutover::new(all).run();
        cutover_tests::matches_schema("land", &run.json());
        run
    }

    /// Offset and metadata committed on the target.
    fn held(&self) -> Option<(i64, String)> {
        held(self.case.target(), &self.group, &self.topic, 0)
    }

    fn refuses(&self, run: &cutover_tests::Run, word: &str) {
        let answer = run.json();
        assert_eq!((&answer["applied"], answer["undo_file"].is_null()), (&json!(false), true), "{answer:#}");
        let refusals = only(&answer["groups"])["refusals"].as_array().unwrap().clone();
        let says = |refusal: &Value| refusal["why"].as_str().unwrap().contains(word);
        assert!(refusals.iter().any(says), "no refusal says {word:?}: {answer:#}");
        assert!(refusals.iter().all(|refusal| !refusal["next"].as_str().unwrap().is_empty()));
    }
}

/// Ends what a thread does when the test is over, also when it fails.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn consumer(cluster: &Cluster, settings: &[(&str, &str)]) -> BaseConsumer {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", &cluster.bootstrap).set("enable.auto.commit", "false");
    for (key, value) in settings {
        config.set(*key, *value);
    }
    config.create().unwrap()
}

fn held(cluster: &Cluster, group: &str, topic: &str, partition: i32) -> Option<(i64, String)> {
    let consumer = consumer(cluster, &[("group.id", group)]);
    let mut list = TopicPartitionList::new();
    list.add_partition(topic, partition);
    let told = consumer.committed_offsets(list, AT_MOST).unwrap();
    let element = &told.elements()[0];
    match element.offset() {
        Offset::Offset(offset) => Some((offset, element.metadata().to_owned())),
        _ => None,
    }
}

fn position(answer: &Value) -> Value {
    only(&only(&answer["groups"])["positions"]).clone()
}

#[test]
fn it_is_shown_then_landed_exactly_then_there_then_taken_back() {
    let case = landing("land");
    let answer = case.land("unused", "1s", &[]).exits(0).json();
    assert_eq!(
        position(&answer),
        json!({"topic": case.topic, "partition": 0, "from": null, "to": 55, "proof": "compared", "state": "planned"})
    );
    assert_eq!(
        (case.held(), Path::new(&case.undo("unused")).exists()),
        (None, false),
        "a dry run writes nothing"
    );

    let answer = case.land("first", "1s", &["--apply"]).exits(0).json();
    assert_eq!((&answer["applied"], &position(&answer)["state"]), (&json!(true), &json!("done")));
    assert_eq!(case.held(), Some((55, "from the source".to_owned())), "the metadata comes along");
    let undo: Value = serde_json::from_str(&std::fs::read_to_string(case.undo("first")).unwrap()).unwrap();
    assert_eq!(undo["target_cluster_id"], case.case.target().cluster_id);
    assert_eq!(only(&only(&undo["groups"])["commits"])["before"], Value::Null);
    use std::os::unix::fs::PermissionsExt;
    assert_eq!(std::fs::metadata(case.undo("first")).unwrap().permissions().mode() & 0o777, 0o600);
    cutover(&case.case, &["parity", "group", &case.group]).exits(0);

    let answer = case.land("second", "1s", &["--apply"]).exits(0).json();
    assert_eq!((&answer["applied"], &position(&answer)["state"]), (&json!(false), &json!("there")));
    assert!(!Path::new(&case.undo("second")).exists(), "nothing was done, so there is nothing to take back");

    let answer = case.take_back("first", &[]).exits(0).json();
    assert_eq!((&position(&answer)["from"], &position(&answer)["to"]), (&json!(55), &Value::Null));
    assert!(case.held().is_some(), "a dry run takes nothing back");
    case.take_back("first", &["--apply"]).exits(0);
    assert_eq!(case.held(), None);
    let answer = cutover(&case.case, &["parity", "group", &case.group]).exits(1).json();
    assert_eq!(only(&only(&answer["groups"])["partitions"])["target_committed"], Value::Null);
    let answer = case.take_back("first", &["--apply"]).exits(0).json();
    assert_eq!(
        (&answer["applied"], &position(&answer)["state"]),
        (&json!(false), &json!("there")),
        "twice is once"
    );
}

/// Epochs count the leaders of one cluster: a consumer that is given one of another takes its log for truncated.
#[test]
fn metadata_comes_along_and_a_leader_epoch_never_does() {
    let case = landing("land-epoch");
    commit_in_epoch(case.case.source(), &case.group, &case.topic, 60, 5, "from the source");
    assert_eq!(epoch(case.case.source(), &case.group, &case.topic), (60, 5, "from the source".to_owned()));
    case.land("undo", "1s", &["--apply"]).exits(0);
    assert_eq!(epoch(case.case.target(), &case.group, &case.topic), (55, -1, "from the source".to_owned()));
    // What was there before is restored without its epoch as well.
    commit_in_epoch(case.case.target(), &case.group, &case.topic, 50, 3, "as it was");
    case.land("again", "1s", &["--apply"]).exits(0);
    case.take_back("again", &["--apply"]).exits(0);
    assert_eq!(epoch(case.case.target(), &case.group, &case.topic), (50, -1, "as it was".to_owned()));
}

/// A commit as a consumer makes it that has been told the leader's epoch.
fn commit_in_epoch(cluster: &Cluster, group: &str, topic: &str, offset: i64, epoch: i32, metadata: &str) {
    let text = |text: &str| StrBytes::from_string(text.to_owned());
    let partition = OffsetCommitRequestPartition::default()
        .with_partition_index(0)
        .with_committed_offset(offset)
        .with_committed_leader_epoch(epoch)
        .with_committed_metadata(Some(text(metadata)));
    let topic = OffsetCommitRequestTopic::default()
        .with_name(TopicName(text(topic)))
        .with_partitions(vec![partition]);
    let request = OffsetCommitRequest::default()
        .with_group_id(GroupId(text(group)))
        .with_generation_id_or_member_epoch(-1)
        .with_topics(vec![topic]);
    let key = ApiKey::OffsetCommit as i16;
    let answer: OffsetCommitResponse = cutover_tests::call(&cluster.bootstrap, key, 8, &request);
    assert_eq!(answer.topics[0].partitions[0].error_code, 0, "{answer:?}");
}

/// Offset, leader epoch and metadata, as the broker answers them.
fn epoch(cluster: &Cluster, group: &str, topic: &str) -> (i64, i32, String) {
    let text = |text: &str| StrBytes::from_string(text.to_owned());
    let topic =
        OffsetFetchRequestTopic::default().with_name(TopicName(text(topic))).with_partition_indexes(vec![0]);
    let request =
        OffsetFetchRequest::default().with_group_id(GroupId(text(group))).with_topics(Some(vec![topic]));
    let key = ApiKey::OffsetFetch as i16;
    let answer: OffsetFetchResponse = cutover_tests::call(&cluster.bootstrap, key, 7, &request);
    let told = &answer.topics[0].partitions[0];
    let metadata = told.metadata.as_ref().map(ToString::to_string).unwrap_or_default();
    (told.committed_offset, told.committed_leader_epoch, metadata)
}

#[test]
fn what_was_committed_before_is_restored_and_not_what_came_after() {
    let case = landing("land-restore");
    let old = [Position::new(&case.topic, 0, 7)];
    case.case.target().commit_with(&case.group, &old, "as it was").unwrap();
    case.land("undo", "1s", &["--apply"]).exits(0);
    assert_eq!(case.held().unwrap().0, 55);
    // An undo file is never written over.
    case.case.target().commit(&case.group, &[Position::new(&case.topic, 0, 58)]).unwrap();
    case.land("undo", "1s", &["--apply"]).exits(1);
    assert_eq!(case.held().unwrap().0, 58);
    let run = case.take_back("undo", &["--apply"]).exits(1);
    case.refuses(&run, "58 is committed now");
    assert_eq!(case.held().unwrap().0, 58, "the group went on: taking back would lose that");
    case.case
        .target()
        .commit_with(&case.group, &[Position::new(&case.topic, 0, 55)], "from the source")
        .unwrap();
    case.take_back("undo", &["--apply"]).exits(0);
    assert_eq!(case.held(), Some((7, "as it was".to_owned())));

    let elsewhere = case.case.source().properties.display().to_string();
    let (undo, over) = (case.undo("undo"), "1s");
    let all = ["land", "--undo", &undo, "--target", &elsewhere, "--over", over, "-o", "json", "--apply"];
    let run = cutover_tests::Cutover::new(all).run().exits(1);
    case.refuses(&run, "the undo file is of cluster");
}

#[test]
fn what_is_landed_already_is_left_and_the_rest_is_landed() {
    let case = lab().case("land-half");
    let topic = case.name("orders");
    let both: Vec<_> = records(40).into_iter().flat_map(|record| [record.clone(), record.to(1)]).collect();
    for cluster in [case.source(), case.target()] {
        cluster.create_topic(&Topic::new(&topic).partitions(2).config("retention.ms", -1)).unwrap();
        write(cluster, &topic, both.clone());
    }
    let group = case.name("g");
    let positions = [Position::new(&topic, 0, 20), Position::new(&topic, 1, 30)];
    case.source().commit(&group, &positions).unwrap();
    // As a landing that was killed in the middle leaves it.
    case.target().commit(&group, &positions[..1]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let undo = folder.path().join("undo").display().to_string();
    let arguments = ["land", &group, "--over", "1s", "--apply", "--undo-file", &undo];
    let answer = cutover(&case, &arguments).exits(0).json();
    let states: Vec<&Value> =
        only(&answer["groups"])["positions"].as_array().unwrap().iter().map(|p| &p["state"]).collect();
    assert_eq!(states, ["there", "done"]);
    assert_eq!(case.target().committed(&group, &topic).unwrap(), [(0, 20), (1, 30)].into());
}

#[test]
fn a_group_with_members_is_refused_a_static_one_that_has_left_too() {
    let case = landing("land-member");
    let settings = [
        ("group.id", case.group.as_str()),
        ("group.instance.id", "till-1"),
        ("session.timeout.ms", "45000"),
        ("auto.offset.reset", "earliest"),
    ];
    let member = consumer(case.case.target(), &settings);
    member.subscribe(&[&case.topic]).unwrap();
    let began = Instant::now();
    while member.assignment().unwrap().count() == 0 {
        assert!(began.elapsed() < AT_MOST, "it is not assigned");
        let _ = member.poll(Duration::from_millis(100));
    }
    // A static member does not leave when its process ends: it stays until its session is over.
    drop(member);
    let run = case.land("undo", "1s", &["--apply"]).exits(1);
    case.refuses(&run, "till-1");
    assert_eq!(case.held(), None, "nothing was written");
}

#[test]
fn a_consumer_that_commits_without_being_a_member_is_seen() {
    let case = landing("land-assign");
    case.case.target().commit(&case.group, &[Position::new(&case.topic, 0, 7)]).unwrap();
    let (stop, at) = (AtomicBool::new(false), AtomicU64::new(7));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            // The group says Empty all the time.
            while !stop.load(Ordering::Relaxed) {
                let next = at.fetch_add(1, Ordering::Relaxed) + 1;
                let offset = i64::try_from(next.min(90)).unwrap();
                let _ = case.case.target().commit(&case.group, &[Position::new(&case.topic, 0, offset)]);
                std::thread::sleep(Duration::from_millis(200));
            }
        });
        let _stop = Stop(&stop);
        let run = case.land("undo", "3s", &["--apply"]);
        case.refuses(&run.exits(1), "target commit moved");
    });
    assert_ne!(case.held().unwrap().0, 55);
}

#[test]
fn a_group_that_goes_on_on_the_source_is_refused_unless_that_is_meant() {
    let case = landing("land-source");
    let moving = |more: &[&str]| {
        let stop = AtomicBool::new(false);
        let (moved, first_move) = std::sync::mpsc::channel();
        std::thread::scope(|scope| {
            let (case, stop) = (&case, &stop);
            scope.spawn(move || {
                let mut offset = 60;
                while !stop.load(Ordering::Relaxed) {
                    offset = if offset < 90 { offset + 1 } else { 60 };
                    if case
                        .case
                        .source()
                        .commit(&case.group, &[Position::new(&case.topic, 0, offset)])
                        .is_ok()
                    {
                        let _ = moved.send(());
                    }
                    std::thread::sleep(Duration::from_millis(200));
                }
            });
            let _stop = Stop(stop);
            first_move.recv_timeout(Duration::from_secs(30)).expect("the group's commits move");
            case.land("undo", "4s", more)
        })
    };
    let run = moving(&["--apply"]).exits(1);
    case.refuses(&run, "source commit moved");
    assert_eq!(case.held(), None);
    let answer = moving(&["--apply", "--source-active"]).exits(0).json();
    let notes = only(&answer["groups"])["notes"].as_array().unwrap();
    assert!(notes.iter().any(|note| note.as_str().unwrap().contains("comes again")), "{answer:#}");
    assert_eq!(json!(case.held().unwrap().0), position(&answer)["to"]);
}

#[test]
fn one_position_that_is_not_proved_and_nothing_is_written_at_all() {
    let case = landing("land-unproved");
    let other = case.case.name("other");
    case.case.source().commit(&other, &[Position::new(&case.topic, 0, 101)]).unwrap();
    let undo = case.undo("undo");
    let arguments = ["land", &case.group, &other, "--over", "1s", "--apply", "--undo-file", &undo];
    let answer = cutover(&case.case, &arguments).exits(3).json();
    assert_eq!(answer["verdict"], "unknown");
    let refused = answer["groups"].as_array().unwrap().iter().find(|group| group["group"] == other).unwrap();
    let refusal = only(&refused["refusals"]);
    assert_eq!((&refusal["topic"], &refusal["partition"]), (&json!(case.topic), &json!(0)));
    assert!(refusal["why"].as_str().unwrap().contains("101"), "{refusal:#}");
    assert_eq!((case.held(), Path::new(&undo).exists()), (None, false));
}

#[test]
fn a_position_the_target_has_lost_meanwhile_is_refused_though_the_broker_would_take_it() {
    let case = landing("land-bounds");
    std::thread::scope(|scope| {
        scope.spawn(|| {
            // Retention, while it is watched whether the group stands still.
            std::thread::sleep(Duration::from_secs(3));
            case.case.target().delete_records(&case.topic, 0, 80).unwrap();
        });
        let run = case.land("undo", "12s", &["--apply"]).exits(1);
        case.refuses(&run, "outside the target's log 80..95");
    });
    assert_eq!(case.held(), None);
    // The broker itself has no bounds.
    case.case.target().commit(&case.group, &[Position::new(&case.topic, 0, 1_000_000)]).unwrap();
}
