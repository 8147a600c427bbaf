//! What people signed in earlier runs of the same runbook, carried over into a new one.

use std::collections::BTreeMap;

use jiff::Timestamp;
use journal::{JournalError, Run, Runs, Says, Signed};
use runbook::plan::Plan;

use super::check::journal_error;
use crate::exit::Failure;
use crate::output;

/// The latest words of the roles about the dimensions of the units.
///
/// Words about the plan in force are kept apart from those about others: what was said of another plan counts for nothing
/// here, and may not stand in the place of a rejection that does. So are yes and no, because a yes may prove void.
#[derive(Default)]
struct Latest(BTreeMap<Place, Signed>);

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    role: String,
    unit: String,
    dimension: &'static str,
    decision: &'static str,
    of_this_plan: bool,
}

impl Latest {
    fn add(&mut self, plan: &Plan, signed: &Signed) {
        let said = &signed.statement;
        let Says::Scorecard { decision, accepts, .. } = &said.says else { return };
        if said.runbook != plan.name || said.environment_digest != plan.environment_digest {
            return;
        }
        for one in accepts {
            let place = Place {
                role: said.role.clone(),
                unit: one.unit.clone(),
                dimension: one.dimension.id(),
                decision: decision.word(),
                of_this_plan: said.plan_digest == plan.digest,
            };
            if self.0.get(&place).is_none_or(|known| known.statement.at < said.at) {
                self.0.insert(place, signed.clone());
            }
        }
    }

    /// The oldest first, each once.
    fn in_order(self) -> Vec<Signed> {
        let mut signed: Vec<Signed> = self.0.into_values().collect();
        signed.sort_by(|a, b| (a.statement.at, &a.sha256).cmp(&(b.statement.at, &b.sha256)));
        signed.dedup_by(|a, b| a.sha256 == b.sha256);
        signed
    }
}

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
    for one in &latest.in_order() {
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
    let mut latest = Latest::default();
    for id in runs.list().map_err(journal_error)? {
        if id == run.id().as_str() || runbook_of(&id) != runbook_of(run.id().as_str()) {
            continue;
        }
        let reading = match runs.resolve(&id).and_then(|folder| folder.read()) {
            Ok(reading) => reading,
            Err(error) => return Ok(Err(error.to_string())),
        };
        for signed in reading.state.signed() {
            latest.add(plan, signed);
        }
    }
    Ok(Ok(latest))
}

/// The part of a run id that comes from the runbook's name: between the moment and the last letters.
pub fn runbook_of(id: &str) -> &str {
    let name = id.split_once('-').map_or(id, |(_, rest)| rest);
    name.rsplit_once('-').map_or(name, |(name, _)| name)
}

#[cfg(test)]
mod tests {
    use journal::{Accepts, Anchor, RunId, Statement};
    use runbook::Dimension;
    use runbook::verdict::Decision;

    use super::*;

    fn plan() -> Plan {
        crate::fixture::demo_plan()
    }

    /// A word on the dimension rollback, at second `at`.
    fn said(plan: &Plan, decision: Decision, at: i64) -> Signed {
        let at = Timestamp::from_second(1_800_000_000 + at).unwrap();
        let checks = BTreeMap::new();
        let accepts =
            Accepts { unit: "u".into(), dimension: Dimension::Rollback, checks, evidence: Vec::new() };
        let statement = Statement {
            format: Statement::format(),
            run: RunId::new(at, "demo"),
            journal: Anchor { records: 1, head: String::new() },
            runbook: plan.name.clone(),
            environment: plan.environment.clone(),
            plan_digest: plan.digest.clone(),
            environment_digest: plan.environment_digest.clone(),
            role: "rollback_owner".to_owned(),
            by: "ana".to_owned(),
            at,
            says: Says::Scorecard {
                decision,
                reason: None,
                expires: None,
                sign_off: None,
                accepts: vec![accepts],
            },
        };
        let document = statement.document();
        Signed {
            sha256: document.clone(),
            document,
            statement,
            signature: String::new(),
            key: String::new(),
            recorded: at,
        }
    }

    fn carried(plan: &Plan, said: &[Signed]) -> Vec<(String, Decision)> {
        let mut latest = Latest::default();
        said.iter().for_each(|one| latest.add(plan, one));
        let word = |one: Signed| match one.statement.says {
            Says::Scorecard { decision, .. } => (one.statement.plan_digest, decision),
            Says::Vote { .. } => unreachable!("votes are not carried over"),
        };
        latest.in_order().into_iter().map(word).collect()
    }

    #[test]
    fn a_rejection_of_another_plan_does_not_stand_for_the_one_of_this() {
        let first = plan();
        let edited = Plan { digest: "edited".to_owned(), ..plan() };
        let told = [
            said(&first, Decision::Accept, 1),
            said(&first, Decision::Reject, 2),
            said(&edited, Decision::Reject, 3),
        ];
        let of = |plan: &Plan, decision| (plan.digest.clone(), decision);
        let all = [of(&first, Decision::Accept), of(&first, Decision::Reject), of(&edited, Decision::Reject)];
        assert_eq!(carried(&first, &told), all);
        // Whatever the order in which the runs are read.
        assert_eq!(carried(&first, &[told[2].clone(), told[1].clone(), told[0].clone()]), all);
        assert_eq!(carried(&edited, &told), all);
    }

    #[test]
    fn of_each_word_the_latest_is_carried_over() {
        let plan = plan();
        let told = [Decision::Reject, Decision::Accept, Decision::Reject, Decision::Accept];
        let told: Vec<Signed> =
            told.into_iter().zip(1..).map(|(decision, at)| said(&plan, decision, at)).collect();
        let mut latest = Latest::default();
        told.iter().for_each(|one| latest.add(&plan, one));
        let when: Vec<Timestamp> = latest.in_order().iter().map(|one| one.statement.at).collect();
        assert_eq!(when, [told[2].statement.at, told[3].statement.at]);
        let elsewhere = Plan { environment_digest: "another".to_owned(), ..plan.clone() };
        assert_eq!(carried(&elsewhere, &told), []);
    }
}
