//! What starts a rollback is written down, measured, and somebody may call it.
//!
//! ## What it judges
//! The runbook's rollback triggers: that at least one watches a check which has data now, that a person may call one at
//! any time, that every role that is asked or may call has people, and that every trigger names a plan that exists.
//!
//! ## Why it matters
//! A rollback that is decided in a meeting is decided late. The criteria have to be written before, the signal behind
//! them has to exist, and the one who may call it has to be known by name.
//!
//! ## Green, yellow, red
//! Green: all of this. Yellow: a measured trigger whose check has no data, beside another one that has; that a check has
//! none before the step it is due at is no fault, from then on it is. Red: `triggers: none`; no measured trigger with data; nobody may call one; a role without
//! people; a plan that does not exist. Unknown: a trigger whose check was left out of a run of some checks.
//!
//! ## What it does not prove
//! That the thresholds are right, that the plan works (`rehearsal-covered`), or that the people are awake.
//!
//! ## Example
//! ```yaml
//! triggers:
//!   use: triggers-ready
//!   severity: blocker
//! ```

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Deserialize;

use super::Declared;
use crate::check::{Check, FactSpec, FactType, Facts, Ruling, Scope};
use crate::plan::{Plan, Trigger};
use crate::verdict::{Dimension, Finding, Item, Level, Proof};
use crate::world::{JudgementSeen, Observations, Probe, Reason};

/// Parameters: none.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TriggersReady {}

impl Declared for TriggersReady {
    const DIMENSION: Option<Dimension> = Some(Dimension::Rollback);
    const PROOF: Option<Proof> = Some(Proof::Trigger);

    fn facts() -> Vec<FactSpec> {
        vec![
            FactSpec::new("measured", FactType::Boolean, "it watches a check"),
            FactSpec::new("has_data", FactType::Boolean, "that check has a verdict now"),
            FactSpec::new(
                "due_later",
                FactType::Boolean,
                "that check speaks of what a later step brings about",
            ),
            FactSpec::new("needs_people", FactType::Boolean, "a role is asked, or may call it"),
            FactSpec::new("people", FactType::Integer, "people in those roles, backups included"),
            FactSpec::new("plan", FactType::Boolean, "the plan it starts exists"),
            FactSpec::new("with_data", FactType::Integer, "measured triggers with data, all together"),
            FactSpec::new("callable", FactType::Integer, "triggers that a person may call, all together"),
            FactSpec::optional("none_because", FactType::Text, "why the runbook has no triggers"),
        ]
    }
}

/// The whole list, as the subject of a finding.
const LIST: &str = "rollback triggers";

impl TriggersReady {
    fn judgement_of(scope: &Scope<'_>, trigger: &Trigger) -> Option<Probe> {
        let check = trigger.check.as_deref().filter(|check| *check != scope.check)?;
        let planned = scope.plan.check(check)?;
        let here = planned.units.is_empty() || planned.units.contains(&scope.unit.name);
        here.then(|| Probe::Judgement { check: check.to_owned(), unit: scope.unit.name.clone() })
    }

    /// Whether the trigger's check was not part of this run.
    fn unasked(scope: &Scope<'_>, seen: &Observations, trigger: &Trigger) -> bool {
        let answer = Self::judgement_of(scope, trigger).and_then(|probe| seen.get(&probe));
        answer.is_some_and(|answer| matches!(answer, Err(why) if why.reason == Reason::Refused))
    }

    fn judged<'a>(scope: &Scope<'_>, seen: &'a Observations, trigger: &Trigger) -> Option<&'a JudgementSeen> {
        Self::judgement_of(scope, trigger).and_then(|probe| seen.judgement(&probe).ok())
    }

    fn has_data(scope: &Scope<'_>, seen: &Observations, trigger: &Trigger) -> bool {
        Self::judged(scope, seen, trigger)
            .is_some_and(|seen| seen.judgement.level != Level::Unknown && !seen.judgement.evidence.is_empty())
    }
}

impl Check for TriggersReady {
    fn ask(&self, scope: &Scope<'_>, _: &Observations) -> Vec<Probe> {
        let mut probes = vec![Probe::Plan];
        probes.extend(written(scope.plan).filter_map(|trigger| Self::judgement_of(scope, trigger)));
        probes.sort();
        probes.dedup();
        probes
    }

    fn facts_of(&self) -> Vec<FactSpec> {
        Self::facts()
    }

    fn items(&self, scope: &Scope<'_>, seen: &Observations) -> Result<Vec<Item>, String> {
        if seen.plan(&Probe::Plan)?.digest != scope.plan.digest {
            return Err("the plan that was looked at is not the one in force".to_owned());
        }
        let rollback = &scope.plan.rollback;
        let written: Vec<&Trigger> = written(scope.plan).collect();
        // What a run of some checks left out may well have data: that is unknown, and no reason for red.
        let unasked = |trigger: &&Trigger| Self::unasked(scope, seen, trigger);
        let with_data =
            written.iter().filter(|trigger| unasked(trigger) || Self::has_data(scope, seen, trigger)).count();
        let callable = written.iter().filter(|trigger| !people(scope, &trigger.called_by).is_empty()).count();
        let facts = |trigger: &Trigger| {
            let asked = trigger.act.as_deref() != Some("auto") || !trigger.called_by.is_empty();
            let roles: Vec<String> = trigger.called_by.iter().chain(&trigger.ask_role).cloned().collect();
            let later = Self::judged(scope, seen, trigger).is_some_and(|seen| seen.ahead);
            let plan = trigger.plan.as_ref().is_some_and(|plan| rollback.plans.contains(plan));
            Facts::new()
                .with("measured", trigger.check.is_some())
                .with("has_data", Self::has_data(scope, seen, trigger))
                .with("due_later", later)
                .with("needs_people", asked)
                .with_count("people", people(scope, &roles).len() as u64)
                .with("plan", plan)
                .with_count("with_data", with_data as u64)
                .with_count("callable", callable as u64)
        };
        if written.is_empty() {
            let why = rollback.no_triggers.as_deref().unwrap_or("no trigger is written");
            let nothing = facts(&Trigger::default()).with("needs_people", false).with("plan", false);
            return Ok(vec![Item::new(LIST, nothing.with("none_because", why))]);
        }
        Ok(written
            .iter()
            .map(|trigger| {
                let subject = format!("trigger {}", trigger.id);
                if unasked(trigger) {
                    return Item::unknown(subject, "its check was left out of this run");
                }
                Item::new(subject, facts(trigger))
            })
            .collect())
    }

    fn rule(&self, _: &Scope<'_>, subject: &str, facts: &Facts) -> Ruling {
        let booleans =
            ["measured", "has_data", "due_later", "needs_people", "plan"].map(|name| facts.boolean(name));
        let integers = ["people", "with_data", "callable"].map(|name| facts.integer(name));
        let (
            [Some(measured), Some(has_data), Some(due_later), Some(needs_people), Some(plan)],
            [Some(people), Some(with_data), Some(callable)],
        ) = (booleans, integers)
        else {
            return Ruling::unknown("the facts of a trigger are not there");
        };
        let mut ruling = Ruling::green();
        if let Some(why) = facts.text("none_because") {
            ruling.red(Finding::new(
                "CUT2521",
                LIST,
                "triggers written before the cutover",
                format!("none: {why}"),
                "write at least one measured trigger and one that a person may call",
            ));
            return ruling;
        }
        if with_data == 0 {
            ruling.red(Finding::new(
                "CUT2522",
                LIST,
                "a measured trigger whose check has data",
                "none",
                "let a trigger watch a check that is measured now, for example single-activity",
            ));
        } else if measured && !has_data && !due_later {
            ruling.yellow(Finding::new(
                "CUT2526",
                subject,
                "data behind the trigger",
                "its check is unknown",
                "mend the check's measurement: a trigger without data never fires",
            ));
        }
        if callable == 0 {
            ruling.red(Finding::new(
                "CUT2523",
                LIST,
                "a trigger that a person may call",
                "none",
                "add one with `called_by` and the roles that may",
            ));
        }
        if needs_people && people == 0 {
            ruling.red(Finding::new(
                "CUT2525",
                subject,
                "people in the roles that are asked or may call",
                "nobody",
                "name the people and a backup in `roles`",
            ));
        }
        if !plan {
            ruling.red(Finding::new(
                "CUT2524",
                subject,
                "a rollback plan that exists",
                "none",
                "name one of `rollback.plans`",
            ));
        }
        ruling
    }
}

/// The people of these roles who exist, backups included.
fn people<'a>(scope: &Scope<'a>, roles: &[String]) -> BTreeSet<&'a str> {
    roles
        .iter()
        .filter_map(|role| scope.plan.roles.get(role))
        .flat_map(|role| role.people.iter().chain(&role.backup))
        .filter(|person| scope.plan.people.contains_key(*person))
        .map(String::as_str)
        .collect()
}

/// What the engine watches by itself is no merit of the runbook.
fn written(plan: &Plan) -> impl Iterator<Item = &Trigger> {
    plan.rollback.triggers.iter().filter(|trigger| !trigger.built_in)
}
