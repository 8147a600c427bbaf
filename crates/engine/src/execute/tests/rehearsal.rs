//! A run that is a part of a rehearsal goes back by itself, whoever conducts it.

use std::time::Duration;

use journal::{Ending, Request, Vote};
use runbook::plan::{Answers, Leg, PlannedCheck, Rehearsal};
use serde_json::json;

use super::fixture::*;
use crate::execute::RunEnd;

/// `stop` on the source, a commit point that is decided, `start` on the target, a check behind it.
fn leg(point: &str, answers: Answers) -> Bench {
    let mut bench = Bench::new()
        .check("good", "k", "v")
        .check("rehearsed", "nothing", "there")
        .sets("stop", &[], json!({}))
        .gate(
            "g",
            &["stop"],
            json!({
                "require": { "all": [{ "check": "good" }, { "check": "rehearsed" }] },
                "decide": { "role": "rollback_owner", "answer_within": "2m", "silence_is": "hold" },
            }),
        )
        .sets("start", &["g"], json!({}))
        .on_target()
        .step(step("m", "manual", &["start"], json!({ "timeout": { "total": "10m" } })))
        .sets("after", &["m"], json!({}))
        .commit_point("g", &["fence"]);
    // It is red, and it proves what this very rehearsal is to prove.
    bench.plan.checks[1] = PlannedCheck { kind: "rehearsal-covered".into(), ..bench.plan.checks[1].clone() };
    bench.plan.rehearsal = Some(Rehearsal {
        rollback_from: vec![point.into()],
        leg: Some(Leg { point: point.into(), plan: "back".into(), answers }),
        ..Rehearsal::default()
    });
    bench.world.with(|world| world.values.insert("k".into(), "v".into()));
    bench
}

fn turns(story: &[String]) -> usize {
    story.iter().filter(|told| *told == "unwind-started").count()
}

#[tokio::test(start_paused = true)]
async fn at_the_commit_point_it_goes_back_instead_of_opening_it() {
    let bench = leg("g", Answers::Rehearsal);
    let mut run = bench.start();
    assert_eq!(bench.go(&mut run).await.unwrap(), RunEnd::Over(Ending::RolledBack));
    let story = story(&run);
    assert!(
        !story.iter().any(|told| told == "step-ended g done" || told == "step-started start"),
        "{story:?}"
    );
    assert_eq!(turns(&story), 1);
    let execution = run.state().execution();
    assert!(!execution.crossed && execution.dirty.is_empty() && bench.world.value("stop").is_none());
}

#[tokio::test(start_paused = true)]
async fn behind_the_commit_point_it_goes_back_after_its_point_and_no_further() {
    let bench = leg("m", Answers::Rehearsal);
    let mut run = bench.start();
    assert_eq!(bench.go(&mut run).await.unwrap(), RunEnd::Over(Ending::RolledBack));
    let story = story(&run);
    assert!(story.contains(&"step-ended m done".to_owned()), "{story:?}");
    assert!(!story.contains(&"step-started after".to_owned()), "{story:?}");
    let execution = run.state().execution();
    assert!(execution.crossed && bench.world.value("stop").is_none() && bench.world.value("start").is_none());
}

#[tokio::test(start_paused = true)]
async fn people_are_asked_unless_the_rehearsal_answers_itself() {
    let bench = leg("g", Answers::People);
    let mut run = bench.start();
    // Silence: the gate does not open, and the rehearsal has not come to its point.
    let RunEnd::Held { why } = bench.go(&mut run).await.unwrap() else { panic!() };
    assert!(why.contains("no decision of rollback_owner"), "{why}");
    assert_eq!(turns(&story(&run)), 0);

    let bench = leg("g", Answers::People);
    let mut run = bench.start();
    let path = run.folder().path().to_owned();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(30)).await;
        let vote = Request::Vote {
            at: Some("g".into()),
            role: "rollback_owner".into(),
            person: "ana".into(),
            vote: Vote::Go,
            signature: None,
        };
        journal::RunFolder::open(&path).unwrap().post(clock().wall, &vote).unwrap();
    });
    assert_eq!(bench.go(&mut run).await.unwrap(), RunEnd::Over(Ending::RolledBack));
}

#[tokio::test(start_paused = true)]
async fn outside_a_rehearsal_its_proof_is_asked_for() {
    let mut bench = leg("g", Answers::Rehearsal);
    bench.plan.rehearsal.as_mut().unwrap().leg = None;
    let mut run = bench.start();
    let RunEnd::Held { why } = bench.go(&mut run).await.unwrap() else { panic!() };
    assert!(why.contains("rehearsed is red"), "{why}");
}

#[tokio::test(start_paused = true)]
async fn wherever_it_is_broken_off_it_comes_back_and_turns_once() {
    for point in ["g", "m"] {
        for line in 1..200 {
            let bench = leg(point, Answers::Rehearsal);
            let Some(mut run) = bench.start_breaking(line, line % 2 == 0) else { continue };
            let whole = bench.go(&mut run).await;
            if let Ok(end) = whole {
                assert_eq!(end, RunEnd::Over(Ending::RolledBack));
                break;
            }
            let mut run = bench.reopen(run);
            let end = bench.go(&mut run).await.unwrap();
            assert_eq!(end, RunEnd::Over(Ending::RolledBack), "{point}, line {line}: {:?}", story(&run));
            assert_eq!(turns(&story(&run)), 1, "{point}, line {line}");
            assert!(bench.world.value("stop").is_none(), "{point}, line {line}");
        }
    }
}
