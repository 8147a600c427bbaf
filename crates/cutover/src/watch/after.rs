//! After the cutover: the rollback triggers of the run that handed over, by the rules the run itself goes by. A watch says
//! that one fires and who may call it; it starts nothing.

use std::collections::BTreeMap;
use std::path::PathBuf;

use engine::execute::next::{Course, Effects, Sight, fires_in, is_armed, sight};
use jiff::Timestamp;
use journal::{Ending, Going, JournalError, Moment, Phase, RunState, Runs};
use runbook::Level;
use runbook::check::spoken;
use runbook::plan::{Plan, Trigger};
use runbook::reversibility::ReturnClock;
use runbook::steps::StepSpec;

use super::look::Place;
use super::past;
use super::stand::Stand;
use crate::commands::carried::runbook_of;

/// The run whose way back is watched, as it was read last.
struct Cutover {
    id: String,
    /// Bytes of its journal then: it is read again when there are more.
    bytes: u64,
    state: RunState,
}

/// A run that is not the one that handed over.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Other {
    /// It carries out no steps of this runbook: it is never read again.
    Never,
    /// It had not passed its commit point when its journal had so many bytes: it is read again when there are more.
    Begun { bytes: u64 },
}

/// A trigger whose check is as bad as its breach.
struct Bad {
    since: Moment,
    fired: Option<Moment>,
    /// It was said that nobody answered in time.
    silence: bool,
}

/// What is known of the triggers.
pub struct After {
    runs: Runs,
    cutover: Option<Cutover>,
    /// Those that need not be read with every look.
    others: BTreeMap<String, Other>,
    /// The newest run that has not passed its commit point, where it is newer than the one that has.
    begun: Option<String>,
    bad: BTreeMap<String, Bad>,
    /// The folder of this watch, until it was looked there since when triggers are bad: it may have been killed and
    /// begun again.
    past: Option<PathBuf>,
    /// What cannot be read, in words: it may be the run that handed over.
    unread: Option<String>,
    /// Whether triggers are armed, as it was said last.
    said: String,
}

impl After {
    /// Of the watch that has this folder.
    pub fn new(runs: Runs, watch: PathBuf) -> After {
        After {
            runs,
            cutover: None,
            others: BTreeMap::new(),
            begun: None,
            bad: BTreeMap::new(),
            past: Some(watch),
            unread: None,
            said: String::new(),
        }
    }

    /// Looks at every trigger, given what the checks found in the look that began at `at`. Returns what is to be said.
    pub fn look(
        &mut self,
        own: &str,
        plan: &Plan,
        stands: &[(Place, Stand)],
        at: Timestamp,
        now: &Moment,
    ) -> Vec<String> {
        self.unread = self.find(own, plan).err();
        let mut lines = Vec::new();
        let standing = self.standing(plan, stands);
        if standing != self.said {
            lines.push(standing.clone());
            self.said = standing;
            if self.unread.is_some() {
                return lines;
            }
            if let Some(cutover) = self.cutover.as_ref().filter(|cutover| is_over_there(&cutover.state)) {
                lines.extend(called_by(&cutover.state, &cutover.id));
                let clocks = cutover.state.return_clocks(now.wall);
                lines.extend(clocks.iter().map(|clock| format!("way back of {}", clock.told(now.wall))));
            }
        }
        // Whoever was called stays called until it is known again what the runs did.
        if self.unread.is_some() {
            return lines;
        }
        let Some(cutover) = self.cutover.as_ref().filter(|cutover| is_over_there(&cutover.state)) else {
            self.bad.clear();
            return lines;
        };
        let state = &cutover.state;
        let specs = specs(state);
        let course = Course::new(state, &specs, now.clone(), Effects::default());
        let past = self.past.take();
        for trigger in &state.header().plan.rollback.triggers {
            let worst = trigger.check.as_ref().and_then(|check| worst(stands, check));
            let Some((level, why)) = worst.filter(|_| is_armed(&course, trigger)) else {
                self.bad.remove(&trigger.id);
                continue;
            };
            // What was measured before it was armed says nothing of now, and somebody who let the run go on has answered
            // what was seen until then.
            let from = counts_from(&course, trigger);
            if let Some(from) = from {
                if self.bad.get(&trigger.id).is_some_and(|bad| bad.since.wall < from) {
                    self.bad.remove(&trigger.id);
                }
                if at < from {
                    continue;
                }
            }
            if let Some(watch) = &past {
                let from = from.max(state.switched());
                // A history that cannot be read tells of no time before.
                if let Ok(Some(since)) = past::bad_since(watch, trigger, from, at) {
                    self.bad.insert(trigger.id.clone(), Bad { since, fired: None, silence: false });
                }
            }
            let known = self.bad.get_mut(&trigger.id);
            match (sight(trigger, level), known) {
                (Sight::Good, None) => {}
                // What cannot be seen is neither good nor bad: who was told is still waited for.
                (Sight::Unseen, known) if known.as_ref().is_none_or(|bad| bad.fired.is_none()) => {}
                (Sight::Good, Some(bad)) => {
                    lines.push(format!(
                        "trigger {}: its check {} is {level} again, after {}",
                        trigger.id,
                        check_of(trigger),
                        long(now.since(&bad.since))
                    ));
                    self.bad.remove(&trigger.id);
                }
                (Sight::Bad | Sight::Unseen, known) => {
                    // The run that conducts itself may have seen it before this watch did.
                    let since = state.execution().triggers.get(&trigger.id).map(|seen| &seen.bad_since);
                    let first = known.is_none() || past.is_some();
                    let bad = self.bad.entry(trigger.id.clone()).or_insert_with(|| Bad {
                        since: since.cloned().unwrap_or_else(|| now.clone()),
                        fired: None,
                        silence: false,
                    });
                    lines.extend(bad.look(trigger, state, &cutover.id, now, (level, &why), first));
                }
            }
        }
        lines
    }

    /// Triggers that have fired and are still bad.
    pub fn fired(&self) -> Vec<String> {
        let fired = self.bad.iter().filter(|(_, bad)| bad.fired.is_some());
        fired.map(|(trigger, _)| trigger.clone()).collect()
    }

    /// How long the way back is open, for the line between two looks; `None`: nobody has gone over.
    pub fn way_back(&self, now: Timestamp) -> Option<String> {
        let state = &self.cutover.as_ref().filter(|cutover| is_over_there(&cutover.state))?.state;
        Some(ReturnClock::first(&state.return_clocks(now))?.brief(now))
    }

    /// Finds the newest run of steps of this runbook that passed its commit point: one that has not yet hides none that
    /// has. One that cannot be read hides those before it, because what it did is not known.
    ///
    /// # Errors
    /// What cannot be read, in words. What is known stays as it is.
    fn find(&mut self, own: &str, plan: &Plan) -> Result<(), String> {
        let ids = self.runs.list().map_err(|error| format!("the runs cannot be listed: {error}"))?;
        self.others.retain(|id, _| ids.contains(id));
        let mut begun = None;
        for id in ids.iter().filter(|id| runbook_of(id) == runbook_of(own) && id.as_str() != own) {
            let other = self.others.get(id).copied();
            if other == Some(Other::Never) {
                continue;
            }
            let unread = |error: JournalError| format!("run {id} cannot be read: {error}");
            let folder = self.runs.resolve(id).map_err(unread)?;
            let bytes = std::fs::metadata(folder.path().join("journal.jsonl")).map_or(0, |meta| meta.len());
            if self.cutover.as_ref().is_some_and(|known| known.id == *id && known.bytes == bytes) {
                self.begun = begun;
                return Ok(());
            }
            if other == Some(Other::Begun { bytes }) {
                begun.get_or_insert_with(|| id.clone());
                continue;
            }
            let state = folder.read().map_err(unread)?.state;
            let header = state.header();
            let carries_out = header.command == "run" && header.effects != Effects::Dry;
            if !carries_out || header.plan.name != plan.name || header.plan.environment != plan.environment {
                self.others.insert(id.clone(), Other::Never);
                continue;
            }
            if state.switched().is_none() {
                self.others.insert(id.clone(), Other::Begun { bytes });
                begun.get_or_insert_with(|| id.clone());
                continue;
            }
            if self.cutover.as_ref().is_none_or(|known| known.id != *id) {
                self.bad.clear();
            }
            self.cutover = Some(Cutover { id: id.clone(), bytes, state });
            self.begun = begun;
            return Ok(());
        }
        (self.cutover, self.begun) = (None, begun);
        Ok(())
    }

    /// Whether triggers are armed, in a sentence.
    fn standing(&self, plan: &Plan, stands: &[(Place, Stand)]) -> String {
        if let Some(why) = &self.unread {
            return format!("triggers are NOT WATCHED: {why}; so it is not known which run handed over");
        }
        let over_there = self.cutover.as_ref().is_some_and(|cutover| is_over_there(&cutover.state));
        if let Some(id) = self.begun.as_ref().filter(|_| !over_there) {
            return format!("triggers are not armed: run {id} has not passed its commit point");
        }
        let Some(Cutover { id, state, .. }) = &self.cutover else {
            return format!("triggers are not armed: no run of {} has begun", plan.name);
        };
        let execution = state.execution();
        if !is_over_there(state) {
            return format!("triggers are not armed: run {id} went back");
        }
        let specs = specs(state);
        let course = Course::new(state, &specs, engine::execute::now(), Effects::default());
        let triggers = &state.header().plan.rollback.triggers;
        let of_checks = triggers.iter().filter(|trigger| trigger.check.is_some());
        let (watched, blind): (Vec<&Trigger>, Vec<&Trigger>) =
            of_checks.partition(|trigger| !unmeasured(state, trigger, stands).is_all);
        let (armed, rest): (Vec<&Trigger>, Vec<&Trigger>) =
            watched.into_iter().partition(|trigger| is_armed(&course, trigger));
        let blind = blind.into_iter().map(|trigger| {
            format!("{} is NOT WATCHED: check {} is not measured here", trigger.id, check_of(trigger))
        });
        let rest = rest.into_iter().map(|trigger| match &trigger.armed_until {
            Some(until) if execution.is_passed(until) => {
                format!("{} is no longer armed: {until} is done", trigger.id)
            }
            _ => format!("{} is not armed yet", trigger.id),
        });
        let armed = armed.iter().map(|trigger| {
            let level = trigger.breach.as_deref().unwrap_or("red");
            let for_ms = trigger.for_ms.map_or(String::new(), |ms| format!(" for {}", long(ms)));
            let units = unmeasured(state, trigger, stands).units;
            let but = if units.is_empty() {
                String::new()
            } else {
                format!(", NOT WATCHED for {}, which is not measured here", units.join(", "))
            };
            format!("{} is armed: check {} {level}{for_ms}{but}", trigger.id, check_of(trigger))
        });
        let all: Vec<String> = armed.chain(rest).chain(blind).collect();
        let ended = matches!(state.phase(), Phase::Ended { .. });
        let all = if all.is_empty() { "no trigger watches a check".to_owned() } else { all.join("; ") };
        format!("run {id} has handed over{}: {all}", if ended { " and has ended" } else { "" })
    }
}

impl Bad {
    fn look(
        &mut self,
        trigger: &Trigger,
        state: &RunState,
        run: &str,
        now: &Moment,
        (level, why): (Level, &str),
        first: bool,
    ) -> Vec<String> {
        let bad_ms = now.since(&self.since);
        let seen = format!("check {} is {level}: {why}", check_of(trigger));
        let Some(fired) = &self.fired else {
            if let Some(left) = fires_in(trigger, bad_ms) {
                let line = format!("trigger {}: {seen}; it fires in {}", trigger.id, long(left));
                return first.then_some(line).into_iter().collect();
            }
            self.fired = Some(now.clone());
            return vec![
                format!(
                    "TRIGGER {} FIRES: {seen}; since {}, {} ago",
                    trigger.id,
                    clock(self.since.wall),
                    long(bad_ms)
                ),
                format!("  nothing is started by a watch; {}", who_and_how(trigger, state, run)),
            ];
        };
        let within = trigger.ask_within_ms.filter(|_| trigger.ask_role.is_some());
        if self.silence || within.is_none_or(|within| now.since(fired) < within) {
            return Vec::new();
        }
        self.silence = true;
        let silence = trigger.silence_is.clone().unwrap_or_default();
        vec![format!(
            "TRIGGER {} fired {} ago and its check is still {level}: where nobody answered, the runbook says {silence}; {}",
            trigger.id,
            long(now.since(fired)),
            who_and_how(trigger, state, run)
        )]
    }
}

/// The run works on the target: it passed its commit point and has not gone back.
fn is_over_there(state: &RunState) -> bool {
    let execution = state.execution();
    let back = matches!(execution.going, Going::Back { .. })
        || matches!(execution.ending, Some(Ending::RolledBack | Ending::StoodDown | Ending::Stuck));
    state.switched().is_some() && !back
}

/// From when on looks count for an armed trigger; `None`: all do.
fn counts_from(course: &Course<'_>, trigger: &Trigger) -> Option<Timestamp> {
    let armed = trigger.armed_from.as_ref().and_then(|step| course.step(step)).map(|step| step.since.wall);
    armed.max(course.state.execution().released)
}

/// What of a trigger's check this watch does not measure.
struct Unmeasured<'a> {
    units: Vec<&'a str>,
    is_all: bool,
}

fn unmeasured<'a>(state: &'a RunState, trigger: &Trigger, stands: &[(Place, Stand)]) -> Unmeasured<'a> {
    let asked = state.header().pairs().filter(|(_, check)| *check == check_of(trigger));
    let (seen, units): (Vec<&str>, Vec<&str>) = asked
        .map(|(unit, _)| unit)
        .partition(|unit| stands.iter().any(|((u, c), _)| u == unit && c == check_of(trigger)));
    Unmeasured { units, is_all: seen.is_empty() }
}

fn specs(state: &RunState) -> BTreeMap<String, StepSpec> {
    let steps = state.header().plan.steps.iter();
    steps.filter_map(|step| Some((step.id.clone(), StepSpec::of(step).ok()?))).collect()
}

/// The worst unit of a check, and what it says.
fn worst(stands: &[(Place, Stand)], check: &str) -> Option<(Level, String)> {
    let of = stands.iter().filter(|((_, known), _)| known == check);
    let ((unit, _), stand) = of.max_by_key(|(_, stand)| stand.level)?;
    Some((stand.level, format!("{unit}, {}", stand.said().unwrap_or_else(|| stand.level.to_string()))))
}

fn check_of(trigger: &Trigger) -> &str {
    trigger.check.as_deref().unwrap_or_default()
}

/// Triggers that people call by themselves.
fn called_by(state: &RunState, run: &str) -> Vec<String> {
    let called = state
        .header()
        .plan
        .rollback
        .triggers
        .iter()
        .filter(|trigger| trigger.check.is_none() && trigger.closed_source.is_none());
    called.map(|trigger| format!("trigger {}: {}", trigger.id, who_and_how(trigger, state, run))).collect()
}

/// Who may go back, and with which command.
fn who_and_how(trigger: &Trigger, state: &RunState, run: &str) -> String {
    let plan = &state.header().plan;
    let roles: Vec<&String> = trigger.ask_role.iter().chain(&trigger.called_by).collect();
    let who: Vec<String> = roles
        .iter()
        .map(|role| {
            let people = plan.roles.get(role.as_str());
            let people = people.map_or(String::new(), |role| {
                role.people.iter().chain(&role.backup).cloned().collect::<Vec<_>>().join(", ")
            });
            format!("{role} ({people})")
        })
        .collect();
    let who = if who.is_empty() { "nobody is named who may call it".to_owned() } else { who.join(" or ") };
    if let Phase::Ended { .. } = state.phase() {
        return format!(
            "{who} decides; run {run} has ended and is not taken back by `cutover rollback`: the way back is a runbook from the target to the source"
        );
    }
    let by = trigger.plan.as_ref().map_or(String::new(), |plan| format!(" --plan {plan}"));
    format!("{who} may: cutover rollback {run}{by} --as PERSON")
}

fn long(ms: u64) -> String {
    spoken(i64::try_from(ms).unwrap_or(i64::MAX))
}

/// A moment on the wall of whoever reads it.
pub fn clock(at: Timestamp) -> String {
    at.to_zoned(jiff::tz::TimeZone::system()).strftime("%H:%M:%S").to_string()
}

#[cfg(test)]
mod tests;
