//! Of which units a condition speaks.

use std::time::Duration;

use engine::execute::RunEnd;
use journal::Ending;
use runbook::unit::Unit;
use serde_json::json;

use crate::fixture::*;
use crate::sides::Sides;

/// When a wait is over for which a topic is there that comes after 40 s.
async fn over_after(absent: &str, unit: Option<&str>) -> u64 {
    let until = json!({ "probe": "topics", "on": "target", "until": "exists" });
    let mut bench = Bench::new().step(step("w", "wait", &[], json!({ "until": until })));
    bench.plan.units.push(Unit { name: "payments".into(), topics: vec!["u".into()], ..Unit::default() });
    bench.plan.steps[0].unit = unit.map(str::to_owned);
    let world = Sides::of(&bench);
    world.with(|state| state.absent.insert(absent.to_owned()));
    let comes = world.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(40)).await;
        comes.with(|state| state.absent.clear());
    });
    let mut run = bench.start();
    assert_eq!(world.go(&bench, &mut run).await, RunEnd::Over(Ending::Completed));
    let wait = run.state().execution().step("w").unwrap();
    wait.ended.as_ref().unwrap().since(&wait.since)
}

#[tokio::test(start_paused = true)]
async fn a_wait_without_a_unit_waits_for_all_of_them() {
    // The first unit has `t`, the second `u`.
    for absent in ["t", "u"] {
        let took = over_after(absent, None).await;
        assert!((39_000..60_000).contains(&took), "{absent}: {took}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_wait_of_a_unit_waits_for_that_one() {
    assert!(over_after("t", Some("payments")).await < 5_000);
    assert!(over_after("u", Some("payments")).await >= 39_000);
}
