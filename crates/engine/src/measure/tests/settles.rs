use journal::Event;
use runbook::Level;
use runbook::plan::{PlannedCheck, Settle};
use runbook::unit::Unit;
use runbook::world::{Measured, PartitionProgress, Probe, Reason, ReplicationSeen};
use tokio::time::Instant;

use super::fixture::*;
use crate::limits;
use crate::memory::Turn;

fn settling(wait_out: Option<&str>, recheck: u32) -> PlannedCheck {
    PlannedCheck { settle: Some(Settle { wait_out: wait_out.map(str::to_owned), recheck }), ..planned("one") }
}

fn bench(wait_out: Option<&str>, recheck: u32, turns: impl IntoIterator<Item = Turn>) -> Bench {
    let bench = Bench::new().check_as(settling(wait_out, recheck), Asks::Rounds(vec![vec![source("a")]]));
    bench.world.script(source("a"), turns);
    bench
}

fn answers(values: &[i64]) -> Vec<Turn> {
    values.iter().map(|value| Turn::Answer(ends(*value))).collect()
}

#[tokio::test(start_paused = true)]
async fn a_bad_result_counts_only_if_it_persists() {
    for (values, recheck, expected, looks) in [
        (vec![BAD, BAD, GOOD], 3, Level::Green, 3),
        (vec![BAD, BAD, BAD, BAD, GOOD], 3, Level::Red, 4),
        (vec![BAD, MIDDLING], 1, Level::Yellow, 2),
        (vec![GOOD], 3, Level::Green, 1),
        (vec![BAD, GOOD], 0, Level::Red, 1),
    ] {
        let bench = bench(Some("90s"), recheck, answers(&values));
        let start = Instant::now();
        let state = bench.run().await;
        assert_eq!((level(&state, "one"), bench.world.count(&source("a"))), (expected, looks), "{values:?}");
        assert_eq!(start.elapsed().as_secs(), 90 * (looks as u64 - 1));
        assert_eq!(state.judged("orders", "one").unwrap().before.len(), looks - 1);
        assert_eq!(state.probes()[&source("a")].round, looks as u32);
    }
}

#[tokio::test(start_paused = true)]
async fn a_recheck_that_sees_nothing_does_not_wash_red_away() {
    let blind = || Turn::Fail(Reason::Unreachable, "no broker answers".into());
    let state = bench(None, 2, [Turn::Answer(ends(BAD)), blind()]).run().await;
    assert_eq!(level(&state, "one"), Level::Red);
    assert!(!state.verdict("orders", "one").evidence.is_empty());
    let state = bench(None, 2, [blind(), Turn::Answer(ends(GOOD))]).run().await;
    assert_eq!(level(&state, "one"), Level::Green, "what could not be seen at first is seen now");
    let state = bench(None, 2, [Turn::Answer(ends(BAD)), Turn::Answer(ends(MIDDLING)), blind()]).run().await;
    why(&state, "one");
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_cannot_be_understood_is_not_waited() {
    let state = bench(Some("a while"), 3, answers(&[BAD, GOOD])).run().await;
    assert_eq!(level(&state, "one"), Level::Red);
}

fn replication(bench: &Bench) -> Probe {
    let unit: &Unit = &bench.plan.units[0];
    Probe::Replication {
        replicator: bench.plan.replicator.clone(),
        topics: unit.all_topics(),
        over_ms: limits::REPLICATION_OVER_MS,
    }
}

fn progress(position_later: i64) -> Turn {
    let partition = PartitionProgress {
        topic: "t".into(),
        partition: 0,
        source_log_start: 0,
        source_lso: 100,
        source_high_watermark: 100,
        position: None,
        position_later: Some(position_later),
        source_lso_later: 500,
        behind: 400,
        target_end: None,
        target_end_later: None,
    };
    Turn::Answer(Measured::Replication(ReplicationSeen {
        partitions: vec![partition],
        heartbeat_age_ms: None,
        tasks: Vec::new(),
        position_from: "target-ends".into(),
    }))
}

#[tokio::test(start_paused = true)]
async fn replication_lag_is_waited_out_then_the_check_is_measured_again() {
    let bench = bench(Some("replication_lag"), 1, answers(&[BAD, GOOD]));
    let probe = replication(&bench);
    bench.world.script(probe.clone(), [progress(50), progress(99), progress(100)]);
    let mut live = bench.options.live.subscribe();
    let state = bench.run().await;
    assert_eq!(level(&state, "one"), Level::Green);
    let order: Vec<Probe> = bench.world.asked().into_iter().map(|(probe, _)| probe).collect();
    assert_eq!(order, [source("a"), probe.clone(), probe.clone(), probe, source("a")]);
    let mut waited = Vec::new();
    while let Ok(told) = live.try_recv() {
        if let crate::Live::Waiting { what, .. } = told {
            waited.push(what);
        }
    }
    assert_eq!(waited.last().unwrap(), "for replication: 1 partitions behind");
}

#[tokio::test(start_paused = true)]
async fn replication_that_never_catches_up_is_waited_for_with_an_end() {
    let bench = bench(Some("replication_lag"), 1, answers(&[BAD]));
    bench.world.script(replication(&bench), [progress(50)]);
    let start = Instant::now();
    assert_eq!(level(&bench.run().await, "one"), Level::Red);
    assert_eq!(start.elapsed(), limits::WAIT_OUT);
}

#[tokio::test(start_paused = true)]
async fn replication_that_cannot_be_seen_is_waited_for_by_the_clock() {
    let bench = bench(Some("replication_lag"), 1, answers(&[BAD, GOOD]));
    let start = Instant::now();
    assert_eq!(level(&bench.run().await, "one"), Level::Green);
    assert_eq!(start.elapsed(), limits::PAUSE);
}

#[tokio::test(start_paused = true)]
async fn a_recheck_never_takes_an_answer_from_before_it() {
    let bench = bench(Some("10s"), 1, answers(&[BAD, GOOD])).asks("other", source("a"));
    let mut run = bench.start();
    bench.go(&mut run).await.unwrap();
    let state = verified(&run);
    assert_eq!((level(&state, "one"), level(&state, "other")), (Level::Green, Level::Red));
    let mut provisional = Vec::new();
    let each = |record: &journal::Record, _: &journal::RunState| {
        if let Event::Judged { provisional: true, judgement, .. } = &record.event {
            provisional.push(judgement.level);
        }
    };
    run.folder().read_each(each).unwrap();
    assert_eq!(provisional, [Level::Red]);
}
