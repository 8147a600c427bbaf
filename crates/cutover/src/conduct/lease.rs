//! The lease of every unit of a run, taken before its first effect and asked before each.

use std::sync::Arc;
use std::time::Duration;

use engine::execute::NotOurs;
use engine::execute::next::Effects;
use jiff::Timestamp;
use journal::{Event, Holder, Run};
use kafka::{Cluster, LeaseError};

use super::Manner;
use crate::commands::check::journal_error;
use crate::exit::Failure;
use crate::output;
use crate::world::PlannedSides;

/// A coordinator that moves, or a broker that is restarted, is waited for; somebody waits for the effect meanwhile.
const WITHIN: Duration = Duration::from_secs(30);

struct Leases {
    cluster: Arc<Cluster>,
    of_units: Vec<kafka::Lease>,
}

impl engine::execute::Lease for Leases {
    fn still_ours(&self) -> Result<(), NotOurs> {
        let patience = self.cluster.patience().at_most(WITHIN);
        self.of_units.iter().try_for_each(|lease| lease.still_ours(&patience)).map_err(|error| {
            let why = error.to_string();
            if error.is_lost() { NotOurs::Lost(why) } else { NotOurs::Untold(why) }
        })
    }
}

/// Takes the leases the plan asks for. A run that changes nothing takes none: it must not stop the one that does.
///
/// # Errors
/// One cannot be taken; a run that goes back goes on without it, and its journal says so.
pub fn take(
    run: &mut Run,
    sides: &PlannedSides,
    manner: Manner,
) -> Result<Option<Arc<dyn engine::execute::Lease>>, Failure> {
    let plan = &run.state().header().plan;
    let Some(wanted) = plan.lease.clone().filter(|_| manner.effects == Effects::Apply) else {
        return Ok(None);
    };
    let units: Vec<String> = plan.units.iter().map(|unit| unit.name.to_string()).collect();
    let taken = match sides.reached(wanted.cluster) {
        Err(error) => Err(LeaseError::from(error)),
        Ok(cluster) => {
            let patience = cluster.patience().at_most(WITHIN);
            let header = run.state().header();
            let by = format!("run {}, {}", header.run, Holder::this_process(Timestamp::now()));
            let take = |unit: &String| {
                let lease = kafka::Lease::take(&cluster, &wanted.topic, unit, &patience)?;
                if let Err(why) = lease.name_holder(&by) {
                    // Nobody is kept from anything by it.
                    tracing::debug!(unit, why, "who holds the lease was not written");
                }
                Ok(lease)
            };
            let of_units = units.iter().map(take).collect::<Result<Vec<_>, LeaseError>>();
            of_units.map(|of_units| Leases { cluster, of_units })
        }
    };
    match taken {
        Ok(leases) => Ok(Some(Arc::new(leases))),
        Err(error) if manner.back => {
            let message = format!("going back without the lease, so another conductor is not kept out: {error}");
            output::talk(&format!("warning: {message}"));
            let warned = Event::Warned { about: "lease".to_owned(), message };
            run.append(Timestamp::now(), warned).map_err(journal_error)?;
            Ok(None)
        }
        Err(error) => Err(Failure::refused(format!("the lease was not taken, and nothing was applied: {error}"))
            .hint("with `coordination` the runbook wants one; to go back needs none: cutover stand-down, cutover rollback")),
    }
}
