//! A watch says how it stands at its end.

use std::time::Duration;

use engine::execute::RunEnd;
use journal::{Ending, Run};
use serde_json::{Value as Json, json};

use crate::fixture::*;
use crate::sides::Sides;

fn watches(with: Json) -> Bench {
    let bench = Bench::new().check("good", "k", "v").step(step("w", "watch", &[], with));
    bench.world.with(|world| world.values.insert("k".into(), "v".into()));
    bench
}

fn turns_red(bench: &Bench, after: u64) {
    let world = bench.world.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(after)).await;
        world.with(|world| world.values.insert("k".into(), "another".into()));
    });
}

fn took(run: &Run) -> u64 {
    let watch = run.state().execution().step("w").unwrap();
    watch.ended.as_ref().unwrap().since(&watch.since)
}

/// An older runbook may say how often it looks: what turns red between two looks is seen all the same.
#[tokio::test(start_paused = true)]
async fn what_turns_red_shortly_before_its_end_is_seen() {
    for every in [Json::Null, json!("1m")] {
        let with = json!({ "checks": ["good"], "for": "90s", "every": every });
        let bench = watches(with.clone());
        turns_red(&bench, 70);
        let RunEnd::Held { why } = bench.run().await.0 else { panic!("every {every}") };
        assert!(why.contains("good is red"), "{why}");
        let bench = watches(with);
        let mut run = bench.start();
        assert_eq!(bench.go(&mut run).await.unwrap(), RunEnd::Over(Ending::Completed));
        assert!((90_000..95_000).contains(&took(&run)), "{}", took(&run));
    }
}

/// The last look is under way when its time is over: what was seen before says nothing of the end.
#[tokio::test(start_paused = true)]
async fn a_verdict_from_long_before_its_end_is_not_its_end() {
    for red in [true, false] {
        let bench = watches(json!({ "checks": ["good"], "for": "30s" }));
        let world = Sides::of(&bench);
        let slow = world.clone();
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_secs(11)).await;
            slow.with(|state| state.slow = 40);
        });
        if red {
            turns_red(&bench, 20);
        }
        let mut run = bench.start();
        match world.go(&bench, &mut run).await {
            RunEnd::Over(Ending::Completed) => assert!(!red),
            RunEnd::Held { why } => assert!(red && why.contains("good is red"), "{why}"),
            other => panic!("{other:?}"),
        }
        assert!(took(&run) > 60_000, "it waits for a look that began in its last seconds: {}", took(&run));
    }
}

#[tokio::test(start_paused = true)]
async fn what_nobody_can_see_at_its_end_is_no_good_end() {
    let bench = watches(json!({ "checks": ["good"], "for": "30s" }));
    let world = bench.world.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(20)).await;
        world.with(|world| world.blind = 10_000);
    });
    let RunEnd::Held { why } = bench.run().await.0 else { panic!("it ended well") };
    assert!(why.contains("good is unknown"), "{why}");
}
