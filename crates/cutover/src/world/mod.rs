//! The one door to the world: probes answered from clusters, services and files, and commands applied to them. Nothing here
//! judges.

mod apply;
mod connect;
mod line;
mod sides;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use engine::{Limits, Progress, Pulse, World};
use jiff::Timestamp;
use kafka::Patience;
use kafka::compare::TopicProgress;
use kafka::observe::{Clusters, Counts, Cuts, NotObserved, Observed};
use runbook::plan::Plan;
use runbook::world::{Command, Observation, Probe, Reason, Receipt, Side, Unobserved};
use services::{Secrets, ServiceError, Services, Until};

pub use sides::PlannedSides;

use crate::exit::Failure;
use crate::rehearsal;

/// Bytes per partition that a tail proof may read when the check states no budget.
const TAIL_BYTES: u64 = 256 << 20;

/// What a run may not do.
#[derive(Clone, Copy, Debug, Default)]
pub struct Restrictions {
    /// `--deny-exec`.
    pub deny_exec: bool,
    /// `--no-scratch`.
    pub no_scratch: bool,
}

/// The real world of one run.
pub struct LiveWorld {
    sides: PlannedSides,
    services: Services,
    /// What names of scratch objects begin with.
    scratch: String,
    no_scratch: bool,
    /// How far topics were compared: a run looks at the same topic before its window and within it.
    cuts: Cuts,
    /// What looks of a watch counted; `None`: whoever measures again counts again.
    counts: Option<Counts>,
}

impl LiveWorld {
    /// `folder` is the runbook's: files and commands are found from there. `run` names the scratch objects this run may
    /// make.
    pub fn new(
        sides: PlannedSides,
        folder: &Path,
        secrets: Arc<Secrets>,
        run: &str,
        restrictions: Restrictions,
    ) -> LiveWorld {
        LiveWorld {
            sides,
            services: Services::new(folder, secrets).deny_exec(restrictions.deny_exec),
            scratch: format!("cutover-scratch-{run}"),
            no_scratch: restrictions.no_scratch,
            cuts: Cuts::default(),
            counts: None,
        }
    }

    /// The same world for looks that come again and again: what did not change is not counted with each of them.
    pub fn keeping_counts(self) -> LiveWorld {
        LiveWorld { counts: Some(Counts::default()), ..self }
    }

    /// Whether a side tells who it is: every connection to it proves that it is the same cluster.
    fn knock(&self, side: Side, time: Duration) -> Result<(), NotObserved> {
        let patience = Patience::new(time);
        self.sides.cluster(side, &patience)?.brokers(&patience)?;
        Ok(())
    }

    /// Tries again what is not reached, also what was refused: for whoever looks for days and changes nothing.
    ///
    /// # Errors
    /// A side that answers now is another cluster than the plan says, or its configuration is wrong.
    pub fn mend(&self, plan: &Plan, time: Duration) -> Result<(), Failure> {
        self.sides.mend(plan, &Patience::new(time))
    }

    fn answer(
        &self,
        probe: &Probe,
        limits: &Limits,
        pulse: &Arc<dyn Pulse>,
    ) -> Result<Observed, NotObserved> {
        let stopped = || pulse.stop().is_some();
        let until = Until::after(limits.time, &stopped);
        match probe {
            Probe::Rehearsal { path } => {
                let seen = self.services.rehearsal(path, until, &rehearsal::held_against);
                seen.map(Observed::from).map_err(not_served)
            }
            Probe::File { .. }
            | Probe::Document { .. }
            | Probe::Exec { .. }
            | Probe::Http(_)
            | Probe::Connectors { .. } => {
                self.services.observe(probe, until).map(Observed::from).map_err(not_served)
            }
            _ => self.ask_clusters(probe, limits, pulse),
        }
    }

    fn ask_clusters(
        &self,
        probe: &Probe,
        limits: &Limits,
        pulse: &Arc<dyn Pulse>,
    ) -> Result<Observed, NotObserved> {
        let listening = Arc::clone(pulse);
        let patience = Patience::new(limits.time).stopped_by(Arc::new(move || listening.stop().is_some()));
        // A probe of one side needs only that side; the other may be unreachable.
        let (source, target) = match probe.side() {
            Some(side) => {
                let cluster = self.sides.cluster(side, &patience)?;
                (Arc::clone(&cluster), cluster)
            }
            None => {
                (self.sides.cluster(Side::Source, &patience)?, self.sides.cluster(Side::Target, &patience)?)
            }
        };
        let rest = connect::Rest { http: self.services.http() };
        let clusters = Clusters {
            source: &source,
            target: &target,
            connect: Some(&rest),
            max_read: limits.read.unwrap_or(TAIL_BYTES),
            read: limits.read,
            rate: limits.rate,
            hear: &|so_far| pulse.progress(progress(probe, so_far)),
            cuts: Some(&self.cuts),
            counts: self.counts.as_ref(),
            scratch: (!self.no_scratch).then_some(self.scratch.as_str()),
        };
        pulse.progress(Progress { doing: probe.title(), done: 0, of: None, unit: "", found: None });
        clusters.observe(probe, &patience).unwrap_or_else(|| {
            Err(NotObserved {
                reason: Reason::NotBuilt,
                message: format!("{}: this version cannot measure it", probe.title()),
                hint: None,
            })
        })
    }
}

/// How far a comparison is, in offsets of both sides; rate and time left follow from it.
fn progress(probe: &Probe, so_far: TopicProgress) -> Progress {
    let found = (so_far.differences > 0).then(|| format!("{} differ so far", so_far.differences));
    Progress {
        doing: probe.title(),
        done: so_far.offsets_done,
        of: Some(so_far.offsets),
        unit: "offsets",
        found,
    }
}

/// A service's own words for why there is no answer.
fn not_served(error: ServiceError) -> NotObserved {
    NotObserved { reason: error.reason, message: error.message, hint: error.hint }
}

/// Work that blocks, moved off the engine's threads.
pub struct SharedWorld(pub Arc<LiveWorld>);

impl SharedWorld {
    /// Whether a side answers within this time.
    pub async fn knock(&self, side: Side, time: Duration) -> Result<(), Unobserved> {
        let (world, at) = (Arc::clone(&self.0), Timestamp::now());
        let (reason, message, hint) = match tokio::task::spawn_blocking(move || world.knock(side, time)).await
        {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(why)) => (why.reason, why.message, why.hint),
            Err(panic) => (Reason::Failed, format!("internal error: {panic}"), None),
        };
        Err(Unobserved { probe: Probe::Cluster { side }, at, reason, message, hint })
    }
}

impl World for SharedWorld {
    async fn observe(
        &self,
        probe: &Probe,
        limits: &Limits,
        pulse: Arc<dyn Pulse>,
    ) -> Result<Observation, Unobserved> {
        let (world, asked, limits) = (Arc::clone(&self.0), probe.clone(), *limits);
        let at = Timestamp::now();
        let begun = Instant::now();
        let answered = tokio::task::spawn_blocking(move || world.answer(&asked, &limits, &pulse)).await;
        let took_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let unobserved =
            |reason, message, hint| Unobserved { probe: probe.clone(), at, reason, message, hint };
        match answered {
            Ok(Ok(Observed { measured, partial })) => {
                Ok(Observation { probe: probe.clone(), at, took_ms, partial, measured })
            }
            Ok(Err(why)) => Err(unobserved(why.reason, why.message, why.hint)),
            Err(panic) => Err(unobserved(Reason::Failed, format!("internal error: {panic}"), None)),
        }
    }

    async fn apply(&self, command: &Command, time: Duration) -> Receipt {
        let (world, asked) = (Arc::clone(&self.0), command.clone());
        let applied = tokio::task::spawn_blocking(move || world.apply(&asked, time)).await;
        // A panic says nothing of how far it had come.
        applied.unwrap_or_else(|panic| Receipt::Unknown {
            why: format!("{}: internal error: {panic}", command.title()),
        })
    }
}
