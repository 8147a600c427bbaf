use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use journal::{Header, Run, Tail};
use runbook::Level;
use runbook::world::{Measured, ReadersSeen, Reason};

use super::fixture::*;
use crate::memory::Turn;

#[tokio::test(start_paused = true)]
async fn a_check_that_panics_is_unknown_and_the_others_are_not_disturbed() {
    let bench = Bench::new()
        .check("asking", Asks::PanicsAsking)
        .check("judging", Asks::PanicsJudging)
        .asks("good", source("a"));
    bench.world.answer(source("a"), ends(GOOD));
    let state = bench.run().await;
    assert_eq!(why(&state, "asking"), "internal error: it panicked: asked too much");
    assert_eq!(why(&state, "judging"), "internal error: it panicked: judged too much");
    assert_eq!(level(&state, "good"), Level::Green);
}

#[tokio::test(start_paused = true)]
async fn a_world_that_breaks_or_answers_something_else_is_unknown() {
    let bench = Bench::new()
        .asks("breaks", source("a"))
        .asks("mistaken", source("b"))
        .asks("other kind", source("c"))
        .asks("speechless", source("d"));
    bench.world.script(source("a"), [Turn::Panic]);
    bench.world.script(source("b"), [Turn::Mistaken(target("b"), ends(GOOD))]);
    bench.world.answer(source("c"), Measured::Readers(ReadersSeen { readers: Vec::new() }));
    let state = bench.run().await;
    assert!(why(&state, "breaks").contains("measuring panicked: the world was told to break"));
    assert!(why(&state, "mistaken").contains("the answer is about log ends of 1 topics on target"));
    assert!(why(&state, "other kind").contains("of another kind"));
    assert!(why(&state, "speechless").contains("no answer to that"));
}

#[tokio::test(start_paused = true)]
async fn a_measurement_always_ends_and_says_what_it_waited_for() {
    let mut bench = Bench::new().asks("heeds", source("a")).asks("deaf", source("b"));
    bench.options.limits.time = Duration::from_secs(30);
    bench.world.script(source("a"), [Turn::Hang { heeds: true }]);
    bench.world.script(source("b"), [Turn::Hang { heeds: false }]);
    let state = bench.run().await;
    let heeds = why(&state, "heeds");
    assert!(heeds.contains("timed out after 30 s: stopped at 3 of 7 partitions"), "{heeds}");
    let deaf = why(&state, "deaf");
    assert!(deaf.contains("timed out after 30 s: waiting for the broker, 3 of 7 partitions"), "{deaf}");
    for probe in [source("a"), source("b")] {
        let journal::Status::Unobserved(unobserved) = &state.probes()[&probe].status else { panic!() };
        assert_eq!(unobserved.reason, Reason::TimedOut);
        assert!(unobserved.hint.as_ref().unwrap().contains("budget"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_measurement_that_blocks_its_thread_is_given_up_all_the_same() {
    struct Blocking;
    impl crate::World for Blocking {
        async fn observe(
            &self,
            _: &runbook::Probe,
            _: &crate::Limits,
            _: Arc<dyn crate::Pulse>,
        ) -> Result<runbook::Observation, runbook::world::Unobserved> {
            // Longer than the limit and the grace together; ends by itself so that the test does.
            std::thread::sleep(Duration::from_secs(7));
            panic!("too late to matter");
        }

        async fn apply(
            &self,
            _: &runbook::world::Command,
            _: std::time::Duration,
        ) -> runbook::world::Receipt {
            unreachable!("checks change nothing")
        }
    }
    let mut bench = Bench::new().asks("one", source("a"));
    bench.options.limits.time = Duration::from_millis(100);
    let mut run = bench.start();
    crate::check_run(&mut run, &bench.checks, Arc::new(Blocking), bench.options.clone()).await.unwrap();
    assert!(why(run.state(), "one").contains("timed out after 100 ms"));
}

/// Fails at one write or sync.
#[derive(Debug)]
struct Failing(std::fs::File, Arc<AtomicU32>, u32);

impl Failing {
    fn fails(&self) -> bool {
        self.1.fetch_add(1, Ordering::Relaxed) == self.2
    }
}

impl Tail for Failing {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.fails() { Err(io::ErrorKind::StorageFull.into()) } else { Tail::append(&mut self.0, bytes) }
    }

    fn sync(&mut self) -> io::Result<()> {
        if self.fails() { Err(io::Error::from_raw_os_error(5)) } else { Tail::sync(&mut self.0) }
    }
}

#[tokio::test(start_paused = true)]
async fn a_journal_that_cannot_be_written_stops_the_run_before_the_next_measurement() {
    let new = || {
        let mut bench = Bench::new()
            .check("chain", Asks::Rounds((0..4).map(|n| vec![source(&format!("t{n}"))]).collect()));
        bench.options.parallel_per_side = 1;
        for n in 0..4 {
            bench.world.answer(source(&format!("t{n}")), ends(GOOD));
        }
        bench
    };
    let mut complete = 0;
    for fails_at in 2.. {
        let (bench, calls) = (new(), Arc::new(AtomicU32::new(0)));
        let now = jiff::Timestamp::now();
        let header = Header::new(bench.plan.clone(), "check", now);
        let counted = calls.clone();
        let failing = |file| Box::new(Failing(file, counted, fails_at)) as Box<dyn Tail>;
        let mut run = Run::create_with(&bench.runs(), header, now, failing).unwrap();
        let Err(error) = bench.go(&mut run).await else {
            complete = fails_at;
            break;
        };
        assert_eq!(error.code(), "CUT5002", "{error}");
        let read = run.folder().read().unwrap();
        let intents = read.state.probes().len();
        assert!(bench.world.asked().len() <= intents, "nothing is measured whose intent is not on disk");
        let whole = read.state.evidence().count() == 4;
        assert!(whole || level(&read.state, "chain") == Level::Unknown, "failing at {fails_at}");
    }
    assert!(complete > 12, "the journal failed at every one of its {complete} calls");
}

/// Lines that were appended, and how many of them are durable; a sync takes its time.
#[derive(Clone, Debug, Default)]
struct Slow(Arc<std::sync::Mutex<(Vec<String>, usize)>>);

impl Tail for Slow {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.lock().unwrap().0.push(String::from_utf8_lossy(bytes).into_owned());
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        std::thread::sleep(Duration::from_millis(50));
        let mut lines = self.0.lock().unwrap();
        lines.1 = lines.0.len();
        Ok(())
    }
}

impl crate::World for Slow {
    async fn observe(
        &self,
        probe: &runbook::Probe,
        _: &crate::Limits,
        _: Arc<dyn crate::Pulse>,
    ) -> Result<runbook::Observation, runbook::world::Unobserved> {
        let asked = serde_json::to_string(probe).unwrap();
        let lines = self.0.lock().unwrap();
        let durable = lines.0[..lines.1].iter().any(|l| l.contains("probe-started") && l.contains(&asked));
        let measured = ends(if durable { GOOD } else { BAD });
        let at = jiff::Timestamp::now();
        Ok(runbook::Observation { probe: probe.clone(), at, took_ms: 0, partial: None, measured })
    }

    async fn apply(&self, _: &runbook::world::Command, _: std::time::Duration) -> runbook::world::Receipt {
        unreachable!("checks change nothing")
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_intent_is_on_disk_before_the_world_is_asked() {
    let bench =
        Bench::new().check("chain", Asks::Rounds((0..4).map(|n| vec![source(&format!("t{n}"))]).collect()));
    let now = jiff::Timestamp::now();
    let (header, slow) = (Header::new(bench.plan.clone(), "check", now), Slow::default());
    let tail = slow.clone();
    let mut run = Run::create_with(&bench.runs(), header, now, |_| Box::new(tail)).unwrap();
    crate::check_run(&mut run, &bench.checks, Arc::new(slow), bench.options.clone()).await.unwrap();
    assert_eq!(level(run.state(), "chain"), Level::Green);
}
