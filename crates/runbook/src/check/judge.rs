use crate::verdict::{Finding, Item, ItemVerdict, Judgement, Level};
use crate::world::{Observation, Observations};

use super::{Check, FactSpec, Facts, Rule, Scope};

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
    let items = check.items(scope, seen).unwrap_or_else(|why| {
        gaps.push(why);
        Vec::new()
    });
    if items.is_empty() && gaps.is_empty() {
        return without_data(scope, &rests_on);
    }

    let incomplete = !gaps.is_empty();
    let mut level = if incomplete { Level::Unknown } else { Level::Green };
    let mut verdicts: Vec<ItemVerdict> = Vec::with_capacity(items.len());
    let mut findings = Vec::new();
    let specs = check.facts_of();
    for mut item in items {
        let (of_item, mut found, why) = judge_item(check, rule, scope, &specs, &item);
        if of_item == Level::Unknown {
            let why = why.unwrap_or_else(|| "the rule cannot tell".to_owned());
            gaps.push(format!("{}: {why}", item.subject));
            item.unknown = Some(why);
        }
        level = level.max(of_item);
        findings.append(&mut found);
        verdicts.push(ItemVerdict { item, level: of_item });
    }
    findings.sort();
    findings.dedup();
    Judgement {
        level,
        why: sentence(&mut gaps),
        findings,
        items: verdicts,
        evidence: digests(&rests_on),
        measured_at: rests_on.iter().map(|observation| observation.at).min(),
        incomplete,
    }
}

fn judge_item(
    check: &dyn Check,
    rule: Option<&Rule>,
    scope: &Scope<'_>,
    specs: &[FactSpec],
    item: &Item,
) -> (Level, Vec<Finding>, Option<String>) {
    let unknown = |why: String| (Level::Unknown, Vec::new(), Some(why));
    if let Some(why) = &item.unknown {
        return unknown(why.clone());
    }
    if let Some(why) = missing_fact(specs, &item.facts) {
        return unknown(why);
    }
    match rule {
        None => check.rule(scope, &item.subject, &item.facts).into_parts(),
        Some(rule) => match rule.apply(&item.subject, &item.facts) {
            Ok((level, findings)) => (level, findings, None),
            Err(why) => unknown(why),
        },
    }
}

fn missing_fact(specs: &[FactSpec], facts: &Facts) -> Option<String> {
    specs.iter().find_map(|spec| match facts.get(&spec.name) {
        None if spec.optional => None,
        None => Some(format!("fact `{}` is missing", spec.name)),
        Some(value) if !spec.kind.fits(value) => {
            Some(format!("fact `{}` is {value}, not {}", spec.name, spec.kind.word()))
        }
        Some(_) => None,
    })
}

/// Everything was answered, and there is nothing in it. A runbook may say that this is bad, never that it is good.
fn without_data(scope: &Scope<'_>, rests_on: &[&Observation]) -> Judgement {
    let declared = scope.plan.check(scope.check).and_then(|check| check.no_data.as_deref());
    let level = match declared {
        Some("red") => Level::Red,
        Some("yellow") => Level::Yellow,
        _ => Level::Unknown,
    };
    let why = "nothing to judge: the measurement came back empty";
    let findings = match level {
        Level::Unknown => Vec::new(),
        _ => vec![Finding::new(
            "CUT2001",
            format!("check {}", scope.check),
            "data",
            why,
            "find out why there is no data; `no_data` of the check sets this level",
        )],
    };
    Judgement {
        level,
        findings,
        evidence: digests(rests_on),
        measured_at: rests_on.iter().map(|observation| observation.at).min(),
        incomplete: level == Level::Unknown,
        ..Judgement::unknown(why)
    }
}

fn digests(rests_on: &[&Observation]) -> Vec<String> {
    let mut evidence: Vec<String> = rests_on.iter().map(|observation| observation.digest()).collect();
    evidence.sort();
    evidence.dedup();
    evidence
}

/// More than this many reasons say no more than this many.
const REASONS_SHOWN: usize = 6;

fn sentence(gaps: &mut Vec<String>) -> Option<String> {
    gaps.dedup();
    let more = gaps.len().saturating_sub(REASONS_SHOWN);
    gaps.truncate(REASONS_SHOWN);
    if more > 0 {
        gaps.push(format!("and {more} more"));
    }
    (!gaps.is_empty()).then(|| gaps.join("; "))
}
