//! The lab itself, on real clusters: what it promises to everybody who tests with it.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use lab::{
    AppSpec, Client, Flow, Generate, Lab, LabError, LabSpec, Position, Produce, Replicator, Side, Stamp,
    TestLab, Topic,
};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::{Headers, Message};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};

const LONG: Duration = Duration::from_secs(120);

/// The development program.
fn lab_dev() -> &'static str {
    env!("CARGO_BIN_EXE_lab-dev")
}

fn without_replicator() -> LabSpec {
    LabSpec { replicator: Replicator::None, ..LabSpec::default() }
}

#[test]
fn records_are_copied_and_a_drained_group_is_synced_exactly() {
    let case = TestLab::shared().case("copied");
    let (topic, group) = (case.name("orders"), case.name("payments"));
    case.source().create_topic(&Topic::new(&topic).partitions(3)).unwrap();
    let written = case
        .source()
        .produce(&topic, Generate { partitions: Some(3), ..Generate::records(3000) }, &Produce::default())
        .unwrap();
    assert_eq!(written.len(), 3000);
    assert_eq!((written[2999].partition, written[2999].offset), (2, 999));
    case.await_copied(&topic, LONG).unwrap();
    assert_eq!(case.source().watermarks(&topic).unwrap(), case.target().watermarks(&topic).unwrap());

    let positions: Vec<Position> = (0..3).map(|partition| Position::new(&topic, partition, 1000)).collect();
    case.source().commit(&group, &positions).unwrap();
    let drained = BTreeMap::from([(0, 1000), (1, 1000), (2, 1000)]);
    case.await_last_record(&topic, LONG).unwrap();
    case.await_group(&group, &topic, LONG).unwrap();
    case.await_committed(&group, &topic, &drained, LONG).unwrap();
}

#[test]
fn what_stands_there_is_waited_for_while_more_is_written() {
    let case = TestLab::shared().case("written-on");
    let topic = case.name("orders");
    case.source().create_topic(&Topic::new(&topic)).unwrap();
    let over = AtomicBool::new(false);
    let write = |count: u64, first: u64| {
        let records = Generate { first, ..Generate::records(count) };
        case.source().produce(&topic, records, &Produce::default()).unwrap();
    };
    write(500, 0);
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let mut first = 500;
            while !over.load(Ordering::Relaxed) {
                write(10, first);
                first += 10;
            }
        });
        let waited = case.await_last_record(&topic, LONG);
        over.store(true, Ordering::Relaxed);
        writer.join().unwrap();
        waited.unwrap();
    });
    assert!(case.target().watermarks(&topic).unwrap()[&0].1 >= 500);
}

#[test]
fn records_arrive_as_they_were_given() {
    let case = TestLab::shared().case("records");
    let topic = case.name("orders");
    case.source().create_topic(&Topic::new(&topic).partitions(2)).unwrap();
    let given = [
        lab::Record::keyed("k", "v").to(1).at(1_600_000_000_000).header("a", "1").header("a", "2"),
        lab::Record { key: Some(b"gone".to_vec()), ..lab::Record::default() }.to(1).at(1_600_000_000_001),
        lab::Record::value("").to(1).at(1_600_000_000_000),
    ];
    let written = case.source().produce(&topic, given.clone(), &Produce::default()).unwrap();
    assert_eq!(written.iter().map(|w| (w.partition, w.offset)).collect::<Vec<_>>(), [(1, 0), (1, 1), (1, 2)]);
    // The Java client's default partitioner puts the key "k" here, of two partitions.
    let by_key = case.source().produce(&topic, [lab::Record::keyed("k", "v")], &Produce::default()).unwrap();
    assert_eq!(by_key[0].partition, 0);
    case.await_copied(&topic, LONG).unwrap();
    for side in Side::BOTH {
        let read = read(case.cluster(side), &topic, 1, 3, "read_committed");
        let headers = [("a".to_owned(), Some(b"1".to_vec())), ("a".to_owned(), Some(b"2".to_vec()))];
        assert_eq!(read[0].headers, headers, "{side}");
        assert_eq!(read, given, "{side}");
    }
}

#[test]
fn transactions_leave_markers_and_a_flow_copies_what_its_isolation_lets_through() {
    // A lab of its own: all flows of the shared one copy everything.
    let flow = |name: &str| Flow::named(name, format!("{name}-.*"), "none");
    let exactly_once = BTreeMap::from([("exactly.once.source.support".to_owned(), "enabled".to_owned())]);
    let lab = TestLab::new(&LabSpec {
        flows: vec![flow("dirty"), Flow { read_committed: true, ..flow("clean") }],
        ..LabSpec::default()
    });
    let once = Flow { read_committed: true, ..flow("once") };
    lab.add_worker("once", vec![once], exactly_once).unwrap();
    let transactions = lab.source().transactions("writer", &Produce::default()).unwrap();
    for name in ["dirty", "clean", "once"] {
        let topic = format!("{name}-orders");
        lab.source().create_topic(&Topic::new(&topic)).unwrap();
        for (batch, commit) in [(0, true), (1, false), (2, true)] {
            transactions.begin().unwrap();
            let ten = Generate { first: batch * 10, ..Generate::records(10) };
            transactions.send(&topic, ten).unwrap();
            if commit { transactions.commit() } else { transactions.abort() }.unwrap();
        }
        // Thirty records and three markers; ten of the records aborted.
        assert_eq!(lab.source().watermarks(&topic).unwrap()[&0], (0, 33));
        assert_eq!(read(lab.source(), &topic, 0, 20, "read_committed").len(), 20);
        let wanted = if name == "dirty" { 30 } else { 20 };
        // At least so many offsets: exactly-once adds markers of its own.
        lab.await_ends(&topic, &BTreeMap::from([(0, wanted)]), LONG).unwrap();
        if name == "dirty" {
            // The last record before the marker, on both sides.
            lab.await_last_record(&topic, LONG).unwrap();
        }
        let copies = read(lab.target(), &topic, 0, wanted as usize, "read_committed");
        assert_eq!(copies.len(), wanted as usize, "{name}");
    }
    let marked = lab.target().watermarks("once-orders").unwrap()[&0].1;
    assert!(marked > 20, "exactly-once copies end in markers, the log ends at {marked}");

    // Replacing a flow while its worker runs.
    lab.set_flows(vec![Flow { read_committed: true, ..flow("later") }]).unwrap();
    lab.source().create_topic(&Topic::new("later-orders")).unwrap();
    lab.source().produce("later-orders", Generate::records(10), &Produce::default()).unwrap();
    lab.await_copied("later-orders", LONG).unwrap();
    let shared = lab.set_flows(vec![flow("twin"), Flow { name: "other".into(), ..flow("twin") }]);
    assert!(shared.unwrap_err().to_string().contains("alias"));
}

/// Reads this many records of a partition from its start, or fails; and makes sure that no more follow at once.
fn read(
    cluster: &lab::Cluster,
    topic: &str,
    partition: i32,
    count: usize,
    isolation: &str,
) -> Vec<lab::Record> {
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", &cluster.bootstrap)
        .set("group.id", "reader")
        .set("enable.auto.commit", "false")
        .set("enable.partition.eof", "true")
        .set("isolation.level", isolation)
        .create()
        .unwrap();
    let mut assignment = TopicPartitionList::new();
    assignment.add_partition_offset(topic, partition, Offset::Beginning).unwrap();
    consumer.assign(&assignment).unwrap();
    let mut records = Vec::new();
    let end = Instant::now() + LONG;
    loop {
        assert!(Instant::now() < end, "{} of {count} records of {topic}-{partition}", records.len());
        match consumer.poll(Duration::from_secs(1)) {
            Some(Err(KafkaError::PartitionEOF(_))) if records.len() >= count => return records,
            Some(Ok(message)) => records.push(lab::Record {
                partition: Some(message.partition()),
                key: message.key().map(<[u8]>::to_vec),
                value: message.payload().map(<[u8]>::to_vec),
                headers: message
                    .headers()
                    .into_iter()
                    .flat_map(|headers| headers.iter())
                    .map(|header| (header.key.to_owned(), header.value.map(<[u8]>::to_vec)))
                    .collect(),
                timestamp: message.timestamp().to_millis(),
            }),
            _ => {}
        }
    }
}

#[test]
fn a_user_logs_in_with_scram_and_a_wrong_password_does_not() {
    log_in(TestLab::shared());
}

fn log_in(lab: &Lab) {
    for side in Side::BOTH {
        let cluster = lab.cluster(side);
        for user in lab.users() {
            let login = |password: &str| {
                let consumer: BaseConsumer = ClientConfig::new()
                    .set("bootstrap.servers", &cluster.sasl_bootstrap)
                    .set("security.protocol", "SASL_PLAINTEXT")
                    .set("sasl.mechanism", "SCRAM-SHA-256")
                    .set("sasl.username", &user.name)
                    .set("sasl.password", password)
                    .create()
                    .unwrap();
                consumer.fetch_metadata(None, Duration::from_secs(10)).map(|found| found.brokers().len())
            };
            assert_eq!(login(&user.password).unwrap(), cluster.brokers.len(), "{side} {}", user.name);
            if user.name == "checkout" {
                login("wrong").unwrap_err();
            }
        }
    }
}

#[test]
fn the_authorizer_is_on() {
    // Without an authorizer, Kafka's own tool is told SECURITY_DISABLED instead of a list.
    let lab = TestLab::shared();
    for side in Side::BOTH {
        let answer = tool(
            "org.apache.kafka.tools.AclCommand",
            &["--bootstrap-server", &lab.cluster(side).bootstrap, "--list"],
        );
        assert!(answer.status.success(), "{}", String::from_utf8_lossy(&answer.stderr));
        let said = String::from_utf8_lossy(&answer.stdout);
        assert!(!said.contains("SecurityDisabled"), "{said}");
    }
}

#[test]
fn a_stopped_replicator_sees_what_was_written_meanwhile_when_it_is_back() {
    let lab = TestLab::new(&LabSpec::default());
    let case = lab.case("away");
    let topic = case.name("orders");
    case.source().create_topic(&Topic::new(&topic)).unwrap();
    case.source().produce(&topic, Generate::records(100), &Produce::default()).unwrap();
    case.await_copied(&topic, LONG).unwrap();
    case.stop_replicator().unwrap();
    case.source()
        .produce(&topic, Generate { first: 100, ..Generate::records(100) }, &Produce::default())
        .unwrap();
    assert_eq!(case.target().watermarks(&topic).unwrap()[&0], (0, 100));
    case.start_replicator().unwrap();
    case.await_copied(&topic, LONG).unwrap();
    // Killed, it may copy again what it had not noted, and never copies less.
    case.kill_replicator().unwrap();
    case.start_replicator().unwrap();
    case.source()
        .produce(&topic, Generate { first: 200, ..Generate::records(100) }, &Produce::default())
        .unwrap();
    case.await_copied(&topic, LONG).unwrap();
    // A broker that is restarted is found at the same place with the same records.
    case.restart("source/broker-1").unwrap();
    assert_eq!(case.source().watermarks(&topic).unwrap()[&0], (0, 300));
}

#[test]
fn applications_keep_a_ledger_that_finds_every_lost_and_repeated_record() {
    keep_a_ledger("connect-apps", Client::Librdkafka);
}

#[test]
fn java_applications_keep_the_same_ledger() {
    keep_a_ledger("connect-java-apps", Client::Java);
}

/// MirrorMaker syncs no group of such a name by default: on a busy machine a sync may come before the application has
/// joined, and write over the position the group is to go on from.
fn keep_a_ledger(name: &str, client: Client) {
    let lab = TestLab::shared();
    let case = lab.case(name);
    let (topic, group) = (case.name("orders"), case.name("settlement"));
    let (checkout, settlement) = (case.name("checkout"), case.name("settler"));
    case.source().create_topic(&Topic::new(&topic).partitions(2)).unwrap();
    let program = [lab_dev().into(), "app".into()];
    let consumer = |side| AppSpec {
        consume: vec![topic.clone()],
        group: Some(group.clone()),
        client,
        ..AppSpec::new(&settlement, side)
    };
    let producer = AppSpec {
        produce: vec![topic.clone()],
        rate: 400.0,
        user: Some("checkout".into()),
        client,
        ..AppSpec::new(&checkout, Side::Source)
    };
    case.start_app(&program, &producer).unwrap();
    case.start_app(&program, &consumer(Side::Source)).unwrap();
    let line = || case.ledger().unwrap().group(&group, &topic).cloned().unwrap_or_default();
    await_that("some records are processed", || line().processed > 500);
    let again = case.start_app(&program, &producer).unwrap_err().to_string();
    assert!(again.contains("runs already"), "{again}");
    case.stop_app(&checkout).unwrap();
    await_that("all records are processed", || line().pending == 0);
    case.stop_app(&settlement).unwrap();

    // On SIGTERM it committed all it had processed, and left its group: the position is the end of the log.
    let ends: BTreeMap<i32, i64> =
        case.source().watermarks(&topic).unwrap().into_iter().map(|(p, (_, high))| (p, high)).collect();
    assert_eq!(case.source().committed(&group, &topic).unwrap(), ends);
    assert_eq!(line().processed, u64::try_from(ends.values().sum::<i64>()).unwrap());
    assert_eq!((line().lost, line().duplicated, line().foreign), (0, 0, 0));

    // The group goes on elsewhere: seven records back in one partition.
    case.await_copied(&topic, LONG).unwrap();
    let back = [Position::new(&topic, 0, ends[&0] - 7), Position::new(&topic, 1, ends[&1])];
    case.target().commit(&group, &back).unwrap();
    case.start_app(&program, &consumer(Side::Target)).unwrap();
    await_that("seven records are processed again", || line().duplicated >= 7);
    assert_eq!((line().duplicated, line().lost), (7, 0));
    // It stops; ten records are written, and it is put behind the first five of them.
    case.stop_app(&settlement).unwrap();
    let ten = |n: u64| lab::Record::value(format!("{{\"id\":\"hand-{n}\"}}")).to(1);
    case.target().produce(&topic, (0..10).map(ten), &Produce::default()).unwrap();
    case.target().commit(&group, &[Position::new(&topic, 1, ends[&1] + 5)]).unwrap();
    case.start_app(&program, &consumer(Side::Target)).unwrap();
    await_that("the last five are processed", || line().foreign == 5);

    // Killed, it is ended all the same, and its ledger can be read.
    case.kill_app(&settlement).unwrap();
    assert_eq!(line().duplicated, 7);
}

#[test]
fn down_leaves_no_process_and_no_file() {
    let lab = Lab::up(&without_replicator()).unwrap().into_lab();
    let stamps = stamps(&lab.status().servers.iter().filter_map(|s| s.pid).collect::<Vec<_>>());
    assert_eq!(stamps.len(), 2);
    let dir = lab.dir().to_owned();
    lab.down().unwrap();
    assert!(stamps.iter().all(|stamp| !stamp.alive()));
    assert!(!dir.exists());
}

#[test]
fn a_lab_whose_owner_is_killed_ends() {
    let mut owner = Command::new(lab_dev())
        .args(["hold", "--replicator", "none"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(owner.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let status: serde_json::Value = serde_json::from_str(&line).unwrap();
    let pids: Vec<i32> =
        status["servers"].as_array().unwrap().iter().map(|s| s["pid"].as_i64().unwrap() as i32).collect();
    let stamps = stamps(&pids);
    assert_eq!(stamps.len(), 2);
    owner.kill().unwrap();
    owner.wait().unwrap();
    await_that("the servers have ended", || stamps.iter().all(|stamp| !stamp.alive()));
    let dir = PathBuf::from(status["lab"]["dir"].as_str().unwrap());
    await_that("the directory is gone", || !dir.exists());
}

#[test]
fn a_detached_lab_outlives_its_starter_and_a_start_broken_off_leaves_nothing() {
    let parent = tempfile::tempdir().unwrap();
    let dir = parent.path().join("lab");
    let run = |command: &str| {
        Command::new(lab_dev()).args([command, "--replicator", "none", "--dir"]).arg(&dir).output().unwrap()
    };
    // Broken off as soon as a broker runs.
    let mut starter = Command::new(lab_dev())
        .args(["up", "--replicator", "none", "--dir"])
        .arg(&dir)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    await_that("a broker was started", || !java_below(&dir).is_empty());
    starter.kill().unwrap();
    starter.wait().unwrap();
    await_that("nothing of it is left", || java_below(&dir).is_empty());

    let up = run("up");
    assert!(up.status.success(), "{}", String::from_utf8_lossy(&up.stderr));
    let lab = Lab::load(&dir).unwrap();
    assert!(lab.status().all_run());
    let again = run("up");
    assert!(again.status.success());
    assert!(String::from_utf8_lossy(&again.stderr).contains("runs already"));
    assert_eq!(up.stdout, again.stdout);

    // Half a lab is neither a lab nor none.
    lab.kill("target/broker-1").unwrap();
    assert!(matches!(Lab::load(&dir), Err(LabError::Partly { .. })));
    lab.start("target/broker-1").unwrap();
    assert!(Lab::load(&dir).unwrap().status().all_run());

    assert!(run("down").status.success());
    assert!(java_below(&dir).is_empty());
    assert!(!dir.exists());
    assert!(matches!(Lab::load(&dir), Err(LabError::NoLab(_))));
}

#[test]
fn a_server_that_fails_shows_its_log() {
    let mut spec = without_replicator();
    spec.target_options.insert("log.retention.bytes".into(), "plenty".into());
    let error = Lab::up(&spec).unwrap_err();
    let said = error.to_string();
    assert!(matches!(error, LabError::Ended { .. }), "{said}");
    assert!(said.contains("target/broker-1") && said.contains("plenty"), "{said}");
}

#[test]
fn dedicated_mirrormaker_copies_too() {
    let lab = TestLab::new(&LabSpec { replicator: Replicator::Dedicated, ..LabSpec::default() });
    let case = lab.case("dedicated");
    let topic = case.name("orders");
    case.source().create_topic(&Topic::new(&topic)).unwrap();
    case.source().produce(&topic, Generate::records(500), &Produce::default()).unwrap();
    case.await_copied(&topic, LONG).unwrap();
}

#[test]
fn a_source_with_zookeeper_is_replicated() {
    let lab = TestLab::new(&LabSpec { source_version: "2.8.2".parse().unwrap(), ..LabSpec::default() });
    log_in(&lab);
    let case = lab.case("zookeeper");
    let (topic, group) = (case.name("orders"), case.name("payments"));
    case.source().create_topic(&Topic::new(&topic)).unwrap();
    case.source().produce(&topic, Generate::records(500), &Produce::default()).unwrap();
    case.await_copied(&topic, LONG).unwrap();
    case.source().commit(&group, &[Position::new(&topic, 0, 500)]).unwrap();
    case.await_committed(&group, &topic, &BTreeMap::from([(0, 500)]), LONG).unwrap();
}

#[test]
fn a_source_of_the_middle_generation_works() {
    let lab = TestLab::new(&LabSpec { source_version: "3.9.2".parse().unwrap(), ..without_replicator() });
    log_in(&lab);
    assert_eq!(lab.describe().source.version, "3.9.2");
    assert_eq!(lab.describe().target.version, "4.3.1");
}

#[test]
fn three_brokers_bear_the_loss_of_one() {
    let lab = TestLab::new(&LabSpec { brokers: 3, ..without_replicator() });
    assert_eq!(lab.status().servers.len(), 12);
    let case = lab.case("three");
    let topic = case.name("orders");
    case.source().create_topic(&Topic::new(&topic).partitions(3)).unwrap();
    let thirty = Generate { partitions: Some(3), ..Generate::records(30) };
    case.source().produce(&topic, thirty.clone(), &Produce::default()).unwrap();
    case.kill("source/broker-2").unwrap();
    case.source().produce(&topic, Generate { first: 30, ..thirty }, &Produce::default()).unwrap();
    case.start("source/broker-2").unwrap();
    let ends = case.source().watermarks(&topic).unwrap();
    assert!(ends.values().all(|&(low, high)| (low, high) == (0, 20)), "{ends:?}");
    case.kill("target/controller-101").unwrap();
    case.target().create_topic(&Topic::new(&topic)).unwrap();
}

/// Process ids of JVMs with this path on their command line.
fn java_below(dir: &std::path::Path) -> Vec<i32> {
    let dir = dir.display().to_string();
    std::fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok())
        .filter(|pid| {
            let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            let line = String::from_utf8_lossy(&line);
            line.starts_with("java\0") && line.contains(&dir) && Stamp::of(*pid).is_some()
        })
        .collect()
}

fn stamps(pids: &[i32]) -> Vec<Stamp> {
    pids.iter().map(|pid| Stamp::of(*pid).unwrap()).collect()
}

fn await_that(what: &str, condition: impl Fn() -> bool) {
    let end = Instant::now() + LONG;
    while !condition() {
        assert!(Instant::now() < end, "not after {LONG:?}: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn tool(class: &str, args: &[&str]) -> std::process::Output {
    let jars = lab::Jars::of(lab::KafkaVersion::CURRENT).unwrap();
    Command::new("java")
        .args(["-XX:TieredStopAtLevel=1", "-cp", &jars.classpath(), class])
        .args(args)
        .output()
        .unwrap()
}
