use std::collections::BTreeMap;

use runbook::plan::Plan;
use runbook::verdict::{Judgement, Scorecard};

use super::{ClusterMeta, ExecutionMeta, ObservationMeta, PositionTable, RunMeta};

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
    /// What was done; `None`: the run only measured.
    pub execution: Option<ExecutionMeta>,
}
