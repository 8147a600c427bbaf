use std::time::Duration;

use journal::{Holder, Phase, Run, RunFolder};
use runbook::Level;
use runbook::plan::{PlannedCheck, Settle};

use super::fixture::*;
use crate::CheckEnd;
use crate::memory::Turn;

/// A check of every situation a stop can meet.
fn bench() -> Bench {
    let settling = PlannedCheck {
        settle: Some(Settle { wait_out: Some("1h".into()), recheck: 1 }),
        ..planned("settling")
    };
    let mut bench = Bench::new()
        .asks("done", source("a"))
        .asks("hangs", source("b"))
        .check("wrong and hangs", Asks::Rounds(vec![vec![source("c"), source("b")]]))
        .check("next round", Asks::Rounds(vec![vec![source("b")], vec![source("d")]]))
        .asks("queued", source("e"))
        .asks("waits", verdict_of("hangs"))
        .check("half and waits", Asks::Rounds(vec![vec![source("a"), verdict_of("queued")]]))
        .check_as(settling, Asks::Rounds(vec![vec![source("c")]]));
    bench.options.parallel_per_side = 1;
    bench.world.answer(source("a"), ends(GOOD)).answer(source("c"), ends(BAD));
    bench
}

/// Starts a run and stops it after a minute, `times` times.
async fn stopped(bench: &Bench, times: u32) -> Run {
    let mut run = bench.start();
    let stop = bench.options.stop.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(60)).await;
        for _ in 0..times {
            stop.stop("SIGINT");
        }
    });
    assert_eq!(bench.go(&mut run).await.unwrap(), CheckEnd::Interrupted);
    run
}

#[tokio::test(start_paused = true)]
async fn an_interrupted_run_keeps_what_is_known_and_the_rest_is_unknown() {
    for (heeds, times) in [(true, 1), (false, 1), (false, 2)] {
        let bench = bench();
        bench.world.script(source("b"), [Turn::Hang { heeds }]);
        // Measured before b, which the single slot goes to next, since probes are begun in the order of the checks.
        let run = stopped(&bench, times).await;
        let state = verified(&run);
        assert_eq!(*state.phase(), Phase::Interrupted { by: "SIGINT".into() });
        assert_eq!(level(&state, "done"), Level::Green);
        for check in ["hangs", "next round", "queued", "waits", "half and waits", "settling"] {
            let why = why(&state, check);
            assert!(why.contains("interrupted") || why.contains("stopped"), "{check}: {why}");
        }
        assert_eq!(
            bench.world.count(&source("d")) + bench.world.count(&source("e")),
            0,
            "nothing new is begun"
        );
        // All of it fits, and it has no end.
        assert!(!journal::verify(run.folder()).unwrap().is_whole());
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_measured_wrong_before_the_stop_is_red() {
    let bench = Bench::new().check("both", Asks::Rounds(vec![vec![source("c"), source("b")]]));
    bench.world.answer(source("c"), ends(BAD)).script(source("b"), [Turn::Hang { heeds: true }]);
    assert_eq!(level(&verified(&stopped(&bench, 1).await), "both"), Level::Red);
}

#[tokio::test(start_paused = true)]
async fn a_part_handed_over_at_the_stop_is_kept_as_a_part() {
    let bench = Bench::new().asks("part", source("a"));
    let part = Turn::Part(ends(GOOD), "62 % measured: stopped".into());
    bench.world.script(source("a"), [Turn::After(Duration::from_secs(62), Box::new(part))]);
    assert!(why(&verified(&stopped(&bench, 1).await), "part").contains("62 % measured"));
}

#[tokio::test(start_paused = true)]
async fn a_stop_before_anything_began_measures_nothing() {
    let bench = bench();
    bench.options.stop.stop("SIGTERM");
    let mut run = bench.start();
    assert_eq!(bench.go(&mut run).await.unwrap(), CheckEnd::Interrupted);
    assert_eq!(bench.world.asked().len(), 0);
    assert!(why(&verified(&run), "done").contains("interrupted by SIGTERM"));
}

#[tokio::test(start_paused = true)]
async fn a_run_whose_process_is_gone_goes_on_where_it_was() {
    let bench = bench();
    bench.world.script(source("b"), [Turn::Hang { heeds: false }, Turn::Answer(ends(GOOD))]);
    bench.world.answer(source("d"), ends(GOOD)).answer(source("e"), ends(GOOD));
    let mut run = bench.start();
    let path = run.folder().path().to_owned();
    assert!(tokio::time::timeout(Duration::from_secs(60), bench.go(&mut run)).await.is_err());
    drop(run);
    let now = jiff::Timestamp::now();
    let mut run = Run::reopen(RunFolder::open(&path).unwrap(), Holder::this_process(now), now).unwrap();
    let before = run.state().verdict("orders", "done");
    assert_eq!(bench.go(&mut run).await.unwrap(), CheckEnd::Complete);
    let state = verified(&run);
    assert_eq!(state.verdict("orders", "done"), before, "a verdict is not given twice");
    for check in ["hangs", "next round", "queued", "waits", "half and waits"] {
        assert_eq!(level(&state, check), Level::Green, "{check}");
    }
    assert_eq!(level(&state, "wrong and hangs"), Level::Red);
}
