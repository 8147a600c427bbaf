use std::collections::BTreeSet;

use engine::execute::RunEnd;
use journal::{Ending, Event, Run};
use runbook::plan::Plan;

use crate::bench::{Bench, story};
use crate::runbooks;

/// Lines taken of each runbook where not all are.
const SOME: usize = 3;

/// Lines behind gates that are taken in any case.
const BEHIND_GATES: usize = 8;

/// The lines behind each opened gate up to the first command: what has begun there has done nothing yet, and the gate closes
/// again.
fn behind_gates(run: &Run, plan: &Plan) -> Vec<usize> {
    let (mut lines, mut opened) = (Vec::new(), false);
    let is_gate = |id: &str| plan.step(id).is_some_and(|step| step.kind == "gate");
    run.folder()
        .read_each(|record, _| {
            opened = match &record.event {
                Event::StepEnded { step, .. } if is_gate(step) => true,
                Event::CommandStarted { .. } => false,
                _ => opened,
            };
            if opened && lines.len() < BEHIND_GATES {
                lines.push(usize::try_from(record.seq).unwrap() + 1);
            }
        })
        .unwrap();
    lines
}

/// The disk fails at a line of the journal, with half of the line written or nothing: the same run goes on to the same
/// end, and the world has seen the same effects in the same order.
pub async fn goes_on_after_a_crash(name: &str) {
    let plan = runbooks::plan(name);
    let whole = Bench::new(&plan);
    let mut run = whole.start(None).unwrap();
    assert_eq!(whole.go(&mut run).await.unwrap(), RunEnd::Over(Ending::Completed));
    let lines = usize::try_from(run.records()).unwrap();
    let effects = whole.world.with(|state| state.effects.clone());
    let all = crate::takes_all();
    let step = if all { 1 } else { lines / SOME };
    let some = (1..lines).skip(step / 2).step_by(step.max(1));
    let taken: BTreeSet<usize> = some.chain(behind_gates(&run, &plan)).collect();
    for line in taken {
        for torn in [false, true] {
            if !all && torn == line.is_multiple_of(2) {
                continue;
            }
            let bench = Bench::new(&plan);
            let Some(mut run) = bench.start(Some((line, torn))) else { continue };
            // A line shorter than before is where people answered sooner or later.
            if bench.go(&mut run).await.is_ok() {
                continue;
            }
            let mut run = bench.reopen(run);
            let end = bench.go(&mut run).await.unwrap();
            let what = format!("{name}, line {line} of {lines}, torn {torn}");
            assert_eq!(end, RunEnd::Over(Ending::Completed), "{what}\n{}", story(&run));
            assert_eq!(bench.world.held(), whole.world.held(), "{what}");
            assert_eq!(bench.world.with(|state| state.effects.clone()), effects, "{what}");
            journal::verify(run.folder()).unwrap();
        }
    }
}
