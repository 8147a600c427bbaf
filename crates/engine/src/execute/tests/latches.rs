//! Gates do not latch: what opened one is measured anew when nobody looked for a while.

use std::time::Duration;

use journal::{Ending, Event, Request, Run};
use serde_json::json;

use super::fixture::*;
use crate::execute::RunEnd;

/// A gate, and a person who is waited for before anything is done behind it.
fn bench() -> Bench {
    let bench = Bench::new()
        .check("good", "k", "v")
        .gate("g", &[], requires("good"))
        .step(step("m", "manual", &["g"], json!({ "timeout": { "total": "10m" } })))
        .sets("a", &["m"], json!({}));
    bench.world.with(|world| world.values.insert("k".into(), "v".into()));
    bench
}

fn done() -> Request {
    Request::Done { step: "m".into(), facts: Default::default(), by: "ilse".into() }
}

fn turns_red(bench: &Bench, after: u64) {
    let world = bench.world.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(after)).await;
        world.with(|world| world.values.insert("k".into(), "another".into()));
    });
}

fn closed(run: &Run) -> Vec<String> {
    let mut closed = Vec::new();
    run.folder()
        .read_each(|record, _| {
            if let Event::GatesClosed { gates, why } = &record.event {
                closed.push(format!("{}: {why}", gates.join(",")));
            }
        })
        .unwrap();
    closed
}

#[tokio::test(start_paused = true)]
async fn after_a_hold_a_gate_that_nothing_used_is_measured_again() {
    for red in [true, false] {
        let bench = bench();
        let mut run = bench.start();
        if red {
            turns_red(&bench, 60);
        }
        post(&run, 30, Request::Hold { by: "ilse".into() });
        post(&run, 7_200, Request::Resume { by: "ana".into() });
        post(&run, 7_230, done());
        let end = bench.go(&mut run).await.unwrap();
        assert_eq!(closed(&run), ["g: the run was held since they opened"]);
        match red {
            true => assert!(matches!(&end, RunEnd::Held { why } if why.contains("good is red")), "{end:?}"),
            false => assert_eq!(end, RunEnd::Over(Ending::Completed)),
        }
        assert_eq!(bench.world.value("a").is_some(), !red);
    }
}

#[tokio::test(start_paused = true)]
async fn after_a_sleep_a_gate_that_nothing_used_is_measured_again() {
    for (slept, closes) in [(7_200, true), (20, false)] {
        let bench = bench();
        let mut run = bench.start();
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_secs(30)).await;
            sleeps(slept);
        });
        post(&run, 60, done());
        assert_eq!(bench.go(&mut run).await.unwrap(), RunEnd::Over(Ending::Completed));
        let closed = closed(&run);
        assert_eq!(closed.len(), usize::from(closes), "{closed:?}");
        assert!(closed.iter().all(|told| told.starts_with("g: this process stood still for")), "{closed:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_gate_that_was_used_stays_open_through_hold_and_sleep() {
    // `a` is set behind the gate, and then somebody is waited for; a call that is under way uses it as well.
    for slow in [false, true] {
        let bench = Bench::new()
            .check("good", "k", "v")
            .gate("g", &[], requires("good"))
            .sets("a", &["g"], json!({}))
            .step(step("m", "manual", &["a"], json!({ "timeout": { "total": "10m" } })));
        bench.world.with(|world| {
            world.values.insert("k".into(), "v".into());
            world.faults.push_back(slow.then_some(Fault::Slow(50)));
        });
        let mut run = bench.start();
        turns_red(&bench, 10);
        post(&run, 20, Request::Hold { by: "ilse".into() });
        post(&run, 25, Request::Resume { by: "ana".into() });
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_secs(30)).await;
            sleeps(7_200);
        });
        post(&run, 90, done());
        assert_eq!(bench.go(&mut run).await.unwrap(), RunEnd::Over(Ending::Completed), "{slow}");
        assert!(closed(&run).is_empty(), "{slow}");
    }
}
