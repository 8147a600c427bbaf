use engine::execute::RunEnd;
use journal::Ending;
use runbook::Side;

use crate::bench::{Bench, story};
use crate::runbooks;

/// A runbook goes to its end: what ran on the source runs on the target, and every group stands there where it stood.
pub async fn goes_to_its_end(name: &str) {
    let bench = Bench::new(&runbooks::plan(name));
    let mut run = bench.start(None).unwrap();
    let end = bench.go(&mut run).await.unwrap();
    assert_eq!(end, RunEnd::Over(Ending::Completed), "{name}\n{}", story(&run));
    journal::verify(run.folder()).unwrap();
    let held = bench.world.held();
    assert!(held.apps.keys().all(|(side, _)| *side == Side::Target), "{name}: {:?}", held.apps);
    for ((side, group), commits) in held.commits.iter().filter(|((side, _), _)| *side == Side::Source) {
        let target = &held.commits[&(Side::Target, group.clone())];
        assert!(commits.iter().all(|(at, held)| target[at] == *held), "{name}: {group} on {side}");
    }
}
