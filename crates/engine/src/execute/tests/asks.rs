//! A budget that is used up past the commit point asks, and the run goes on meanwhile.

use journal::{Ending, Request, Vote};
use runbook::plan::{SpanBudget, Way};
use serde_json::json;

use super::fixture::*;
use crate::execute::RunEnd;

/// `consumers` is set behind the commit point, `m` is waited for, `producers` ends the budget's span.
fn exceeded(after: &str) -> Bench {
    let mut bench = Bench::new()
        .check("good", "k", "v")
        .sets("stop", &[], json!({}))
        .gate("point", &["stop"], requires("good"))
        .sets("consumers", &["point"], json!({}))
        .on_target()
        .step(step("m", "manual", &["consumers"], json!({ "timeout": { "total": "10m" } })))
        .sets("producers", &["m"], json!({}))
        .on_target()
        .commit_point("point", &["fence"]);
    bench.world.with(|world| world.values.insert("k".into(), "v".into()));
    bench.plan.budgets.push(SpanBudget {
        name: "stall".into(),
        from: "stop".into(),
        to: "producers".into(),
        warn_ms: None,
        max_ms: 20_000,
        before_commit_point: Way::StandDown,
        after: after.into(),
    });
    bench
}

fn done() -> Request {
    Request::Done { step: "m".into(), facts: Default::default(), by: "ilse".into() }
}

fn says(vote: Vote) -> Request {
    let (at, role, person) = (Some("stall".into()), "rollback_owner".into(), "ana".into());
    Request::Vote { at, role, person, vote, signature: None }
}

#[tokio::test(start_paused = true)]
async fn who_is_asked_decides_and_the_run_goes_on_meanwhile() {
    for (vote, ending) in [
        (None, Ending::Completed),
        (Some(Vote::Go), Ending::Completed),
        (Some(Vote::NoGo), Ending::RolledBack),
    ] {
        let bench = exceeded("ask");
        let mut run = bench.start();
        // Said before it asks, it counts nowhere.
        post(&run, 5, says(Vote::NoGo));
        if let Some(vote) = vote {
            post(&run, 40, says(vote));
        }
        post(&run, 60, done());
        assert_eq!(bench.go(&mut run).await.unwrap(), RunEnd::Over(ending), "{vote:?}");
        let warnings = &run.state().execution().warnings;
        assert!(warnings.iter().any(|(_, about, _)| about == "budget stall exceeded"));
        assert!(warnings.iter().any(|(_, _, why)| why.contains("stall does not ask now")), "{warnings:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_budget_that_holds_holds() {
    let RunEnd::Held { why } = exceeded("hold").run().await.0 else { panic!() };
    assert!(why.contains("budget stall exceeded"), "{why}");
}
