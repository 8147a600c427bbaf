use journal::{Phase, Runs};
use runbook::plan::Plan;

use super::check::journal_error;
use super::earlier;
use crate::exit::Failure;

/// Refuses when another process conducts a run of one of these units now, and when such a run was left in the middle: what
/// it did is known to its journal alone. A journal that cannot be read refuses too. A dry run stands in nobody's way: it did
/// nothing.
pub fn no_other(runs: &Runs, plan: &Plan) -> Result<(), Failure> {
    let again = Runs::again(runs.path());
    for id in runs.list().map_err(journal_error)? {
        let (folder, reading) = earlier::read(runs, &id)?;
        let header = reading.state.header();
        let shared = header.plan.units.iter().find(|unit| plan.unit(&unit.name).is_some());
        let Some(unit) = shared.filter(|_| header.executes() && !header.is_dry()) else { continue };
        if let Some(holder) = folder.holder().map_err(journal_error)? {
            return Err(Failure::refused(format!("unit {} is being run by {holder} (run {id})", unit.name))
                .hint(format!("cutover status {id}{again}")));
        }
        let touched = reading.state.execution().to_undo().next().is_some();
        if !matches!(reading.state.phase(), Phase::Ended { .. }) && touched {
            return Err(Failure::refused(format!(
                "run {id} of unit {} was left in the middle, and what it did still stands",
                unit.name
            ))
            .hint(format!("cutover resume {id}{again}, or cutover stand-down {id}{again}")));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use journal::{Effects, Event, Header, Moment, Run};
    use runbook::action::{Change, Changeset, WayBack};
    use runbook::world::{Command, Receipt, Side};

    use super::*;

    fn plan() -> Plan {
        crate::fixture::demo_plan()
    }

    /// A run that is held after its first step was carried out.
    fn left(runs: &Runs, plan: &Plan, effects: Effects) {
        let now = Timestamp::now();
        let moment = Moment { wall: now, mono_ms: 0, boot: String::new() };
        let mut header = Header::new(plan.clone(), "run", now);
        header.effects = effects;
        let mut run = Run::create(runs, header, now).unwrap();
        let first = plan.steps.iter().find(|step| step.needs.is_empty()).unwrap();
        let step = first.id.clone();
        let command =
            Command::SetTopicConfigs { side: Side::Source, topic: "orders".to_owned(), settings: Vec::new() };
        let undo = WayBack::None { why: "it is a test".to_owned() };
        let changes = Changeset::new([Change { command, undo }]);
        let applied = effects == Effects::Apply;
        let receipt = if applied { Receipt::Applied { said: None } } else { Receipt::Printed };
        for event in [
            Event::StepStarted { step: step.clone(), attempt: 1, moment: moment.clone() },
            Event::Proposed { step: step.clone(), changes },
            Event::CommandStarted { step: step.clone(), index: 0 },
            Event::CommandEnded { step: step.clone(), index: 0, receipt },
            Event::Held { why: "asked".to_owned(), step: None, asked_by: None, moment },
            Event::Interrupted { by: "held".to_owned() },
        ] {
            run.append(now, event).unwrap();
        }
    }

    #[test]
    fn a_dry_run_that_was_left_stands_in_nobodys_way_and_one_in_earnest_does() {
        let plan = plan();
        for (effects, refused) in [(Effects::Dry, false), (Effects::Print, true), (Effects::Apply, true)] {
            let top = tempfile::tempdir().unwrap();
            let runs = Runs::at(top.path());
            left(&runs, &plan, effects);
            assert_eq!(no_other(&runs, &plan).is_err(), refused, "{effects:?}");
        }
    }

    #[test]
    fn a_journal_that_cannot_be_read_lets_nothing_begin_and_is_named() {
        let top = tempfile::tempdir().unwrap();
        let runs = Runs::at(top.path());
        let plan = plan();
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
