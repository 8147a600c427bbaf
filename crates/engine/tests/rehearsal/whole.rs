use engine::execute::RunEnd;
use journal::{Ending, Run};
use runbook::Side;
use runbook::verdict::scorecard;

use crate::bench::{Bench, story};
use crate::runbooks;

/// A runbook goes to its end: what ran on the source runs on the target, and every group stands there where it stood.
pub async fn goes_to_its_end(name: &str) {
    let bench = Bench::new(&runbooks::plan(name));
    let mut run = bench.start(None).unwrap();
    let end = bench.go(&mut run).await.unwrap();
    assert_eq!(end, RunEnd::Over(Ending::Completed), "{name}\n{}", story(&run));
    journal::verify(run.folder()).unwrap();
    assert_eq!(
        not_measured_since(&run),
        Vec::<String>::new(),
        "{name}: what nobody measured once it was due cannot be signed"
    );
    let held = bench.world.held();
    assert!(held.apps.keys().all(|(side, _)| *side == Side::Target), "{name}: {:?}", held.apps);
    for ((side, group), commits) in held.commits.iter().filter(|((side, _), _)| *side == Side::Source) {
        let target = &held.commits[&(Side::Target, group.clone())];
        assert!(commits.iter().all(|(at, held)| target[at] == *held), "{name}: {group} on {side}");
    }
}

/// Checks that count at the end, with a measurement from before they did.
fn not_measured_since(run: &Run) -> Vec<String> {
    let state = run.state();
    let card = scorecard::build(&scorecard::Input {
        plan: &state.header().plan,
        run: "run",
        runbook: "runbook.yaml",
        again: scorecard::Again::default(),
        judgements: &state.verdicts(),
        acceptances: &state.acceptances(),
        progress: &state.progress(),
        now: state.latest_at(),
        partial: false,
        signable: true,
    });
    let checks = card.units.iter().flat_map(|unit| &unit.dimensions).flat_map(|dimension| &dimension.checks);
    let old =
        checks.filter(|cell| cell.why.as_ref().is_some_and(|why| why.starts_with("not measured since")));
    old.map(|cell| cell.check.clone()).collect()
}
