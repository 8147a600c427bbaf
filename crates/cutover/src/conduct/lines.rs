//! A run as it goes, line by line: what begins, what it will do and how back, what is waited for, how it ended.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::time::{Duration, Instant};

use engine::Live;
use engine::execute::next::{Effects, Waiting};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use journal::{Event, RunState, StepOutcome};
use runbook::action;
use runbook::plan::Plan;
use runbook::world::{Command, Receipt};
use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio::task::JoinHandle;

use super::way_back::WayBack;
use crate::commands::run_args::pasted;
use crate::output;
use crate::progress::Spinner;

/// A wait that stays the same is said again after this long when nobody sees the live line.
const SAID_AGAIN: Duration = Duration::from_secs(30);

/// Prints what a run tells; a listener that cannot keep up misses lines and nothing else.
pub fn listen(mut live: Receiver<Live>, state: RunState, effects: Effects, again: String) -> JoinHandle<()> {
    tokio::spawn(async move {
        let spinner = std::io::stderr().is_terminal().then(|| Spinner::new("beginning"));
        let plan = state.header().plan.clone();
        let way_back = WayBack::of(state);
        let mut lines =
            Lines { plan, effects, again, spinner, begun: BTreeMap::new(), said: BTreeMap::new(), way_back };
        loop {
            match live.recv().await {
                Ok(Live::Written { at, event, .. }) => lines.event(at, &event),
                Ok(Live::Standing(waiting)) => lines.standing(&waiting),
                Ok(Live::Measuring { progress, .. }) => {
                    if let Some(spinner) = &lines.spinner {
                        spinner.say(&progress.to_string());
                    }
                }
                Ok(Live::Waiting { .. }) => {}
                Err(RecvError::Lagged(_)) => lines.way_back.missed(),
                Err(RecvError::Closed) => break,
            }
        }
    })
}

struct Lines {
    plan: Plan,
    effects: Effects,
    /// What commands need to find the run.
    again: String,
    spinner: Option<Spinner>,
    begun: BTreeMap<String, Timestamp>,
    /// What was said of each step's wait, and when.
    said: BTreeMap<String, (String, Instant)>,
    way_back: WayBack,
}

impl Lines {
    fn say(&self, at: Timestamp, step: &str, text: &str) {
        let time = at.to_zoned(TimeZone::system()).strftime("%H:%M:%S").to_string();
        let line = format!("{time}  {step:<18} {text}");
        match &self.spinner {
            Some(spinner) => spinner.above(&line),
            None => output::talk(&line),
        }
    }

    fn standing(&mut self, waiting: &[Waiting]) {
        for wait in waiting {
            let step = wait.step.clone().unwrap_or_default();
            let text = pasted(&wait_text(wait), &self.again);
            let fresh = self.said.get(&step).is_none_or(|(said, at)| {
                *said != text && at.elapsed() > Duration::from_secs(2) || at.elapsed() > SAID_AGAIN
            });
            if let Some(spinner) = &self.spinner {
                spinner.say(&format!("{} | {step}: {text}", self.way_back.brief(Timestamp::now())));
            } else if fresh {
                self.say(Timestamp::now(), &step, &text);
            }
            if fresh {
                self.said.insert(step, (text, Instant::now()));
            }
        }
    }

    fn event(&mut self, at: Timestamp, event: &Event) {
        self.told(at, event);
        for line in self.way_back.after(at, event) {
            self.say(at, "way back", &line);
        }
    }

    fn told(&mut self, at: Timestamp, event: &Event) {
        match event {
            Event::StepStarted { step, attempt, .. } => {
                self.begun.insert(step.clone(), at);
                let planned = self.plan.step(step);
                let title = planned.and_then(|step| step.title.clone().or_else(|| Some(step.kind.clone())));
                let again = if *attempt > 1 { format!(", attempt {attempt}") } else { String::new() };
                self.say(at, step, &format!("begins ({}{again})", title.unwrap_or_default()));
            }
            Event::Proposed { step, changes } => {
                // Of a step that a walk through cannot foresee its notes tell more.
                let foreseen = self.effects == Effects::Dry && !changes.notes.is_empty();
                if changes.is_empty() && !foreseen {
                    self.say(at, step, "nothing to change");
                }
                for change in &changes.changes {
                    let will = match self.effects {
                        Effects::Apply => "will",
                        Effects::Print => "please",
                        Effects::Dry => "would",
                    };
                    self.say(at, step, &format!("{will}: {}", change.command.title()));
                    if self.effects != Effects::Apply {
                        for line in ready_command(&change.command) {
                            self.say(at, step, &format!("      {line}"));
                        }
                    }
                    let back = match &change.undo {
                        action::WayBack::Command(command) => command.title(),
                        action::WayBack::None { why } => format!("none: {why}"),
                    };
                    self.say(at, step, &format!("  back: {back}"));
                }
                for note in &changes.notes {
                    self.say(at, step, &format!("note: {note}"));
                }
            }
            Event::CommandEnded { step, receipt, .. } | Event::UndoEnded { step, receipt, .. } => {
                match receipt {
                    Receipt::Applied { .. } | Receipt::Printed => {}
                    Receipt::Already => self.say(at, step, "it was so already"),
                    Receipt::Refused { why } => self.say(at, step, &format!("refused: {why}")),
                    Receipt::Unknown { why } => self.say(at, step, &format!("unknown, looking: {why}")),
                }
            }
            Event::GateEntered { step, phase, why, .. } => {
                let why = why.as_ref().map_or(String::new(), |why| format!(": {why}"));
                self.say(at, step, &format!("{}{why}", phase.word()));
            }
            Event::GateOverridden { step, by, why, .. } => {
                self.say(at, step, &format!("OPENED AGAINST ITS CHECKS by {by}: {why}"));
            }
            Event::GatesClosed { gates, why } => {
                self.say(at, "gates", &format!("{} closed again: {why}", gates.join(", ")));
            }
            Event::StepEnded { step, outcome, .. } => {
                let took = self.begun.get(step).map_or(String::new(), |begun| {
                    format!(" in {}", runbook::check::spoken(at.as_millisecond() - begun.as_millisecond()))
                });
                let why = outcome.why().map_or(String::new(), |why| format!(": {why}"));
                let word = match outcome {
                    StepOutcome::Done => "done",
                    other => other.word(),
                };
                self.say(at, step, &format!("{word}{took}{why}"));
            }
            Event::Requested { request } => self.say(at, "request", &request.title()),
            Event::Signed { document, .. } => {
                if let Ok(statement) = journal::Statement::read(document) {
                    self.say(at, "signed", &statement.title());
                }
            }
            Event::TriggerSeen { trigger, bad: true, why, .. } => {
                self.say(at, trigger, &format!("bad: {why}"))
            }
            Event::TriggerSeen { trigger, .. } => self.say(at, trigger, "good again"),
            Event::TriggerFired { trigger, why, .. } => self.say(at, trigger, &format!("FIRED: {why}")),
            Event::TriggerAnswered { trigger, by, .. } => {
                self.say(at, trigger, &format!("{by} says to go on"))
            }
            Event::Declined { why } => self.say(at, "declined", why),
            Event::Held { why, .. } => self.say(at, "held", why),
            Event::Released { by } => self.say(at, "released", &format!("by {by}")),
            Event::UnwindStarted { why, .. } => self.say(at, "going back", why),
            Event::UndoStarted { step, attempt, index } => {
                let what = self.way_back.state().and_then(|state| undo_of(state, step, *attempt, *index));
                self.say(at, step, &what.map_or("being undone".to_owned(), |what| format!("back: {what}")));
            }
            Event::StepUndone { step, stuck: None, note: Some(note), .. } => self.say(at, step, note),
            Event::StepUndone { step, stuck: None, .. } => self.say(at, step, "undone"),
            Event::StepUndone { step, stuck: Some(why), .. } => self.say(at, step, &format!("STUCK: {why}")),
            Event::AuthorityMoved { from, to, .. } => {
                self.say(at, "authority", &format!("moves from {from} to {to}"))
            }
            Event::Dirtied { units, why, .. } => {
                self.say(at, "dirty", &format!("{}: {why}", units.join(", ")))
            }
            Event::LedgerCut { step, ledger, .. } => self.say(
                at,
                step,
                &format!(
                    "{}{} records, {} bytes were born on the target",
                    if ledger.at_most { "at most " } else { "" },
                    ledger.records(),
                    ledger.bytes()
                ),
            ),
            Event::Warned { about, message } => self.say(at, about, message),
            _ => {}
        }
    }
}

/// What takes a command back: a step of several has one for each.
fn undo_of(state: &RunState, step: &str, attempt: u32, index: u32) -> Option<String> {
    let attempts = &state.execution().step(step)?.attempts;
    let attempt = attempts.get(usize::try_from(attempt.checked_sub(1)?).ok()?)?;
    let change = attempt.changes.as_ref()?.changes.get(usize::try_from(index).ok()?)?;
    match &change.undo {
        action::WayBack::Command(command) => Some(command.title()),
        action::WayBack::None { .. } => None,
    }
}

fn wait_text(wait: &Waiting) -> String {
    let until = wait.until.map_or(String::new(), |until| {
        let until = until.to_zoned(TimeZone::system()).strftime("%H:%M:%S").to_string();
        format!(", given up at {until}")
    });
    let who = wait.who.as_ref().map_or(String::new(), |who| format!("; {who}"));
    format!("waits for {}: {}, until {}{until}{who}", wait.what, wait.current, wait.threshold)
}

/// What a person types to do the same.
fn ready_command(command: &Command) -> Vec<String> {
    crate::by_hand::by_hand(command)
}
