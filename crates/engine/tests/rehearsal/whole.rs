use engine::execute::RunEnd;
use journal::Ending;
use runbook::Side;

use crate::bench::{Bench, story};
use crate::runbooks;

/// Every shipped runbook goes to its end: what ran on the source runs on the target, at the exact positions, and the
/// source is closed for writing.
#[tokio::test(start_paused = true)]
async fn every_runbook_goes_to_its_end() {
    for name in runbooks::ALL {
        let plan = runbooks::plan(name);
        let bench = Bench::new(&plan);
        let mut run = bench.start(None).unwrap();
        let end = bench.go(&mut run).await.unwrap();
        assert_eq!(end, RunEnd::Over(Ending::Completed), "{name}\n{}", story(&run));
        println!("{name}: {} lines, {} calls", run.records(), bench.world.with(|state| state.calls));
        let held = bench.world.held();
        assert!(held.apps.keys().all(|(side, _)| *side == Side::Target), "{name}: {:?}", held.apps);
        for ((side, group), commits) in &held.commits {
            let source = &held.commits[&(Side::Source, group.clone())];
            assert_eq!(commits, source, "{name}: {group} on {side}");
        }
    }
}
