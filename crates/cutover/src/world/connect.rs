use std::sync::Arc;

use kafka::Patience;
use kafka::observe::{ConnectLook, ConnectRest, NotObserved};
use runbook::world::{Reason, Replicator};
use services::{Connect, Http, Until};

/// Asks a Connect cluster over its REST interface.
pub(super) struct Rest {
    pub http: Arc<Http>,
}

impl ConnectRest for Rest {
    fn look(&self, replicator: &Replicator, patience: &Patience) -> Result<ConnectLook, NotObserved> {
        let Some(url) = &replicator.connect else {
            let message = "the site names no Connect cluster".to_owned();
            return Err(NotObserved { reason: Reason::Failed, message, hint: None });
        };
        let stopped = || patience.is_stopped();
        let until = Until::after(patience.remaining(), &stopped);
        let mirror = Connect::new(url, Arc::clone(&self.http))
            .and_then(|connect| connect.mirror(&replicator.source_alias, &replicator.target_alias, until))
            .map_err(super::not_served)?;
        Ok(ConnectLook { tasks: mirror.states(), copied: mirror.copied })
    }
}
