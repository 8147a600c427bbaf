//! The way back was rehearsed, with this very plan, and not long ago.
//!
//! ## What it judges
//! The evidence that `cutover rehearse` wrote, first against the journals of its runs, which lie beside it: their chains hold,
//! and written once more from them it is the same to the last value. Then against what the runbook's `rehearsal` wants: that the plan is the one that was
//! rehearsed, in the environment that is named, no longer ago than `valid_for`; that the run went back from every point of
//! `rollback_from`, of which there are two at least, by the plan that the triggers name, and everything was taken back; that it survived every fault; and that each of the six elements was
//! measured: steady writes, catching up, a start on the target, the application's reconciliation, the rollback to the source,
//! the observation after it.
//!
//! ## Why it matters
//! A way back that was never gone is a hope. What was rehearsed with another plan was another rehearsal.
//!
//! ## Green, yellow, red
//! Green: all of this, with a mirrored workload and people who answered. Yellow: a synthetic workload; a rehearsal that
//! answered itself; a fault the environment could not give; no reconciliation where the runbook has no check of the
//! application's own. Red: a point, an element or its rollback is missing or failed; a fault that was not survived; a runbook
//! that wants nothing rehearsed; evidence that says something else than the journals of its runs, of which the first thing is
//! named. Unknown: no evidence; a journal that is not beside it; evidence that has expired: too old, of another environment, or of another
//! plan, which a changed script beside the runbook makes it; then the reason lists what differs. In a rehearsal itself the
//! check is not due.
//!
//! ## What it does not prove
//! That production behaves as the environment did: which parts of it are others is listed with the item `environment`, and
//! judged by nobody. That nobody made up whole journals, with hashes that fit: whoever owns the dimension signs the evidence by
//! its digest, and it names the last record of each of its runs.
//!
//! ## Example
//! ```yaml
//! rehearsed:
//!   use: rehearsal-covered
//!   severity: blocker
//!   with: { evidence: rehearsal.json }
//! ```

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Deserialize;

use super::Declared;
use crate::check::{Check, FactSpec, FactType, Facts, Ruling, Scope, spoken};
use crate::plan::{Answers, Rehearsal, UNREAD};
use crate::rehearsal::{ELEMENTS, POINTS, PointRehearsed, RECONCILIATION, Rehearsed};
use crate::verdict::{Dimension, Finding, Item, Proof};
use crate::world::{JournalsSeen, Measured, Observations, Probe};

/// Parameters.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RehearsalCovered {
    /// What `cutover rehearse` wrote; a path relative to the runbook.
    #[serde(default = "beside")]
    evidence: String,
}

fn beside() -> String {
    "rehearsal.json".to_owned()
}

/// So many differences are named.
const NAMED: usize = 8;

const COVERED: &str = "covered";
const FAILED: &str = "failed";
const MISSING: &str = "missing";

impl Declared for RehearsalCovered {
    const DIMENSION: Option<Dimension> = Some(Dimension::Rollback);
    const PROOF: Option<Proof> = Some(Proof::Rehearsed);
    const LIVE: bool = false;

    fn facts() -> Vec<FactSpec> {
        vec![
            FactSpec::new(
                "part",
                FactType::Text,
                "`point`, `fault`, `element`, `workload`, `answers`, `environment`, `wanted`, `evidence`",
            ),
            FactSpec::new("state", FactType::Text, "`covered`, `failed`, `missing`"),
            FactSpec::optional("age", FactType::Duration, "time since the rehearsal"),
            FactSpec::optional(
                "rollback",
                FactType::Duration,
                "from going back until the run was over; of a point",
            ),
            FactSpec::optional(
                "stall",
                FactType::Duration,
                "from the stop of the first application until the last ran on the target; of a point past the commit point",
            ),
            FactSpec::optional("why", FactType::Text, "what was measured, or why it was not"),
            FactSpec::optional(
                "declared",
                FactType::Boolean,
                "the runbook has a check of the application's own; of the element `reconciliation`",
            ),
        ]
    }
}

/// Evidence that was held against the journals of its runs.
enum Read<'a> {
    Proved(&'a Rehearsed),
    /// They tell otherwise: whatever else it says, nobody measured it.
    Contradicted(&'a str),
}

impl RehearsalCovered {
    fn probe(&self) -> Probe {
        Probe::Rehearsal { path: self.evidence.clone() }
    }

    fn read<'a>(&self, seen: &'a Observations) -> Result<Read<'a>, String> {
        let probe = self.probe();
        let Measured::Rehearsal(told) = &seen.of(&probe)?.measured else {
            return Err(format!("{}: answered with something else", probe.title()));
        };
        let why = || told.unreadable.as_deref().unwrap_or("it tells nothing");
        let found = told.rehearsed.as_deref().ok_or_else(|| format!("{}: {}", probe.title(), why()))?;
        match &told.journals {
            JournalsSeen::Fit => Ok(Read::Proved(found)),
            JournalsSeen::Differ { why } => Ok(Read::Contradicted(why)),
            JournalsSeen::Unread { why } => Err(format!("{}: {why}", probe.title())),
        }
    }
}

/// Why the evidence does not count any more.
fn expired(scope: &Scope<'_>, wanted: &Rehearsal, found: &Rehearsed) -> Option<String> {
    if found.environment != wanted.environment {
        return Some(format!(
            "it was rehearsed in {}, and the runbook wants {}",
            found.environment, wanted.environment
        ));
    }
    // What cannot be read now may be anything.
    let unread = wanted.parts.iter().find(|(_, digest)| *digest == UNREAD);
    if let Some((script, _)) = unread {
        return Some(format!(
            "{script} cannot be read, so whether it is the one that was rehearsed is not known"
        ));
    }
    // How applications are stopped and started is the site's, and what scripts do is theirs: in no digest of the plan.
    if found.plan_digest != scope.plan.digest || found.parts != wanted.parts {
        let differ = differences(&found.parts, &wanted.parts);
        let differ = differ.as_deref().unwrap_or("its parts are the same, their order is not");
        return Some(format!("another plan was rehearsed: {differ}"));
    }
    let age = age(scope, found);
    if age < 0 {
        return Some(format!("it is dated {}, in the future", found.ended));
    }
    let valid = i64::try_from(wanted.valid_for_ms).unwrap_or(i64::MAX);
    (age > valid).then(|| format!("it was rehearsed {} ago, and holds for {}", spoken(age), spoken(valid)))
}

fn age(scope: &Scope<'_>, found: &Rehearsed) -> i64 {
    scope.now.as_millisecond() - found.ended.as_millisecond()
}

/// What differs, in words; `None`: nothing does.
fn differences(then: &BTreeMap<String, String>, now: &BTreeMap<String, String>) -> Option<String> {
    let new = now.keys().filter(|name| !then.contains_key(*name)).map(|name| format!("{name} is new"));
    let gone = then.keys().filter(|name| !now.contains_key(*name)).map(|name| format!("{name} is gone"));
    let other = now
        .iter()
        .filter(|(name, digest)| then.get(*name).is_some_and(|known| known != *digest))
        .map(|(name, _)| match name.starts_with("script ") {
            true => format!("{name} changed since the rehearsal"),
            false => format!("{name} differs"),
        });
    let mut all: Vec<String> = other.chain(new).chain(gone).collect();
    let more = all.len().saturating_sub(NAMED);
    all.truncate(NAMED);
    if more > 0 {
        all.push(format!("{more} more"));
    }
    (!all.is_empty()).then(|| all.join(", "))
}

/// Where it was rehearsed and where it counts, which is another place by nature: said, not judged.
fn environment(scope: &Scope<'_>, found: &Rehearsed) -> Item {
    let plan = scope.plan;
    let (then, now) = (&found.environment_parts, plan.environment_parts());
    let what = match found.environment_digest == plan.environment_digest {
        true => "the same".to_owned(),
        false if then.is_empty() => "another; the evidence does not tell what differs".to_owned(),
        false => match differences(then, &now) {
            Some(parts) => format!("another: {parts}"),
            None => "another, with the same clusters, replicator and endpoints".to_owned(),
        },
    };
    let why = format!("rehearsed in {}, counted in {}: {what}", found.environment, plan.environment);
    Item::new("environment", facts("environment", COVERED, &why))
}

fn facts(part: &str, state: &str, why: &str) -> Facts {
    let facts = Facts::new().with("part", part).with("state", state);
    if why.is_empty() { facts } else { facts.with("why", why) }
}

fn points(wanted: &Rehearsal, found: &Rehearsed) -> Vec<Item> {
    let of = |name: &String| {
        let subject = format!("point {name}");
        // One run that went wrong is not made good by another.
        let all: Vec<_> = found.points.iter().filter(|point| point.point == *name).collect();
        let begun = all.iter().filter(|point| point.run.is_some()).count();
        let bad = all.iter().find(|point| !(point.reached && point.rolled_back));
        match (begun, bad) {
            (0, bad) => {
                let why = bad.map_or("no run went back from it", |point| point.outcome.as_str());
                Item::new(subject, facts("point", MISSING, why))
            }
            (_, Some(point)) => Item::new(subject, facts("point", FAILED, &point.outcome)),
            (_, None) => {
                // The longest: that is what a return may take.
                let longest = |of: fn(&PointRehearsed) -> Option<u64>| {
                    all.iter().filter_map(|point| of(point)).max().and_then(|took| i64::try_from(took).ok())
                };
                let mut facts = facts("point", COVERED, "");
                if let Some(took) = longest(|point| point.rollback_ms) {
                    facts.set("rollback", took);
                }
                if let Some(took) = longest(|point| point.stall_ms.filter(|_| point.past_commit_point)) {
                    facts.set("stall", took);
                }
                Item::new(subject, facts)
            }
        }
    };
    // What was rehearsed and went wrong does not become right by being wanted no more.
    let names = all_of(
        &wanted.rollback_from,
        found
            .points
            .iter()
            .filter(|point| point.run.is_some() && !point.rolled_back)
            .map(|point| &point.point),
    );
    let mut items: Vec<Item> = names.into_iter().map(of).collect();
    if wanted.rollback_from.iter().collect::<BTreeSet<_>>().len() < POINTS {
        let why = format!("the runbook names fewer than {POINTS} points");
        items.push(Item::new("another point", facts("point", MISSING, &why)));
    }
    items
}

/// What is wanted, and beside it what was found to be bad.
fn all_of<'a>(wanted: &'a [String], bad: impl Iterator<Item = &'a String>) -> BTreeSet<&'a String> {
    wanted.iter().chain(bad).collect()
}

/// Plans that something starts by itself or a person calls, each of which has to have been gone.
fn plans(scope: &Scope<'_>, found: &Rehearsed) -> Vec<Item> {
    let called: BTreeSet<&str> =
        scope.plan.rollback.triggers.iter().filter_map(|trigger| trigger.plan.as_deref()).collect();
    let of = |name: &str| {
        let subject = format!("rollback plan {name}");
        if name == found.rollback_plan {
            Item::new(subject, facts("point", COVERED, ""))
        } else {
            let why = format!("{} was rehearsed", found.rollback_plan);
            Item::new(subject, facts("point", MISSING, &why))
        }
    };
    called.into_iter().map(of).collect()
}

fn faults(wanted: &Rehearsal, found: &Rehearsed) -> Vec<Item> {
    let of = |name: &String| {
        let subject = format!("fault {name}");
        match found.faults.iter().find(|fault| fault.fault == *name) {
            Some(fault) if fault.made && fault.survived => {
                Item::new(subject, facts("fault", COVERED, &fault.why))
            }
            Some(fault) if fault.made => Item::new(subject, facts("fault", FAILED, &fault.why)),
            Some(fault) => Item::new(subject, facts("fault", MISSING, &fault.why)),
            None => Item::new(subject, facts("fault", MISSING, "it was not among those of the rehearsal")),
        }
    };
    let bad = found.faults.iter().filter(|fault| fault.made && !fault.survived).map(|fault| &fault.fault);
    all_of(&wanted.faults, bad).into_iter().map(of).collect()
}

fn elements(scope: &Scope<'_>, found: &Rehearsed) -> Vec<Item> {
    let declared = scope.plan.checks.iter().any(|check| check.proof == Proof::Application);
    let of = |name: &&str| {
        let (state, why) = match found.elements.get(*name) {
            Some(element) if element.covered => (COVERED, element.why.as_str()),
            Some(element) => (MISSING, element.why.as_str()),
            None => (MISSING, "the evidence does not speak of it"),
        };
        let facts = facts("element", state, why);
        let facts = if *name == RECONCILIATION { facts.with("declared", declared) } else { facts };
        Item::new(format!("element {name}"), facts)
    };
    ELEMENTS.iter().map(of).collect()
}

impl Check for RehearsalCovered {
    fn ask(&self, _: &Scope<'_>, _: &Observations) -> Vec<Probe> {
        vec![self.probe()]
    }

    fn facts_of(&self) -> Vec<FactSpec> {
        Self::facts()
    }

    fn items(&self, scope: &Scope<'_>, seen: &Observations) -> Result<Vec<Item>, String> {
        let Some(wanted) = &scope.plan.rehearsal else {
            let why = "the runbook has no `rehearsal`";
            return Ok(vec![Item::new("rehearsal", facts("wanted", MISSING, why))]);
        };
        let found = match self.read(seen)? {
            Read::Proved(found) => found,
            Read::Contradicted(why) => {
                // Of what it says nothing is known, also to a rule of the runbook's own.
                let none = Item::unknown("what was rehearsed", "the evidence contradicts its journals");
                return Ok(vec![Item::new("rehearsal", facts("evidence", FAILED, why)), none]);
            }
        };
        if let Some(why) = expired(scope, wanted, found) {
            return Ok(vec![Item::unknown("rehearsal", why)]);
        }
        // What the runbook says now and what was rehearsed: the worse counts.
        let mirrored = [&wanted.workload, &found.workload].into_iter().all(|word| word == "mirrored");
        let state = |good: bool| if good { COVERED } else { MISSING };
        let mut items = vec![
            Item::new("workload", facts("workload", state(mirrored), &found.workload)),
            Item::new(
                "answers",
                facts("answers", state(found.answers == Answers::People), found.answers.word()),
            ),
        ];
        items.push(environment(scope, found));
        items.extend(points(wanted, found));
        items.extend(plans(scope, found));
        items.extend(faults(wanted, found));
        items.extend(elements(scope, found));
        let age = age(scope, found);
        for item in &mut items {
            item.facts.set("age", age);
        }
        Ok(items)
    }

    fn rule(&self, _: &Scope<'_>, subject: &str, facts: &Facts) -> Ruling {
        let (Some(part), Some(state)) = (facts.text("part"), facts.text("state")) else {
            return Ruling::unknown("the facts of a rehearsal are not there");
        };
        let why = facts.text("why").unwrap_or("nothing is told of it");
        let mut ruling = Ruling::green();
        let again = "mend it and rehearse again: cutover rehearse";
        match (part, state) {
            (_, COVERED) => {}
            ("evidence", FAILED) => ruling.red(Finding::new(
                "CUT2540",
                subject,
                "what the journals of its runs tell",
                why,
                "take the file and the folder of journals as `cutover rehearse --evidence` wrote them, or rehearse again",
            )),
            ("point", FAILED) => {
                ruling.red(Finding::new("CUT2531", subject, "everything was taken back", why, again));
            }
            ("point", MISSING) => ruling.red(Finding::new(
                "CUT2532",
                subject,
                "a run that went back from there",
                why,
                "rehearse it: cutover rehearse; past the commit point each needs topics that are copied afresh",
            )),
            ("fault", FAILED) => ruling.red(Finding::new("CUT2533", subject, "survived", why, again)),
            ("fault", MISSING) => ruling.yellow(Finding::new(
                "CUT2534",
                subject,
                "made and survived",
                format!("not covered: {why}"),
                "rehearse where it can be made, such as the lab, or take it out of the list",
            )),
            ("element", MISSING) if facts.boolean("declared") == Some(false) => {
                ruling.yellow(Finding::new(
                    "CUT2536",
                    subject,
                    "the application's own figures are compared",
                    "the runbook has no check with proof `application`",
                    "add one, an `exec` or `http` check with `proof: application`, and rehearse again",
                ));
            }
            ("element", MISSING) => {
                ruling.red(Finding::new("CUT2535", subject, "measured in a rehearsal", why, again));
            }
            ("workload", MISSING) => ruling.yellow(Finding::new(
                "CUT2537",
                subject,
                "production's records, mirrored",
                why,
                "mirror production's records into the rehearsal where that is possible",
            )),
            ("answers", MISSING) => ruling.yellow(Finding::new(
                "CUT2538",
                subject,
                "people who answered",
                "the rehearsal answered itself",
                "rehearse without --answers yes: that people answer in time is part of it",
            )),
            ("wanted", MISSING) => ruling.red(Finding::new(
                "CUT2539",
                subject,
                "a rehearsal in the runbook",
                why,
                "add `rehearsal` with its environment and the points it goes back from",
            )),
            _ => return Ruling::unknown(format!("{part} is {state}: this version does not know it")),
        }
        ruling
    }
}
