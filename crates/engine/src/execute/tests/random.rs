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
    /// The gate among the steps that is the commit point, by its place among them.
    commit: Option<prop::sample::Index>,
    /// Which of the steps work on the target.
    on_target: u8,
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
        prop::option::weighted(0.6, any::<prop::sample::Index>()),
        any::<u8>(),
    )
        .prop_map(|(steps, faults, blind, crashes, commit, on_target)| Case {
            steps,
            faults,
            blind,
            crashes,
            commit,
            on_target,
        })
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
        if case.on_target & (1 << index) != 0 {
            bench = bench.on_target();
        }
    }
    let gates: Vec<String> =
        bench.plan.steps.iter().filter(|step| step.kind == "gate").map(|step| step.id.clone()).collect();
    match &case.commit {
        Some(commit) if !gates.is_empty() => {
            let gate = gates[commit.index(gates.len())].clone();
            bench.commit_point(&gate, &BETWEEN)
        }
        _ => bench,
    }
}

/// Steps of the way back past the commit point.
const BETWEEN: [&str; 2] = ["x", "y"];

/// Past the commit point the source is opened only when the plan back is done, and the target closed before it begins.
fn in_order(bench: &Bench, story: &[String]) {
    let Some(gate) = &bench.plan.commit_point else { return };
    let of_target = |id: &str| {
        let step = bench.plan.step(id).unwrap();
        let there =
            if step.kind == "exec" { step.on != Some(runbook::Side::Source) } else { step.on.is_some() };
        there && bench.plan.comes_after(id, gate)
    };
    let begun = story.iter().position(|told| told.starts_with("step-started back/x"));
    let done = story.iter().rposition(|told| told == "step-ended back/y done");
    for (place, told) in story.iter().enumerate() {
        let Some(id) = told.strip_prefix("undo-started ") else { continue };
        if of_target(id) {
            assert!(begun.is_none_or(|begun| place < begun), "{id} came too late: {story:?}");
        } else {
            assert!(done.is_some_and(|done| place > done), "{id} came too early: {story:?}");
        }
    }
}

/// Whether the commit point is passed, so that nobody can stand down any more.
fn is_past(bench: &Bench, run: &journal::Run) -> bool {
    let execution = run.state().execution();
    bench.plan.commit_point.as_ref().is_some_and(|gate| execution.is_passed(gate))
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
                    _ if is_past(&bench, &run) => Request::Rollback { plan: None, by: "ilse".into() },
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
                let mut values = world.values.clone();
                if run.state().execution().crossed {
                    for key in BETWEEN {
                        assert_eq!(values.remove(key).as_deref(), Some("done"), "{story:?}");
                    }
                }
                assert_eq!(values, before, "{story:?}");
                assert!(world.once.is_empty(), "{story:?}");
            }
            Ending::Stuck => {
                let stuck: Vec<&str> = run.state().execution().stuck().map(|(id, _)| id).collect();
                assert!(!stuck.is_empty());
                let of_back = |key: &String| BETWEEN.contains(&key.as_str());
                for id in world.values.keys().filter(|key| *key != "k" && !of_back(key)) {
                    assert!(stuck.contains(&id.as_str()), "{id} is left and not named: {story:?}");
                }
            }
        }
    });
    // Nothing goes forward after the turn.
    if let Some(turned) = story.iter().position(|told| told == "unwind-started") {
        let forward = |told: &String| told.starts_with("command-started") && !told.contains("back/");
        assert!(!story[turned..].iter().any(forward), "{story:?}");
    }
    if run.state().execution().crossed {
        in_order(&bench, &story);
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
