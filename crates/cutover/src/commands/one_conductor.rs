use journal::{Phase, Runs};
use runbook::plan::Plan;

use super::check::journal_error;
use crate::exit::Failure;

/// Refuses when another process conducts a run of one of these units now, and when such a run was left in the middle: what
/// it did is known to its journal alone.
pub fn no_other(runs: &Runs, plan: &Plan) -> Result<(), Failure> {
    for id in runs.list().map_err(journal_error)? {
        let Ok(folder) = runs.resolve(&id) else { continue };
        // A journal that cannot be read is not ours to judge here; `cutover status` says what is wrong with it.
        let Ok(reading) = folder.read() else { continue };
        let header = reading.state.header();
        let shared = header.plan.units.iter().find(|unit| plan.unit(&unit.name).is_some());
        let Some(unit) = shared.filter(|_| header.executes()) else { continue };
        if let Some(holder) = folder.holder().map_err(journal_error)? {
            return Err(Failure::refused(format!("unit {} is being run by {holder} (run {id})", unit.name))
                .hint(format!("cutover status {id}")));
        }
        let touched = reading.state.execution().to_undo().next().is_some();
        if !matches!(reading.state.phase(), Phase::Ended { .. }) && touched {
            return Err(Failure::refused(format!(
                "run {id} of unit {} was left in the middle, and what it did still stands",
                unit.name
            ))
            .hint(format!("cutover resume {id}, or cutover stand-down {id}")));
        }
    }
    Ok(())
}
