//! What whoever takes a run over finds: time that nobody conducted, calls under way, requests that are declined.

use std::time::Duration;

use journal::{Ending, Request, Run};
use serde_json::json;

use super::fixture::*;
use crate::execute::{RunEnd, StepOptions};

/// `stop` on the source, the commit point, `start` on the target, and somebody who is waited for.
fn handed_over() -> Bench {
    let bench = Bench::new()
        .check("good", "k", "v")
        .sets("stop", &[], json!({}))
        .gate("g", &["stop"], requires("good"))
        .sets("start", &["g"], json!({}))
        .on_target()
        .step(step("m", "manual", &["start"], json!({ "timeout": { "total": "10m" } })))
        .commit_point("g", &["fence"]);
    bench.world.with(|world| world.values.insert("k".into(), "v".into()));
    bench
}

fn rollback() -> Request {
    Request::Rollback { plan: None, by: "ana".into() }
}

/// Conducts it for so long, and then the process is gone.
async fn dies_after(bench: &Bench, run: &mut Run, seconds: u64) {
    let died = tokio::time::timeout(Duration::from_secs(seconds), bench.go(run)).await;
    assert!(died.is_err(), "it ended before: {died:?}");
}

#[tokio::test(start_paused = true)]
async fn a_request_to_go_back_that_is_declined_makes_nobody_go_forward() {
    let mut bench = handed_over();
    let after = json!({ "timeout": { "total": "10s" }, "on_timeout": "continue" });
    bench.plan.steps[3].with = after;
    bench = bench.sets("later", &["m"], json!({}));
    let mut run = bench.start();
    dies_after(&bench, &mut run, 5).await;
    let before = story(&run);
    run.folder().post(clock().wall, &Request::StandDown { by: "ilse".into() }).unwrap();
    let mut run = bench.reopen(run);
    tokio::time::sleep(Duration::from_secs(60)).await;
    bench.options = StepOptions { back_only: true, ..bench.options };
    let RunEnd::Held { why } = bench.go(&mut run).await.unwrap() else { panic!("{:?}", story(&run)) };
    assert!(why.contains("asked to go back"), "{why}");
    assert_eq!(story(&run), before, "nothing was begun");
    // Asked as it has to be, it goes back.
    run.folder().post(clock().wall, &rollback()).unwrap();
    let mut run = bench.reopen(run);
    assert_eq!(bench.go(&mut run).await.unwrap(), RunEnd::Over(Ending::RolledBack));
    assert_eq!(bench.world.value("later"), None);
}

#[tokio::test(start_paused = true)]
async fn a_start_on_the_target_that_is_under_way_is_waited_for_and_taken_back() {
    let bench = handed_over();
    bench.world.with(|world| world.faults.extend([None, Some(Fault::Slow(40))]));
    let mut run = bench.start();
    post(&run, 10, rollback());
    assert_eq!(bench.go(&mut run).await.unwrap(), RunEnd::Over(Ending::RolledBack));
    let story = story(&run);
    let place = |what: &str| {
        story.iter().position(|told| told == what).unwrap_or_else(|| panic!("{what} is not in {story:?}"))
    };
    let order = [
        "unwind-started",
        "command-ended start",
        "step-undone start",
        "step-started back/fence",
        "undo-started stop",
    ];
    assert!(order.map(place).is_sorted(), "{story:?}");
    assert_eq!((bench.world.value("start"), bench.world.value("stop")), (None, None));
}

#[tokio::test(start_paused = true)]
async fn what_was_found_running_behind_the_gate_keeps_the_commit_point_passed() {
    let mut bench = handed_over();
    // An application that ran already: nothing had to be done.
    bench.plan.steps[2].kind = "start-app".into();
    bench.world.with(|world| world.values.insert("start".into(), "done".into()));
    let mut run = bench.start();
    dies_after(&bench, &mut run, 20).await;
    run.folder().post(clock().wall, &rollback()).unwrap();
    let mut run = bench.reopen(run);
    assert_eq!(bench.go(&mut run).await.unwrap(), RunEnd::Over(Ending::RolledBack));
    assert!(run.state().execution().crossed);
    assert!(story(&run).contains(&"step-ended back/fence done".to_owned()), "{:?}", story(&run));
}

#[tokio::test(start_paused = true)]
async fn time_that_nobody_conducted_is_no_time_of_a_step() {
    let bench = Bench::new().step(step("m", "manual", &[], json!({ "timeout": { "total": "60s" } })));
    let mut run = bench.start();
    dies_after(&bench, &mut run, 30).await;
    tokio::time::sleep(Duration::from_secs(300)).await;
    let mut run = bench.reopen(run);
    post(&run, 50, Request::Done { step: "m".into(), facts: Default::default(), by: "ilse".into() });
    assert_eq!(bench.go(&mut run).await.unwrap(), RunEnd::Over(Ending::Completed));

    let mut run = bench.start();
    dies_after(&bench, &mut run, 30).await;
    tokio::time::sleep(Duration::from_secs(300)).await;
    let mut run = bench.reopen(run);
    let RunEnd::Held { why } = bench.go(&mut run).await.unwrap() else { panic!() };
    assert!(why.contains("nobody said that it is done"), "{why}");
}

#[tokio::test(start_paused = true)]
async fn a_way_back_that_nobody_conducted_for_long_goes_on() {
    let bench = handed_over();
    let mut run = bench.start();
    post(&run, 10, rollback());
    // The calls: stop, start, start back, and then the fence is under way.
    bench.world.with(|world| world.faults.extend([None, None, None, Some(Fault::Slow(50))]));
    dies_after(&bench, &mut run, 20).await;
    assert!(story(&run).contains(&"command-started back/fence".to_owned()), "{:?}", story(&run));
    tokio::time::sleep(Duration::from_secs(600)).await;
    let mut run = bench.reopen(run);
    let end = bench.go(&mut run).await.unwrap();
    assert_eq!(end, RunEnd::Over(Ending::RolledBack), "{:?}", story(&run));
}

#[tokio::test(start_paused = true)]
async fn an_undo_has_time_of_its_own_after_a_long_run() {
    let bench = handed_over();
    let mut run = bench.start();
    post(&run, 400, rollback());
    // What takes 50 s to stop is given them, and what nobody can tell of is done again when a look says it is not so.
    bench.world.with(|world| world.faults.extend([None, None, Some(Fault::LostCall), Some(Fault::Slow(50))]));
    assert_eq!(bench.go(&mut run).await.unwrap(), RunEnd::Over(Ending::RolledBack), "{:?}", story(&run));
    assert_eq!(bench.world.value("start"), None);
}
