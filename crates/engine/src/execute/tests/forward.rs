use std::time::Duration;

use journal::{Ending, Request, StepOutcome};
use serde_json::json;

use super::fixture::*;
use crate::execute::RunEnd;
use crate::execute::next::Effects;

fn outcome(state: &journal::RunState, step: &str) -> StepOutcome {
    match &state.execution().step(step).unwrap().phase {
        journal::StepPhase::Ended(outcome) => outcome.clone(),
        other => panic!("{step} is {other:?}"),
    }
}

fn why(state: &journal::RunState, step: &str) -> String {
    outcome(state, step).why().unwrap().to_owned()
}

#[tokio::test(start_paused = true)]
async fn steps_run_in_order_and_are_done_when_a_look_says_so() {
    let bench =
        Bench::new().sets("a", &[], json!({})).once("b", &["a"], json!({})).sets("c", &["b"], json!({}));
    let mut run = bench.start();
    assert_eq!(bench.go(&mut run).await.unwrap(), RunEnd::Over(Ending::Completed));
    assert_eq!(
        bench.world.with(|world| world.applied.clone()),
        ["set a of topic world on target", "run once b", "set c of topic world on target"]
    );
    let story = story(&run);
    let place = |what: &str| story.iter().position(|told| told == what).unwrap();
    assert!(place("proposed a") < place("command-started a"), "the way back is written before the effect");
    assert!(place("step-ended a done") < place("step-started b"));
}

#[tokio::test(start_paused = true)]
async fn what_is_so_already_is_left_alone() {
    let bench = Bench::new().sets("a", &[], json!({}));
    bench.world.with(|world| world.values.insert("a".into(), "done".into()));
    assert_eq!(bench.run().await.0, RunEnd::Over(Ending::Completed));
    assert!(bench.world.with(|world| world.applied.is_empty()));
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_found_out_by_looking() {
    for fault in [Fault::LostAnswer, Fault::Slow(20)] {
        let bench = Bench::new().once("a", &[], json!({}));
        bench.world.with(|world| world.faults.push_back(Some(fault)));
        assert_eq!(bench.run().await.0, RunEnd::Over(Ending::Completed), "{fault:?}");
        assert_eq!(bench.world.with(|world| world.once["a"]), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_never_arrived_times_out_and_holds_saying_what_it_waited_for() {
    let bench = Bench::new().sets("a", &[], json!({})).sets("b", &["a"], json!({}));
    bench.world.with(|world| world.faults.push_back(Some(Fault::LostCall)));
    let mut run = bench.start();
    let RunEnd::Held { why } = bench.go(&mut run).await.unwrap() else { panic!() };
    assert!(why.contains("a: None instead of done"), "{why}");
    // The same command goes on.
    let mut run = bench.reopen(run);
    run.append(clock().wall, journal::Event::Released { by: "ilse".into() }).unwrap();
    assert_eq!(bench.go(&mut run).await.unwrap(), RunEnd::Over(Ending::Completed));
    assert_eq!(bench.world.value("b").unwrap(), "done");
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_tried_again_as_often_as_the_step_says() {
    let bench = Bench::new().sets("a", &[], json!({ "retry": { "max": 2, "backoff": "3s" } }));
    bench.world.with(|world| world.faults.extend([Some(Fault::Refused), Some(Fault::Refused)]));
    assert_eq!(bench.run().await.0, RunEnd::Over(Ending::Completed));
    let bench = Bench::new().sets("a", &[], json!({ "retry": { "max": 1 } }));
    bench.world.with(|world| world.faults.extend([Some(Fault::Refused), Some(Fault::Refused)]));
    assert!(matches!(bench.run().await.0, RunEnd::Held { .. }));
}

#[tokio::test(start_paused = true)]
async fn what_is_done_once_is_never_repeated_and_a_person_can_say_that_it_is_done() {
    let bench = Bench::new().once("a", &[], json!({})).sets("b", &["a"], json!({}));
    bench.world.with(|world| world.faults.push_back(Some(Fault::LostCall)));
    let mut run = bench.start();
    assert!(matches!(bench.go(&mut run).await.unwrap(), RunEnd::Held { .. }));
    let mut run = bench.reopen(run);
    run.append(clock().wall, journal::Event::Released { by: "ilse".into() }).unwrap();
    assert!(matches!(bench.go(&mut run).await.unwrap(), RunEnd::Held { .. }), "not again");
    assert!(bench.world.with(|world| world.once.is_empty()));
    let mut run = bench.reopen(run);
    let done = Request::Done { step: "a".into(), facts: Default::default(), by: "ilse".into() };
    run.folder().post(clock().wall, &done).unwrap();
    run.folder().post(clock().wall, &Request::Resume { by: "ilse".into() }).unwrap();
    let end = bench.go(&mut run).await.unwrap();
    assert_eq!(end, RunEnd::Over(Ending::Completed), "{:?}", story(&run));
}

#[tokio::test(start_paused = true)]
async fn a_named_check_that_is_red_fails_its_step_and_all_checks_only_measure() {
    let bench = Bench::new()
        .check("good", "k", "v")
        .step(step("all", "check", &[], json!({ "checks": "all" })))
        .step(step("named", "check", &["all"], json!({ "checks": ["good"] })));
    let (end, state) = bench.run().await;
    assert!(matches!(end, RunEnd::Held { .. }));
    assert_eq!(outcome(&state, "all"), StepOutcome::Done);
    assert!(why(&state, "named").contains("good is red"), "{}", why(&state, "named"));
}

#[tokio::test(start_paused = true)]
async fn a_wait_ends_when_its_check_is_good_and_goes_on_without_it_where_it_may() {
    let bench = Bench::new().check("good", "k", "v").step(step(
        "w",
        "wait",
        &[],
        json!({ "until": { "check": "good" }, "every": "1s" }),
    ));
    let world = bench.world.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(20)).await;
        world.with(|world| world.values.insert("k".into(), "v".into()));
    });
    assert_eq!(bench.run().await.0, RunEnd::Over(Ending::Completed));
    let bench = Bench::new().check("good", "k", "v").step(step(
        "w",
        "wait",
        &[],
        json!({ "until": { "check": "good" }, "on_timeout": "continue" }),
    ));
    let (end, state) = bench.run().await;
    assert_eq!(end, RunEnd::Over(Ending::Completed));
    assert!(matches!(outcome(&state, "w"), StepOutcome::Continued { .. }));
}

#[tokio::test(start_paused = true)]
async fn a_blind_world_is_waited_out_and_never_guessed() {
    let bench = Bench::new().sets("a", &[], json!({}));
    bench.world.with(|world| world.blind = 7);
    assert_eq!(bench.run().await.0, RunEnd::Over(Ending::Completed));
    let bench = Bench::new().sets("a", &[], json!({}));
    bench.world.with(|world| world.blind = u32::MAX);
    let (end, state) = bench.run().await;
    assert!(matches!(end, RunEnd::Held { .. }));
    assert!(why(&state, "a").contains("no broker answers"));
    assert!(bench.world.with(|world| world.applied.is_empty()));
}

#[tokio::test(start_paused = true)]
async fn a_manual_step_waits_for_a_person() {
    let bench = Bench::new().step(step("m", "manual", &[], json!({ "with": { "ask": "warm the cache" } })));
    let mut run = bench.start();
    let path = run.folder().path().to_owned();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(30)).await;
        let done = Request::Done { step: "m".into(), facts: Default::default(), by: "ilse".into() };
        journal::RunFolder::open(&path).unwrap().post(clock().wall, &done).unwrap();
    });
    assert_eq!(bench.go(&mut run).await.unwrap(), RunEnd::Over(Ending::Completed));
    assert_eq!(run.state().execution().answers["m"].by, "ilse");
    assert!(run.folder().delivered().unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_touches_nothing_and_walks_to_the_end() {
    let mut bench = Bench::new()
        .check("good", "a", "done")
        .sets("a", &[], json!({}))
        .gate("g", &["a"], requires("good"))
        .step(step("w", "wait", &["g"], json!({ "until": { "check": "good" } })))
        .step(step("m", "manual", &["w"], json!({})))
        .once("b", &["m"], json!({}));
    bench.options.effects = Effects::Dry;
    let (end, state) = bench.run().await;
    assert_eq!(end, RunEnd::Over(Ending::Completed));
    assert!(bench.world.with(|world| world.applied.is_empty() && world.once.is_empty()));
    assert!(state.execution().warnings.iter().any(|(_, about, _)| about == "gate g would not open"));
}

/// What a step cannot do because the steps before it were not carried out is a note, and the walk goes on: every later
/// step is reached, and nobody waits for what nothing brings about.
#[tokio::test(start_paused = true)]
async fn a_dry_run_goes_on_past_what_would_be_refused_now() {
    let mut bench = Bench::new()
        .check("good", "a", "done")
        .sets("a", &[], json!({}))
        .sets("b", &["a"], json!({ "with": { "after": "a" } }))
        .step(step("c", "check", &["b"], json!({ "checks": ["good"] })))
        .step(step("w", "watch", &["c"], json!({ "checks": ["good"], "for": "1m" })))
        .sets("d", &["w"], json!({}));
    bench.options.effects = Effects::Dry;
    let (end, state) = bench.run().await;
    assert_eq!(end, RunEnd::Over(Ending::Completed));
    assert!(bench.world.with(|world| world.applied.is_empty()));
    let outcome = |id: &str| match &state.execution().step(id).unwrap().phase {
        journal::StepPhase::Ended(outcome) => outcome.clone(),
        other => panic!("{id} {other:?}"),
    };
    let why = outcome("b").why().unwrap().to_owned();
    assert!(why.starts_with("would be refused now: a is not done"), "{why}");
    let notes = state.execution().step("b").unwrap().attempt().unwrap().changes.clone().unwrap().notes;
    assert!(notes[0].contains("known once the steps before it are done"), "{notes:?}");
    assert!(outcome("w").why().unwrap().starts_with("would be refused now: "), "{:?}", outcome("w"));
    assert_eq!(outcome("d"), journal::StepOutcome::Done);
}

#[tokio::test(start_paused = true)]
async fn parallel_branches_run_together() {
    let bench =
        Bench::new().sets("a", &[], json!({})).sets("b", &[], json!({})).sets("c", &["a", "b"], json!({}));
    bench.world.with(|world| world.faults.push_back(Some(Fault::Slow(20))));
    let mut run = bench.start();
    assert_eq!(bench.go(&mut run).await.unwrap(), RunEnd::Over(Ending::Completed));
    let story = story(&run);
    let place = |what: &str| story.iter().position(|told| told == what).unwrap();
    assert!(place("step-ended b done") < place("step-ended a done"), "{story:?}");
}

#[tokio::test(start_paused = true)]
async fn a_refusal_of_what_is_so_already_is_found_out_by_looking() {
    for (there, done) in [(true, true), (false, false)] {
        let mut bench = Bench::new().sets("a", &[], json!({}));
        bench.plan.steps[0].effect = runbook::plan::StepEffect::Idempotent;
        let world = bench.world.clone();
        world.with(|world| world.faults.push_back(Some(Fault::Refused)));
        // It comes to be so between the look and the call.
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(35)).await;
            if there {
                world.with(|world| world.values.insert("a".into(), "done".into()));
            }
        });
        let (end, state) = bench.run().await;
        assert_eq!(end == RunEnd::Over(Ending::Completed), done, "{:?}", state.execution().step("a"));
    }
}
