//! Gates that let yellow pass for a time, and windows that close in the middle.

use std::time::Duration;

use journal::{Ending, Event, Request};
use runbook::plan::Window;
use serde_json::json;

use super::fixture::*;
use crate::execute::RunEnd;

fn guard(window: &str) -> serde_json::Value {
    json!({ "require": { "check": "good", "at_least": "yellow", "guard": { "window": window } } })
}

/// `consumers`, then `producers`, behind the commit point; the second waits for the first, which takes 50 seconds.
fn switch(gate: serde_json::Value) -> Bench {
    let mut bench = Bench::new()
        .check("good", "k", "v")
        .gate("point", &[], gate)
        .sets("consumers", &["point"], json!({}))
        .sets("producers", &["consumers"], json!({}));
    bench.plan.commit_point = Some("point".into());
    bench.plan.steps.iter_mut().for_each(|step| step.timeout_ms = Some(600_000));
    bench.world.with(|world| {
        world.values.insert("k".into(), "almost".into());
        world.faults.push_back(Some(Fault::Slow(50)));
    });
    bench
}

fn warned(run: &journal::Run) -> Vec<String> {
    let warnings = run.state().execution().warnings.iter();
    warnings.map(|(_, about, message)| format!("{about}: {message}")).collect()
}

#[tokio::test(start_paused = true)]
async fn a_gate_s_own_guard_counts_at_that_gate() {
    for (window, opens) in [("30s", false), ("10m", true)] {
        let mut bench = switch(guard(window));
        bench.plan.steps[2].est_ms = Some(300_000);
        match (bench.run().await.0, opens) {
            (RunEnd::Over(Ending::Completed), true) => {}
            (RunEnd::Held { why }, false) => {
                assert!(why.contains("30s is the time for which this gate lets yellow pass"), "{why}");
                assert!(bench.world.with(|world| world.applied.is_empty()), "nothing was handed over");
            }
            (end, _) => panic!("{window}: {end:?}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_switch_that_outlasts_its_guard_asks_and_is_finished_by_resume() {
    let bench = switch(guard("40s"));
    let mut run = bench.start();
    let RunEnd::Held { why } = bench.go(&mut run).await.unwrap() else { panic!() };
    for part in ["the window closed at", "step producers", "cutover resume", "cutover rollback"] {
        assert!(why.contains(part), "{why}");
    }
    assert_eq!(bench.world.value("producers"), None);
    // Another process, which nobody told to go on, asks again.
    let mut run = bench.reopen(run);
    assert!(matches!(bench.go(&mut run).await.unwrap(), RunEnd::Held { .. }));
    run.folder().post(clock().wall, &Request::Resume { by: "ilse".into() }).unwrap();
    let mut run = bench.reopen(run);
    assert_eq!(bench.go(&mut run).await.unwrap(), RunEnd::Over(Ending::Completed));
    assert_eq!(bench.world.value("producers").as_deref(), Some("done"));
    let warned = warned(&run);
    assert!(warned.len() == 1 && warned[0].contains("finished all the same"), "{warned:?}");
}

fn closes_after(seconds: u64) -> Window {
    let now = clock().wall;
    Window { opens: now, closes: now + Duration::from_secs(seconds), keep_for_rollback_ms: None }
}

#[tokio::test(start_paused = true)]
async fn past_the_commit_point_a_window_that_closes_warns_and_bars_nothing() {
    let mut bench = switch(json!({ "require": { "check": "good", "at_least": "yellow" } }));
    bench.plan.window = Some(Window { keep_for_rollback_ms: Some(5_000), ..closes_after(40) });
    bench = bench.gate("after", &["producers"], json!({ "require": { "step": "producers" } }));
    let mut run = bench.start();
    assert_eq!(bench.go(&mut run).await.unwrap(), RunEnd::Over(Ending::Completed));
    let warned = warned(&run);
    assert!(warned.len() == 1 && warned[0].starts_with("the window closed at"), "{warned:?}");
    let mut told = 0;
    run.folder()
        .read_each(|record, _| told += usize::from(matches!(record.event, Event::Warned { .. })))
        .unwrap();
    assert_eq!(told, 1, "it is in the journal");
}

#[tokio::test(start_paused = true)]
async fn before_the_commit_point_a_closed_window_holds_and_the_way_back_is_open() {
    let mut bench = switch(json!({ "require": { "check": "good", "at_least": "yellow" } }));
    bench.plan.commit_point = None;
    bench.plan.window = Some(closes_after(40));
    let mut run = bench.start();
    let RunEnd::Held { why } = bench.go(&mut run).await.unwrap() else { panic!() };
    assert!(why.contains("the window closed at"), "{why}");
    run.folder().post(clock().wall, &Request::Resume { by: "ilse".into() }).unwrap();
    let mut run = bench.reopen(run);
    assert!(
        matches!(bench.go(&mut run).await.unwrap(), RunEnd::Held { .. }),
        "letting it go on does not open it"
    );
    run.folder().post(clock().wall, &Request::StandDown { by: "ilse".into() }).unwrap();
    let mut run = bench.reopen(run);
    assert_eq!(bench.go(&mut run).await.unwrap(), RunEnd::Over(Ending::StoodDown));
    assert_eq!(bench.world.value("consumers"), None);
}
