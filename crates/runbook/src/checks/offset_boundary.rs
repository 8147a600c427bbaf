//! What each group holds on the target continues exactly where it stopped on the source.
//!
//! ## What it judges
//! For every group of the unit and every partition with a commit on either side: whether the commit on the target lies
//! on the same record boundary as the one on the source. Without a commit on the source the group's `reset` says where
//! it stands there (`earliest`, `latest`). What would happen otherwise is counted in records, bytes and
//! event time: a **replay** (records the group has finished come again) or a **skip** (records it never saw are left
//! out).
//!
//! ## Why it matters
//! A replicator's own translation is exact only for a group at the end of the log. Behind it, MirrorMaker 2 places a
//! group up to one and a half times its lag before its position, and nobody is told; where it has written nothing, the
//! consumer's `auto.offset.reset` decides between everything again and everything lost.
//!
//! ## Green, yellow, red
//! Green: exact, or a replay or skip within what the unit tolerates (`replayed`, `skipped`: records per partition,
//! nothing unless declared). Yellow: several places look the same, or the records behind could not all be compared. Red:
//! more is replayed or skipped than tolerated, the target has no commit, or the group would be delivered records of
//! the unit's `target_born` spans, whatever is tolerated. Unknown: not provable, with the reason.
//!
//! ## What it does not prove
//! That the application resumes from its commit: it may seek elsewhere. That records before the position were processed.
//!
//! ## Example
//! ```yaml
//! boundaries:
//!   use: offset-boundary
//!   severity: blocker
//! ```

use schemars::JsonSchema;
use serde::Deserialize;

use super::Declared;
use super::position_provable::{Held, held, probe};
use crate::check::{Check, FactSpec, FactType, Facts, Ruling, Scope, counted, spoken};
use crate::verdict::{Dimension, Finding, Item, Proof};
use crate::world::{Observations, Outcome, Probe};

/// Parameters: none; the unit declares what it tolerates.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OffsetBoundary {}

impl Declared for OffsetBoundary {
    const DIMENSION: Option<Dimension> = Some(Dimension::OffsetParity);
    const PROOF: Option<Proof> = Some(Proof::Boundary);
    const OF_THE_COPY: bool = true;
    const LIVE: bool = false;
    const DUE: Option<&'static str> = Some("commit-offsets");

    fn facts() -> Vec<FactSpec> {
        vec![
            FactSpec::new(
                "outcome",
                FactType::Text,
                "`exact`, `replay`, `skip`, `ambiguous` or `untranslated`; `unprovable` beside `target_born` alone",
            ),
            FactSpec::optional("source_committed", FactType::Integer, "the group's commit on the source"),
            FactSpec::optional(
                "would_begin",
                FactType::Integer,
                "where its reset policy begins on the source; it has no commit there",
            ),
            FactSpec::optional("target_committed", FactType::Integer, "its commit on the target"),
            FactSpec::optional("exact_target", FactType::Integer, "the target offset of the same boundary"),
            FactSpec::optional("replayed", FactType::Integer, "records that would come again"),
            FactSpec::optional("skipped", FactType::Integer, "records that would be left out"),
            FactSpec::optional("bytes", FactType::Size, "size of those records: key, value and headers"),
            FactSpec::optional(
                "event_time",
                FactType::Duration,
                "newest minus oldest timestamp of those records",
            ),
            FactSpec::new(
                "tolerated_replay",
                FactType::Integer,
                "records the unit tolerates again, per partition",
            ),
            FactSpec::new(
                "tolerated_skip",
                FactType::Integer,
                "records the unit tolerates left out, per partition",
            ),
            FactSpec::optional(
                "target_born",
                FactType::Integer,
                "declared target-born records the group would be delivered; absent: none",
            ),
            FactSpec::optional("why", FactType::Text, "why it is ambiguous or untranslated"),
        ]
    }
}

impl Check for OffsetBoundary {
    fn ask(&self, scope: &Scope<'_>, _: &Observations) -> Vec<Probe> {
        scope.unit.groups.iter().map(|(name, group)| probe(scope, name, group)).collect()
    }

    fn facts_of(&self) -> Vec<FactSpec> {
        Self::facts()
    }

    fn items(&self, scope: &Scope<'_>, seen: &Observations) -> Result<Vec<Item>, String> {
        let (held, mut items) = held(scope, seen);
        items.extend(held.into_iter().map(item));
        Ok(items)
    }

    fn rule(&self, _: &Scope<'_>, subject: &str, facts: &Facts) -> Ruling {
        let (Some(outcome), Some(replay_limit), Some(skip_limit)) =
            (facts.text("outcome"), facts.integer("tolerated_replay"), facts.integer("tolerated_skip"))
        else {
            return Ruling::unknown("the facts of a position are not there");
        };
        let at =
            |name: &str| facts.integer(name).map_or_else(|| "none".to_owned(), |offset| offset.to_string());
        let exact = format!("target offset {}", at("exact_target"));
        let finding = |code: &str, expected: String, actual: String, hint: &str| {
            Finding::new(code, subject, expected, actual, hint)
        };
        let mut ruling = Ruling::green();
        if let Some(born) = facts.integer("target_born") {
            ruling.red(finding(
                "CUT2145",
                exact.clone(),
                format!("target offset {}: {} born on the target delivered", at("target_committed"), counted(born, "record")),
                "commit a position behind them: commit-offsets lands there once the group has finished what was copied before them",
            ));
        }
        match outcome {
            "unprovable" if facts.integer("target_born").is_some() => {}
            "exact" => {
                // Beyond its own exact place a commit cannot be exact, nor can an absent one: the evidence is broken.
                let held = facts.integer("target_committed");
                let beyond = held.zip(facts.integer("exact_target")).is_some_and(|(held, exact)| held > exact);
                let stands = facts.integer("source_committed").or(facts.integer("would_begin"));
                if held.is_none() || stands.is_none() || beyond {
                    return Ruling::unknown("called exact without the commits to show it");
                }
            }
            "replay" => match facts.integer("replayed") {
                Some(records) if records <= replay_limit => {}
                Some(records) => ruling.red(finding(
                    "CUT2141",
                    exact,
                    format!("target offset {}: {} replayed{}", at("target_committed"), counted(records, "record"), sized(facts)),
                    "commit the exact position on the target before the group starts there",
                )),
                None => return Ruling::unknown("the replay was not counted"),
            },
            "skip" => match facts.integer("skipped") {
                Some(records) if records <= skip_limit => {}
                Some(records) => ruling.red(finding(
                    "CUT2142",
                    exact,
                    format!("target offset {}: {} skipped{}", at("target_committed"), counted(records, "record"), sized(facts)),
                    "commit the exact position on the target before the group starts there; find out who committed this one",
                )),
                None => return Ruling::unknown("the skip was not counted"),
            },
            "untranslated" => ruling.red(finding(
                "CUT2143",
                format!("a commit at {exact}"),
                format!("none: {}", facts.text("why").unwrap_or("the target has no commit there")),
                "commit the exact position; without one the consumer's auto.offset.reset decides: earliest repeats, latest leaves out, none stops",
            )),
            "ambiguous" => ruling.yellow(finding(
                "CUT2144",
                "one place on the target".to_owned(),
                facts.text("why").unwrap_or("several places look the same").to_owned(),
                "raise the check's read budget, or let the group go on until its records differ; then measure again",
            )),
            other => return Ruling::unknown(format!("outcome {other} has no rule")),
        }
        ruling
    }
}

fn sized(facts: &Facts) -> String {
    let bytes = facts.integer("bytes").map(|bytes| format!("{bytes} bytes"));
    let span = facts.integer("event_time").map(|ms| format!("{} of event time", spoken(ms)));
    let parts: Vec<String> = [bytes, span].into_iter().flatten().collect();
    if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) }
}

fn item(Held { group, position, subject, .. }: Held<'_>) -> Item {
    let why = position.why.clone().unwrap_or_else(|| position.outcome.word().to_owned());
    let born = position.target_born.map(|records| i64::try_from(records).unwrap_or(i64::MAX));
    if position.outcome == Outcome::Unprovable && born.is_none() {
        return Item::unknown(subject, why);
    }
    let records = position.records.map(|records| i64::try_from(records).unwrap_or(i64::MAX));
    let (replayed, skipped) = match position.outcome {
        Outcome::Exact => (Some(0), Some(0)),
        Outcome::Replay => (records, Some(0)),
        Outcome::Skip => (Some(0), records),
        _ => (None, None),
    };
    let mut facts = Facts::new()
        .with("outcome", position.outcome.word())
        .with("tolerated_replay", group.tolerates.replayed.unwrap_or(0).max(0))
        .with("tolerated_skip", group.tolerates.skipped.unwrap_or(0).max(0));
    let numbers = [
        ("source_committed", position.source_committed),
        ("would_begin", position.would_begin),
        ("target_committed", position.target_committed),
        ("exact_target", position.exact_target),
        ("replayed", replayed),
        ("skipped", skipped),
        ("bytes", position.bytes.map(|bytes| i64::try_from(bytes).unwrap_or(i64::MAX))),
        ("event_time", position.event_time_ms),
        ("target_born", born),
    ];
    for (name, number) in numbers {
        if let Some(number) = number {
            facts.set(name, number);
        }
    }
    if matches!(position.outcome, Outcome::Ambiguous | Outcome::Untranslated | Outcome::Unprovable) {
        facts.set("why", why);
    }
    Item::new(subject, facts)
}
