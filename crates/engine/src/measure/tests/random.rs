use std::collections::BTreeMap;
use std::time::Duration;

use journal::{Event, Holder, Run, RunFolder, RunState};
use proptest::prelude::*;
use runbook::plan::{Budget, PlannedCheck, Settle};
use runbook::world::{Probe, Reason};
use runbook::{Level, Side};

use super::fixture::*;
use crate::memory::Turn;
use crate::{CheckEnd, StopHandle};

const PROBES: usize = 6;
const CHECKS: usize = 6;

fn probe(n: usize) -> Probe {
    match n {
        0..PROBES => [source(&format!("t{n}")), target(&format!("t{n}"))][n % 2].clone(),
        _ => verdict_of(&format!("check-{}", n - PROBES)),
    }
}

fn asks() -> impl Strategy<Value = Asks> {
    let probes = prop::collection::vec((0..PROBES + CHECKS).prop_map(probe), 0..4);
    prop_oneof![
        20 => prop::collection::vec(probes, 0..6).prop_map(Asks::Rounds),
        1 => Just(Asks::Endless),
        1 => Just(Asks::PanicsAsking),
        1 => Just(Asks::PanicsJudging),
    ]
}

fn turn() -> impl Strategy<Value = Turn> {
    let value = prop_oneof![3 => Just(GOOD), 1 => Just(MIDDLING), 1 => Just(BAD)];
    let now = prop_oneof![
        8 => value.clone().prop_map(|value| Turn::Answer(ends(value))),
        1 => value.prop_map(|value| Turn::Part(ends(value), "62 % measured".into())),
        1 => Just(Turn::Fail(Reason::Unreachable, "no broker answers".into())),
        1 => Just(Turn::Mistaken(source("elsewhere"), ends(GOOD))),
        1 => Just(Turn::Panic),
        1 => any::<bool>().prop_map(|heeds| Turn::Hang { heeds }),
    ];
    (0..20_u64, now).prop_map(|(seconds, turn)| match seconds {
        0..5 => turn,
        _ => Turn::After(Duration::from_secs(seconds), Box::new(turn)),
    })
}

#[derive(Clone, Debug)]
struct Case {
    checks: Vec<(Asks, bool, Option<u32>, Option<u64>)>,
    turns: Vec<Vec<Turn>>,
    parallel: usize,
    stop_after: Option<u64>,
    crash_after: Option<u64>,
}

fn case() -> impl Strategy<Value = Case> {
    let settle = prop::option::weighted(0.2, 1..4_u32);
    let budget = prop::option::weighted(0.2, 1..30_u64);
    let check = (asks(), prop::bool::weighted(0.95), settle, budget);
    (
        prop::collection::vec(check, 1..=CHECKS),
        prop::collection::vec(prop::collection::vec(turn(), 1..4), PROBES),
        1..4_usize,
        prop::option::weighted(0.4, 0..60_u64),
        prop::option::weighted(0.4, 0..60_u64),
    )
        .prop_map(|(checks, turns, parallel, stop_after, crash_after)| Case {
            checks,
            turns,
            parallel,
            stop_after,
            crash_after,
        })
}

fn bench(case: &Case) -> Bench {
    let mut bench = Bench::new().unit("accounts");
    for (n, (asks, built, recheck, budget)) in case.checks.iter().enumerate() {
        let planned = PlannedCheck {
            built: *built,
            settle: recheck.map(|recheck| Settle { wait_out: Some("7s".into()), recheck }),
            budget: budget.map(|s| Budget { time_ms: Some(s * 1_000), ..Budget::default() }),
            ..planned(&format!("check-{n}"))
        };
        bench = bench.check_as(planned, asks.clone());
    }
    for (n, turns) in case.turns.iter().enumerate() {
        bench.world.script(probe(n), turns.clone());
    }
    bench.options.parallel_per_side = case.parallel;
    bench.options.limits.time = Duration::from_secs(30);
    bench
}

/// What must hold after every single record, whatever comes after it.
fn sound(state: &RunState) -> Result<(), TestCaseError> {
    for (unit, check) in state.header().pairs() {
        let verdict = state.verdict(unit, check);
        if verdict.level < Level::Unknown {
            prop_assert!(!verdict.evidence.is_empty(), "{check} in {unit} is {} over nothing", verdict.level);
            for digest in &verdict.evidence {
                let seen = state.seen(digest);
                prop_assert!(seen.is_some_and(|seen| seen.partial.is_none()), "{check} rests on {seen:?}");
            }
        }
        prop_assert!(verdict.level != Level::Unknown || verdict.why.is_some());
    }
    Ok(())
}

/// Reads the whole journal, which must be sound at every record; counts the rounds of each probe.
fn read(run: &Run) -> Result<BTreeMap<Probe, usize>, TestCaseError> {
    let mut started = BTreeMap::new();
    let mut failed = Ok(());
    let reading = run.folder().read_each(|record, state| {
        if let Event::ProbeStarted { probe, .. } = &record.event {
            *started.entry(probe.clone()).or_default() += 1;
        }
        failed = failed.clone().and_then(|()| sound(state));
    });
    failed?;
    prop_assert_eq!(&reading.unwrap().state, run.state());
    prop_assert!(journal::verify(run.folder()).unwrap().unnamed.is_empty());
    Ok(started)
}

/// A green verdict was due: every probe the check asks is answered whole and good, always.
fn may_be_green(case: &Case, check: usize) -> bool {
    let (asks, built, ..) = &case.checks[check];
    let Asks::Rounds(rounds) = asks else { return false };
    let good = |n: usize| {
        case.turns[n].iter().any(|turn| {
            let mut turn = turn;
            while let Turn::After(_, then) = turn {
                turn = then;
            }
            matches!(turn, Turn::Answer(measured) if *measured == ends(GOOD))
        })
    };
    let measurable = (0..PROBES).filter(|n| rounds.iter().flatten().any(|p| *p == probe(*n)));
    *built && measurable.into_iter().all(good) && rounds.iter().flatten().next().is_some()
}

async fn drive(case: &Case) -> Result<(), TestCaseError> {
    let mut bench = bench(case);
    let mut run = bench.start();
    if let Some(seconds) = case.crash_after {
        let crash = tokio::time::timeout(Duration::from_secs(seconds), bench.go(&mut run)).await;
        read(&run)?;
        if crash.is_err() {
            let path = run.folder().path().to_owned();
            drop(run);
            let now = jiff::Timestamp::now();
            run = Run::reopen(RunFolder::open(&path).unwrap(), Holder::this_process(now), now).unwrap();
            bench.options.stop = StopHandle::new();
        }
    }
    if !run.state().is_complete() {
        if let Some(seconds) = case.stop_after {
            let stop = bench.options.stop.clone();
            tokio::spawn(async move {
                tokio::time::sleep(Duration::from_secs(seconds)).await;
                stop.stop("SIGINT");
            });
        }
        let end = tokio::time::timeout(Duration::from_secs(86_400), bench.go(&mut run)).await;
        prop_assert!(end.is_ok(), "the run has an end");
        if end.is_ok_and(|end| end.unwrap() == CheckEnd::Complete) {
            prop_assert!(run.state().is_complete());
        }
    }
    let started = read(&run)?;
    let rechecks = case.checks.iter().any(|(_, _, recheck, budget)| recheck.is_some() || budget.is_some());
    for n in 0..PROBES {
        let (asked, begun) = (bench.world.count(&probe(n)), started.get(&probe(n)).copied().unwrap_or(0));
        prop_assert!(asked <= begun, "nothing is measured without its intent");
        if !rechecks && case.crash_after.is_none() {
            prop_assert!(asked <= 1, "equal probes are measured once, not {asked} times");
        }
    }
    for side in Side::BOTH {
        prop_assert!(bench.world.most_at_once(side) <= case.parallel);
    }
    for n in 0..case.checks.len() {
        if run.state().verdict("orders", &format!("check-{n}")).level == Level::Green {
            prop_assert!(may_be_green(case, n), "check-{n} is green and cannot be");
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 250, max_shrink_iters: 2_000, ..ProptestConfig::default() })]

    /// Random plans, answers, failures, stops and crashes: every run ends, its journal is legal and sound at every
    /// record, equal probes are measured once, and nothing is green that was not measured good.
    #[test]
    fn no_plan_and_no_fault_makes_a_false_green(case in case()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(drive(&case))?;
    }
}
