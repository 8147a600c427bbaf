//! The world of one look: it is only looked at, and a cluster that does not answer is not waited for by every question.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use engine::{Limits, Progress, Pulse, Stop, World};
use runbook::Side;
use runbook::world::{Command, Observation, Probe, Receipt, Unobserved};

use crate::world::{LiveWorld, SharedWorld};

/// How long a cluster has to tell who it is. A healthy one takes milliseconds; one that takes longer than this is not there
/// for whoever watches.
const KNOCK: Duration = Duration::from_secs(10);

/// How often it is asked while a look is under way: reading takes minutes, and a side that goes away meanwhile would be
/// waited for as long as reading may take.
const KNOCK_EVERY: Duration = Duration::from_secs(10);

/// Longest answer that reads no records.
const ASKING: Duration = Duration::from_secs(30);

/// What one look may touch.
pub struct Hands {
    world: SharedWorld,
    /// Sides that do not answer, with the reason.
    gone: Arc<Gone>,
}

#[derive(Default)]
struct Gone(Mutex<BTreeMap<Side, Unobserved>>);

impl Gone {
    fn of(&self, probe: &Probe) -> Option<Unobserved> {
        let gone = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        probe.sides().iter().find_map(|side| gone.get(side).cloned())
    }
}

impl Hands {
    pub fn new(world: Arc<LiveWorld>) -> Hands {
        Hands { world: SharedWorld(world), gone: Arc::default() }
    }

    /// Asks both sides who they are, before anything is measured.
    pub async fn knock(&self) {
        let [source, target] = Side::BOTH.map(|side| self.knock_at(side));
        tokio::join!(source, target);
    }

    /// Goes on asking, until it is dropped.
    pub async fn keep_knocking(&self) -> Infallible {
        loop {
            tokio::time::sleep(KNOCK_EVERY).await;
            self.knock().await;
        }
    }

    async fn knock_at(&self, side: Side) {
        if let Err(unobserved) = self.world.knock(side, KNOCK).await {
            let mut gone = self.gone.0.lock().unwrap_or_else(PoisonError::into_inner);
            gone.insert(side, unobserved);
        }
    }
}

impl World for Hands {
    async fn observe(
        &self,
        probe: &Probe,
        limits: &Limits,
        pulse: Arc<dyn Pulse>,
    ) -> Result<Observation, Unobserved> {
        let gone = |why: Unobserved| Unobserved { probe: probe.clone(), ..why };
        if let Some(why) = self.gone.of(probe) {
            return Err(gone(why));
        }
        let time = if reads(probe) { limits.time } else { limits.time.min(ASKING) };
        let pulse = Arc::new(Watched { pulse, probe: probe.clone(), gone: Arc::clone(&self.gone) });
        let answer = self.world.observe(probe, &Limits { time, ..*limits }, pulse).await;
        answer.map_err(|unobserved| self.gone.of(probe).map_or(unobserved, gone))
    }

    async fn apply(&self, command: &Command, _: Duration) -> Receipt {
        Receipt::Refused { why: format!("{}: a watch has no effects", command.title()) }
    }
}

/// Stops a measurement whose side has gone.
struct Watched {
    pulse: Arc<dyn Pulse>,
    probe: Probe,
    gone: Arc<Gone>,
}

impl Pulse for Watched {
    fn progress(&self, progress: Progress) {
        self.pulse.progress(progress);
    }

    fn stop(&self) -> Option<Stop> {
        self.pulse.stop().or_else(|| self.gone.of(&self.probe).map(|_| Stop::TimedOut))
    }
}

/// Whether records are read, or time is to pass between two looks.
fn reads(probe: &Probe) -> bool {
    !matches!(
        probe,
        Probe::Cluster { .. }
            | Probe::Topics { .. }
            | Probe::Ends { .. }
            | Probe::Acls { .. }
            | Probe::Apis { .. }
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nobody listens.
    struct Silent;

    impl Pulse for Silent {
        fn progress(&self, _: Progress) {}

        fn stop(&self) -> Option<Stop> {
            None
        }
    }

    #[test]
    fn a_side_that_is_gone_takes_its_own_questions_along_and_no_others() {
        let gone = Gone::default();
        let at = |side| Probe::Cluster { side };
        let why = Unobserved {
            probe: at(Side::Target),
            at: jiff::Timestamp::UNIX_EPOCH,
            reason: runbook::world::Reason::Unreachable,
            message: "no broker of target answers".to_owned(),
            hint: None,
        };
        gone.0.lock().unwrap().insert(Side::Target, why.clone());
        assert_eq!(gone.of(&at(Side::Target)), Some(why));
        assert_eq!(gone.of(&at(Side::Source)), None);
        let evidence = Probe::Rehearsal { path: "rehearsal.json".to_owned() };
        assert_eq!([gone.of(&Probe::Plan), gone.of(&evidence)], [None, None], "they ask no cluster");
        let pulse =
            |side| Watched { pulse: Arc::new(Silent), probe: at(side), gone: Arc::new(Gone::default()) };
        assert_eq!(pulse(Side::Source).stop(), None);
        let stopped = Watched { gone: Arc::new(gone), ..pulse(Side::Target) };
        assert_eq!(stopped.stop(), Some(Stop::TimedOut));
    }
}
