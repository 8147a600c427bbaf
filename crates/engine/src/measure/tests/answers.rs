use runbook::world::Reason;
use runbook::{Level, Observation};

use super::fixture::*;
use crate::Live;
use crate::memory::Turn;

#[tokio::test(start_paused = true)]
async fn levels_follow_the_evidence() {
    let bench = Bench::new()
        .asks("good", source("a"))
        .asks("middling", source("b"))
        .asks("bad", source("c"))
        .asks("part", source("d"))
        .asks("blind", source("e"));
    bench.world.answer(source("a"), ends(GOOD));
    bench.world.answer(source("b"), ends(MIDDLING));
    bench.world.answer(source("c"), ends(BAD));
    bench.world.script(source("d"), [Turn::Part(ends(GOOD), "62 % measured".into())]);
    bench.world.script(source("e"), [Turn::Fail(Reason::Unauthorised, "no DESCRIBE on topic e".into())]);
    let state = bench.run().await;
    assert_eq!(level(&state, "good"), Level::Green);
    assert_eq!(level(&state, "middling"), Level::Yellow);
    assert_eq!(level(&state, "bad"), Level::Red);
    assert!(why(&state, "part").contains("62 % measured"));
    assert!(why(&state, "blind").contains("no DESCRIBE on topic e"));
}

#[tokio::test(start_paused = true)]
async fn evidence_on_disk_is_what_the_world_answered() {
    let bench = Bench::new().asks("good", source("a"));
    bench.world.answer(source("a"), ends(GOOD));
    let mut run = bench.start();
    bench.go(&mut run).await.unwrap();
    let digest = run.state().verdict("orders", "good").evidence.remove(0);
    let Observation { probe, measured, .. } = run.folder().evidence(&digest).unwrap();
    assert_eq!((probe, measured), (source("a"), ends(GOOD)));
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_measured_in_this_version_is_unknown() {
    let mut bench =
        Bench::new().asks("later", source("a")).asks("rehearsed", source("a")).asks("gone", source("a"));
    bench.world.answer(source("a"), ends(GOOD));
    bench.plan.checks[0].built = false;
    bench.plan.checks[0].kind = "alarm-drill".into();
    bench.plan.checks[1].from_rehearsal = true;
    bench.checks.remove("gone");
    let state = bench.run().await;
    assert_eq!(why(&state, "later"), "kind alarm-drill not in this version");
    assert!(why(&state, "rehearsed").contains("rehearsal"));
    assert!(why(&state, "gone").contains("could not be made ready"));
    assert_eq!(bench.world.count(&source("a")), 0);
}

#[tokio::test(start_paused = true)]
async fn a_check_of_a_unit_that_is_not_there_is_unknown_and_does_not_vanish() {
    let mut bench = Bench::new().asks("one", source("a"));
    bench.plan.checks[0].units = vec!["orders".into(), "ghost".into()];
    bench.world.answer(source("a"), ends(GOOD));
    let state = bench.run().await;
    assert_eq!(level(&state, "one"), Level::Green);
    let ghost = state.verdict("ghost", "one");
    assert_eq!((ghost.level, ghost.why.unwrap().as_str()), (Level::Unknown, "the plan has no unit ghost"));
}

#[tokio::test(start_paused = true)]
async fn listeners_hear_every_event_and_progress_and_a_deaf_one_disturbs_nobody() {
    let mut bench = Bench::new().asks("one", source("a"));
    bench.options.live = tokio::sync::broadcast::Sender::new(64);
    bench.options.limits.time = std::time::Duration::from_secs(3);
    bench.world.script(source("a"), [Turn::Hang { heeds: true }]);
    let mut live = bench.options.live.subscribe();
    let deaf = bench.options.live.subscribe();
    let mut run = bench.start();
    bench.go(&mut run).await.unwrap();
    let (mut words, mut progress) = (Vec::new(), Vec::new());
    while let Ok(told) = live.try_recv() {
        match told {
            Live::Written { seq, event, .. } => words.push((seq, event.word())),
            Live::Measuring { progress: told, since, until, .. } => {
                assert_eq!(until.as_second() - since.as_second(), 3);
                progress.push(told.to_string());
            }
            Live::Waiting { .. } | Live::Standing(_) => {}
        }
    }
    assert_eq!(words, [(1, "probe-started"), (2, "unobserved"), (3, "judged")]);
    assert_eq!(progress[0], "waiting for the broker, 3 of 7 partitions");
    assert!((10..=31).contains(&progress.len()), "{} reports in 3 s at 10 a second", progress.len());
    drop(deaf);
}
