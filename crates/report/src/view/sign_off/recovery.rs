use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Serialize;

use super::Statement;
use crate::human::moment;
use crate::view::EvidenceRef;
use crate::{RecoveryPoint, ReportInput};

#[derive(Clone, Debug, Serialize)]
pub struct RecoveryPointView {
    pub group: String,
    pub topic: String,
    pub partition: i32,
    /// The next record the group reads on the source; none: it had no commit there.
    pub offset: Option<i64>,
    /// The step that captured it; none: a commit as it was measured, which moves until it is captured.
    pub captured_by: Option<String>,
    pub at: Timestamp,
    pub evidence: EvidenceRef,
}

impl RecoveryPointView {
    pub(super) fn all(input: &ReportInput) -> Vec<RecoveryPointView> {
        let points = input.recovery_points.iter();
        points
            .map(|point| RecoveryPointView {
                group: point.group.clone(),
                topic: point.topic.clone(),
                partition: point.partition,
                offset: point.offset,
                captured_by: point.captured_by.clone(),
                at: point.at,
                evidence: EvidenceRef::of(input, &point.sha256),
            })
            .collect()
    }
}

pub(super) fn from_where(input: &ReportInput) -> Statement {
    const ABOUT: &str = "From where do the groups go on?";
    let points = &input.recovery_points;
    let mut sentences = Vec::new();
    let mut known = true;
    for (name, group) in input.plan.units.iter().flat_map(|unit| &unit.groups) {
        let of_group: Vec<&RecoveryPoint> = points.iter().filter(|point| &point.group == name).collect();
        let Some(first) = of_group.first() else {
            known = false;
            sentences.push(format!("Group {name}: not known, no position of it on the source was measured."));
            continue;
        };
        let topics: BTreeSet<&str> = of_group.iter().map(|point| point.topic.as_str()).collect();
        let topics = topics.into_iter().collect::<Vec<_>>().join(", ");
        let with: Vec<(&RecoveryPoint, i64)> =
            of_group.iter().filter_map(|point| Some((*point, point.offset?))).collect();
        let place = match with.as_slice() {
            [] => format!("no commit in any of {} partitions of {topics}", of_group.len()),
            [(only, offset)] => format!("offset {offset} of {}, partition {}", only.topic, only.partition),
            many => format!("{} partitions of {topics}, each in the report's table", many.len()),
        };
        match &first.captured_by {
            Some(step) => sentences.push(format!(
                "Group {name}: {place}, captured by {step} at {}, when nobody read as it and the source was at rest.",
                moment(first.at)
            )),
            None => {
                known = false;
                sentences.push(format!(
                    "Group {name}: not captured yet; its commits on the source at {} were {place}, and they move until the switch captures them.",
                    moment(first.at)
                ));
            }
        }
        let without = of_group.len() - with.len();
        if without > 0 {
            let decides = match &group.reset {
                Some(reset) if reset == "none" => {
                    known = false;
                    "its auto.offset.reset is declared as none, so the application stops".to_owned()
                }
                Some(reset) => format!("its auto.offset.reset decides, which is declared as {reset}"),
                None => {
                    known = false;
                    "its auto.offset.reset decides, which is not declared".to_owned()
                }
            };
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
