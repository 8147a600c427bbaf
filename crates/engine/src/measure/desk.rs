use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use runbook::Probe;
use runbook::world::Reason;
use tokio::task::Id;
use tokio::time::Instant;

use super::answer::Outcome;
use super::running::Running;
use super::slots::{Needs, Slots};
use crate::{Limits, Stop};

/// Every probe of the run: what was asked, what runs, what came back, who waits. Equal probes are one entry.
#[derive(Debug)]
pub(super) struct Desk {
    entries: BTreeMap<Probe, Entry>,
    queue: VecDeque<Probe>,
    slots: Slots,
    tasks: HashMap<Id, Probe>,
}

#[derive(Debug, Default)]
struct Entry {
    queued: Option<Limits>,
    running: Option<Running>,
    answered: Option<Answered>,
    /// Inquiries by their index.
    waiters: BTreeSet<usize>,
}

#[derive(Debug)]
struct Answered {
    began: Instant,
    limits: Limits,
    /// Stopped because nobody wanted it any more: no answer to whoever asks later.
    unwanted: bool,
    outcome: Outcome,
}

impl Answered {
    /// Whether it fell short of what `limits` would have allowed.
    fn falls_short(&self, limits: Limits) -> bool {
        let short = match &self.outcome {
            Ok(observation) => observation.partial.is_some(),
            Err(unobserved) => matches!(unobserved.reason, Reason::TimedOut | Reason::OverBudget),
        };
        short && limits.exceed(self.limits)
    }
}

impl Desk {
    pub fn new(parallel_per_side: usize) -> Desk {
        Desk {
            entries: BTreeMap::new(),
            queue: VecDeque::new(),
            slots: Slots::new(parallel_per_side),
            tasks: HashMap::new(),
        }
    }

    /// The answer to `probe`, measured at `not_before` or later, if there is one. Otherwise `who` waits for it, and it is
    /// measured when there is room.
    pub fn demand(
        &mut self,
        probe: &Probe,
        who: usize,
        limits: Limits,
        not_before: Instant,
    ) -> Option<Outcome> {
        let entry = self.entries.entry(probe.clone()).or_default();
        if let Some(answered) = &entry.answered
            && answered.began >= not_before
            && !answered.unwanted
            && !answered.falls_short(limits)
        {
            entry.waiters.remove(&who);
            return Some(answered.outcome.clone());
        }
        entry.waiters.insert(who);
        if entry.running.is_none() {
            match &mut entry.queued {
                Some(queued) => *queued = queued.either(limits),
                None => {
                    entry.queued = Some(limits);
                    self.queue.push_back(probe.clone());
                }
            }
        }
        None
    }

    /// Takes what there is room for out of the queue.
    pub fn startable(&mut self) -> Vec<(Probe, Limits)> {
        let mut room = self.slots.clone();
        let mut starting = Vec::new();
        for probe in std::mem::take(&mut self.queue) {
            let needs = Needs::of(&probe);
            if !room.take(needs) {
                room.reserve(needs);
                self.queue.push_back(probe);
                continue;
            }
            self.slots.reserve(needs);
            let entry = self.entries.entry(probe.clone()).or_default();
            let limits = entry.queued.take().unwrap_or_default();
            starting.push((probe, limits));
        }
        starting
    }

    /// Records that `probe` runs, and returns who waits for it.
    pub fn started(&mut self, probe: &Probe, running: Running) -> Vec<usize> {
        self.tasks.insert(running.task(), probe.clone());
        let entry = self.entries.entry(probe.clone()).or_default();
        entry.running = Some(running);
        entry.waiters.iter().copied().collect()
    }

    /// The measurement of that task, which is over. `None`: it was given up before.
    pub fn finished(&mut self, task: Id) -> Option<(Probe, Running)> {
        let probe = self.tasks.remove(&task)?;
        let running = self.entries.get_mut(&probe)?.running.take()?;
        self.slots.give_back(Needs::of(&probe));
        Some((probe, running))
    }

    /// Records the answer of a finished measurement and returns who waits for one.
    pub fn answered(&mut self, probe: &Probe, running: &Running, outcome: Outcome) -> Vec<usize> {
        let entry = self.entries.entry(probe.clone()).or_default();
        let unwanted = matches!(running.stopping, Some((Stop::Unwanted, _)));
        entry.answered = Some(Answered { began: running.began, limits: running.limits, unwanted, outcome });
        entry.waiters.iter().copied().collect()
    }

    /// `who` waits for nothing any more; what nobody else waits for is dropped or stopped.
    pub fn leave(&mut self, who: usize, probes: &BTreeSet<Probe>, now: Instant) {
        for probe in probes {
            let Some(entry) = self.entries.get_mut(probe) else { continue };
            entry.waiters.remove(&who);
            if !entry.waiters.is_empty() {
                continue;
            }
            if entry.queued.take().is_some() {
                self.queue.retain(|queued| queued != probe);
            }
            if let Some(running) = &mut entry.running {
                running.stop(Stop::Unwanted, now);
            }
        }
    }

    /// Empties the queue and returns what stood in it with who waits.
    pub fn clear_queue(&mut self) -> Vec<(Probe, Vec<usize>)> {
        let queue = std::mem::take(&mut self.queue);
        let mut cleared = Vec::new();
        for probe in queue {
            if let Some(entry) = self.entries.get_mut(&probe) {
                entry.queued = None;
                let waiters = std::mem::take(&mut entry.waiters).into_iter().collect();
                cleared.push((probe, waiters));
            }
        }
        cleared
    }

    pub fn running(&self) -> impl Iterator<Item = (&Probe, &Running)> {
        self.tasks.values().filter_map(|probe| Some((probe, self.entries.get(probe)?.running.as_ref()?)))
    }

    /// Calls `each` with every measurement under way.
    pub fn each_running(&mut self, mut each: impl FnMut(&mut Running)) {
        for probe in self.tasks.values() {
            if let Some(running) = self.entries.get_mut(probe).and_then(|entry| entry.running.as_mut()) {
                each(running);
            }
        }
    }

    pub fn is_running(&self, probe: &Probe) -> bool {
        self.entries.get(probe).is_some_and(|entry| entry.running.is_some())
    }

    pub fn is_idle(&self) -> bool {
        self.tasks.is_empty()
    }
}
