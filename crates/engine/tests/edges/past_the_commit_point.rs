//! The way back past the commit point: what counts as done there, and what as written there.

use std::time::Duration;

use engine::execute::RunEnd;
use journal::{Ending, Request, Run, StepPhase};
use runbook::plan::{PlannedStep, StepEffect};
use runbook::world::Reason;
use serde_json::json;

use crate::fixture::*;
use crate::sides::Sides;

fn rollback() -> Request {
    Request::Rollback { plan: None, by: "ana".into() }
}

/// Its call has come to its end, and nobody can look whether it has worked: the source stays closed, and it is tried again
/// with whoever goes on.
#[tokio::test(start_paused = true)]
async fn an_undo_that_cannot_be_seen_holds_the_way_back_and_is_looked_at_again() {
    let bench = Bench::new()
        .check("good", "k", "v")
        .sets("stop", &[], json!({}))
        .gate("g", &["stop"], requires("good"))
        .sets("start", &["g"], json!({}))
        .on_target()
        .step(step("m", "manual", &["start"], json!({ "timeout": { "total": "10m" } })))
        .commit_point("g", &["fence"]);
    bench.world.with(|world| world.values.insert("k".into(), "v".into()));
    let world = Sides::of(&bench);
    // Slow is not gone: it is not given up.
    world.target_after(29, Some(Reason::TimedOut));
    let mut run = bench.start();
    post(&run, 30, rollback());
    let held = |end: RunEnd, run: &Run| {
        let RunEnd::Held { why } = end else { panic!("{end:?}: {:?}", story(run)) };
        assert!(why.contains("step start could not be seen to be taken back"), "{why}");
        assert!(why.contains("no broker answers"), "{why}");
        assert_eq!(run.state().execution().stuck().count(), 0);
        assert_eq!(bench.world.value("stop").as_deref(), Some("done"), "the source stays closed");
        assert!(!story(run).iter().any(|told| told.starts_with("step-started back/")), "{:?}", story(run));
    };
    held(world.go(&bench, &mut run).await, &run);
    assert_eq!(bench.world.value("start"), None, "it was called all the same");
    // It still does not answer.
    let mut run = bench.reopen(run);
    held(world.go(&bench, &mut run).await, &run);
    world.with(|state| state.target = None);
    let mut run = bench.reopen(run);
    assert_eq!(world.go(&bench, &mut run).await, RunEnd::Over(Ending::RolledBack), "{:?}", story(&run));
    let start = run.state().execution().step("start").unwrap();
    assert_eq!((&start.phase, &start.note), (&StepPhase::Undone, &None), "it was seen");
    assert_eq!(story(&run).iter().filter(|told| *told == "undo-started start").count(), 1);
    assert_eq!((bench.world.value("stop"), bench.world.value("fence")), (None, Some("done".into())));
}

/// Whether the commit point counts as crossed, and what is said of the step, when the process is gone while a person is
/// asked for it.
async fn dies_while_asked(effect: StepEffect) -> (bool, Option<String>, Vec<String>) {
    let bench = Bench::new()
        .check("good", "k", "v")
        .sets("stop", &[], json!({}))
        .gate("g", &["stop"], requires("good"))
        .step(PlannedStep { effect, ..step("m", "manual", &["g"], json!({ "timeout": { "total": "10m" } })) })
        .commit_point("g", &["fence"]);
    bench.world.with(|world| world.values.insert("k".into(), "v".into()));
    let mut run = bench.start();
    let died = tokio::time::timeout(Duration::from_secs(20), bench.go(&mut run)).await;
    assert!(died.is_err(), "{died:?}");
    run.folder().post(clock().wall, &rollback()).unwrap();
    let mut run = bench.reopen(run);
    assert_eq!(bench.go(&mut run).await.unwrap(), RunEnd::Over(Ending::RolledBack), "{:?}", story(&run));
    let execution = run.state().execution();
    let note = execution.step("m").and_then(|step| step.note.clone());
    (execution.crossed, note, story(&run))
}

#[tokio::test(start_paused = true)]
async fn who_was_asked_to_change_something_has_crossed_the_commit_point() {
    let (crossed, note, told) = dies_while_asked(StepEffect::Idempotent).await;
    assert!(crossed && told.contains(&"step-ended back/fence done".to_owned()), "{told:?}");
    assert!(note.as_ref().is_some_and(|note| note.contains("may have done it")), "{note:?}");
    let (crossed, note, told) = dies_while_asked(StepEffect::None).await;
    assert!(!crossed && note.is_none(), "who changes nothing has crossed nothing: {note:?} {told:?}");
}

/// A run past its commit point that has started consumers on the target, nothing else, and waits.
fn moved_the_consumers() -> Bench {
    let mut bench = Bench::new()
        .check("good", "k", "v")
        .check("over", "o", "v")
        .gate("g", &["before"], requires("good"))
        .sets("start", &["g"], json!({ "with": { "groups": "unit" } }))
        .on_target()
        .step(step(
            "w",
            "wait",
            &["start"],
            json!({ "until": { "check": "over" }, "timeout": { "total": "10m" } }),
        ))
        .commit_point("g", &["ledger"]);
    bench.plan.steps[1].kind = "start-app".into();
    let ledger = &mut bench.plan.backs.get_mut("back").unwrap().between[0];
    ledger.kind = "target-born-ledger".into();
    ledger.unit = Some("orders".into());
    bench.world.with(|world| world.values.insert("k".into(), "v".into()));
    bench
}

/// How the ledger ended.
async fn ledger(bench: &Bench) -> String {
    let mut run = bench.start();
    post(&run, 5, Request::Done { step: "before".into(), facts: Default::default(), by: "ilse".into() });
    post(&run, 40, rollback());
    bench.go(&mut run).await.unwrap();
    assert!(run.state().execution().crossed, "{:?}", story(&run));
    let story = story(&run);
    let ended = story.iter().find_map(|told| told.strip_prefix("step-ended back/ledger "));
    ended.unwrap_or_else(|| panic!("{story:?}")).to_owned()
}

/// A pause of the replication.
fn pause(bench: Bench, id: &str, needs: &[&str]) -> Bench {
    let mut bench = bench.sets(id, needs, json!({}));
    bench.plan.steps.last_mut().unwrap().kind = "pause-replication".into();
    bench
}

/// Something of one's own.
fn own(bench: Bench, kind: &str, effect: StepEffect) -> Bench {
    let with = match kind {
        "exec" => json!({ "with": { "argv": ["run", "stops-the-flow"] } }),
        "http" => json!({ "with": { "put": "https://test/stops-the-flow" } }),
        _ => return bench.step(PlannedStep { effect, ..step("before", kind, &[], json!({})) }),
    };
    bench.own(PlannedStep { effect, ..step("before", kind, &[], with) })
}

#[tokio::test(start_paused = true)]
async fn a_pause_that_found_nothing_to_change_says_that_nobody_copies() {
    for changed in [true, false] {
        let bench = pause(moved_the_consumers(), "before", &[]);
        if !changed {
            bench.world.with(|world| world.values.insert("before".into(), "done".into()));
        }
        assert_eq!(ledger(&bench).await, "done", "changed: {changed}");
    }
}

#[tokio::test(start_paused = true)]
async fn where_no_pause_is_planned_something_of_one_s_own_may_have_stopped_the_flow() {
    for kind in ["exec", "http", "manual"] {
        let bench = own(moved_the_consumers(), kind, StepEffect::Idempotent);
        assert_eq!(ledger(&bench).await, "done", "{kind}");
        let bench = own(moved_the_consumers(), kind, StepEffect::None);
        assert_eq!(ledger(&bench).await, "skipped", "{kind} that changes nothing");
        // The pause is what stops it, and it was not come to.
        let bench = pause(own(moved_the_consumers(), kind, StepEffect::Idempotent), "pause", &["w"]);
        assert_eq!(ledger(&bench).await, "skipped", "{kind} beside a pause");
    }
}
