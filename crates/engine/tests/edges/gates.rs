//! Gates over what is not good: overridden, or allowed by `any`.

use std::time::Duration;

use engine::execute::RunEnd;
use journal::{Ending, Request};
use serde_json::{Value as Json, json};

use crate::fixture::*;

fn voice(role: &str, person: &str) -> Request {
    let (gate, role, person) = ("g".into(), role.into(), person.into());
    Request::Override { gate, role, person, reason: "INC-7".into() }
}

/// A gate at the commit point that asks nobody, and a step behind it; `bad` is red.
fn at_the_commit_point(with: Json) -> Bench {
    let mut bench = Bench::new()
        .check("good", "k", "v")
        .check("bad", "missing", "v")
        .gate("g", &[], with)
        .sets("a", &["g"], json!({}))
        .on_target()
        .commit_point("g", &["fence"]);
    bench.plan.steps[0].commit_point = true;
    bench.plan.steps[0].timeout_ms = Some(300_000);
    bench.world.with(|world| world.values.insert("k".into(), "v".into()));
    bench
}

fn entered(story: &[String], phase: &str) -> usize {
    story.iter().filter(|told| **told == format!("gate-entered g {phase}")).count()
}

/// It looks again before it opens, and finds what it was overridden for: nobody was asked, so no word is void.
#[tokio::test(start_paused = true)]
async fn one_that_asks_nobody_opens_when_it_is_overridden() {
    for hold in [Json::Null, json!({ "for": "30s", "every": "5s", "tolerate": 0 })] {
        let bench = at_the_commit_point(json!({ "require": { "check": "bad" }, "hold": hold }));
        let mut run = bench.start();
        let RunEnd::Held { why } = bench.go(&mut run).await.unwrap() else { panic!("it opened") };
        assert!(why.contains("bad is red"), "{why}");
        tokio::time::sleep(Duration::from_secs(1)).await;
        let both = [voice("conductor", "ilse"), voice("rollback_owner", "ana")];
        for request in both.into_iter().chain([Request::Resume { by: "ilse".into() }]) {
            run.folder().post(clock().wall, &request).unwrap();
        }
        let mut run = bench.reopen(run);
        let end = tokio::time::timeout(Duration::from_secs(120), bench.go(&mut run)).await;
        let story = story(&run);
        let Ok(end) = end else { panic!("it goes round in a circle: {story:?}") };
        assert_eq!(end.unwrap(), RunEnd::Over(Ending::Completed), "{story:?}");
        assert_eq!(bench.world.value("a").as_deref(), Some("done"));
        // Refused once, and opened once.
        assert_eq!(entered(&story, "measuring"), 2, "{story:?}");
        let opened = &run.state().execution().opened;
        assert_eq!(opened[0].by, "ilse as conductor and ana as rollback_owner");
    }
}

/// What `any` allows to be red is red when the gate looks again, too.
#[tokio::test(start_paused = true)]
async fn any_with_one_that_is_red_holds_and_opens() {
    let any = json!({ "any": [{ "check": "bad" }, { "check": "good" }] });
    for commit_point in [true, false] {
        let hold = json!({ "for": "30s", "every": "5s", "tolerate": 0 });
        let mut bench = at_the_commit_point(json!({ "require": any, "hold": hold }));
        if !commit_point {
            bench.plan.commit_point = None;
            bench.plan.steps[0].commit_point = false;
        }
        let mut run = bench.start();
        let end = tokio::time::timeout(Duration::from_secs(240), bench.go(&mut run)).await;
        let story = story(&run);
        let Ok(end) = end else { panic!("it goes round in a circle: {story:?}") };
        assert_eq!(end.unwrap(), RunEnd::Over(Ending::Completed), "{story:?}");
        assert_eq!(entered(&story, "holding"), 1, "{story:?}");
        let gate = run.state().execution().step("g").unwrap();
        let took = gate.ended.as_ref().unwrap().since(&gate.since);
        assert!((30_000..60_000).contains(&took), "{took}");
    }
}

/// And it holds: the one that is good may not turn red meanwhile.
#[tokio::test(start_paused = true)]
async fn any_of_which_none_is_left_opens_nothing() {
    let any = json!({ "any": [{ "check": "bad" }, { "check": "good" }] });
    let hold = json!({ "for": "30s", "every": "5s", "tolerate": 0 });
    let bench = at_the_commit_point(json!({ "require": any, "hold": hold, "timeout": { "total": "2m" } }));
    let world = bench.world.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(15)).await;
        world.with(|world| world.values.insert("k".into(), "another".into()));
    });
    let mut run = bench.start();
    let RunEnd::Held { why } = bench.go(&mut run).await.unwrap() else { panic!("it opened") };
    assert!(why.contains("is red"), "{why}");
    assert_eq!(bench.world.value("a"), None);
}
