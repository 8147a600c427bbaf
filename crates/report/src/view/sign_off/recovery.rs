use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use runbook::unit::Group;
use serde::Serialize;

use super::fate::Fate;
use super::{Statement, is_over};
use crate::human::moment;
use crate::view::EvidenceRef;
use crate::{KnownBy, RecoveryPoint, ReportInput};

#[derive(Clone, Debug, Serialize)]
pub struct RecoveryPointView {
    pub group: String,
    pub topic: String,
    pub partition: i32,
    /// The next record the group reads on the source; none: it had no commit there.
    pub offset: Option<i64>,
    /// The step of the way back that landed it.
    pub landed_by: Option<String>,
    /// The step that captured it; neither: a commit as it was measured, which moves until it is captured.
    pub captured_by: Option<String>,
    pub at: Timestamp,
    /// None: what was landed is in the journal itself.
    pub evidence: Option<EvidenceRef>,
    /// Where the group stood on the target when it was looked at last.
    pub reached: Option<ReachedView>,
}

#[derive(Clone, Debug, Serialize)]
pub struct ReachedView {
    pub on_target: i64,
    /// The same boundary on the source; none: not proved, or behind what was copied.
    pub on_source: Option<i64>,
    pub at: Timestamp,
}

impl RecoveryPointView {
    pub(super) fn all(input: &ReportInput) -> Vec<RecoveryPointView> {
        let points = input.recovery_points.iter();
        points
            .map(|point| {
                let (landed_by, captured_by) = match &point.known_by {
                    KnownBy::Landed(step) | KnownBy::LandedUnseen(step, _) => (Some(step.clone()), None),
                    KnownBy::Captured(step) => (None, Some(step.clone())),
                    KnownBy::Measured => (None, None),
                };
                let reached = point.reached.as_ref().filter(|_| goes_further(input));
                RecoveryPointView {
                    group: point.group.clone(),
                    topic: point.topic.clone(),
                    partition: point.partition,
                    offset: point.offset,
                    landed_by,
                    captured_by,
                    at: point.at,
                    evidence: point.sha256.as_ref().map(|digest| EvidenceRef::of(input, digest)),
                    reached: reached.map(|reached| ReachedView {
                        on_target: reached.on_target,
                        on_source: reached.on_source,
                        at: reached.at,
                    }),
                }
            })
            .collect()
    }
}

/// Whether a return would still take what the groups did on the target with it: by a plan that translates back, as long as
/// the run is not over.
fn goes_further(input: &ReportInput) -> bool {
    let translates = || Fate::all(input).any(|fate| fate.translates);
    input.plan.commit_point.is_some() && is_over(input).is_none() && translates()
}

pub(super) fn from_where(input: &ReportInput) -> Statement {
    const ABOUT: &str = "From where do the groups go on?";
    let mut sentences = Vec::new();
    let mut known = true;
    for (name, group) in input.plan.units.iter().flat_map(|unit| &unit.groups) {
        let of_group: Vec<&RecoveryPoint> =
            input.recovery_points.iter().filter(|point| &point.group == name).collect();
        if of_group.is_empty() {
            known = false;
            sentences.push(format!("Group {name}: not known, no position of it on the source was measured."));
            continue;
        }
        let mut by: BTreeMap<&KnownBy, Vec<&RecoveryPoint>> = BTreeMap::new();
        for point in &of_group {
            by.entry(&point.known_by).or_default().push(point);
        }
        known &= !by.contains_key(&KnownBy::Measured);
        for (known_by, points) in by {
            sentences.push(format!("Group {name}: {}", told(input, known_by, &points)));
            sentences.extend(further(input, known_by, &points));
        }
        let without = of_group.iter().filter(|point| point.offset.is_none()).count();
        if without > 0 {
            let (decides, is_known) = reset(group);
            known &= is_known;
            sentences.push(format!(
                "In {without} of {} partitions it has no commit: there {decides}.",
                of_group.len()
            ));
        }
        if group.source_app.is_none() && group.app.is_none() {
            sentences.push(format!("No application is declared that starts group {name} on the source."));
        }
    }
    if sentences.is_empty() {
        return Statement::open(ABOUT, "Not known: the plan has no group.");
    }
    Statement { about: ABOUT, sentences, known }
}

/// Where the group goes on in these partitions, and how that is known.
fn told(input: &ReportInput, known_by: &KnownBy, points: &[&RecoveryPoint]) -> String {
    let topics: BTreeSet<&str> = points.iter().map(|point| point.topic.as_str()).collect();
    let topics = topics.into_iter().collect::<Vec<_>>().join(", ");
    let with: Vec<(&RecoveryPoint, i64)> =
        points.iter().filter_map(|point| Some((*point, point.offset?))).collect();
    let place = match with.as_slice() {
        [] => format!("no commit in any of {} partitions of {topics}", points.len()),
        [(only, offset)] => format!("offset {offset} of {}, partition {}", only.topic, only.partition),
        many => format!("{} partitions of {topics}, each in the report's table", many.len()),
    };
    let at = points.iter().map(|point| point.at).max().map_or_else(String::new, moment);
    match known_by {
        KnownBy::Landed(step) => {
            let how = match Fate::all(input).all(|fate| fate.is_behind_all()) {
                true => "behind what it did on the target",
                false => "where its rollback plan has it go on after what it did on the target",
            };
            format!("{place}, landed on the source by {step}, which ended {at}: {how}.")
        }
        KnownBy::LandedUnseen(step, looked) => {
            let looked = looked.map_or_else(String::new, |looked| format!(" at {}", moment(looked)));
            format!(
                "{place}, landed on the source by {step}, which ended {at}, when the target did not answer: by where it stood there when that was proved last{looked}. What it did on the target after that comes again."
            )
        }
        KnownBy::Captured(step) => {
            let rested = "when nobody read as it and the source was at rest";
            let further = if goes_further(input) { ": not before that" } else { "" };
            format!("{place}, captured by {step} at {at}, {rested}{further}.")
        }
        KnownBy::Measured => format!(
            "not captured yet; its commits on the source at {at} were {place}, and they move until the switch captures them."
        ),
    }
}

/// How far beyond what was captured a plan takes the group, and where it was seen last.
fn further(input: &ReportInput, known_by: &KnownBy, points: &[&RecoveryPoint]) -> Option<String> {
    if !matches!(known_by, KnownBy::Captured(_)) || !goes_further(input) {
        return None;
    }
    let plans = Fate::all(input).map(|fate| match fate.translates {
        true => format!("by plan {} further, by what it has done on the target", fate.plan),
        false => format!("by plan {} exactly there", fate.plan),
    });
    let mut sentence = format!("Past the commit point: {}", plans.collect::<Vec<_>>().join(", "));
    let reached: Vec<_> = points.iter().filter_map(|point| Some((*point, point.reached.as_ref()?))).collect();
    match reached.as_slice() {
        [] => {}
        [(point, reached)] => {
            let source = reached.on_source.map_or_else(
                || "not proved on the source".to_owned(),
                |offset| format!("{offset} on the source"),
            );
            sentence.push_str(&format!(
                "; when it was looked at last, {}, it stood at offset {} of {}, partition {} there, {source}",
                moment(reached.at),
                reached.on_target,
                point.topic,
                point.partition
            ));
        }
        many => {
            let at = many.iter().map(|(_, reached)| reached.at).max().map_or_else(String::new, moment);
            sentence.push_str(&format!("; where it stood when it was looked at last, {at}, is in the table"));
        }
    }
    Some(sentence + ".")
}

/// Where a group without a commit begins, in words, and whether that is known.
fn reset(group: &Group) -> (String, bool) {
    match group.reset.as_deref() {
        Some("none") => {
            ("its auto.offset.reset is declared as none, so the application stops".to_owned(), false)
        }
        Some(reset) => (format!("its auto.offset.reset decides, which is declared as {reset}"), true),
        None => ("its auto.offset.reset decides, which is not declared".to_owned(), false),
    }
}
