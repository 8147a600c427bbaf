//! When the ledger of what was born on the target is cut.

use std::time::Duration;

use journal::Request;
use runbook::Side;
use runbook::plan::PlannedStep;
use runbook::unit::Group;
use serde_json::json;

use super::fixture::*;

/// A run past its commit point that has started consumers on the target, nothing else, and waits; the flow goes on.
fn moved_the_consumers() -> Bench {
    let mut bench = Bench::new()
        .check("good", "k", "v")
        .check("over", "o", "v")
        .gate("g", &[], requires("good"))
        .sets("start", &["g"], json!({ "with": { "groups": "unit" } }))
        .on_target()
        .step(step(
            "w",
            "wait",
            &["start"],
            json!({ "until": { "check": "over" }, "timeout": { "total": "10m" } }),
        ))
        .commit_point("g", &["stop-target", "ledger"]);
    bench.plan.steps[1].kind = "start-app".into();
    let between = &mut bench.plan.backs.get_mut("back").unwrap().between;
    between[0].kind = "stop-app".into();
    between[1].kind = "target-born-ledger".into();
    for step in between {
        step.unit = Some("orders".into());
    }
    bench.world.with(|world| world.values.insert("k".into(), "v".into()));
    bench
}

/// How the steps of the way back ended.
async fn ended(bench: &Bench) -> Vec<String> {
    let mut run = bench.start();
    let path = run.folder().path().to_owned();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(30)).await;
        let request = Request::Rollback { plan: None, by: "ana".into() };
        journal::RunFolder::open(&path).unwrap().post(clock().wall, &request).unwrap();
    });
    bench.go(&mut run).await.unwrap();
    story(&run).into_iter().filter(|told| told.starts_with("step-ended back/")).collect()
}

#[tokio::test(start_paused = true)]
async fn it_is_left_out_only_where_nobody_but_the_replicator_can_have_written() {
    let skipped = "step-ended back/ledger skipped".to_owned();
    let cut = "step-ended back/ledger done".to_owned();
    let only_copied = ended(&moved_the_consumers()).await;
    assert!(only_copied.contains(&skipped), "{only_copied:?}");

    let mut retries = moved_the_consumers();
    retries.plan.units[0].retry = vec!["t.retry".into()];
    assert!(ended(&retries).await.contains(&cut), "consumers write what they could not process");
    let mut letters = moved_the_consumers();
    letters.plan.units[0].dead_letter = vec!["t.dlt".into()];
    assert!(ended(&letters).await.contains(&cut));

    let mut by_hand = moved_the_consumers().once("script", &["g"], json!({}));
    // One that works on the target, and has no way back, ends the way back before the ledger.
    by_hand.plan.steps.last_mut().unwrap().on = Some(Side::Source);
    assert!(ended(&by_hand).await.contains(&cut), "a script may have started a producer");
    let person = moved_the_consumers()
        .step(PlannedStep { timeout_ms: Some(600_000), ..step("person", "manual", &["g"], json!({})) });
    assert!(ended(&person).await.contains(&cut), "a person may have started a producer");
}

/// An application that ran already when it was started was not stopped when its start was taken back.
#[tokio::test(start_paused = true)]
async fn whether_the_target_is_stopped_is_looked_at_where_an_application_ran_already() {
    let reads = |app: &str| Group { app: Some(app.into()), ..Group::default() };
    let mut bench = moved_the_consumers();
    bench.plan.units[0].groups.insert("g".into(), reads("settlement"));
    let told = ended(&bench).await;
    assert!(
        told.contains(&"step-ended back/stop-target skipped".to_owned()),
        "its undo has shown it: {told:?}"
    );

    // One command for two applications: the other ran already.
    let mut bench = moved_the_consumers();
    for app in ["settlement", "retries"] {
        bench.plan.units[0].groups.insert(app.into(), reads(app));
    }
    let told = ended(&bench).await;
    assert!(told.contains(&"step-ended back/stop-target done".to_owned()), "{told:?}");

    // Nor do two calls for one application stand for two.
    let times = json!({ "with": { "groups": "unit" }, "timeout": { "attempt": "5s", "total": "60s" } });
    bench.plan.steps[1].with = times;
    bench.world.with(|world| world.values.retain(|key, _| key == "k"));
    bench.world.with(|world| world.faults.extend([Some(Fault::LostCall)]));
    let told = ended(&bench).await;
    assert!(told.contains(&"step-ended back/stop-target done".to_owned()), "{told:?}");
}
