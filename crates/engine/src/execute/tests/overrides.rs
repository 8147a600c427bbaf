//! Gates that two people open against their checks.

use std::time::Duration;

use journal::{Ending, Event, Request, Run, RunFolder, Vote};
use runbook::plan::Window;
use runbook::verdict::{Dimension, Level};
use serde_json::json;

use super::fixture::*;
use crate::execute::RunEnd;
use crate::execute::next::Course;

fn voice(role: &str, person: &str) -> Request {
    let (gate, role, person) = ("g".into(), role.into(), person.into());
    Request::Override { gate, role, person, reason: "INC-7".into() }
}

fn both() -> [Request; 2] {
    [voice("conductor", "ilse"), voice("rollback_owner", "ana")]
}

fn resume() -> Request {
    Request::Resume { by: "ilse".into() }
}

fn post(run: &Run, requests: impl IntoIterator<Item = Request>) {
    for request in requests {
        run.folder().post(clock().wall, &request).unwrap();
    }
}

fn later(run: &Run, after: u64, request: Request) {
    let path = run.folder().path().to_owned();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(after)).await;
        RunFolder::open(&path).unwrap().post(clock().wall, &request).unwrap();
    });
}

fn k(bench: &Bench, value: &str) {
    bench.world.with(|world| world.values.insert("k".into(), value.into()));
}

/// A gate that asks a person too, and a step behind it; its check is yellow, and it wants green.
fn refused() -> Bench {
    let decide = json!({ "role": "app_owner", "answer_within": "5m", "silence_is": "hold" });
    let bench = Bench::new()
        .check("good", "k", "v")
        .gate("g", &[], json!({ "require": { "check": "good" }, "decide": decide }))
        .sets("a", &["g"], json!({}));
    k(&bench, "almost");
    bench
}

fn go() -> Request {
    let (at, role, person) = (Some("g".into()), "app_owner".into(), "mina".into());
    Request::Vote { at, role, person, vote: Vote::Go, signature: None }
}

async fn is_held(bench: &Bench, run: &mut Run) -> String {
    let end = bench.go(run).await.unwrap();
    let RunEnd::Held { why } = end else { panic!("{end:?}") };
    // What is measured in the same moment is not measured since.
    tokio::time::sleep(Duration::from_secs(1)).await;
    why
}

#[tokio::test(start_paused = true)]
async fn a_gate_that_refused_is_opened_for_what_it_refused_and_still_asks() {
    let bench = refused();
    let mut run = bench.start();
    assert!(is_held(&bench, &mut run).await.contains("good is yellow"));
    post(&run, both().into_iter().chain([resume()]));
    let mut run = bench.reopen(run);
    later(&run, 30, go());
    assert_eq!(bench.go(&mut run).await.unwrap(), RunEnd::Over(Ending::Completed));
    let story = story(&run);
    assert!(story.contains(&"gate-entered g waiting for a decision".to_owned()), "{story:?}");
    let opened = &run.state().execution().opened;
    assert_eq!(opened[0].by, "ilse as conductor and ana as rollback_owner");
    assert!(opened[0].why.contains("good is yellow"), "{opened:?}");
    // What it was opened against is red, though nothing that was measured is.
    let specs = Default::default();
    let course = Course::new(run.state(), &specs, clock(), crate::execute::next::Effects::Apply);
    let dimension = bench.plan.checks[0].dimension;
    let cells = &course.card().units[0].dimensions;
    let levels: Vec<(Dimension, Level)> = cells.iter().map(|cell| (cell.dimension, cell.level)).collect();
    assert!(levels.contains(&(dimension, Level::Red)), "{levels:?}");
    let reason = &cells.iter().find(|cell| cell.dimension == dimension).unwrap().reason;
    assert!(reason.starts_with("gate g was opened against it by ilse as conductor"), "{reason}");
}

#[tokio::test(start_paused = true)]
async fn nobody_speaks_against_what_is_not_measured() {
    let bench = refused();
    let mut run = bench.start();
    post(&run, both());
    assert!(is_held(&bench, &mut run).await.contains("good is yellow"));
    let execution = run.state().execution();
    assert!(execution.overrides.is_empty());
    assert!(execution.warnings.iter().any(|(_, _, why)| why.contains("has refused nothing")));
}

#[tokio::test(start_paused = true)]
async fn what_is_worse_than_what_was_overridden_refuses_anew() {
    let bench = refused();
    let mut run = bench.start();
    is_held(&bench, &mut run).await;
    k(&bench, "another");
    post(&run, both().into_iter().chain([resume()]));
    let mut run = bench.reopen(run);
    assert!(is_held(&bench, &mut run).await.contains("good is red"));
    assert!(run.state().execution().overrides.is_empty(), "they are void");
    // It gets worse while somebody decides.
    k(&bench, "almost");
    post(&run, [resume()]);
    let mut run = bench.reopen(run);
    assert!(is_held(&bench, &mut run).await.contains("good is yellow"));
    post(&run, both().into_iter().chain([resume()]));
    let mut run = bench.reopen(run);
    let world = bench.world.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(20)).await;
        world.with(|world| world.values.insert("k".into(), "another".into()));
    });
    later(&run, 30, go());
    assert!(is_held(&bench, &mut run).await.contains("good is red"));
    assert_eq!(bench.world.value("a"), None);
}

#[tokio::test(start_paused = true)]
async fn one_voice_is_kept_for_the_same_refusal() {
    let bench = refused();
    let mut run = bench.start();
    is_held(&bench, &mut run).await;
    let [first, second] = both();
    post(&run, [first, resume()]);
    let mut run = bench.reopen(run);
    is_held(&bench, &mut run).await;
    post(&run, [second, resume()]);
    let mut run = bench.reopen(run);
    later(&run, 30, go());
    assert_eq!(bench.go(&mut run).await.unwrap(), RunEnd::Over(Ending::Completed));
}

#[tokio::test(start_paused = true)]
async fn after_a_crash_an_override_is_asked_for_anew() {
    let mut bench = refused();
    bench.plan.steps[1] = step("m", "manual", &["g"], json!({ "timeout": { "total": "10m" } }));
    bench.actions.clear();
    let mut run = bench.start();
    is_held(&bench, &mut run).await;
    post(&run, both().into_iter().chain([resume()]));
    let mut run = bench.reopen(run);
    later(&run, 30, go());
    let died = tokio::time::timeout(Duration::from_secs(60), bench.go(&mut run)).await;
    assert!(died.is_err() && run.state().execution().is_passed("g"));
    let mut run = bench.reopen(run);
    assert!(is_held(&bench, &mut run).await.contains("good is yellow"));
    assert!(run.state().execution().opened.is_empty());
}

#[tokio::test(start_paused = true)]
async fn nobody_makes_a_window_longer() {
    let mut bench = refused();
    let now = clock().wall;
    let closes = now + Duration::from_secs(600);
    bench.plan.window = Some(Window { opens: now, closes, keep_for_rollback_ms: None });
    bench.plan.steps[1].est_ms = Some(3_600_000);
    let mut run = bench.start();
    is_held(&bench, &mut run).await;
    post(&run, both().into_iter().chain([resume()]));
    let mut run = bench.reopen(run);
    let why = is_held(&bench, &mut run).await;
    assert!(why.contains("left until the window closes"), "{why}");
    let mut opened = 0;
    let counts = |record: &journal::Record| matches!(record.event, Event::GateOverridden { .. });
    run.folder().read_each(|record, _| opened += usize::from(counts(record))).unwrap();
    assert_eq!(opened, 0);
}
