//! The clusters of a watch: a side that could not be reached is tried again with every look.

use std::path::PathBuf;
use std::sync::Arc;

use kafka::Patience;
use runbook::Side;
use runbook::plan::Plan;
use services::Secrets;

use crate::commands::check::CONNECTING;
use crate::exit::Failure;
use crate::world::{LiveWorld, PlannedSides, Reached, Restrictions};

/// What a world is made of, and the one in use.
pub struct Reach {
    pub plan: Plan,
    pub folder: PathBuf,
    pub secrets: Arc<Secrets>,
    pub scratch: String,
    pub restrictions: Restrictions,
    pub world: Arc<LiveWorld>,
    /// A side could not be reached.
    lacking: bool,
}

impl Reach {
    pub fn new(
        plan: Plan,
        folder: PathBuf,
        secrets: Arc<Secrets>,
        scratch: String,
        restrictions: Restrictions,
        sides: PlannedSides,
    ) -> Reach {
        let lacking = is_lacking(&sides);
        let world = LiveWorld::new(sides, &folder, Arc::clone(&secrets), &scratch, restrictions);
        let world = Arc::new(world.keeping_counts());
        Reach { plan, folder, secrets, scratch, restrictions, world, lacking }
    }

    /// Connects again where a side is missing. What is there goes on as it is: its connections mend themselves, and how far
    /// topics were compared is kept.
    ///
    /// # Errors
    /// A side that answers now is another cluster than the plan says.
    pub async fn mend(&mut self) -> Result<(), Failure> {
        if !self.lacking {
            return Ok(());
        }
        let plan = self.plan.clone();
        let connected =
            tokio::task::spawn_blocking(move || PlannedSides::connect(&plan, &Patience::new(CONNECTING)));
        let sides =
            connected.await.map_err(|broken| Failure::unknown(format!("internal error: {broken}")))??;
        if is_lacking(&sides) {
            return Ok(());
        }
        let (plan, folder) = (self.plan.clone(), self.folder.clone());
        let (secrets, scratch) = (Arc::clone(&self.secrets), self.scratch.clone());
        *self = Reach::new(plan, folder, secrets, scratch, self.restrictions, sides);
        Ok(())
    }
}

fn is_lacking(sides: &PlannedSides) -> bool {
    Side::BOTH.into_iter().any(|side| matches!(sides.reached(side), Reached::Unreachable(_)))
}
