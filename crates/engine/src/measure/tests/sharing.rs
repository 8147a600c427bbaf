use std::time::Duration;

use runbook::{Level, Probe, Side};

use super::fixture::*;
use crate::memory::Turn;
use crate::{RunError, select};

#[tokio::test(start_paused = true)]
async fn equal_probes_are_measured_once_over_all_checks_and_units() {
    let bench = Bench::new()
        .unit("accounts")
        .asks("one", source("a"))
        .check("two", Asks::Rounds(vec![vec![source("b")], vec![source("a"), target("a")]]))
        .asks("three", source("a"));
    for probe in [source("a"), source("b"), target("a")] {
        bench.world.answer(probe, ends(GOOD));
    }
    let state = bench.run().await;
    for probe in [source("a"), source("b"), target("a")] {
        assert_eq!(bench.world.count(&probe), 1, "{}", probe.title());
    }
    for (unit, check) in [("orders", "one"), ("accounts", "two"), ("accounts", "three")] {
        assert_eq!(state.verdict(unit, check).level, Level::Green);
    }
    let (one, three) = (state.verdict("orders", "one"), state.verdict("accounts", "three"));
    assert_eq!(one.evidence, three.evidence);
}

#[tokio::test(start_paused = true)]
async fn measurements_of_one_cluster_are_bounded_and_the_bound_is_used() {
    let mut bench = Bench::new();
    bench.options.parallel_per_side = 3;
    let mut probes: Vec<Probe> = Vec::new();
    for n in 0..12 {
        let topic = format!("t{n}");
        probes.extend([source(&topic), target(&topic)]);
        probes.push(Probe::Positions {
            group: topic,
            topics: vec![],
            isolation: Default::default(),
            without: vec![],
            begins: None,
        });
    }
    for probe in &probes {
        bench
            .world
            .script(probe.clone(), [Turn::After(Duration::from_secs(1), Box::new(Turn::Answer(ends(1))))]);
    }
    let bench = bench.check("all", Asks::Rounds(vec![probes.clone()]));
    bench.run().await;
    for side in Side::BOTH {
        assert_eq!(bench.world.most_at_once(side), 3);
    }
    assert!(probes.iter().all(|probe| bench.world.count(probe) == 1));
}

#[tokio::test(start_paused = true)]
async fn a_measurement_of_both_clusters_is_not_overtaken_for_ever() {
    let mut bench = Bench::new();
    bench.options.parallel_per_side = 1;
    let slow = |seconds| Turn::After(Duration::from_secs(seconds), Box::new(Turn::Answer(ends(1))));
    let both = Probe::Positions {
        group: "g".into(),
        topics: vec![],
        isolation: Default::default(),
        without: vec![],
        begins: None,
    };
    bench.world.script(source("a"), [slow(5)]).script(both.clone(), [slow(1)]);
    let mut bench = bench.asks("a", source("a")).asks("b", both.clone());
    for n in 0..5 {
        let topic = format!("t{n}");
        bench.world.script(target(&topic), [slow(3)]);
        bench = bench.asks(&topic, target(&topic));
    }
    bench.run().await;
    let order: Vec<Probe> = bench.world.asked().into_iter().map(|(probe, _)| probe).collect();
    assert_eq!(order[..2], [source("a"), both], "targets wait behind the measurement of both");
}

#[tokio::test(start_paused = true)]
async fn only_what_was_asked_for_is_measured_and_the_rest_says_so() {
    let mut bench = Bench::new().asks("one", source("a")).asks("two", source("b"));
    bench.world.answer(source("a"), ends(GOOD));
    bench.selection = select(&bench.plan, &[], &["one".into()]).unwrap();
    let state = bench.run().await;
    assert_eq!((bench.world.count(&source("a")), bench.world.count(&source("b"))), (1, 0));
    assert_eq!(level(&state, "one"), Level::Green);
    assert!(why(&state, "two").contains("not asked for"));
    assert!(state.header().selection.is_partial());
}

#[test]
fn a_name_the_plan_does_not_have_is_refused_with_those_it_has() {
    let bench = Bench::new().asks("one", source("a"));
    let error = select(&bench.plan, &["payments".into()], &[]).unwrap_err();
    assert_eq!(error.code(), "CUT5101");
    assert_eq!(error.to_string(), "the plan has no unit `payments`; it has orders");
    assert!(select(&bench.plan, &[], &["two".into()]).is_err());
    assert!(select(&bench.plan, &["orders".into()], &["one".into()]).unwrap().is_partial());
    assert!(!select(&bench.plan, &[], &[]).unwrap().is_partial());
}

#[tokio::test]
async fn a_run_without_any_check_is_refused() {
    let bench = Bench::new();
    let error = bench.go(&mut bench.start()).await.unwrap_err();
    assert!(matches!(error, RunError::NothingToCheck(_)), "{error}");
    let mut bench = Bench::new().unit("accounts").asks("one", source("a"));
    bench.plan.checks[0].units = vec!["accounts".into()];
    bench.selection = select(&bench.plan, &["orders".into()], &[]).unwrap();
    let error = bench.go(&mut bench.start()).await.unwrap_err();
    assert_eq!(error.code(), "CUT5102");
}

#[tokio::test(start_paused = true)]
async fn a_check_may_ask_again_after_an_answer_but_not_for_ever() {
    let rounds: Vec<Vec<Probe>> = (0..4).map(|n| vec![source(&format!("t{n}"))]).collect();
    let bench = Bench::new().check("four", Asks::Rounds(rounds)).check("endless", Asks::Endless);
    for n in 0..10 {
        bench.world.answer(source(&format!("t{n}")), ends(GOOD));
    }
    let state = bench.run().await;
    assert_eq!(level(&state, "four"), Level::Green);
    assert!(why(&state, "endless").contains("not measured"));
    assert_eq!(bench.world.count(&source("t4")), 0);
}
