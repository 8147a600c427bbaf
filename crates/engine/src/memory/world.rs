use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use runbook::world::{Command, Measured, Observation, Reason, Receipt, Unobserved};
use runbook::{Probe, Side};

use super::Turn;
use crate::{Limits, Progress, Pulse, World};

/// Answers each probe by its script; the last turn of a script is repeated. A probe without a script fails.
#[derive(Debug, Default)]
pub struct MemoryWorld {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    scripts: BTreeMap<Probe, VecDeque<Turn>>,
    asked: Vec<(Probe, Limits)>,
    under_way: Vec<Probe>,
    most: BTreeMap<Side, usize>,
}

impl MemoryWorld {
    pub fn new() -> MemoryWorld {
        MemoryWorld::default()
    }

    /// Adds turns to the script of `probe`.
    pub fn script(&self, probe: Probe, turns: impl IntoIterator<Item = Turn>) -> &MemoryWorld {
        self.with(|inner| inner.scripts.entry(probe).or_default().extend(turns));
        self
    }

    /// Answers `probe` with `measured`, always.
    pub fn answer(&self, probe: Probe, measured: Measured) -> &MemoryWorld {
        self.script(probe, [Turn::Answer(measured)])
    }

    /// How often `probe` was measured.
    pub fn count(&self, probe: &Probe) -> usize {
        self.with(|inner| inner.asked.iter().filter(|(asked, _)| asked == probe).count())
    }

    /// Every measurement in the order it was begun, with the limits it was given.
    pub fn asked(&self) -> Vec<(Probe, Limits)> {
        self.with(|inner| inner.asked.clone())
    }

    /// The most measurements of one cluster that were ever under way together.
    pub fn most_at_once(&self, side: Side) -> usize {
        self.with(|inner| inner.most.get(&side).copied().unwrap_or(0))
    }

    fn with<T>(&self, work: impl FnOnce(&mut Inner) -> T) -> T {
        work(&mut self.inner.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn begin(&self, probe: &Probe, limits: Limits) -> Turn {
        self.with(|inner| {
            inner.asked.push((probe.clone(), limits));
            inner.under_way.push(probe.clone());
            for side in Side::BOTH {
                let count = inner.under_way.iter().filter(|p| on(p, side)).count();
                let most = inner.most.entry(side).or_default();
                *most = (*most).max(count);
            }
            let missing = || Turn::Fail(Reason::Failed, "the world has no answer to that".to_owned());
            let script = inner.scripts.entry(probe.clone()).or_default();
            match script.len() {
                0 | 1 => script.front().cloned().unwrap_or_else(missing),
                _ => script.pop_front().unwrap_or_else(missing),
            }
        })
    }

    fn end(&self, probe: &Probe) {
        self.with(|inner| {
            if let Some(place) = inner.under_way.iter().position(|p| p == probe) {
                inner.under_way.swap_remove(place);
            }
        });
    }
}

fn on(probe: &Probe, side: Side) -> bool {
    match probe {
        Probe::Positions { .. } | Probe::Replication { .. } => true,
        _ => probe.side() == Some(side),
    }
}

/// Ends the count of a measurement however it ends.
struct UnderWay<'a>(&'a MemoryWorld, &'a Probe);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.end(self.1);
    }
}

impl World for MemoryWorld {
    async fn observe(
        &self,
        probe: &Probe,
        limits: &Limits,
        pulse: Arc<dyn Pulse>,
    ) -> Result<Observation, Unobserved> {
        let mut turn = self.begin(probe, *limits);
        let _under_way = UnderWay(self, probe);
        let at = Timestamp::now();
        let seen = |probe: &Probe, measured, partial| {
            Ok(Observation { probe: probe.clone(), at, took_ms: 1, partial, measured })
        };
        let failed =
            |reason, message| Err(Unobserved { probe: probe.clone(), at, reason, message, hint: None });
        while let Turn::After(time, then) = turn {
            tokio::time::sleep(time).await;
            turn = *then;
        }
        match turn {
            Turn::Answer(measured) => seen(probe, measured, None),
            Turn::Part(measured, why) => seen(probe, measured, Some(why)),
            Turn::Mistaken(other, measured) => seen(&other, measured, None),
            Turn::Fail(reason, message) => failed(reason, message),
            #[expect(clippy::panic, reason = "breaking is what this turn is for")]
            Turn::Panic => panic!("the world was told to break"),
            Turn::Hang { heeds } => loop {
                let doing = "waiting for the broker".to_owned();
                pulse.progress(Progress { doing, done: 3, of: Some(7), unit: "partitions", found: None });
                tokio::time::sleep(Duration::from_millis(50)).await;
                if heeds && let Some(stop) = pulse.stop() {
                    return failed(Reason::Stopped, format!("stopped at 3 of 7 partitions ({stop:?})"));
                }
            },
            Turn::After(..) => failed(Reason::Failed, "unreachable: unwrapped above".to_owned()),
        }
    }

    async fn apply(&self, command: &Command, _: Duration) -> Receipt {
        Receipt::Refused { why: format!("the world has no answer to {}", command.title()) }
    }
}
