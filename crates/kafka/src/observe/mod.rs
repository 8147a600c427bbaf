//! Probes of a runbook, answered from clusters: one file per probe, each maps what a cluster told to plain evidence.
//!
//! Nothing here judges. What a cluster did not tell is left out with its reason; it is never empty or equal.

mod acls;
mod ahead;
mod apis;
mod born;
mod client;
mod cluster;
mod content;
mod cuts;
mod drained;
mod ends;
mod first_record;
mod groups;
mod lag;
mod named;
mod not_observed;
mod positions;
mod readers;
mod record_image;
mod replication;
mod rest;
mod resume;
mod retention;
mod topics;
mod twins;

pub use ahead::Counts;
pub use cuts::Cuts;
pub use not_observed::NotObserved;
pub use replication::{ConnectLook, ConnectRest};

use positions::isolation;
use std::sync::Arc;
use std::time::Duration;

use runbook::world::{Measured, Probe, Reason, Side};

use crate::compare::TopicProgress;
use crate::{Cluster, Patience};

/// The clusters of a run, connected and pinned.
#[derive(Clone, Copy)]
#[expect(missing_debug_implementations, reason = "it lends somebody's connection to Connect")]
pub struct Clusters<'a> {
    pub source: &'a Arc<Cluster>,
    pub target: &'a Arc<Cluster>,
    /// Asks the replicator's Connect cluster, where there is one.
    pub connect: Option<&'a dyn ConnectRest>,
    /// Bytes per partition that a tail proof may read.
    pub max_read: u64,
    /// Bytes that a comparison may read, both sides together; `None`: as many as it takes.
    pub read: Option<u64>,
    /// Bytes a second that a comparison may read from each side, within the budget of the cluster.
    pub rate: Option<u64>,
    /// Hears how far a comparison of records is.
    pub hear: &'a (dyn Fn(TopicProgress) + Sync),
    /// How far topics were compared by earlier looks of this run; `None`: every look reads everything.
    pub cuts: Option<&'a Cuts>,
    /// What earlier looks of this watch counted; `None`: every look counts everything.
    pub counts: Option<&'a Counts>,
    /// What names of scratch objects begin with: `cutover-scratch-RUN`; `None` (`--no-scratch`): none may be made.
    pub scratch: Option<&'a str>,
}

/// An answer: the evidence, and why it is only a part, if it is.
#[derive(Debug)]
pub struct Observed {
    pub measured: Measured,
    pub partial: Option<String>,
}

impl From<Measured> for Observed {
    fn from(measured: Measured) -> Observed {
        Observed { measured, partial: None }
    }
}

impl<'a> Clusters<'a> {
    pub fn side(&self, side: Side) -> &'a Arc<Cluster> {
        match side {
            Side::Source => self.source,
            Side::Target => self.target,
        }
    }

    /// What names of scratch objects begin with.
    fn scratch(&self) -> Result<&'a str, NotObserved> {
        let forbidden = "needs scratch objects, and --no-scratch forbids them";
        self.scratch.ok_or_else(|| NotObserved::new(Reason::Refused, forbidden))
    }

    /// Answers a probe that asks clusters; `None` for a probe that asks something else.
    ///
    /// # Errors
    /// Why nothing could be measured.
    pub fn observe(&self, probe: &Probe, patience: &Patience) -> Option<Result<Observed, NotObserved>> {
        let measured = match probe {
            Probe::Cluster { side } => {
                let seen = cluster::observe(self.side(*side), patience);
                return Some(
                    seen.map(|(seen, partial)| Observed { measured: Measured::Cluster(seen), partial }),
                );
            }
            Probe::Topics { side, topics } => {
                topics::observe(self.side(*side), topics, patience).map(Measured::Topics)
            }
            Probe::Ends { side, topics } => {
                ends::observe(self.side(*side), topics, patience).map(Measured::Ends)
            }
            Probe::Rest { side, topics, over_ms } => {
                rest::observe(self.side(*side), topics, *over_ms, patience).map(Measured::Rest)
            }
            Probe::Groups { side, groups, over_ms } => {
                groups::observe(self.side(*side), groups, *over_ms, patience).map(Measured::Groups)
            }
            Probe::Readers { side } => readers::observe(self.side(*side), patience).map(Measured::Readers),
            Probe::Acls { side } => acls::observe(self.side(*side), patience).map(Measured::Acls),
            Probe::Apis { side } => apis::observe(self.side(*side), patience).map(Measured::Apis),
            Probe::Positions { group, topics, isolation, without, begins } => {
                let of = positions::Of { group, topics, isolation: *isolation, without, begins: *begins };
                let seen = positions::observe(self, &of, patience);
                return Some(
                    seen.map(|(seen, partial)| Observed { measured: Measured::Positions(seen), partial }),
                );
            }
            Probe::Twins { places, isolation, toward, without } => {
                twins::observe(self, places, *isolation, *toward, without, patience).map(Measured::Twins)
            }
            Probe::Born { from, isolation } => {
                born::observe(self.target, from, *isolation, patience).map(Measured::Born)
            }
            Probe::Lag { side, group, topics, isolation } => {
                let with = lag::With { cluster: self.side(*side), counts: self.counts, patience };
                lag::observe(with, group, topics, *isolation).map(Measured::Lag)
            }
            Probe::Lags { side, groups, topics } => {
                let with = lag::With { cluster: self.side(*side), counts: self.counts, patience };
                let seen = lag::of_groups(with, groups, topics);
                return Some(
                    seen.map(|(seen, partial)| Observed { measured: Measured::Lags(seen), partial }),
                );
            }
            Probe::Content { topic, isolation, ignore_headers, settle_ms, sample, without } => {
                let settle = Duration::from_millis(*settle_ms);
                let (isolation, sample) = (*isolation, *sample);
                let asked = content::Asked { topic, isolation, ignore_headers, settle, sample, without };
                return Some(content::observe(self, &asked, patience));
            }
            Probe::Drained { topics, isolation, ignore_headers, within_ms, over_ms, without } => {
                let asked = drained::Asked {
                    topics,
                    isolation: *isolation,
                    ignore_headers,
                    within: Duration::from_millis(*within_ms),
                    over: Duration::from_millis(*over_ms),
                    without,
                };
                drained::observe(self, &asked, patience).map(Measured::Drained)
            }
            Probe::Replication { replicator, topics, over_ms } => {
                replication::observe(self, replicator, topics, *over_ms, patience).map(Measured::Replication)
            }
            Probe::Retention { side, topics, groups, earliest, over_ms } => {
                let asked = retention::Asked { topics, groups, earliest, over_ms: *over_ms };
                retention::observe(self.side(*side), &asked, patience).map(Measured::Retention)
            }
            Probe::Client { side, transactions } => self.scratch().and_then(|scratch| {
                client::observe(self.side(*side), scratch, *transactions, patience).map(Measured::Client)
            }),
            Probe::Resume { group, isolation, from, ignore_headers, within_ms, without } => {
                self.scratch().and_then(|scratch| {
                    let within = Duration::from_millis(*within_ms);
                    let isolation = *isolation;
                    let asked = resume::Asked { group, isolation, from, ignore_headers, within, without };
                    resume::observe(self, scratch, &asked, patience).map(Measured::Resume)
                })
            }
            _ => return None,
        };
        Some(measured.map(Observed::from))
    }
}
