//! The way back of steps that run a command of one's own, or send a request.

use std::time::Duration;

use journal::{Ending, Request, StepPhase};
use runbook::plan::{PlannedStep, StepEffect};
use serde_json::{Value as Json, json};

use super::fixture::*;
use crate::execute::RunEnd;

/// `before` sets its key, `own` calls `forth` with the undo `back`, and `m` waits for a person.
fn bench(kind: &str, effect: StepEffect, undo: Json) -> Bench {
    let call = |name: &str| match kind {
        "exec" => json!({ "argv": ["run", name] }),
        _ => json!({ "put": format!("https://test/{name}") }),
    };
    let mut with = json!({ "with": call("forth"), "timeout": { "total": "3m" } });
    if undo != Json::Null {
        with["undo"] = json!({ "do": kind, "with": call("back") });
        if undo.is_object() {
            with["undo"]["confirm"] = undo;
        }
    }
    Bench::new()
        .check("thawed", "k", "v")
        .sets("before", &[], json!({}))
        .own(PlannedStep { effect, ..step("own", kind, &["before"], with) })
        .step(step(
            "m",
            "manual",
            &["own"],
            json!({ "timeout": { "total": "5s" }, "on_timeout": "stand-down" }),
        ))
}

fn counts(bench: &Bench, name: &str) -> u32 {
    bench.world.with(|world| world.once.get(name).copied().unwrap_or_default())
}

#[tokio::test(start_paused = true)]
async fn an_undo_that_fails_is_not_taken_back() {
    for kind in ["exec", "http"] {
        for fault in [Fault::Refused, Fault::LostCall] {
            let bench = bench(kind, StepEffect::Idempotent, json!(true));
            bench.world.with(|world| {
                world.faults.extend([None, None]);
                world.faults.extend(vec![Some(fault); 1_000]);
            });
            let (end, state) = bench.run().await;
            assert_eq!(end, RunEnd::Over(Ending::Stuck), "{kind} {fault:?}");
            let stuck: Vec<_> = state.execution().stuck().collect();
            assert_eq!(stuck.iter().map(|(id, _)| *id).collect::<Vec<_>>(), ["before", "own"]);
            let said = if fault == Fault::Refused { "the world says no" } else { "connection lost" };
            assert!(stuck[1].1.contains(said), "{stuck:?}");
            assert_eq!(counts(&bench, "back"), 0);
            let calls = 1_000 - bench.world.with(|world| world.faults.len());
            assert!(calls > 20, "it is tried for as long as the step has time: {calls}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_undo_that_works_the_second_time_is_taken_back() {
    for kind in ["exec", "http"] {
        for (effect, fault) in [(StepEffect::Idempotent, Fault::LostCall), (StepEffect::Once, Fault::Refused)]
        {
            let bench = bench(kind, effect, json!(true));
            bench.world.with(|world| world.faults.extend([None, None, Some(fault)]));
            let (end, state) = bench.run().await;
            assert_eq!(end, RunEnd::Over(Ending::StoodDown), "{kind} {effect:?}");
            assert_eq!(state.execution().step("own").unwrap().phase, StepPhase::Undone);
            assert_eq!((counts(&bench, "forth"), counts(&bench, "back")), (1, 1));
            assert_eq!(bench.world.value("before"), None);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_undo_that_nobody_can_tell_of_is_not_called_twice_where_once_is_once() {
    let bench = bench("exec", StepEffect::Once, json!(true));
    bench.world.with(|world| world.faults.extend([None, None, Some(Fault::LostAnswer)]));
    let (end, state) = bench.run().await;
    assert_eq!(end, RunEnd::Over(Ending::Stuck));
    let (_, why) = state.execution().stuck().find(|(id, _)| *id == "own").unwrap();
    assert!(why.contains("nobody can tell") && why.contains("answer lost"), "{why}");
    assert_eq!(counts(&bench, "back"), 1);
}

#[tokio::test(start_paused = true)]
async fn what_confirms_an_undo_tells_whether_it_worked() {
    let confirms = [
        json!({ "check": "thawed" }),
        json!({ "probe": "topics", "on": "target", "of": ["world"], "until": "exists" }),
    ];
    for (place, confirm) in confirms.into_iter().enumerate() {
        // The answer is lost and it is done once: the look says that it worked.
        let bench = bench("exec", StepEffect::Once, confirm);
        bench.world.with(|world| {
            world.values.insert("k".into(), "v".into());
            world.faults.extend([None, None, Some(Fault::LostAnswer)]);
        });
        assert_eq!(bench.run().await.0, RunEnd::Over(Ending::StoodDown), "{place}");
    }
    // It returned without an error, and the look says that it did nothing.
    let bench = bench("exec", StepEffect::Idempotent, json!({ "check": "thawed" }));
    let (end, state) = bench.run().await;
    assert_eq!(end, RunEnd::Over(Ending::Stuck));
    let (_, why) = state.execution().stuck().find(|(id, _)| *id == "own").unwrap();
    assert!(why.contains("thawed to confirm it"), "{why}");
}

/// The disk fails at every line of the way back: an undo whose call was lost is called again where twice is once, and never
/// where it is not.
#[tokio::test(start_paused = true)]
async fn an_undo_survives_a_crash_at_every_line() {
    for effect in [StepEffect::Idempotent, StepEffect::Once] {
        let whole = bench("exec", effect, json!(true));
        let mut run = whole.start();
        assert_eq!(whole.go(&mut run).await.unwrap(), RunEnd::Over(Ending::StoodDown));
        let lines = usize::try_from(run.records()).unwrap();
        let started = story(&run).iter().any(|told| told == "undo-started own");
        assert!(started);
        let mut stuck = 0;
        for line in 1..lines {
            let bench = bench("exec", effect, json!(true));
            let mut run = bench.start_breaking(line, false).unwrap();
            bench.go(&mut run).await.unwrap_err();
            let mut run = bench.reopen(run);
            let end = bench.go(&mut run).await.unwrap();
            let back = counts(&bench, "back");
            match end {
                RunEnd::Over(Ending::StoodDown) => {
                    assert_eq!(back > 0, counts(&bench, "forth") > 0, "line {line}")
                }
                RunEnd::Over(Ending::Stuck) => stuck += 1,
                // Forward, a call that is done once and was lost is a person's to tell.
                RunEnd::Held { .. } => assert_eq!(back, 0),
                other => panic!("line {line}: {other:?}"),
            }
            if effect == StepEffect::Once {
                assert!(back <= 1, "line {line}: called {back} times");
            }
        }
        assert_eq!(stuck > 0, effect == StepEffect::Once, "{effect:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_step_that_changes_nothing_is_passed_over() {
    for kind in ["exec", "http"] {
        let bench = bench(kind, StepEffect::None, Json::Null);
        let (end, state) = bench.run().await;
        assert_eq!(end, RunEnd::Over(Ending::StoodDown), "{kind}");
        assert_eq!(state.execution().step("own").unwrap().note, None);
        assert_eq!(bench.world.value("before"), None);
    }
}

/// `own` was declared without a way back and is done; `m` waits.
fn without_return() -> Bench {
    let mut bench = bench("exec", StepEffect::Once, Json::Null);
    bench.plan.steps[1].no_undo = Some("letters are sent".into());
    bench.plan.steps[1].with["undo"] = json!("none");
    bench.plan.steps[2].with = json!({ "timeout": { "total": "5m" } });
    bench
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_taken_back_declines_to_stand_down_and_is_left_by_a_rollback() {
    let bench = without_return();
    let mut run = bench.start();
    let path = run.folder().path().to_owned();
    tokio::spawn(async move {
        let post = |request| journal::RunFolder::open(&path).unwrap().post(clock().wall, &request).unwrap();
        tokio::time::sleep(Duration::from_secs(30)).await;
        post(Request::StandDown { by: "ilse".into() });
        tokio::time::sleep(Duration::from_secs(30)).await;
        post(Request::Rollback { plan: None, by: "ana".into() });
    });
    assert_eq!(bench.go(&mut run).await.unwrap(), RunEnd::Over(Ending::RolledBack));
    let declined = declined(&run);
    let [why] = declined.as_slice() else { panic!("{declined:?}") };
    for part in ["step own was done and cannot be taken back (letters are sent)", "cutover rollback"] {
        assert!(why.contains(part), "{why}");
    }
    let own = run.state().execution().step("own").unwrap();
    assert_eq!(own.note.as_deref(), Some("left as it is: it cannot be taken back (letters are sent)"));
    assert_eq!((counts(&bench, "forth"), bench.world.value("before")), (1, None));
}

#[tokio::test(start_paused = true)]
async fn without_a_plan_standing_down_is_the_only_way_back_and_leaves_it_too() {
    let mut bench = without_return();
    bench.plan.rollback.plans.clear();
    let mut run = bench.start();
    post(&run, 30, Request::StandDown { by: "ilse".into() });
    assert_eq!(bench.go(&mut run).await.unwrap(), RunEnd::Over(Ending::StoodDown));
    let own = run.state().execution().step("own").unwrap();
    assert!(own.note.as_ref().is_some_and(|note| note.contains("letters are sent")));
}

/// `freeze` is a person's to do; `m` fails after 5 s.
async fn by_hand(effect: StepEffect, answered: bool) -> (RunEnd, Option<String>) {
    let out = json!({ "timeout": { "total": "5s" }, "on_timeout": "stand-down" });
    let bench = Bench::new()
        .sets("before", &[], json!({}))
        .step(PlannedStep { effect, ..step("freeze", "manual", &["before"], out.clone()) })
        .step(step("m", "manual", &["freeze"], out));
    let mut run = bench.start();
    let path = run.folder().path().to_owned();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(2)).await;
        let done = Request::Done { step: "freeze".into(), facts: Default::default(), by: "ilse".into() };
        if answered {
            journal::RunFolder::open(&path).unwrap().post(clock().wall, &done).unwrap();
        }
    });
    let end = bench.go(&mut run).await.unwrap();
    assert_eq!(bench.world.value("before"), None);
    (end, run.state().execution().step("freeze").unwrap().note.clone())
}

#[tokio::test(start_paused = true)]
async fn what_a_person_did_is_named_as_not_taken_back() {
    let (end, note) = by_hand(StepEffect::Idempotent, true).await;
    assert_eq!(end, RunEnd::Over(Ending::StoodDown));
    assert_eq!(note.as_deref(), Some("not taken back: ilse did it, and a person has to take it back"));
    let (_, note) = by_hand(StepEffect::Idempotent, false).await;
    assert!(note.unwrap().contains("may have done it"));
    assert_eq!(by_hand(StepEffect::None, true).await.1, None, "it changed nothing");
}
