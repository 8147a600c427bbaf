//! Until when a unit can go back to the source without loss, and what ends it: a reading of what `rollback-anchor` has
//! measured, of how long the source keeps commits, and of the deduplication horizon that groups declare.
//!
//! It colours nothing: the verdict is the check's. What was not measured is said as not known, with the reason; the
//! earliest end that is known then stands beside it, because the way back ends there at the latest.

mod ends;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::check::{moment, spoken};
use crate::checks::rollback_anchor::WITHOUT_MEMBERS;
use crate::plan::PlannedCheck;
use crate::unit::Unit;
use crate::verdict::Judgement;

use ends::End;

/// The groups that the look of a check of the kind [`KIND`] found without members, as one text.
pub fn without_members(judgement: &Judgement) -> Option<&str> {
    let mut items = judgement.items.iter().map(|verdict| &verdict.item);
    items.find_map(|item| item.evidence.get(WITHOUT_MEMBERS)).map(String::as_str)
}

/// The kind of check that measures how long the source keeps a recovery point.
pub const KIND: &str = "rollback-anchor";

/// How the way back of one unit stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReturnClock {
    pub unit: String,
    pub state: ReturnState,
    /// When going back becomes impossible or lossy. Null: nothing that was looked at ends it (`open`), or nothing is known.
    /// Where the state is `unknown`: it ends then at the latest.
    pub until: Option<Timestamp>,
    /// `retention.ms`, `retention.bytes`, `offset expiry` or `deduplication horizon`.
    pub cause: Option<String>,
    /// What ends it: `topic orders, partition 3`.
    pub subject: Option<String>,
    /// Why it is so, in one sentence without its end.
    pub why: String,
    /// When the source was looked at for it.
    pub measured_at: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ReturnState {
    /// The recovery point is there.
    Open,
    /// It is deleted, or its time is over: whoever goes back loses or repeats records.
    Gone,
    /// It could not be told, whole or in part.
    Unknown,
}

/// A verdict of a check of the kind [`KIND`].
#[derive(Clone, Copy, Debug)]
pub struct Look<'a> {
    pub judgement: &'a Judgement,
    pub at: Timestamp,
}

/// What the clocks are read from.
#[derive(Debug)]
pub struct Input<'a> {
    pub units: &'a [Unit],
    /// Of the plan, of any kind.
    pub checks: &'a [PlannedCheck],
    /// The latest look, by unit and check.
    pub latest: BTreeMap<(&'a str, &'a str), Look<'a>>,
    /// The look that stood when the commit point was passed: its recovery points are the ones a return goes to.
    pub at_switch: BTreeMap<(&'a str, &'a str), Look<'a>>,
    /// Since when the source's applications are stopped, by unit: from then on the source counts down to forgetting their
    /// commits.
    pub stopped: BTreeMap<&'a str, Timestamp>,
    /// Groups, as one text, that had no members before the run stopped anything, by unit: their commits have expired since
    /// a time that nobody tells.
    pub without_members: BTreeMap<&'a str, &'a str>,
    /// When the commit point was passed.
    pub switched: Option<Timestamp>,
    pub now: Timestamp,
}

/// One clock for each unit, in the plan's order.
pub fn clocks(input: &Input<'_>) -> Vec<ReturnClock> {
    input.units.iter().map(|unit| of_unit(input, unit)).collect()
}

fn of_unit(input: &Input<'_>, unit: &Unit) -> ReturnClock {
    let measures = |check: &&PlannedCheck| check.kind == KIND && check.units.contains(&unit.name);
    let checks: Vec<&str> = input.checks.iter().filter(measures).map(|check| check.id.as_str()).collect();
    let mut found = ends::Found::default();
    if checks.is_empty() {
        found.unknown.push(format!(
            "no check of the plan measures how long the source keeps the recovery point (`{KIND}`)"
        ));
    }
    for check in checks {
        found.look(input, &unit.name, check);
    }
    if let Some(groups) = input.without_members.get(unit.name.as_str()) {
        found.unknown.push(format!(
            "{groups} had no members before the run stopped any application: since when the source counts down to forgetting these commits, it does not tell"
        ));
    }
    found.horizons(input, unit);
    clock(&unit.name, found, input.now)
}

fn clock(unit: &str, found: ends::Found, now: Timestamp) -> ReturnClock {
    let first = found.ends.iter().min_by_key(|end| end.at);
    let mut clock = ReturnClock {
        unit: unit.to_owned(),
        state: ReturnState::Open,
        until: first.map(|end| end.at),
        cause: first.map(|end| end.cause.clone()),
        subject: first.map(|end| end.subject.clone()),
        why: String::new(),
        measured_at: found.measured_at,
    };
    let over = first.filter(|end| end.at <= now);
    if let Some(lost) = found.lost.first() {
        clock.state = ReturnState::Gone;
        clock.why.clone_from(lost);
        (clock.until, clock.cause, clock.subject) = (None, None, None);
    } else if let Some(End { cause, subject, .. }) = over {
        clock.state = ReturnState::Gone;
        clock.why = format!("its time is over by {cause} of {subject}");
    } else if !found.unknown.is_empty() {
        clock.state = ReturnState::Unknown;
        clock.why = found.unknown.join("; ");
    } else {
        clock.why = match first {
            Some(End { cause, subject, .. }) => format!("{cause} of {subject}"),
            None => "nothing that was looked at deletes what a return needs".to_owned(),
        };
    }
    if let Some(note) = found.notes.first() {
        clock.why = format!("{}; {note}", clock.why);
    }
    clock
}

impl ReturnClock {
    /// Can it still go back, until when, why: one line.
    pub fn told(&self, now: Timestamp) -> String {
        format!("{}: {}", self.unit, self.answer(now))
    }

    /// The same without the unit's name.
    pub fn answer(&self, now: Timestamp) -> String {
        let left = |until: Timestamp| spoken((until.as_millisecond() - now.as_millisecond()).max(0));
        match (self.state, self.until) {
            (ReturnState::Open, Some(until)) => {
                format!("yes, until {}, {} left: {}", moment(until), left(until), self.why)
            }
            (ReturnState::Open, None) => format!("yes, without an end: {}", self.why),
            (ReturnState::Gone, _) => format!("NOT WITHOUT LOSS: {}", self.why),
            (ReturnState::Unknown, Some(until)) => {
                let cause = self.cause.as_deref().unwrap_or_default();
                let (at, left) = (moment(until), left(until));
                format!("NOT KNOWN: {}; at the latest until {at}, {left} left: {cause}", self.why)
            }
            (ReturnState::Unknown, None) => format!("NOT KNOWN: {}", self.why),
        }
    }

    /// For a status bar: `6d3h by retention.ms`, `gone`, `not known`.
    pub fn brief(&self, now: Timestamp) -> String {
        match (self.state, self.until, &self.cause) {
            (ReturnState::Open, Some(until), Some(cause)) => {
                let left = spoken((until.as_millisecond() - now.as_millisecond()).max(0));
                format!("{left} by {cause}")
            }
            (ReturnState::Open, ..) => "without an end".to_owned(),
            (ReturnState::Gone, ..) => "gone".to_owned(),
            (ReturnState::Unknown, ..) => "not known".to_owned(),
        }
    }

    /// The one that ends first: gone before not known, not known before what has an end.
    pub fn first(clocks: &[ReturnClock]) -> Option<&ReturnClock> {
        clocks.iter().min_by_key(|clock| {
            let rank = match clock.state {
                ReturnState::Gone => 0,
                ReturnState::Unknown => 1,
                ReturnState::Open => 2,
            };
            (rank, clock.until.is_none(), clock.until)
        })
    }
}
