//! A real client's life on scratch objects of its own: what an API claims is tried, not believed.

mod life;
mod step;

pub(super) use step::reason;

use runbook::world::{ClientSeen, Reason};

use super::NotObserved;
use crate::{Cluster, Patience};

/// Creates, writes, reads, commits, transacts and deletes on a topic and a group named after the run. Every step is
/// tried even when an earlier one failed, as long as it has what it needs.
pub(super) fn observe(
    cluster: &Cluster,
    scratch: &str,
    transactions: bool,
    patience: &Patience,
) -> Result<ClientSeen, NotObserved> {
    let (_, version) = rdkafka::util::get_rdkafka_version();
    let mut life = life::Life::new(cluster, scratch, patience);
    life.live(transactions);
    if patience.is_stopped() {
        return Err(NotObserved::new(
            Reason::Stopped,
            format!("{} cluster: client probe stopped", cluster.name()),
        ));
    }
    Ok(ClientSeen {
        client: format!("librdkafka {version}"),
        left_behind: life.left_behind(),
        steps: life.steps,
    })
}
