//! Any plan, any fault, a crash after any line.

use journal::{Ending, Event, Request};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::fixture::*;
use crate::execute::RunEnd;

#[derive(Clone, Debug)]
enum Kind {
    Sets,
    Once,
    Gate { good: bool },
    Check { good: bool },
    Wait { good: bool },
}

#[derive(Clone, Debug)]
struct Case {
    steps: Vec<(Kind, Vec<prop::sample::Index>, Json)>,
    faults: Vec<Option<Fault>>,
    blind: u32,
    crashes: Vec<(usize, bool)>,
}

fn way() -> impl Strategy<Value = Json> {
    prop_oneof![
        3 => Just(json!({})),
        1 => Just(json!({ "on_fail": "stand-down", "on_timeout": "stand-down", "on_unknown": "stand-down" })),
        1 => Just(json!({ "on_fail": { "rollback": "back" }, "on_timeout": { "rollback": "back" } })),
        1 => Just(json!({ "retry": { "max": 2, "backoff": "1s" } })),
        1 => Just(json!({ "timeout": { "attempt": "5s", "total": "30s" } })),
    ]
}

fn case() -> impl Strategy<Value = Case> {
    let good = || prop::bool::weighted(0.85);
    let kind = prop_oneof![
        5 => Just(Kind::Sets),
        1 => Just(Kind::Once),
        2 => good().prop_map(|good| Kind::Gate { good }),
        1 => good().prop_map(|good| Kind::Check { good }),
        1 => good().prop_map(|good| Kind::Wait { good }),
    ];
    let needs = prop::collection::vec(any::<prop::sample::Index>(), 0..3);
    let fault = prop_oneof![
        6 => Just(None),
        1 => Just(Some(Fault::LostAnswer)),
        1 => Just(Some(Fault::LostCall)),
        1 => Just(Some(Fault::Refused)),
        1 => (1..90_u64).prop_map(|seconds| Some(Fault::Slow(seconds))),
    ];
    (
        prop::collection::vec((kind, needs, way()), 1..8),
        prop::collection::vec(fault, 0..8),
        prop_oneof![4 => Just(0), 1 => 1..6_u32],
        prop::collection::vec((1..80_usize, any::<bool>()), 0..3),
    )
        .prop_map(|(steps, faults, blind, crashes)| Case { steps, faults, blind, crashes })
}

fn bench(case: &Case) -> Bench {
    let mut bench = Bench::new().check("good", "k", "v").check("bad", "k", "w");
    bench.world.with(|world| {
        world.values.insert("k".into(), "v".into());
        world.faults.extend(case.faults.iter().copied());
        world.blind = case.blind;
    });
    for (index, (kind, needs, with)) in case.steps.iter().enumerate() {
        let id = format!("s{index}");
        let needs: Vec<String> =
            needs.iter().filter(|_| index > 0).map(|need| format!("s{}", need.index(index))).collect();
        let needs: Vec<&str> = needs.iter().map(String::as_str).collect();
        let named = |good: &bool| if *good { "good" } else { "bad" };
        let mut with = with.clone();
        bench = match kind {
            Kind::Sets => bench.sets(&id, &needs, with),
            Kind::Once => bench.once(&id, &needs, with),
            Kind::Gate { good } => {
                with["require"] = json!({ "check": named(good) });
                bench.gate(&id, &needs, with)
            }
            Kind::Check { good } => {
                with["checks"] = json!([named(good)]);
                bench.step(step(&id, "check", &needs, with))
            }
            Kind::Wait { good } => {
                with["until"] = json!({ "check": named(good) });
                bench.step(step(&id, "wait", &needs, with))
            }
        };
    }
    bench
}

async fn holds(case: &Case) {
    let bench = bench(case);
    let before = bench.world.with(|world| world.values.clone());
    let mut crashes = case.crashes.iter();
    let mut run = match crashes.next() {
        Some((line, torn)) => bench.start_breaking(*line, *torn).unwrap(),
        None => bench.start(),
    };
    let mut releases = 0;
    let end = loop {
        match bench.go(&mut run).await {
            Err(_) => run = bench.reopen_breaking(run, crashes.next().copied()),
            // People go on twice, and then stand down.
            Ok(RunEnd::Held { .. }) => {
                run = bench.reopen(run);
                releases += 1;
                let request = match releases {
                    1 | 2 => Request::Resume { by: "ilse".into() },
                    _ => Request::StandDown { by: "ilse".into() },
                };
                run.folder().post(clock().wall, &request).unwrap();
            }
            Ok(RunEnd::Interrupted { .. }) => panic!("nobody interrupted it"),
            Ok(RunEnd::Over(ending)) => break ending,
        }
    };
    let story = story(&run);
    journal::verify(run.folder()).unwrap();
    bench.world.with(|world| {
        assert!(world.once.values().all(|count| *count == 1), "done more than once: {story:?}");
        match end {
            Ending::Completed => {
                for (index, (kind, ..)) in case.steps.iter().enumerate() {
                    let id = format!("s{index}");
                    match kind {
                        Kind::Sets => assert_eq!(world.values[&id], "done", "{story:?}"),
                        Kind::Once => assert_eq!(world.once[&id], 1),
                        Kind::Gate { good } | Kind::Check { good } => {
                            assert!(good, "{id} let it pass: {story:?}")
                        }
                        Kind::Wait { .. } => {}
                    }
                }
            }
            Ending::StoodDown | Ending::RolledBack => {
                assert_eq!(world.values, before, "{story:?}");
                assert!(world.once.is_empty(), "{story:?}");
            }
            Ending::Stuck => {
                let stuck: Vec<&str> = run.state().execution().stuck().map(|(id, _)| id).collect();
                assert!(!stuck.is_empty());
                for id in world.values.keys().filter(|key| *key != "k") {
                    assert!(stuck.contains(&id.as_str()), "{id} is left and not named: {story:?}");
                }
            }
        }
    });
    // Nothing goes forward after the turn.
    if let Some(turned) = story.iter().position(|told| told == "unwind-started") {
        assert!(!story[turned..].iter().any(|told| told.starts_with("command-started")));
    }
    let ended = Event::RunEnded { overall: runbook::Level::Unknown, exit: 0, ending: Some(end) };
    if let Err(error) = run.append(clock().wall, ended) {
        assert_ne!(error.code(), "CUT5006", "only the disk may be against it: {error}");
    }
}

/// `PROPTEST_CASES`, as the long campaigns set it.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(150)
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 500, ..ProptestConfig::with_cases(cases()) })]
    #[test]
    fn any_plan_with_any_fault_and_any_crash_comes_to_a_true_end(case in case()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(holds(&case));
    }
}
