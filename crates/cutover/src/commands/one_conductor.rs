use journal::{Phase, Runs};
use runbook::plan::Plan;

use super::check::journal_error;
use super::earlier;
use crate::exit::Failure;

/// Refuses when another process conducts a run of one of these units now, and when such a run was left in the middle: what
/// it did is known to its journal alone. A journal that cannot be read refuses too.
pub fn no_other(runs: &Runs, plan: &Plan) -> Result<(), Failure> {
    for id in runs.list().map_err(journal_error)? {
        let (folder, reading) = earlier::read(runs, &id)?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_journal_that_cannot_be_read_lets_nothing_begin_and_is_named() {
        let top = tempfile::tempdir().unwrap();
        let runs = Runs::at(top.path());
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../runbooks/demo/runbook.yaml");
        let loaded = runbook::load(file, &crate::disk::Disk, &runbook::load::Options::default());
        let plan = runbook::plan(&loaded).unwrap();
        no_other(&runs, &plan).unwrap();
        let folder = top.path().join("20261130T020000Z-demo-abcde");
        std::fs::create_dir_all(folder.join("evidence")).unwrap();
        std::fs::write(folder.join("journal.jsonl"), "{\"seq\":0}\n").unwrap();
        let failure = no_other(&runs, &plan).unwrap_err();
        assert!(failure.message.contains(&folder.display().to_string()), "{}", failure.message);
        assert!(failure.message.contains("record 0"), "{}", failure.message);
        std::fs::rename(&folder, top.path().join("aside")).unwrap();
        no_other(&runs, &plan).unwrap();
    }
}
