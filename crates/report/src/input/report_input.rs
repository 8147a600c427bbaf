use std::collections::BTreeMap;

use jiff::Timestamp;
use runbook::plan::Plan;
use runbook::reversibility::ReturnClock;
use runbook::verdict::{Judgement, Scorecard};

use super::{
    BornMeta, ClusterMeta, ExecutionMeta, LagSeries, ObservationMeta, PositionTable, RecoveryPoint, RunMeta,
    WatchMeta,
};

/// Everything a report shows. A report is a pure function of this.
#[derive(Clone, Debug, PartialEq)]
pub struct ReportInput {
    pub plan: Plan,
    pub scorecard: Scorecard,
    /// By unit and check: the items and facts behind the cells of the scorecard.
    pub judgements: BTreeMap<(String, String), Judgement>,
    /// Numbered in this order; the checks refer to them by digest.
    pub observations: Vec<ObservationMeta>,
    pub positions: Vec<PositionTable>,
    pub source: ClusterMeta,
    pub target: ClusterMeta,
    pub run: RunMeta,
    /// The moment the report speaks of: when the last record was written.
    pub as_of: Timestamp,
    /// When the commit point was passed: from then on the groups go on by themselves.
    pub switched: Option<Timestamp>,
    /// Until when each unit can go back to the source.
    pub way_back: Vec<ReturnClock>,
    /// Where the groups go on after a return, by group, topic and partition.
    pub recovery_points: Vec<RecoveryPoint>,
    /// Lag of the groups over the time of the run.
    pub lags: Vec<LagSeries>,
    /// By unit; only those that were counted.
    pub born: BTreeMap<String, BornMeta>,
    /// What was done; `None`: the run only measured.
    pub execution: Option<ExecutionMeta>,
    /// How long each check had which colour; `None`: the run is no watch. It comes from the history beside the journal.
    pub watch: Option<WatchMeta>,
}
