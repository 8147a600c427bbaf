use crate::verdict::{Item, ItemVerdict, Judgement, Level};
use crate::world::{Observation, Observations};

use super::{Check, Facts, Rule, Scope};

/// How often a check may ask for more; a check that still asks then is unknown.
pub const MAX_ROUNDS: usize = 4;

/// The only source of verdicts: a rule applied to evidence.
///
/// What was not asked, not answered, answered in part, empty, or lacks a declared fact is unknown, with the reason.
/// Red wins over unknown: a thing measured and wrong stays wrong whatever else could not be seen.
pub fn judge(check: &dyn Check, rule: Option<&Rule>, scope: &Scope<'_>, seen: &Observations) -> Judgement {
    let asked = check.ask(scope, seen);
    if asked.is_empty() {
        return Judgement::unknown("nothing was measured: the check asks for nothing in this unit");
    }
    let mut gaps = Vec::new();
    let mut rests_on: Vec<&Observation> = Vec::new();
    for probe in &asked {
        match seen.get(probe) {
            Some(Ok(observation)) => {
                if let Some(partial) = &observation.partial {
                    gaps.push(format!("{}: {partial}", probe.title()));
                }
                rests_on.push(observation);
            }
            Some(Err(unobserved)) => gaps.push(format!("{}: {}", probe.title(), unobserved.message)),
            None => gaps.push(format!("{}: not measured", probe.title())),
        }
    }
    let items = match check.items(scope, seen) {
        Ok(items) => items,
        Err(why) => {
            gaps.push(why);
            Vec::new()
        }
    };
    if items.is_empty() && gaps.is_empty() {
        gaps.push("nothing to judge: the measurement came back empty".to_owned());
    }

    let mut verdicts: Vec<ItemVerdict> = Vec::with_capacity(items.len());
    let mut findings = Vec::new();
    let specs = check.facts_of();
    for item in items {
        let level = match missing_fact(&specs, &item) {
            Some(why) => {
                gaps.push(why);
                Level::Unknown
            }
            None => match apply(check, rule, scope, &item.subject, &item.facts) {
                Ok((level, mut found)) => {
                    findings.append(&mut found);
                    level
                }
                Err(why) => {
                    gaps.push(format!("{}: {why}", item.subject));
                    Level::Unknown
                }
            },
        };
        verdicts.push(ItemVerdict { item, level });
    }
    findings.sort();
    findings.dedup();
    gaps.dedup();

    let worst = Level::worst(verdicts.iter().map(|v| v.level)).unwrap_or(Level::Unknown);
    let level = if gaps.is_empty() { worst } else { worst.max(Level::Unknown) };
    let mut evidence: Vec<String> = rests_on.iter().map(|observation| observation.digest()).collect();
    evidence.sort();
    evidence.dedup();
    Judgement {
        level,
        why: (!gaps.is_empty()).then(|| gaps.join("; ")),
        findings,
        items: verdicts,
        evidence,
        measured_at: rests_on.iter().map(|observation| observation.at).min(),
    }
}

fn apply(
    check: &dyn Check,
    rule: Option<&Rule>,
    scope: &Scope<'_>,
    subject: &str,
    facts: &Facts,
) -> Result<(Level, Vec<crate::verdict::Finding>), String> {
    match rule {
        Some(rule) => rule.apply(subject, facts),
        None => Ok(check.rule(scope, subject, facts)),
    }
}

fn missing_fact(specs: &[super::FactSpec], item: &Item) -> Option<String> {
    specs.iter().find_map(|spec| match item.facts.get(&spec.name) {
        None if spec.optional => None,
        None => Some(format!("{}: fact `{}` is missing", item.subject, spec.name)),
        Some(value) if !spec.kind.fits(value) => {
            Some(format!("{}: fact `{}` is {value}, not {}", item.subject, spec.name, spec.kind.word()))
        }
        Some(_) => None,
    })
}
