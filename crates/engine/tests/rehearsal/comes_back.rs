use engine::execute::RunEnd;
use journal::Ending;
use runbook::Side;
use runbook::plan::Plan;

use crate::bench::{Bench, story};
use crate::clusters::Held;
use crate::runbooks;

/// Lines taken of each runbook where not all are.
const SOME: usize = 3;

fn bench(plan: &Plan, at: &'static str) -> Bench {
    let mut bench = Bench::new(plan);
    bench.back_at = Some(at);
    bench
}

/// Everything is as it was, but for what a way back past the commit point leaves on the target: the positions the groups
/// had there, and a fence.
fn as_before(held: Held, before: &Held, what: &str) {
    assert_eq!(held.apps, before.apps, "{what}");
    assert_eq!(held.settings, before.settings, "{what}");
    assert_eq!(held.acls[&Side::Source], before.acls[&Side::Source], "{what}");
    for (place, commits) in held.commits.iter().filter(|((side, _), _)| *side == Side::Source) {
        assert_eq!(commits, &before.commits[place], "{what}: {place:?}");
    }
    let denied = held.acls[&Side::Target].difference(&before.acls[&Side::Target]);
    assert!(
        denied.clone().all(|binding| format!("{:?}", binding.permission) == "Deny"),
        "{what}: {:?}",
        denied.collect::<Vec<_>>()
    );
}

/// A runbook is called back at a step past its commit point; and the same with a crash at a line of the way back.
pub async fn comes_back(name: &str, at: &'static str) {
    this_comes_back(&runbooks::plan(name), name, at).await;
}

async fn this_comes_back(plan: &Plan, name: &str, at: &'static str) {
    let whole = bench(plan, at);
    let before = whole.world.held();
    let mut run = whole.start(None).unwrap();
    let end = whole.go(&mut run).await.unwrap();
    assert_eq!(end, RunEnd::Over(Ending::RolledBack), "{name}\n{}", story(&run));
    as_before(whole.world.held(), &before, name);
    journal::verify(run.folder()).unwrap();
    let execution = run.state().execution();
    assert!(!execution.dirty.is_empty() && execution.authority.as_deref() == Some("source"), "{name}");
    assert!(!execution.followed.is_empty(), "{name}: nobody looked at the target");

    let mut turned = 0;
    run.folder()
        .read_each(|record, _| {
            if record.event.word() == "unwind-started" {
                turned = usize::try_from(record.seq).unwrap();
            }
        })
        .unwrap();
    let lines = usize::try_from(run.records()).unwrap();
    let step = if crate::takes_all() { 1 } else { (lines - turned) / SOME };
    for line in (turned..lines).skip(step / 2).step_by(step.max(1)) {
        let bench = bench(plan, at);
        let Some(mut run) = bench.start(Some((line, line % 2 == 0))) else { continue };
        // A line shorter than before is where people answered sooner or later.
        if bench.go(&mut run).await.is_ok() {
            continue;
        }
        let mut run = bench.reopen(run);
        let end = bench.go(&mut run).await.unwrap();
        let what = format!("{name}, line {line} of {lines}");
        assert_eq!(end, RunEnd::Over(Ending::RolledBack), "{what}\n{}", story(&run));
        as_before(bench.world.held(), &before, &what);
        journal::verify(run.folder()).unwrap();
    }
}

/// Before the producers move, where consumers write nothing aside: what grows on the target was copied.
#[tokio::test(start_paused = true)]
async fn consumers_first_before_the_producers() {
    let mut plan = runbooks::plan("consumers-first");
    for unit in &mut plan.units {
        unit.retry.clear();
        unit.dead_letter.clear();
    }
    // Nor is there a person behind the gate of whom nobody can tell what they started.
    plan.steps.retain(|step| step.id != "warm-cache");
    this_comes_back(&plan, "consumers-first", "soak-consumers").await;
}

/// The same where they write to retry and dead-letter topics: nobody can tell what grows there from what is copied, so
/// the source stays closed until somebody stops the flow.
#[tokio::test(start_paused = true)]
async fn consumers_that_write_aside_are_told_from_the_replicator_once_it_is_stopped() {
    let bench = bench(&runbooks::plan("consumers-first"), "soak-consumers");
    let before = bench.world.held();
    let mut run = bench.start(None).unwrap();
    let end = bench.go(&mut run).await.unwrap();
    let RunEnd::Held { why } = end else { panic!("{end:?}\n{}", story(&run)) };
    assert!(why.contains("stop-target timed out") && why.contains("written"), "{why}");
    let reads =
        |held: &Held| held.apps.get(&(Side::Source, "aws/settlement".to_owned())).copied().unwrap_or(0);
    assert_eq!((reads(&before), reads(&bench.world.held())), (12, 0), "nothing reads on the source");

    bench.world.with(|state| {
        let settings = state.held.settings.get_mut("source").unwrap();
        settings.insert("topics.exclude".to_owned(), ".*".to_owned());
    });
    let mut run = bench.reopen(run);
    let end = bench.go(&mut run).await.unwrap();
    assert_eq!(end, RunEnd::Over(Ending::RolledBack), "{}", story(&run));
    bench.world.with(|state| state.held.settings.get_mut("source").unwrap().remove("topics.exclude"));
    as_before(bench.world.held(), &before, "consumers-first");
}
