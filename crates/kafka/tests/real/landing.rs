//! Groups that go on between look and act: each is made to move at one exact moment.

use super::{connect, patience, rpc};
use bytes::Bytes;
use kafka::compare::{GroupSelection, PositionOptions, PositionProgress, group_positions};
use kafka::land::{Landing, MoveState, QuietOptions, plan_landing, write};
use kafka::{Cluster, Isolation, TopicPartition};
use kafka_protocol::messages::join_group_request::JoinGroupRequestProtocol;
use kafka_protocol::messages::{GroupId, JoinGroupRequest, JoinGroupResponse};
use kafka_protocol::protocol::StrBytes;
use lab::{Case, Position, Produce, Record, Topic};
use runbook::world::Outcome;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

/// A topic of a hundred records on both sides, and groups that stand at 60 on the source.
struct Bench<'a> {
    case: Case<'a>,
    topic: String,
    source: Arc<Cluster>,
    target: Arc<Cluster>,
}

impl Bench<'_> {
    fn new(name: &str) -> Bench<'static> {
        let case = super::case(name);
        let topic = case.name("orders");
        for cluster in [case.source(), case.target()] {
            cluster.create_topic(&Topic::new(&topic)).unwrap();
            let records = (0..100).map(|n| Record::value(format!("{n}")).to(0).at(1_700_000_000_000 + n));
            cluster.produce(&topic, records, &Produce::default()).unwrap();
        }
        let (source, target) = (Arc::new(connect(case.source())), Arc::new(connect(case.target())));
        Bench { case, topic, source, target }
    }

    fn place(&self) -> TopicPartition {
        TopicPartition::new(&self.topic, 0)
    }

    fn group(&self, name: &str) -> String {
        let group = self.case.name(name);
        self.case.source().commit(&group, &[Position::new(&self.topic, 0, 60)]).unwrap();
        group
    }

    fn move_on_source(&self, group: &str, to: i64) {
        self.case.source().commit(group, &[Position::new(&self.topic, 0, to)]).unwrap();
    }

    fn options(&self) -> PositionOptions {
        PositionOptions::new(Isolation::ReadCommitted, 1 << 20)
    }

    fn plan(&self, groups: &[String], watch: Duration) -> Landing {
        let selection = GroupSelection { names: groups.to_vec(), exclude: Vec::new() };
        let found = selection.find(&self.source, &self.target, &patience()).unwrap();
        let quiet = QuietOptions { over: Duration::from_millis(200), watch, source_active: false };
        let hear = |_: &PositionProgress<'_>| ();
        let options = self.options();
        let landing =
            plan_landing(&self.source, &self.target, &found, &options, quiet, &patience(), &hear).unwrap();
        assert!(landing.is_allowed() && landing.has_work(), "{landing:#?}");
        landing
    }

    fn write(&self, landing: &mut Landing) {
        write(Some(&self.source), &self.target, landing, &patience()).unwrap();
    }

    fn committed(&self, group: &str) -> Option<i64> {
        let mut commits = self.target.commits(&[group], &patience()).unwrap();
        let commits = commits.remove(group).unwrap().unwrap();
        commits.get(&self.place()).map(|commit| commit.as_ref().unwrap().offset)
    }
}

#[test]
fn a_group_that_moves_after_its_positions_were_proved_is_not_landed() {
    let bench = Bench::new("moves-before");
    let (moving, still) = (bench.group("a"), bench.group("b"));
    let mut landing = bench.plan(&[moving.clone(), still.clone()], Duration::ZERO);
    bench.move_on_source(&moving, 61);
    bench.write(&mut landing);
    assert!(!landing.wrote, "nothing at all is written: {landing:#?}");
    let refusals = &landing.groups[0].refusals;
    assert_eq!(refusals.len(), 1, "{refusals:#?}");
    assert_eq!(refusals[0].partition.as_ref(), Some(&bench.place()));
    assert!(refusals[0].why.contains("source commit moved from 60 to 61"), "{refusals:#?}");
    assert_eq!((bench.committed(&moving), bench.committed(&still)), (None, None));
}

#[test]
fn a_group_that_moves_while_it_is_landed_is_said_to_stand_elsewhere() {
    let bench = Bench::new("moves-while");
    let group = bench.group("g");
    let mut landing = bench.plan(std::slice::from_ref(&group), Duration::from_secs(3));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            // It is written, and being watched.
            let waiting = patience();
            while bench.committed(&group).is_none() && !waiting.is_over() {
                waiting.pause(Duration::from_millis(20));
            }
            bench.move_on_source(&group, 75);
        });
        bench.write(&mut landing);
    });
    assert!(landing.wrote);
    let MoveState::Failed(why) = &landing.groups[0].moves[0].state else { panic!("{landing:#?}") };
    assert!(why.contains("landed at 60") && why.contains("source commit moved from 60 to 75"), "{why}");
}

#[test]
fn a_position_whose_group_moves_while_it_is_measured_is_measured_again() {
    let bench = Bench::new("moves-once");
    let group = bench.group("g");
    bench.case.target().commit(&group, &[Position::new(&bench.topic, 0, 60)]).unwrap();
    let moved = AtomicBool::new(false);
    let position = measured(&bench, &group, &|_| {
        if !moved.swap(true, Ordering::SeqCst) {
            bench.move_on_source(&group, 70);
        }
    });
    let seen = (position.outcome, position.source_committed, position.exact_target, position.records);
    assert_eq!(seen, (Outcome::Replay, Some(70), Some(70), Some(10)));
}

#[test]
fn a_position_whose_group_never_stands_still_is_no_position() {
    let bench = Bench::new("moves-on");
    for at_source in [true, false] {
        let group = bench.group(if at_source { "source" } else { "target" });
        bench.case.target().commit(&group, &[Position::new(&bench.topic, 0, 60)]).unwrap();
        let next = AtomicI64::new(60);
        let position = measured(&bench, &group, &|_| {
            // Behind where it stands on the target: replayed records may be tolerated, so that this would be green.
            let step = if at_source { 1 } else { -1 };
            let next = next.fetch_add(step, Ordering::SeqCst) + step;
            let cluster = if at_source { bench.case.source() } else { bench.case.target() };
            cluster.commit(&group, &[Position::new(&bench.topic, 0, next)]).unwrap();
        });
        assert_eq!(position.outcome, Outcome::Unprovable, "{position:#?}");
        let why = position.why.unwrap();
        let side = if at_source { "source" } else { "target" };
        assert!(why.contains("went on") && why.contains(&format!("its {side} commit from ")), "{why}");
    }
}

fn measured(
    bench: &Bench<'_>,
    group: &str,
    hear: &(dyn Fn(&PositionProgress<'_>) + Sync),
) -> runbook::world::PartitionPosition {
    let selection = GroupSelection { names: vec![group.to_owned()], exclude: Vec::new() };
    let found = selection.find(&bench.source, &bench.target, &patience()).unwrap();
    let options = bench.options();
    let told = group_positions(&bench.source, &bench.target, &found, &options, &patience(), hear).unwrap();
    told.groups[0].partitions[0].clone()
}

/// A member that joins between the last look and the write: only the broker sees it.
#[test]
fn a_member_that_joins_between_the_last_look_and_the_write_is_refused_by_the_broker() {
    let bench = Bench::new("joins");
    // The first group is written and read back meanwhile: some ten requests between the look at the second one and its
    // write. A moment that is missed is tried again.
    for attempt in 0..30 {
        let (first, second) = (bench.group(&format!("a{attempt}")), bench.group(&format!("b{attempt}")));
        let mut landing = bench.plan(&[first.clone(), second.clone()], Duration::ZERO);
        let (over, asked) = (AtomicBool::new(false), AtomicU64::new(0));
        let began = bench.target.traffic().requests();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                // Coordinators, members, coordinators, commits; then topics and their ends.
                let look = began + LOOK_REQUESTS;
                while bench.target.traffic().requests() < look && !over.load(Ordering::Relaxed) {
                    std::hint::spin_loop();
                }
                asked.store(bench.target.traffic().requests() - began, Ordering::Relaxed);
                join(&bench, &second);
            });
            bench.write(&mut landing);
            over.store(true, Ordering::Relaxed);
        });
        let [one, other] = &landing.groups[..] else { panic!("{landing:#?}") };
        if !landing.wrote {
            // It came before the look, or the look after it saw it: refused, and nothing is written.
            assert!(other.refusals.iter().any(|refusal| refusal.why.contains("member")), "{landing:#?}");
            assert_eq!((bench.committed(&first), bench.committed(&second)), (None, None));
            continue;
        }
        assert_eq!((&one.moves[0].state, bench.committed(&first)), (&MoveState::Done, Some(60)));
        match &other.moves[0].state {
            MoveState::Failed(why) => {
                assert_eq!(bench.committed(&second), None);
                assert!(why.contains("UNKNOWN_MEMBER_ID") && why.contains("none is committed"), "{why}");
                let members = other.notes.iter().any(|note| note.contains("it has members now"));
                assert!(members, "{other:#?}");
                return;
            }
            // It came after the write.
            state => assert_eq!((state, bench.committed(&second)), (&MoveState::Done, Some(60))),
        }
    }
    panic!("no member joined at that moment in thirty attempts");
}

/// Requests of a look at two groups.
const LOOK_REQUESTS: u64 = 4;

fn join(bench: &Bench<'_>, group: &str) {
    let text = |text: &str| StrBytes::from_string(text.to_owned());
    let protocol =
        JoinGroupRequestProtocol::default().with_name(text("range")).with_metadata(Bytes::from_static(b"x"));
    let request = JoinGroupRequest::default()
        .with_group_id(GroupId(text(group)))
        .with_session_timeout_ms(30_000)
        .with_rebalance_timeout_ms(30_000)
        .with_protocol_type(text("consumer"))
        .with_protocols(vec![protocol]);
    // Version 3 needs no member id first.
    let answer: JoinGroupResponse = rpc::call(&bench.case.target().bootstrap, 11, 3, &request);
    assert_eq!(answer.error_code, 0);
}
