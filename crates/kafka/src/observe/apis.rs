use runbook::world::{ApiRange, ApisSeen, BrokerApis};

use super::NotObserved;
use crate::{Cluster, Patience};

/// What each broker says it can do.
pub(super) fn observe(cluster: &Cluster, patience: &Patience) -> Result<ApisSeen, NotObserved> {
    cluster.brokers(patience)?;
    let mut brokers = Vec::new();
    for (broker, told) in cluster.api_versions(patience) {
        let apis = told?.0.into_iter().map(|(key, range)| ApiRange { key, min: range.min, max: range.max });
        brokers.push(BrokerApis { broker, apis: apis.collect() });
    }
    Ok(ApisSeen { brokers })
}
