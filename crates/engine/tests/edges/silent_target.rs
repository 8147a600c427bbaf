//! A target that does not answer on the way back: how long it counts as lost, and what was written down of it before.

use std::sync::Arc;
use std::time::Duration;

use engine::execute::RunEnd;
use engine::execute::next::{Course, Effects, Next, Todo, next};
use journal::{Ending, Event, Moment, Request, RunState, StepOutcome, Unreached, Unwinding};
use runbook::Side;
use runbook::action::Settled;
use runbook::plan::PlannedStep;
use runbook::world::Reason;
use serde_json::json;

use crate::fixture::*;
use crate::sides::{Looks, Sides};

/// `start` on the target, and a plan back in which these steps look at the source alone.
fn handed_over(between: &[&str], on_source: &[&str]) -> Bench {
    let mut bench = Bench::new()
        .check("good", "k", "v")
        .gate("g", &[], requires("good"))
        .sets("start", &["g"], json!({}))
        .on_target()
        .step(step("m", "manual", &["start"], json!({ "timeout": { "total": "10m" } })))
        .commit_point("g", between);
    for key in on_source {
        let id = format!("back/{key}");
        let between = &mut bench.plan.backs.get_mut("back").unwrap().between;
        between.iter_mut().find(|step| step.id == id).unwrap().on = Some(Side::Source);
        bench.actions.insert(id, Arc::new(Looks(Side::Source)));
    }
    bench.world.with(|world| world.values.insert("k".into(), "v".into()));
    bench
}

fn rollback() -> Request {
    Request::Rollback { plan: None, by: "ana".into() }
}

/// How a step ended, and how long it took.
fn ended(state: &RunState, step: &str) -> (StepOutcome, u64) {
    let step = state.execution().step(step).unwrap();
    let journal::StepPhase::Ended(outcome) = &step.phase else { panic!("{step:?}") };
    (outcome.clone(), step.ended.as_ref().unwrap().since(&step.since))
}

#[tokio::test(start_paused = true)]
async fn one_that_is_given_up_is_not_waited_for_anew_because_the_source_answers() {
    let bench = handed_over(&["look", "fence", "more", "land"], &["look", "more"]);
    let world = Sides::of(&bench);
    world.target_after(29, Some(Reason::Unreachable));
    let mut run = bench.start();
    post(&run, 30, rollback());
    assert_eq!(world.go(&bench, &mut run).await, RunEnd::Over(Ending::RolledBack), "{:?}", story(&run));
    for step in ["back/look", "back/more"] {
        assert_eq!(ended(run.state(), step).0, StepOutcome::Done, "{step}");
    }
    for step in ["back/fence", "back/land"] {
        let (outcome, took) = ended(run.state(), step);
        let StepOutcome::Continued { why } = outcome else { panic!("{step}: {outcome:?}") };
        assert!(why.contains("the target does not answer"), "{why}");
        assert!(took < 10_000, "{step}: {took} ms");
    }
    assert!(run.state().execution().target_lost.is_some(), "nobody has seen it since");
}

/// It answers again: what follows is waited for as any other, also when it goes away once more.
#[tokio::test(start_paused = true)]
async fn one_that_was_given_up_and_is_seen_again_counts_again() {
    let bench = handed_over(&["look", "fence", "more", "land"], &["look", "more"]);
    let world = Sides::of(&bench);
    world.target_after(29, Some(Reason::Unreachable));
    let network = world.clone();
    let keys = bench.world.clone();
    let at = |what: bool| if what { Some(Reason::Unreachable) } else { None };
    tokio::spawn(async move {
        // `start` is given up at 90 s; the first look at the source goes on for a while then.
        tokio::time::sleep(Duration::from_secs(85)).await;
        network.with(|state| state.slow_source = 20);
        tokio::time::sleep(Duration::from_secs(15)).await;
        network.with(|state| state.target = at(false));
        while keys.value("fence").is_none() {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        // While the second look at the source goes on.
        tokio::time::sleep(Duration::from_secs(5)).await;
        network.with(|state| state.target = at(true));
        tokio::time::sleep(Duration::from_secs(55)).await;
        network.with(|state| state.target = at(false));
    });
    let mut run = bench.start();
    post(&run, 30, rollback());
    assert_eq!(world.go(&bench, &mut run).await, RunEnd::Over(Ending::RolledBack), "{:?}", story(&run));
    let start = run.state().execution().step("start").unwrap();
    assert!(start.note.as_ref().is_some_and(|note| note.contains("the target does not answer")), "{start:?}");
    assert_eq!(ended(run.state(), "back/fence").0, StepOutcome::Done);
    let (outcome, took) = ended(run.state(), "back/land");
    assert_eq!(outcome, StepOutcome::Done, "it was waited for");
    assert!(took > 10_000, "it was away when this began: {took} ms");
    assert_eq!(bench.world.value("land").as_deref(), Some("done"));
    assert_eq!(run.state().execution().target_lost, None);
}

fn moment(second: i64) -> Moment {
    let wall = jiff::Timestamp::from_second(1_800_000_000 + second).unwrap();
    Moment { wall, mono_ms: u64::try_from(second).unwrap() * 1_000, boot: "test".into() }
}

/// What is next on a way back whose target is given up, when the groups are to be landed on the source; these looks at
/// where they stand were written down before, `true`: one that proves it of every group.
fn landing(looks: &[bool]) -> Next {
    let mut bench = Bench::new().gate("g", &[], json!({})).commit_point("g", &[]);
    let land = PlannedStep {
        unit: Some("orders".into()),
        timeout_ms: Some(300_000),
        ..step("back/land", "commit-offsets-back", &[], json!({}))
    };
    bench.plan.backs.get_mut("back").unwrap().between.push(land);
    let header = Box::new(bench.header());
    let mut state = RunState::started(moment(0).wall, &Event::RunStarted { header }).unwrap();
    let started =
        |step: &str, second| Event::StepStarted { step: step.to_owned(), attempt: 1, moment: moment(second) };
    let mut events = vec![
        started("g", 0),
        Event::StepEnded { step: "g".into(), outcome: StepOutcome::Done, moment: moment(1) },
        Event::AuthorityMoved { from: "source".into(), to: "target".into(), moment: moment(1) },
    ];
    for (second, proved) in (10..).zip(looks) {
        events.push(Event::Followed {
            unit: "orders".into(),
            step: "back/land".into(),
            evidence: Vec::new(),
            born: None,
            proved: *proved,
            measured_at: Some(moment(second).wall),
            moment: moment(second),
        });
    }
    let silent = Unreached { side: Side::Target, moment: moment(31) };
    let how = Unwinding::Rollback { plan: "back".into() };
    events.extend([
        Event::UnwindStarted { how, why: "asked".into(), moment: moment(30) },
        Event::Dirtied { units: vec!["orders".into()], why: "it is taken back".into(), moment: moment(30) },
        started("back/land", 30),
        Event::StepWaits {
            step: "back/land".into(),
            settled: Settled::Unknown { why: "no broker answers".into() },
            unreachable: Some(silent),
            target_answered: false,
        },
    ]);
    for event in &events {
        state.apply(moment(40).wall, event).unwrap();
    }
    let specs = Default::default();
    next(&Course::new(&state, &specs, moment(92), Effects::Apply))
}

#[test]
fn what_was_written_down_of_it_lands_the_groups_only_where_it_proves_where_they_stand() {
    for looks in [&[][..], &[false], &[false, false]] {
        let next = landing(looks);
        let Some(Event::StepEnded { step, outcome: StepOutcome::Continued { why }, .. }) = &next.write else {
            panic!("{looks:?}: {next:?}")
        };
        assert_eq!(step, "back/land");
        assert!(why.contains("nothing was written down of it that proves"), "{why}");
    }
    // One that proves it is not lost by a later one that does not.
    for looks in [&[true][..], &[true, false]] {
        let next = landing(looks);
        assert_eq!(next.write, None, "{looks:?}");
        let propose = Todo::Propose { step: "back/land".into() };
        assert!(next.start.contains(&propose), "{looks:?}: {next:?}");
    }
}
