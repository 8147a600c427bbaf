//! What people signed in earlier runs of the same runbook, carried over into a new one.

use std::collections::BTreeMap;

use jiff::Timestamp;
use journal::{JournalError, Run, Runs, Says, Signed};

use super::check::journal_error;
use crate::exit::Failure;
use crate::output;

/// The latest word of a role about a dimension of a unit, yes and no apart: role, unit, dimension, decision.
type Latest = BTreeMap<(String, String, &'static str, &'static str), Signed>;

/// An acceptance survives measuring again: the latest words of every role about every dimension are journalled before
/// anything is measured, and judged with the rest.
///
/// All or nothing: a run that cannot be read may hold a rejection of what an older one accepts, so then nothing is
/// carried over.
pub fn carry(run: &mut Run, runs: &Runs) -> Result<(), Failure> {
    let latest = match latest(run, runs)? {
        Ok(latest) => latest,
        Err(why) => {
            output::talk(&format!("warning: nothing that was signed before is carried over: {why}"));
            return Ok(());
        }
    };
    let mut signed: Vec<Signed> = latest.into_values().collect();
    signed.sort_by(|a, b| (a.statement.at, &a.sha256).cmp(&(b.statement.at, &b.sha256)));
    signed.dedup_by(|a, b| a.sha256 == b.sha256);
    for one in &signed {
        match run.sign(Timestamp::now(), &one.document, &one.signature) {
            Ok(()) => {}
            // Refused, and the journal is as it was: without it nothing gets better than yellow.
            Err(JournalError::Illegal { why, .. }) if is_accepting(one) => {
                output::talk(&format!("not carried over: {}: {why}", one.statement.title()));
            }
            Err(error) => return Err(journal_error(error)),
        }
    }
    Ok(())
}

fn is_accepting(signed: &Signed) -> bool {
    use runbook::verdict::Decision;
    matches!(&signed.statement.says, Says::Scorecard { decision: Decision::Accept, .. })
}

fn latest(run: &Run, runs: &Runs) -> Result<Result<Latest, String>, Failure> {
    let plan = &run.state().header().plan;
    let mut latest = Latest::new();
    for id in runs.list().map_err(journal_error)? {
        if id == run.id().as_str() || runbook_of(&id) != runbook_of(run.id().as_str()) {
            continue;
        }
        let reading = match runs.resolve(&id).and_then(|folder| folder.read()) {
            Ok(reading) => reading,
            Err(error) => return Ok(Err(error.to_string())),
        };
        for signed in reading.state.signed() {
            let said = &signed.statement;
            let same = said.runbook == plan.name && said.environment_digest == plan.environment_digest;
            let Says::Scorecard { decision, accepts, .. } = &said.says else { continue };
            for one in accepts.iter().filter(|_| same) {
                let place = (said.role.clone(), one.unit.clone(), one.dimension.id(), decision.word());
                if latest.get(&place).is_none_or(|known| known.statement.at < said.at) {
                    latest.insert(place, signed.clone());
                }
            }
        }
    }
    Ok(Ok(latest))
}

/// The part of a run id that comes from the runbook's name: between the moment and the last letters.
pub fn runbook_of(id: &str) -> &str {
    let name = id.split_once('-').map_or(id, |(_, rest)| rest);
    name.rsplit_once('-').map_or(name, |(name, _)| name)
}
