use std::time::Duration;

use runbook::Level;
use runbook::plan::{Budget, PlannedCheck};

use super::fixture::*;
use crate::memory::Turn;

fn within(id: &str, budget: Budget) -> PlannedCheck {
    PlannedCheck { budget: Some(budget), ..planned(id) }
}

fn slowly(seconds: u64, turn: Turn) -> Turn {
    Turn::After(Duration::from_secs(seconds), Box::new(turn))
}

#[tokio::test(start_paused = true)]
async fn a_check_that_runs_out_of_time_is_unknown_and_who_allows_more_gets_the_answer() {
    let budget = || Budget { time_ms: Some(10_000), ..Budget::default() };
    let bench = Bench::new()
        .check_as(within("hasty", budget()), Asks::Rounds(vec![vec![source("a")]]))
        .asks("patient", source("a"))
        .check_as(within("alone", budget()), Asks::Rounds(vec![vec![source("b")]]));
    bench.world.script(source("a"), [slowly(60, Turn::Answer(ends(GOOD)))]);
    bench.world.script(source("b"), [Turn::Hang { heeds: true }]);
    let state = bench.run().await;
    let hasty = why(&state, "hasty");
    assert!(
        hasty.contains("time budget of 10 s is used up: waited for log ends of 1 topics on source"),
        "{hasty}"
    );
    assert_eq!(level(&state, "patient"), Level::Green);
    assert_eq!(bench.world.count(&source("a")), 1);
    assert!(why(&state, "alone").contains("timed out after 10 s: stopped at 3 of 7 partitions"));
}

#[tokio::test(start_paused = true)]
async fn the_time_budget_covers_all_rounds_of_a_check() {
    let budget = Budget { time_ms: Some(10_000), ..Budget::default() };
    let rounds = (0..4).map(|n| vec![source(&format!("t{n}"))]).collect();
    let bench = Bench::new().check_as(within("rounds", budget), Asks::Rounds(rounds));
    for n in 0..4 {
        bench.world.script(source(&format!("t{n}")), [slowly(4, Turn::Answer(ends(GOOD)))]);
    }
    let state = bench.run().await;
    why(&state, "rounds");
    let times: Vec<u64> = bench.world.asked().iter().map(|(_, limits)| limits.time.as_secs()).collect();
    assert_eq!(times, [10, 6, 2]);
}

#[tokio::test(start_paused = true)]
async fn an_answer_cut_short_by_a_smaller_budget_is_measured_again_for_who_allows_more() {
    let small = Budget { read_bytes: Some(1_000), ..Budget::default() };
    let bench = Bench::new()
        .check_as(within("small", small), Asks::Rounds(vec![vec![source("a")]]))
        .check("large", Asks::Rounds(vec![vec![source("first")], vec![source("a")]]));
    bench.world.script(
        source("a"),
        [Turn::Part(ends(GOOD), "read budget used up".into()), Turn::Answer(ends(GOOD))],
    );
    bench.world.script(source("first"), [slowly(5, Turn::Answer(ends(GOOD)))]);
    let state = bench.run().await;
    assert!(why(&state, "small").contains("read budget used up"));
    assert_eq!(level(&state, "large"), Level::Green);
    let reads: Vec<Option<u64>> =
        bench.world.asked().iter().filter(|(p, _)| *p == source("a")).map(|(_, l)| l.read).collect();
    assert_eq!(reads, [Some(1_000), None]);
}

#[tokio::test(start_paused = true)]
async fn what_is_wrong_stays_red_when_the_budget_ends() {
    let budget = Budget { time_ms: Some(10_000), ..Budget::default() };
    let bench =
        Bench::new().check_as(within("both", budget), Asks::Rounds(vec![vec![source("a"), source("b")]]));
    bench.world.answer(source("a"), ends(BAD));
    bench.world.script(source("b"), [Turn::Hang { heeds: false }]);
    assert_eq!(level(&bench.run().await, "both"), Level::Red);
}

#[tokio::test(start_paused = true)]
async fn budgets_and_waits_without_measure_do_not_overflow() {
    let endless = Budget { time_ms: Some(u64::MAX), ..Budget::default() };
    let exec = runbook::Probe::Exec { argv: vec!["x".into()], env: Default::default(), timeout_ms: u64::MAX };
    let bench = Bench::new().check_as(within("one", endless), Asks::Rounds(vec![vec![source("a"), exec]]));
    bench.world.answer(source("a"), ends(GOOD));
    why(&bench.run().await, "one");
}
