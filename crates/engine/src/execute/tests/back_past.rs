//! Going back past the commit point: the target first, then the plan, then the source.

use std::time::Duration;

use journal::{Ending, Request, Run, StepPhase};
use runbook::plan::{PlannedStep, Way};
use serde_json::json;

use super::fixture::*;
use crate::execute::RunEnd;

/// `stop` on the source, the commit point, `start` on the target, and somebody who is waited for.
fn handed_over(between: &[&str]) -> Bench {
    let bench = Bench::new()
        .check("good", "k", "v")
        .sets("stop", &[], json!({}))
        .gate("g", &["stop"], requires("good"))
        .sets("start", &["g"], json!({}))
        .on_target()
        .step(step("m", "manual", &["start"], json!({ "timeout": { "total": "10m" } })))
        .commit_point("g", between);
    bench.world.with(|world| world.values.insert("k".into(), "v".into()));
    bench
}

fn rollback() -> Request {
    Request::Rollback { plan: None, by: "ana".into() }
}

/// What it did not do that it was asked for, and why.
fn declined(run: &Run) -> Vec<String> {
    let mut declined = Vec::new();
    run.folder()
        .read_each(|record, _| {
            if let journal::Event::Declined { why } = &record.event {
                declined.push(why.clone());
            }
        })
        .unwrap();
    declined
}

fn place(story: &[String], what: &str) -> usize {
    story.iter().position(|told| told == what).unwrap_or_else(|| panic!("{what} is not in {story:?}"))
}

#[tokio::test(start_paused = true)]
async fn the_target_is_stopped_then_the_plan_is_taken_then_the_source_is_opened() {
    let bench = handed_over(&["fence", "land"]);
    let mut run = bench.start();
    post(&run, 30, rollback());
    assert_eq!(bench.go(&mut run).await.unwrap(), RunEnd::Over(Ending::RolledBack));
    let story = story(&run);
    let order = [
        "unwind-started",
        "undo-started start",
        "step-undone start",
        "step-started back/fence",
        "step-ended back/fence done",
        "step-started back/land",
        "step-ended back/land done",
        "undo-started stop",
        "step-undone stop",
    ];
    let places: Vec<usize> = order.iter().map(|what| place(&story, what)).collect();
    assert!(places.is_sorted(), "{story:?}");
    let execution = run.state().execution();
    assert_eq!((execution.authority.as_deref(), execution.dirty.len()), (Some("source"), 1));
    assert_eq!(bench.world.value("stop"), None);
    assert_eq!(bench.world.value("fence").as_deref(), Some("done"));
}

#[tokio::test(start_paused = true)]
async fn nothing_of_the_source_is_opened_while_a_step_of_the_plan_fails_and_it_is_gone_on_with() {
    let mut bench = handed_over(&["fence", "land"]);
    bench.plan.backs.get_mut("back").unwrap().between[0].timeout_ms = Some(20_000);
    bench.world.with(|world| world.faults.extend([None, None, None, Some(Fault::Refused)]));
    let mut run = bench.start();
    post(&run, 30, rollback());
    let RunEnd::Held { why } = bench.go(&mut run).await.unwrap() else { panic!("{:?}", story(&run)) };
    assert!(why.contains("step back/fence failed: the world says no"), "{why}");
    assert_eq!(bench.world.value("stop").as_deref(), Some("done"), "the source stays closed");
    assert!(run.state().execution().step("back/land").is_none());
    assert_eq!(run.state().execution().stuck().count(), 0);
    let mut run = bench.reopen(run);
    assert_eq!(bench.go(&mut run).await.unwrap(), RunEnd::Over(Ending::RolledBack));
    assert_eq!(bench.world.value("stop"), None);
}

#[tokio::test(start_paused = true)]
async fn a_target_that_does_not_answer_is_waited_for_and_then_left_out() {
    let bench = handed_over(&["fence"]);
    let mut run = bench.start();
    post(&run, 30, rollback());
    let world = bench.world.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(29)).await;
        world.with(|world| world.blind = 10_000);
        // The source comes back with the network.
        tokio::time::sleep(Duration::from_secs(150)).await;
        world.with(|world| world.blind = 0);
    });
    let end = bench.go(&mut run).await.unwrap();
    let story = story(&run);
    assert!(story.contains(&"step-ended back/fence passed over".to_owned()), "{story:?}");
    let start = run.state().execution().step("start").unwrap();
    assert_eq!(start.phase, StepPhase::Undone);
    assert!(start.note.as_ref().unwrap().contains("the target does not answer"), "{:?}", start.note);
    assert!(matches!(end, RunEnd::Over(_)));
}

#[tokio::test(start_paused = true)]
async fn who_may_not_call_it_is_told_who_may() {
    let mut bench = handed_over(&["fence"]);
    bench.plan.rollback.triggers.push(runbook::plan::Trigger {
        id: "call".into(),
        called_by: vec!["rollback_owner".into()],
        plan: Some("back".into()),
        ..Default::default()
    });
    let mut run = bench.start();
    post(&run, 20, Request::Rollback { plan: None, by: "somebody".into() });
    post(&run, 40, rollback());
    assert_eq!(bench.go(&mut run).await.unwrap(), RunEnd::Over(Ending::RolledBack));
    let declined = declined(&run);
    assert!(declined.len() == 1 && declined[0].contains("called by ana"), "{declined:?}");
}

#[tokio::test(start_paused = true)]
async fn a_plan_that_no_trigger_lets_anybody_call_is_called_by_nobody() {
    let mut bench = handed_over(&["fence"]);
    bench.plan.rollback.plans.push("other".into());
    let other = bench.plan.backs["back"].clone();
    bench.plan.backs.insert("other".into(), runbook::plan::BackPlan { between: Vec::new(), ..other });
    bench.plan.rollback.triggers.push(runbook::plan::Trigger {
        id: "call".into(),
        called_by: vec!["rollback_owner".into()],
        plan: Some("back".into()),
        ..Default::default()
    });
    let of = |plan: &str| Request::Rollback { plan: Some(plan.into()), by: "ana".into() };
    let mut run = bench.start();
    post(&run, 20, of("other"));
    post(&run, 40, of("back"));
    assert_eq!(bench.go(&mut run).await.unwrap(), RunEnd::Over(Ending::RolledBack));
    assert!(run.state().back_plan().is_some_and(|back| !back.between.is_empty()));
    let declined = declined(&run);
    assert!(declined.len() == 1 && declined[0].contains("nobody may call the plan other"), "{declined:?}");
}

#[tokio::test(start_paused = true)]
async fn where_nobody_is_named_whoever_holds_a_role_may_call_it() {
    let bench = handed_over(&["fence"]);
    let mut run = bench.start();
    post(&run, 20, Request::Rollback { plan: None, by: "somebody".into() });
    post(&run, 40, rollback());
    assert_eq!(bench.go(&mut run).await.unwrap(), RunEnd::Over(Ending::RolledBack));
    let declined = declined(&run);
    assert!(declined.len() == 1 && declined[0].contains("called by ana, ilse, mina"), "{declined:?}");
}

#[tokio::test(start_paused = true)]
async fn nobody_goes_back_by_itself_where_something_may_have_been_born() {
    let mut bench = handed_over(&["fence"]);
    bench.plan.steps[3].with = json!({ "timeout": { "total": "20s" }, "on_timeout": { "rollback": "back" } });
    let (end, state) = bench.run().await;
    let RunEnd::Held { why } = end else { panic!("{end:?}") };
    assert!(why.contains("it is not proved that nothing was born on the target"), "{why}");
    assert!(!state.execution().crossed);
    let way: Way = Way::Rollback("back".into());
    assert_eq!(way.to_string(), "roll back by back");
}

/// The last of a bench whose plan back cuts a ledger, and has the owner give up what is in it.
fn with_a_ledger(mut bench: Bench) -> Bench {
    let of_unit = |step: PlannedStep| PlannedStep { unit: Some("orders".into()), ..step };
    let discard = step("back/discard", "sign-off", &["back/ledger"], json!({ "roles": ["app_owner"] }));
    bench.plan.backs.get_mut("back").unwrap().between.extend([
        of_unit(step("back/ledger", "target-born-ledger", &[], json!({}))),
        of_unit(PlannedStep { timeout_ms: Some(300_000), ..discard }),
    ]);
    bench
}

#[tokio::test(start_paused = true)]
async fn nobody_is_asked_to_give_up_what_no_ledger_was_needed_for() {
    let mut bench = with_a_ledger(handed_over(&[]));
    // Nobody did anything behind the gate of which it cannot be told what it started.
    bench.plan.steps[3] = step("m", "watch", &["start"], json!({ "checks": ["good"], "for": "5m" }));
    let mut run = bench.start();
    post(&run, 30, rollback());
    assert_eq!(bench.go(&mut run).await.unwrap(), RunEnd::Over(Ending::RolledBack));
    let story = story(&run);
    for step in ["back/ledger", "back/discard"] {
        assert!(story.contains(&format!("step-ended {step} skipped")), "{story:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_owner_is_asked_where_the_ledger_was_passed_over_without_the_target() {
    let mut bench = with_a_ledger(handed_over(&[]));
    // A producer was started there, so that a ledger is needed; and it never can be cut.
    bench.plan.steps[2].kind = "start-app".into();
    bench.plan.steps[2].with = json!({ "with": { "producers": "unit" } });
    bench
        .actions
        .insert("back/ledger".into(), std::sync::Arc::new(SetKey { key: "l".into(), to: "x".into() }));
    let ledger = &mut bench.plan.backs.get_mut("back").unwrap().between[0];
    ledger.on = Some(runbook::Side::Target);
    let mut run = bench.start();
    post(&run, 30, rollback());
    let world = bench.world.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(29)).await;
        world.with(|world| world.blind = 10_000);
        tokio::time::sleep(Duration::from_secs(150)).await;
        world.with(|world| world.blind = 0);
    });
    let end = bench.go(&mut run).await.unwrap();
    let story = story(&run);
    assert!(story.contains(&"step-ended back/ledger passed over".to_owned()), "{story:?}");
    assert!(story.contains(&"step-ended back/discard timed out".to_owned()), "nobody answered: {story:?}");
    let RunEnd::Held { why } = end else { panic!("{end:?}") };
    assert!(why.contains("step back/discard timed out"), "{why}");
}

/// The trigger that made the run go back keeps nobody from answering there.
#[tokio::test(start_paused = true)]
async fn after_a_trigger_the_owner_is_asked_and_heard() {
    let mut bench = handed_over(&[]);
    bench.plan.rollback.triggers.push(runbook::plan::Trigger {
        id: "errors".into(),
        check: Some("good".into()),
        breach: Some("red".into()),
        for_ms: Some(10_000),
        armed_from: Some("start".into()),
        armed_until: Some("m".into()),
        act: Some("ask".into()),
        ask_role: Some("rollback_owner".into()),
        ask_within_ms: Some(60_000),
        silence_is: Some(Way::Hold),
        plan: Some("back".into()),
        ..Default::default()
    });
    let asked = step("back/discard", "sign-off", &[], json!({ "roles": ["app_owner"] }));
    let between = &mut bench.plan.backs.get_mut("back").unwrap().between;
    between.push(PlannedStep { timeout_ms: Some(300_000), ..asked });
    let mut run = bench.start();
    let vote = |at: &str, role: &str, person: &str, vote| Request::Vote {
        at: Some(at.into()),
        role: role.into(),
        person: person.into(),
        vote,
        signature: None,
    };
    let world = bench.world.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(15)).await;
        world.with(|world| world.values.insert("k".into(), "bad".into()));
    });
    post(&run, 50, vote("errors", "rollback_owner", "ana", journal::Vote::NoGo));
    post(&run, 90, vote("back/discard", "app_owner", "mina", journal::Vote::Go));
    let end = bench.go(&mut run).await.unwrap();
    assert_eq!(end, RunEnd::Over(Ending::RolledBack), "{:?}", story(&run));
}

#[tokio::test(start_paused = true)]
async fn additions_and_the_observation_come_last_and_a_bad_one_is_no_good_end() {
    for good in [true, false] {
        let mut bench = handed_over(&["fence"]).check("works", "w", "yes");
        let observe = json!({ "checks": ["works"], "for": "10s" });
        let back = bench.plan.backs.get_mut("back").unwrap();
        back.observation
            .push(PlannedStep { timeout_ms: Some(10_000), ..step("back/observe", "watch", &[], observe) });
        if good {
            bench.world.with(|world| world.values.insert("w".into(), "yes".into()));
        }
        let mut run = bench.start();
        post(&run, 30, rollback());
        let end = bench.go(&mut run).await.unwrap();
        assert_eq!(bench.world.value("stop"), None, "the source is open before it is observed");
        if good {
            assert_eq!(end, RunEnd::Over(Ending::RolledBack), "{:?}", story(&run));
            continue;
        }
        let RunEnd::Held { why } = end else { panic!("{:?}", story(&run)) };
        assert!(why.contains("step back/observe failed: works is red"), "{why}");
        // Observed again, when somebody has seen to it.
        bench.world.with(|world| world.values.insert("w".into(), "yes".into()));
        let mut run = bench.reopen(run);
        assert_eq!(bench.go(&mut run).await.unwrap(), RunEnd::Over(Ending::RolledBack));
    }
}

/// The disk fails at every line of the journal: the same way back goes on, and nothing goes forward again.
#[tokio::test(start_paused = true)]
async fn it_goes_on_from_every_line() {
    let whole = handed_over(&["fence", "land"]);
    let mut run = whole.start();
    post(&run, 30, rollback());
    assert_eq!(whole.go(&mut run).await.unwrap(), RunEnd::Over(Ending::RolledBack));
    let lines = usize::try_from(run.records()).unwrap();
    let turned = place(&story(&run), "unwind-started");
    assert!(turned > 5 && lines > 40, "{lines}");
    for line in 1..lines {
        let bench = handed_over(&["fence", "land"]);
        let mut run = bench.start_breaking(line, line % 2 == 0).unwrap();
        post(&run, 30, rollback());
        bench.go(&mut run).await.unwrap_err();
        let back = story(&run).contains(&"unwind-started".to_owned());
        let mut run = bench.reopen(run);
        if !back {
            post(&run, 60, rollback());
        }
        assert_eq!(bench.go(&mut run).await.unwrap(), RunEnd::Over(Ending::RolledBack), "line {line}");
        let story = story(&run);
        let turned = place(&story, "unwind-started");
        let forward = |told: &&String| told.starts_with("command-started") && !told.contains("back/");
        assert!(!story[turned..].iter().any(|told| forward(&told)), "line {line}: {story:?}");
        assert_eq!((bench.world.value("stop"), bench.world.value("start")), (None, None), "line {line}");
        assert_eq!(bench.world.value("land").as_deref(), Some("done"), "line {line}");
        journal::verify(run.folder()).unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_watched_past_the_commit_point_is_not_that_the_target_is_a_copy() {
    for (kind, is_watched) in [("content-parity", false), ("cluster-health", true)] {
        let mut bench = handed_over(&[]).check("works", "w", "yes");
        bench.plan.steps[3] = step("m", "watch", &["start"], json!({ "for": "1m" }));
        for check in bench.plan.checks.iter_mut().filter(|check| check.id == "works") {
            check.kind = kind.into();
        }
        let mut run = bench.start();
        match bench.go(&mut run).await.unwrap() {
            RunEnd::Over(Ending::Completed) => assert!(!is_watched, "{kind}: {:?}", story(&run)),
            RunEnd::Held { why } => assert!(is_watched && why.contains("works is red"), "{kind}: {why}"),
            other => panic!("{kind}: {other:?}"),
        }
    }
}
