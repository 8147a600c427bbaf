use engine::execute::RunEnd;
use journal::{Ending, Event, Request};

use crate::bench::{Bench, clock, story};
use crate::clusters::Fault;
use crate::runbooks;

const FAULTS: [Fault; 3] = [Fault::Refused, Fault::LostAnswer, Fault::LostCall];

/// Each command refused, its answer lost, the command itself lost: the run completes, or everything is as it was, or it
/// is held, and from there the way back leads to what was before. Without `REHEARSE=all` every second command fails,
/// in one of the three ways.
pub async fn fails_well(name: &str) {
    let plan = runbooks::plan(name);
    let whole = Bench::new(&plan);
    let mut run = whole.start(None).unwrap();
    whole.go(&mut run).await.unwrap();
    let calls = whole.world.with(|state| state.calls);
    let all = crate::takes_all();
    for call in 0..calls {
        for (number, fault) in FAULTS.into_iter().enumerate() {
            if all || call % 2 == 0 && call / 2 % 3 == number {
                one(name, call, fault).await;
            }
        }
    }
}

async fn one(name: &str, call: usize, fault: Fault) {
    let bench = Bench::new(&runbooks::plan(name));
    let before = bench.world.held();
    bench.world.with(|state| {
        state.faults = std::iter::repeat_n(None, call).chain([Some(fault)]).collect();
    });
    let mut run = bench.start(None).unwrap();
    let mut end = bench.go(&mut run).await.unwrap();
    let what = format!("{name}, call {call} {fault:?}");
    let committed =
        bench.plan.commit_point.as_ref().is_some_and(|gate| run.state().execution().is_passed(gate));
    if matches!(end, RunEnd::Held { .. }) && !committed {
        // Somebody decides to stand down.
        run = bench.reopen(run);
        run.append(clock().wall, Event::Requested { request: Request::StandDown { by: "ilse".into() } })
            .unwrap();
        run.append(clock().wall, Event::Released { by: "ilse".into() }).unwrap();
        end = bench.go(&mut run).await.unwrap();
        assert_eq!(end, RunEnd::Over(Ending::StoodDown), "{what}\n{}", story(&run));
    }
    journal::verify(run.folder()).unwrap();
    match end {
        RunEnd::Over(Ending::Completed) => {}
        RunEnd::Over(Ending::StoodDown | Ending::RolledBack) => {
            assert_eq!(bench.world.held(), before, "{what}\n{}", story(&run));
        }
        RunEnd::Held { .. } if committed => {}
        other => panic!("{what}: {other:?}\n{}", story(&run)),
    }
}
