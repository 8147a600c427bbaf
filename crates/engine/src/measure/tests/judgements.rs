use runbook::world::Measured;
use runbook::{Level, Probe};

use super::fixture::*;
use crate::select;

#[tokio::test(start_paused = true)]
async fn a_check_may_rest_on_the_verdict_of_another_whatever_the_order() {
    let bench = Bench::new()
        .asks("top", verdict_of("middle"))
        .asks("middle", verdict_of("bottom"))
        .asks("also", verdict_of("bottom"))
        .asks("bottom", source("a"));
    bench.world.answer(source("a"), ends(GOOD));
    let mut run = bench.start();
    bench.go(&mut run).await.unwrap();
    let state = verified(&run);
    for check in ["top", "middle", "also", "bottom"] {
        assert_eq!(level(&state, check), Level::Green, "{check}");
    }
    let (bottom, middle) = (state.verdict("orders", "bottom"), state.verdict("orders", "middle"));
    let evidence = run.folder().evidence(&middle.evidence[0]).unwrap();
    let Measured::Judgement(seen) = evidence.measured else { panic!() };
    assert_eq!(seen.judgement, bottom);
    assert_eq!(middle.measured_at, bottom.measured_at, "a verdict is as old as what it rests on");
}

#[tokio::test(start_paused = true)]
async fn checks_that_wait_for_each_other_are_unknown_and_name_the_circle() {
    let bench = Bench::new()
        .asks("a", verdict_of("b"))
        .asks("b", verdict_of("c"))
        .asks("c", verdict_of("a"))
        .asks("self", verdict_of("self"))
        .asks("outside", verdict_of("a"))
        .asks("good", source("a"));
    bench.world.answer(source("a"), ends(GOOD));
    let state = bench.run().await;
    for check in ["a", "b", "c"] {
        let why = why(&state, check);
        assert!(why.contains("wait for each other: ") && why.contains(" → "), "{why}");
    }
    assert!(why(&state, "self").contains("self → self"));
    assert_eq!(level(&state, "outside"), Level::Red, "it has an answer: a is not green");
    assert_eq!(level(&state, "good"), Level::Green);
}

#[tokio::test(start_paused = true)]
async fn a_verdict_nobody_will_give_is_unknown() {
    let mut bench = Bench::new()
        .asks("one", verdict_of("two"))
        .asks("two", source("a"))
        .asks("three", verdict_of("nobody"));
    bench.selection = select(&bench.plan, &[], &["one".into(), "three".into()]).unwrap();
    let state = bench.run().await;
    assert!(why(&state, "one").contains("add --check two"));
    assert!(why(&state, "three").contains("the plan has no check nobody in unit orders"));
}

#[tokio::test(start_paused = true)]
async fn a_verdict_and_a_measurement_can_be_asked_together() {
    let bench = Bench::new()
        .check("both", Asks::Rounds(vec![vec![source("a"), verdict_of("other")], vec![target("b")]]))
        .asks("other", source("a"));
    bench.world.answer(source("a"), ends(GOOD)).answer(target("b"), ends(GOOD));
    let state = bench.run().await;
    assert_eq!(level(&state, "both"), Level::Green);
    assert_eq!(state.verdict("orders", "both").evidence.len(), 3);
}

#[tokio::test(start_paused = true)]
async fn the_plan_is_evidence_the_engine_gives_once() {
    let bench = Bench::new().unit("accounts").asks("one", Probe::Plan).asks("two", Probe::Plan);
    let state = bench.run().await;
    assert_eq!((level(&state, "one"), level(&state, "two")), (Level::Green, Level::Green));
    assert_eq!(state.verdict("orders", "one").evidence, state.verdict("accounts", "two").evidence);
    assert_eq!(state.probes()[&Probe::Plan].round, 1);
    assert_eq!(bench.world.asked().len(), 0);
}
