use proptest::prelude::*;
use runbook::verdict::Judgement;
use runbook::world::{Probe, Unobserved};
use runbook::{Level, Side};

use super::*;
use crate::fixture::*;
use crate::{Event, Header, Holder, Phase, Selection};

fn begin(selection: Selection) -> RunState {
    let header = Header { selection, ..Header::new(plan(), "check", time(0)) };
    RunState::started(time(0), &Event::RunStarted { header: Box::new(header) }).unwrap()
}

fn observed(evidence: &str, partial: Option<&str>) -> Event {
    Event::Observed {
        probe: probe(),
        round: 1,
        evidence: evidence.into(),
        at: time(1),
        took_ms: 1,
        partial: partial.map(str::to_owned),
    }
}

/// The state after `events`, which must all be legal.
fn after(events: &[Event]) -> RunState {
    let mut state = begin(Selection::default());
    events.iter().for_each(|event| state.apply(time(1), event).unwrap());
    state
}

fn why(state: &RunState, event: &Event) -> String {
    state.admits(time(90), event).unwrap_err().why
}

fn digest(letter: &str) -> String {
    letter.repeat(64)
}

#[test]
fn a_good_verdict_needs_whole_evidence_of_this_run() {
    let started = Event::ProbeStarted { probe: probe(), round: 1 };
    let good = |evidence: &[String]| judged("ends", judgement(Level::Green, evidence));
    assert!(why(&after(&[]), &good(&[])).contains("no evidence"));
    assert!(why(&after(&[]), &good(&[digest("a")])).contains("did not see"));
    let partly = after(&[started.clone(), observed(&digest("a"), Some("62 % measured"))]);
    assert!(why(&partly, &good(&[digest("a")])).contains("partial"));
    assert!(partly.admits(time(90), &judged("ends", judgement(Level::Red, &[digest("a")]))).is_ok());
    let whole = after(&[started, observed(&digest("a"), None)]);
    assert!(whole.admits(time(90), &good(&[digest("a")])).is_ok());

    let incomplete = Judgement { incomplete: true, ..judgement(Level::Yellow, &[digest("a")]) };
    assert!(why(&whole, &judged("ends", incomplete)).contains("incomplete"));

    let mut unbuilt = whole;
    unbuilt.header.plan.checks[0].built = false;
    assert!(why(&unbuilt, &good(&[digest("a")])).contains("not built"));
}

#[test]
fn evidence_is_not_described_otherwise_a_second_time() {
    let start = |round| Event::ProbeStarted { probe: probe(), round };
    let second = |partial: Option<&str>| {
        let Event::Observed { probe, evidence, at, took_ms, .. } = observed(&digest("a"), None) else {
            panic!()
        };
        let partial = partial.map(str::to_owned);
        Event::Observed { probe, round: 2, evidence, at, took_ms, partial }
    };
    let state = after(&[start(1), observed(&digest("a"), None), start(2)]);
    assert!(state.admits(time(90), &second(None)).is_ok(), "the same answer again");
    assert!(why(&state, &second(Some("half"))).contains("described otherwise"));
}

#[test]
fn a_verdict_is_given_once_and_only_to_a_check_of_the_plan() {
    let verdict = judged("ends", judgement(Level::Unknown, &[]));
    assert!(why(&after(std::slice::from_ref(&verdict)), &verdict).contains("has its verdict"));
    assert!(why(&after(&[]), &judged("other", judgement(Level::Red, &[]))).contains("no check other"));
    let skip =
        |check: &str| Event::CheckSkipped { unit: "orders".into(), check: check.into(), why: "x".into() };
    assert!(why(&after(&[]), &skip("ends")).contains("was asked for"));
    let only = Selection { checks: Some(vec!["ends".into()]), units: None };
    let mut state = begin(only);
    state.apply(time(1), &skip("health")).unwrap();
    assert!(why(&state, &judged("health", judgement(Level::Red, &[]))).contains("skipped"));
}

#[test]
fn a_provisional_verdict_counts_as_unknown_until_it_is_settled() {
    let provisional = Event::Judged {
        unit: "orders".into(),
        check: "ends".into(),
        judgement: judgement(Level::Red, &[]),
        provisional: true,
    };
    let mut state = after(&[provisional.clone(), provisional]);
    assert_eq!(state.verdict("orders", "ends").level, Level::Unknown);
    assert!(!state.is_complete());
    state.apply(time(2), &judged("ends", judgement(Level::Red, &[]))).unwrap();
    assert_eq!(state.verdict("orders", "ends").level, Level::Red);
    assert_eq!(state.judged("orders", "ends").unwrap().before.len(), 2);
}

#[test]
fn a_run_ends_only_when_every_check_has_its_verdict_and_nothing_is_measured_any_more() {
    let end = Event::RunEnded { overall: Level::Unknown, exit: 3, ending: None };
    let both = ["ends", "health"].map(|check| judged(check, judgement(Level::Unknown, &[])));
    assert!(why(&after(&both[..1]), &end).contains("health"));
    let mut measuring = both.to_vec();
    measuring.push(Event::ProbeStarted { probe: probe(), round: 1 });
    assert!(why(&after(&measuring), &end).contains("still being measured"));
    assert!(why(&after(&measuring), &Event::Interrupted { by: "SIGINT".into() }).contains("still"));
    let green = Event::RunEnded { overall: Level::Green, exit: 0, ending: None };
    assert!(why(&after(&both), &green).contains("one good check"));
    let mut over = both.to_vec();
    over.push(end.clone());
    assert!(why(&after(&over), &end).contains("has ended"));
}

/// An event of any kind, most of them illegal where they come.
fn any_event() -> impl Strategy<Value = Event> {
    let probes = [Side::Source, Side::Target].map(|side| Probe::Ends { side, topics: vec!["orders".into()] });
    let (for_start, for_answer, for_none) = (probes.clone(), probes.clone(), probes);
    let level = prop_oneof![Just(Level::Green), Just(Level::Yellow), Just(Level::Red), Just(Level::Unknown)];
    let letters = prop::collection::vec(prop_oneof![Just("a"), Just("b")], 0..2);
    prop_oneof![
        (0..2_usize, 1..3_u32)
            .prop_map(move |(p, round)| Event::ProbeStarted { probe: for_start[p].clone(), round }),
        (0..2_usize, 1..3_u32, any::<bool>()).prop_map(move |(p, round, partial)| Event::Observed {
            probe: for_answer[p].clone(),
            round,
            evidence: digest(["a", "b"][p]),
            at: time(1),
            took_ms: 1,
            partial: partial.then(|| "half".to_owned()),
        }),
        (0..2_usize, 1..3_u32).prop_map(move |(p, round)| Event::Unobserved {
            round,
            unobserved: Unobserved { probe: for_none[p].clone(), ..unobserved() },
        }),
        (any::<bool>(), level.clone(), letters, any::<bool>()).prop_map(
            |(first, level, letters, provisional)| {
                let evidence: Vec<String> = letters.into_iter().map(digest).collect();
                Event::Judged {
                    unit: "orders".into(),
                    check: if first { "ends" } else { "health" }.into(),
                    judgement: judgement(level, &evidence),
                    provisional,
                }
            }
        ),
        Just(Event::Interrupted { by: "SIGINT".into() }),
        Just(Event::Resumed { holder: Holder::this_process(time(3)), version: "0".into(), torn: None }),
        level.prop_map(|overall| Event::RunEnded { overall, exit: 1, ending: None }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Whatever comes in whatever order: the fold of the legal events never shows a good verdict without evidence,
    /// never loses a verdict, and a refused event changes nothing.
    #[test]
    fn no_order_of_events_makes_a_good_verdict_of_nothing(events in prop::collection::vec(any_event(), 0..40)) {
        let mut state = begin(Selection::default());
        for event in &events {
            let before = state.clone();
            if state.apply(time(1), event).is_err() {
                prop_assert_eq!(&before, &state);
                continue;
            }
            for check in ["ends", "health"] {
                let (was, is) = (before.verdict("orders", check), state.verdict("orders", check));
                if is.level < Level::Unknown {
                    prop_assert!(!is.evidence.is_empty());
                    for digest in &is.evidence {
                        prop_assert!(state.seen(digest).is_some_and(|seen| seen.partial.is_none()));
                    }
                }
                prop_assert!(is.level != Level::Unknown || is.why.is_some());
                if was.why.is_none() {
                    prop_assert_eq!(was, is, "a verdict stays");
                }
            }
            if let Phase::Ended { .. } = state.phase() {
                prop_assert!(state.is_complete());
            }
        }
    }
}

proptest! {
    // Fewer, because each case is a run on disk with its syncs.
    #![proptest_config(ProptestConfig::with_cases(150))]

    /// What the writer wrote, the reader folds to the same state, at every record.
    #[test]
    fn every_prefix_of_a_journal_reads_back_to_the_writers_state(events in prop::collection::vec(any_event(), 0..25)) {
        let (_top, runs) = runs();
        let mut run = start(&runs);
        let mut states = vec![run.state().clone()];
        for event in events {
            if run.append(time(1), event).is_ok() {
                states.push(run.state().clone());
            }
        }
        let mut read = Vec::new();
        let reading = run.folder().read_each(|_, state| read.push(state.clone())).unwrap();
        prop_assert_eq!(&reading.head, run.head());
        prop_assert_eq!(read, states);
    }
}

fn followed(evidence: &str, born: u64, proved: bool, second: i64) -> Event {
    let moment = crate::Moment { wall: time(second), mono_ms: 0, boot: "test".into() };
    Event::Followed {
        unit: "orders".into(),
        step: "back/offsets-back".into(),
        evidence: vec![digest(evidence)],
        born: Some(born),
        proved,
        measured_at: Some(time(second)),
        moment,
    }
}

/// A target that dies broker by broker still tells the commits, and not the ends any more.
#[test]
fn a_look_that_proves_no_position_does_not_take_the_place_of_one_that_does() {
    let mut state = begin(Selection::default());
    for (event, kept) in [
        (followed("a", 0, false, 1), "a"),
        (followed("b", 0, true, 2), "b"),
        (followed("c", 5, false, 3), "b"),
        (followed("d", 5, true, 4), "d"),
    ] {
        state.apply_execution(time(9), &event);
        let seen = &state.execution().followed["orders"];
        assert_eq!(seen.evidence, [digest(kept)], "{event:?}");
        let Event::Followed { born, measured_at, .. } = &event else { panic!() };
        assert_eq!((&seen.born, &seen.measured_at), (born, measured_at), "what was born is told by the last");
    }
}

/// The very first look finds what was written since the capture: the next one is held against the capture as well.
#[test]
fn what_was_written_on_the_closed_source_stays_found_until_somebody_answers_for_it() {
    let mut state = begin(Selection::default());
    let moment = |second| crate::Moment { wall: time(second), mono_ms: 0, boot: "test".into() };
    let looked = |evidence: &str, against: &str, grown: &[&str], second| Event::SourceLooked {
        trigger: "source-writes".into(),
        evidence: digest(evidence),
        against: digest(against),
        grown: grown.iter().map(|&words| words.to_owned()).collect(),
        moment: moment(second),
    };
    let stands = |state: &RunState| {
        let seen = &state.execution().closed["source-writes"];
        (seen.baseline.clone(), seen.grown.len(), seen.ever)
    };
    state.apply_execution(time(1), &looked("a", "capture", &["orders-0 from 5 to 6"], 1));
    assert_eq!(stands(&state), (digest("capture"), 1, true));
    state.apply_execution(time(2), &looked("b", "capture", &["orders-0 from 5 to 6"], 2));
    let trigger = "source-writes".to_owned();
    let answered = Event::TriggerAnswered { trigger, by: "ana".into(), moment: moment(3) };
    state.apply_execution(time(3), &answered);
    assert_eq!(
        stands(&state),
        (digest("b"), 0, true),
        "only what comes after is new; the gate forgets nothing"
    );
    state.apply_execution(time(4), &looked("c", "b", &[], 4));
    assert_eq!(stands(&state), (digest("b"), 0, true));
}

#[test]
fn a_target_is_lost_until_it_answers() {
    let mut state = begin(Selection::default());
    let moment = |second| crate::Moment { wall: time(second), mono_ms: 0, boot: "test".into() };
    state.apply_execution(
        time(1),
        &Event::UnwindStarted { how: crate::Unwinding::StandDown, why: "x".into(), moment: moment(1) },
    );
    let mut waits = |side: Option<Side>, target_answered| {
        let unreachable = side.map(|side| crate::Unreached { side, moment: moment(5) });
        let settled = runbook::action::Settled::Unknown { why: "x".into() };
        state.apply_execution(
            time(5),
            &Event::StepWaits { step: "s".into(), settled, unreachable, target_answered },
        );
        state.execution().target_lost.is_some()
    };
    assert!(waits(Some(Side::Target), false));
    assert!(waits(None, false), "the source alone was asked");
    assert!(waits(Some(Side::Source), false));
    assert!(!waits(None, true));
}
