use jiff::Timestamp;
use serde::Serialize;

use crate::ReportInput;

/// The steps over the time from the first one's beginning to the last one's end, as drawn: what it took against what was
/// planned, people and machine apart.
#[derive(Clone, Debug, Serialize)]
pub struct TimelineView {
    pub from: Timestamp,
    pub to: Timestamp,
    pub total_ms: u64,
    /// The sum over steps that wait for nobody, and over those that wait for people.
    pub machine_ms: u64,
    pub people_ms: u64,
    /// Planned for those that have a plan and are over, and what they took.
    pub planned_ms: u64,
    pub of_planned_ms: u64,
    pub bars: Vec<Bar>,
}

/// A step that was begun. Places in percent of the whole width.
#[derive(Clone, Debug, Serialize)]
pub struct Bar {
    pub step: String,
    pub state: String,
    pub people: bool,
    pub commit_point: bool,
    pub took_ms: u64,
    pub planned_ms: Option<u64>,
    /// False: it had not ended when the report was made, and is drawn as far as that.
    pub over: bool,
    pub x: f64,
    pub width: f64,
    /// How long it was planned to take, from its beginning; cut off where the drawing ends.
    pub planned_width: Option<f64>,
}

/// Finer is drawn by no screen, and nobody sees less.
const THINNEST: f64 = 0.4;

impl TimelineView {
    pub(super) fn of(input: &ReportInput) -> Option<TimelineView> {
        let steps = &input.execution.as_ref()?.steps;
        let end = |began: Timestamp, took: Option<u64>| match took {
            Some(took) => began.as_millisecond().saturating_add(i64::try_from(took).unwrap_or(i64::MAX)),
            None => input.as_of.as_millisecond().max(began.as_millisecond()),
        };
        let begun = || steps.iter().filter_map(|step| Some((step, step.began?)));
        let from = begun().map(|(_, began)| began).min()?;
        let to = begun().map(|(step, began)| end(began, step.took_ms)).max()?;
        let whole = (to - from.as_millisecond()).max(1) as f64;
        let percent = |ms: f64| (ms / whole * 1_000.0).round() / 10.0;
        let mut bars: Vec<Bar> = begun()
            .map(|(step, began)| {
                let offset = began.as_millisecond() - from.as_millisecond();
                let took = (end(began, step.took_ms) - began.as_millisecond()).max(0);
                let x = percent(offset as f64).min(100.0 - THINNEST);
                let room = 100.0 - x;
                Bar {
                    step: step.step.clone(),
                    state: step.state.clone(),
                    people: step.people,
                    commit_point: step.commit_point,
                    took_ms: u64::try_from(took).unwrap_or(0),
                    planned_ms: step.planned_ms,
                    over: step.took_ms.is_some(),
                    x,
                    width: percent(took as f64).max(THINNEST).min(room),
                    planned_width: step.planned_ms.map(|ms| percent(ms as f64).max(THINNEST).min(room)),
                }
            })
            .collect();
        bars.sort_by(|a, b| a.x.total_cmp(&b.x));
        let sum = |of: &dyn Fn(&&Bar) -> bool| {
            bars.iter().filter(of).map(|bar| bar.took_ms).fold(0, u64::saturating_add)
        };
        let planned = |bar: &&Bar| bar.over && bar.planned_ms.is_some();
        Some(TimelineView {
            from,
            to: Timestamp::from_millisecond(to).unwrap_or(from),
            total_ms: u64::try_from(to - from.as_millisecond()).unwrap_or(0),
            machine_ms: sum(&|bar| !bar.people),
            people_ms: sum(&|bar| bar.people),
            planned_ms: bars
                .iter()
                .filter(planned)
                .filter_map(|bar| bar.planned_ms)
                .fold(0, u64::saturating_add),
            of_planned_ms: sum(&planned),
            bars,
        })
    }
}
