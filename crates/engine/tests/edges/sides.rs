//! The world of keys, with clusters that do not answer.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use engine::execute::{RunEnd, execute};
use engine::{Limits, Pulse, World};
use journal::Run;
use runbook::action::{Action, Changeset, Refusal, Settled, StepScope};
use runbook::world::{Command, Found, Measured, Observation, Probe, Reason, Receipt, Unobserved};
use runbook::{Observations, Side};

use crate::fixture::{Bench, KeyWorld, clock};

#[derive(Debug, Default)]
pub struct State {
    /// Why the target does not answer; calls reach it all the same.
    pub target: Option<Reason>,
    /// Topics that are not there.
    pub absent: BTreeSet<String>,
    /// How long a look takes, in seconds.
    pub slow: u64,
    /// The same, of one at the source.
    pub slow_source: u64,
}

pub struct Sides {
    keys: Arc<KeyWorld>,
    pub state: Mutex<State>,
}

impl Sides {
    pub fn of(bench: &Bench) -> Arc<Sides> {
        Arc::new(Sides { keys: bench.world.clone(), state: Mutex::default() })
    }

    pub fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        work(&mut self.state.lock().unwrap())
    }

    /// From so many seconds on the target is like this.
    pub fn target_after(self: &Arc<Sides>, seconds: u64, target: Option<Reason>) {
        let world = self.clone();
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_secs(seconds)).await;
            world.with(|state| state.target = target);
        });
    }

    /// Carries the run out over these sides.
    pub async fn go(self: &Arc<Sides>, bench: &Bench, run: &mut Run) -> RunEnd {
        let options = bench.options.clone();
        execute(run, &bench.checks, &bench.actions, self.clone(), options).await.unwrap()
    }
}

impl World for Sides {
    async fn observe(
        &self,
        probe: &Probe,
        limits: &Limits,
        pulse: Arc<dyn Pulse>,
    ) -> Result<Observation, Unobserved> {
        if let Some(reason) = self.with(|state| state.target).filter(|_| probe.side() == Some(Side::Target)) {
            tokio::time::sleep(Duration::from_millis(20)).await;
            return Err(Unobserved {
                probe: probe.clone(),
                at: clock().wall,
                reason,
                message: "no broker answers".to_owned(),
                hint: None,
            });
        }
        let mut seen = self.keys.observe(probe, limits, pulse).await?;
        let is_source = probe.side() == Some(Side::Source);
        let slow = self.with(|state| state.slow + if is_source { state.slow_source } else { 0 });
        tokio::time::sleep(Duration::from_secs(slow)).await;
        // The world of keys tells of one topic, whatever it is asked for.
        if let (Probe::Topics { topics, .. }, Measured::Topics(told)) = (probe, &mut seen.measured) {
            let one = told.topics[0].clone();
            let each = topics.iter().map(|topic| {
                let is_absent = self.with(|state| state.absent.contains(topic));
                let mut one = one.clone();
                one.topic.clone_from(topic);
                one.found = if is_absent { Found::Absent } else { Found::Present };
                one
            });
            told.topics = each.collect();
        }
        Ok(seen)
    }

    async fn apply(&self, command: &Command, time: Duration) -> Receipt {
        self.keys.apply(command, time).await
    }
}

/// Has nothing to do, and sees that on its side.
#[derive(Debug)]
pub struct Looks(pub Side);

impl Looks {
    fn probe(&self) -> Probe {
        Probe::Topics { side: self.0, topics: vec!["world".into()] }
    }
}

impl Action for Looks {
    fn ask(&self, _: &StepScope<'_>, _: &Observations) -> Vec<Probe> {
        vec![self.probe()]
    }

    fn propose(&self, _: &StepScope<'_>, seen: &Observations) -> Result<Changeset, Refusal> {
        seen.topics(&self.probe()).map_err(Refusal::unmeasured)?;
        Ok(Changeset::default())
    }

    fn look(&self, _: &StepScope<'_>, _: &Changeset, _: &Observations) -> Vec<Probe> {
        vec![self.probe()]
    }

    fn settled(&self, _: &StepScope<'_>, _: &Changeset, seen: &Observations) -> Settled {
        match seen.topics(&self.probe()) {
            Err(why) => Settled::Unknown { why },
            Ok(_) => Settled::Yes,
        }
    }

    fn look_back(&self, _: &StepScope<'_>, _: &Changeset, _: &Observations) -> Vec<Probe> {
        vec![self.probe()]
    }

    fn undone(&self, _: &StepScope<'_>, _: &Changeset, _: &Observations) -> Settled {
        Settled::Yes
    }
}
