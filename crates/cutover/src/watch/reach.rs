//! The clusters of a watch: a side that is not reached is tried again with every look.

use std::sync::Arc;

use runbook::plan::Plan;

use crate::commands::check::CONNECTING;
use crate::exit::Failure;
use crate::world::LiveWorld;

/// What is watched, and where.
pub struct Reach {
    pub plan: Plan,
    pub world: Arc<LiveWorld>,
}

impl Reach {
    pub fn new(plan: Plan, world: LiveWorld) -> Reach {
        Reach { plan, world: Arc::new(world.keeping_counts()) }
    }

    /// Connects again where a side is missing, also where it was refused: a watch goes on for days, and whoever mends a
    /// password or an address meanwhile need not begin it anew. What is there goes on as it is: its connections mend
    /// themselves, and how far topics were compared is kept.
    ///
    /// # Errors
    /// A side that answers now is another cluster than the plan says, or its configuration is wrong.
    pub async fn mend(&self) -> Result<(), Failure> {
        let (plan, world) = (self.plan.clone(), Arc::clone(&self.world));
        let mended = tokio::task::spawn_blocking(move || world.mend(&plan, CONNECTING));
        mended.await.map_err(|broken| Failure::unknown(format!("internal error: {broken}")))?
    }
}
