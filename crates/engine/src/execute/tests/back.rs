use std::time::Duration;

use journal::{Ending, Request, StepPhase};
use serde_json::json;

use super::fixture::*;
use crate::execute::RunEnd;

#[tokio::test(start_paused = true)]
async fn standing_down_leaves_everything_as_it_was() {
    let fails = json!({ "on_fail": "stand-down" });
    let bench =
        Bench::new().check("good", "k", "v").sets("a", &[], json!({})).sets("b", &["a"], json!({})).step(
            step("c", "check", &["b"], {
                let mut with = fails;
                with["checks"] = json!(["good"]);
                with["timeout"] = json!({ "total": "10s" });
                with["on_timeout"] = json!("stand-down");
                with
            }),
        );
    bench.world.with(|world| world.values.insert("a".into(), "before".into()));
    let mut run = bench.start();
    assert_eq!(bench.go(&mut run).await.unwrap(), RunEnd::Over(Ending::StoodDown));
    assert_eq!((bench.world.value("a").as_deref(), bench.world.value("b")), (Some("before"), None));
    let story = story(&run);
    let place = |what: &str| story.iter().position(|told| told == what).unwrap();
    assert!(place("step-undone b") < place("undo-started a"), "the latest first: {story:?}");
}

#[tokio::test(start_paused = true)]
async fn a_person_stands_down_in_the_middle_of_a_step() {
    let bench = Bench::new().sets("a", &[], json!({})).step(step("m", "manual", &["a"], json!({})));
    let mut run = bench.start();
    post(&run, 30, Request::StandDown { by: "ilse".into() });
    assert_eq!(bench.go(&mut run).await.unwrap(), RunEnd::Over(Ending::StoodDown));
    assert_eq!(bench.world.value("a"), None);
}

#[tokio::test(start_paused = true)]
async fn what_is_stuck_is_named_and_what_does_not_depend_on_it_is_undone() {
    // a <- b, c apart; b cannot be undone, so a may not be, and c is.
    let bench =
        Bench::new().sets("a", &[], json!({})).once("b", &["a"], json!({})).sets("c", &[], json!({})).step(
            step(
                "m",
                "manual",
                &["b", "c"],
                json!({ "timeout": { "total": "5s" }, "on_timeout": { "rollback": "back" } }),
            ),
        );
    let (end, state) = bench.run().await;
    assert_eq!(end, RunEnd::Over(Ending::Stuck));
    let stuck: Vec<&str> = state.execution().stuck().map(|(id, _)| id).collect();
    assert_eq!(stuck, ["a", "b"]);
    assert_eq!(state.execution().step("c").unwrap().phase, StepPhase::Undone);
    assert_eq!((bench.world.value("a").as_deref(), bench.world.value("c")), (Some("done"), None));
}

#[tokio::test(start_paused = true)]
async fn an_undo_that_is_refused_at_first_is_tried_again() {
    let bench = Bench::new().sets("a", &[], json!({})).step(step(
        "m",
        "manual",
        &["a"],
        json!({ "timeout": { "total": "5s" }, "on_timeout": "stand-down" }),
    ));
    bench.world.with(|world| world.faults.extend([None, Some(Fault::Refused), Some(Fault::LostAnswer)]));
    assert_eq!(bench.run().await.0, RunEnd::Over(Ending::StoodDown));
    assert_eq!(bench.world.value("a"), None);
}

#[tokio::test(start_paused = true)]
async fn after_the_commit_point_a_person_decides() {
    let mut bench = Bench::new()
        .sets("a", &[], json!({}))
        .gate("point", &["a"], json!({ "require": { "step": "a" } }))
        .step(step(
            "m",
            "manual",
            &["point"],
            json!({ "timeout": { "total": "5s" }, "on_timeout": "stand-down" }),
        ));
    bench.plan.commit_point = Some("point".into());
    let (end, _) = bench.run().await;
    let RunEnd::Held { why } = end else { panic!("{end:?}") };
    assert!(why.contains("the commit point is passed"), "{why}");
    assert_eq!(bench.world.value("a").as_deref(), Some("done"));
}

#[tokio::test(start_paused = true)]
async fn a_budget_warns_and_then_takes_its_way_out() {
    let mut bench = Bench::new().sets("a", &[], json!({})).step(step("m", "manual", &["a"], json!({})));
    bench.plan.budgets.push(runbook::plan::SpanBudget {
        name: "stall".into(),
        from: "a".into(),
        to: "m".into(),
        warn_ms: Some(10_000),
        max_ms: 20_000,
        before_commit_point: runbook::plan::Way::StandDown,
        after: "ask".into(),
    });
    let (end, state) = bench.run().await;
    assert_eq!(end, RunEnd::Over(Ending::StoodDown));
    let about: Vec<&str> = state.execution().warnings.iter().map(|(_, about, _)| about.as_str()).collect();
    assert_eq!(about, ["budget stall warned", "budget stall exceeded"]);
}

fn triggered(act: &str) -> Bench {
    let mut bench = Bench::new().check("good", "k", "v").sets("a", &[], json!({})).step(step(
        "m",
        "manual",
        &["a"],
        json!({}),
    ));
    bench.plan.steps[1].timeout_ms = Some(600_000);
    bench.plan.rollback.triggers.push(runbook::plan::Trigger {
        id: "errors".into(),
        check: Some("good".into()),
        breach: Some("red".into()),
        for_ms: Some(30_000),
        armed_from: Some("a".into()),
        armed_until: Some("m".into()),
        act: Some(act.into()),
        ask_role: (act == "ask").then(|| "rollback_owner".into()),
        ask_within_ms: Some(60_000),
        silence_is: Some(runbook::plan::Way::Hold),
        plan: Some("back".into()),
        ..Default::default()
    });
    bench
}

#[tokio::test(start_paused = true)]
async fn a_check_that_stays_red_makes_the_run_go_back() {
    let bench = triggered("auto");
    let mut run = bench.start();
    assert_eq!(bench.go(&mut run).await.unwrap(), RunEnd::Over(Ending::RolledBack));
    assert_eq!(bench.world.value("a"), None);
}

#[tokio::test(start_paused = true)]
async fn a_check_that_is_red_for_a_moment_fires_nothing() {
    let bench = triggered("auto");
    let world = bench.world.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(20)).await;
        world.with(|world| world.values.insert("k".into(), "v".into()));
    });
    let mut run = bench.start();
    post(&run, 120, Request::Done { step: "m".into(), facts: Default::default(), by: "ilse".into() });
    assert_eq!(bench.go(&mut run).await.unwrap(), RunEnd::Over(Ending::Completed));
}

#[tokio::test(start_paused = true)]
async fn whoever_is_asked_decides_and_silence_has_its_way() {
    let vote = |vote| Request::Vote {
        at: Some("errors".into()),
        role: "rollback_owner".into(),
        person: "ana".into(),
        vote,
        signature: None,
    };
    let answered = |request: Option<Request>| async move {
        let bench = triggered("ask");
        let mut run = bench.start();
        let path = run.folder().path().to_owned();
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_secs(50)).await;
            if let Some(request) = request {
                journal::RunFolder::open(&path).unwrap().post(clock().wall, &request).unwrap();
            }
        });
        bench.go(&mut run).await.unwrap()
    };
    assert_eq!(answered(Some(vote(journal::Vote::NoGo))).await, RunEnd::Over(Ending::RolledBack));
    let RunEnd::Held { why } = answered(None).await else { panic!() };
    assert!(why.contains("trigger errors fired") && why.contains("nobody answered"), "{why}");
    // Go on: it is watched anew, and fires again.
    let RunEnd::Held { why } = answered(Some(vote(journal::Vote::Go))).await else { panic!() };
    assert!(why.contains("nobody answered"), "{why}");
}

#[tokio::test(start_paused = true)]
async fn who_was_asked_is_still_asked_when_the_check_cannot_be_seen_any_more() {
    let bench = triggered("ask");
    let world = bench.world.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(50)).await;
        world.with(|world| world.blind = 10_000);
    });
    let mut run = bench.start();
    let RunEnd::Held { why } = bench.go(&mut run).await.unwrap() else { panic!() };
    assert!(why.contains("trigger errors fired") && why.contains("nobody answered"), "{why}");
}

#[tokio::test(start_paused = true)]
async fn a_run_that_somebody_lets_go_on_after_a_trigger_is_looked_at_anew() {
    let bench = triggered("ask");
    let mut run = bench.start();
    let RunEnd::Held { .. } = bench.go(&mut run).await.unwrap() else { panic!() };
    bench.world.with(|world| world.values.insert("k".into(), "v".into()));
    run.folder().post(clock().wall, &Request::Resume { by: "ilse".into() }).unwrap();
    let done = Request::Done { step: "m".into(), facts: Default::default(), by: "ilse".into() };
    let path = run.folder().path().to_owned();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(120)).await;
        journal::RunFolder::open(&path).unwrap().post(clock().wall, &done).unwrap();
    });
    let mut run = bench.reopen(run);
    assert_eq!(bench.go(&mut run).await.unwrap(), RunEnd::Over(Ending::Completed));
}
