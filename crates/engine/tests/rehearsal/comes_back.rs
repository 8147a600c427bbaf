use engine::execute::RunEnd;
use journal::Ending;
use runbook::Side;

use crate::bench::{Bench, story};
use crate::clusters::Held;
use crate::runbooks;

/// Lines taken of each runbook where not all are.
const SOME: usize = 3;

fn bench(name: &str, at: &'static str) -> Bench {
    let mut bench = Bench::new(&runbooks::plan(name));
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
    let whole = bench(name, at);
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
        let bench = bench(name, at);
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
