use runbook::world::Side;
use serde::Serialize;

use crate::ReportInput;

#[derive(Clone, Debug, Serialize)]
pub struct ClustersView {
    pub source: ClusterView,
    pub target: ClusterView,
    /// `mirrormaker2`, `offset-preserving`, `dual-write` or `none`.
    pub replicator: String,
}

#[derive(Clone, Debug, Serialize)]
pub struct ClusterView {
    /// The `.properties` file or `host:port` it was reached by.
    pub properties: String,
    /// The id the runbook pins.
    pub pinned_id: Option<String>,
    /// The id the brokers answered; none: never reached.
    pub observed_id: Option<String>,
    pub brokers: Vec<String>,
}

impl ClustersView {
    pub(super) fn of(input: &ReportInput) -> ClustersView {
        let view = |side: Side| {
            let (planned, found) = (
                input.plan.cluster(side),
                match side {
                    Side::Source => &input.source,
                    Side::Target => &input.target,
                },
            );
            ClusterView {
                properties: planned.properties.clone(),
                pinned_id: planned.cluster_id.clone(),
                observed_id: found.observed_id.clone(),
                brokers: found.brokers.clone(),
            }
        };
        ClustersView {
            source: view(Side::Source),
            target: view(Side::Target),
            replicator: input.plan.replicator.tool.clone(),
        }
    }
}
