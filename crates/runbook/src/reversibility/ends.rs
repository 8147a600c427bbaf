use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::{Input, Look};
use crate::checks::rollback_anchor::{BY_EXPIRY, BY_TIME, LOG_START};
use crate::unit::Unit;
use crate::verdict::Item;

/// Of a group that goes by a moment and removes what comes again.
const BY_HORIZON: &str = "deduplication horizon";

/// Something after which a return is not whole any more.
#[derive(Debug)]
pub(super) struct End {
    pub at: Timestamp,
    pub cause: String,
    pub subject: String,
}

/// Everything that was found about the way back of a unit.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub ends: Vec<End>,
    /// What is deleted already.
    pub lost: Vec<String>,
    /// What could not be told.
    pub unknown: Vec<String>,
    pub notes: Vec<String>,
    /// The oldest look.
    pub measured_at: Option<Timestamp>,
}

impl Found {
    /// What the looks of a check say. The recovery point of the switch goes before one that was seen later further on: a
    /// return goes to the one the run has captured, whoever read on at the source since.
    pub fn look(&mut self, input: &Input<'_>, unit: &str, check: &str) {
        let latest = input.latest.get(&(unit, check)).copied();
        let at_switch = input.at_switch.get(&(unit, check)).copied().filter(|look| tells(*look));
        let Some(latest) = latest else {
            self.unknown.push(format!("`{check}` was not measured"));
            return;
        };
        if !tells(latest) {
            let why = latest.judgement.why.as_deref().unwrap_or("it has no items");
            match at_switch {
                None => self.unknown.push(format!("`{check}`: {why}")),
                Some(_) => self.notes.push(format!("as measured before the switch, the latest look: {why}")),
            }
        }
        let mut items: BTreeMap<&str, (Look<'_>, &Item)> = BTreeMap::new();
        for look in [Some(latest), at_switch].into_iter().flatten() {
            for item in look.judgement.items.iter().map(|verdict| &verdict.item) {
                let known = items.get(item.subject.as_str());
                let further_on = known.is_none_or(|(_, known)| {
                    let point = |item: &Item| item.facts.integer("recovery_point");
                    matches!((point(known), point(item)), (Some(later), Some(earlier)) if later > earlier)
                });
                if !further_on {
                    continue;
                }
                let replaced = items.insert(&item.subject, (look, item));
                self.lost.extend(replaced.and_then(|(_, newer)| deleted_since(item, newer)));
            }
        }
        for (look, item) in items.into_values() {
            self.item(look, item, input.stopped.get(unit).copied());
        }
    }

    fn item(&mut self, look: Look<'_>, item: &Item, stopped: Option<Timestamp>) {
        let measured = look.judgement.measured_at.unwrap_or(look.at).min(look.at);
        self.measured_at = Some(self.measured_at.map_or(measured, |known| known.min(measured)));
        if let Some(why) = &item.unknown {
            self.unknown.push(format!("{}: {why}", item.subject));
            return;
        }
        let facts = &item.facts;
        let (Some(left), Some(cause), Some(lost)) =
            (facts.integer("time_left"), facts.text("cause"), facts.integer("lost"))
        else {
            self.unknown.push(format!("{}: its facts are not there", item.subject));
            return;
        };
        if lost > 0 {
            self.lost
                .push(format!("{lost} offsets after the recovery point of {} are deleted", item.subject));
        }
        if left == i64::MAX {
            return;
        }
        // Time by the record's own stamp was counted from the moment of judging; growth and expiry from the look. A group
        // that had stopped before the look has begun to expire before it.
        let from = match cause {
            BY_EXPIRY => stopped.map_or(measured, |stopped| stopped.min(measured)),
            BY_TIME => look.at,
            _ => measured,
        };
        self.end(from, left, cause, &item.subject);
    }

    /// From the switch on the target's applications process what would be processed again after a return: it is
    /// recognised for as long as the horizon says.
    pub fn horizons(&mut self, input: &Input<'_>, unit: &Unit) {
        let Some(switched) = input.switched else { return };
        for (name, group) in &unit.groups {
            if let Some(horizon) = group.horizon_ms {
                let horizon = i64::try_from(horizon).unwrap_or(i64::MAX);
                self.end(switched, horizon, BY_HORIZON, &format!("group {name}"));
            }
        }
    }

    /// An end beyond what a calendar holds is none.
    fn end(&mut self, from: Timestamp, left_ms: i64, cause: &str, subject: &str) {
        if let Ok(at) = from.checked_add(SignedDuration::from_millis(left_ms)) {
            self.ends.push(End { at, cause: cause.to_owned(), subject: subject.to_owned() });
        }
    }
}

/// What of a recovery point is deleted by the log start that a newer look found. That look counted its own loss, from a
/// commit that has moved on since; it shows the log start beside it.
fn deleted_since(point: &Item, newer: &Item) -> Option<String> {
    let point_at = point.facts.integer("recovery_point")?;
    let shown = newer.evidence.get(LOG_START).and_then(|shown| shown.parse::<i64>().ok());
    let log_start = shown.or_else(|| {
        let lost = newer.facts.integer("lost").filter(|lost| *lost > 0)?;
        Some(newer.facts.integer("recovery_point")? + lost)
    })?;
    let lost = log_start - point_at;
    (lost > 0).then(|| format!("{lost} offsets after the recovery point of {} are deleted", point.subject))
}

/// Whether anything was found out by the look.
fn tells(look: Look<'_>) -> bool {
    look.judgement.items.iter().any(|verdict| verdict.item.unknown.is_none())
}
