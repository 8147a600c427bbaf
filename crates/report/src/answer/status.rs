use std::collections::BTreeMap;
use std::fmt::Write;

use jiff::Timestamp;
use runbook::Level;
use runbook::check::spoken;
use runbook::reversibility::ReturnClock;
use schemars::JsonSchema;
use serde::Serialize;

use super::Table;

/// Where a run stands (`cutover status`).
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct StatusAnswer {
    pub run: String,
    pub runbook: String,
    pub environment: String,
    /// `going forward`, `held`, `going back`, `interrupted`, `left by its process`, or how it ended.
    pub going: String,
    pub why: Option<String>,
    /// The process that conducts it; null: none.
    pub conducted_by: Option<String>,
    pub at: Timestamp,
    /// The gate behind which nothing is simply undone.
    pub commit_point: Option<String>,
    pub past_commit_point: bool,
    /// By unit: whether it can still go back without loss, until when, and what ends it. What the source keeps, measured;
    /// whether the run's own steps can be undone says `past_commit_point`.
    pub way_back: Vec<ReturnClock>,
    /// When the window closes, narrowed by guards.
    pub window_closes: Option<Timestamp>,
    /// By budget: milliseconds used and allowed; only those that run.
    pub budgets: BTreeMap<String, [u64; 2]>,
    pub waiting: Vec<WaitAnswer>,
    pub steps: Vec<StepAnswer>,
    /// Steps that could not be undone, with the reason.
    pub stuck: BTreeMap<String, String>,
    pub votes: Vec<String>,
    pub warnings: Vec<String>,
    /// Level by unit and dimension.
    pub dimensions: BTreeMap<String, Level>,
}

/// Something the run waits for.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct WaitAnswer {
    pub step: Option<String>,
    pub what: String,
    pub current: String,
    pub threshold: String,
    pub since: Timestamp,
    /// When it is given up; null: when a person says so.
    pub until: Option<Timestamp>,
    pub who: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct StepAnswer {
    pub step: String,
    /// `do:`
    pub kind: String,
    /// `waiting`, `under way`, `done`, `skipped`, `failed`, …
    pub state: String,
    pub why: Option<String>,
    pub since: Option<Timestamp>,
    /// From its beginning to its end, or until now.
    pub took_ms: Option<u64>,
    pub est_ms: Option<u64>,
    pub commit_point: bool,
}

fn ms(ms: u64) -> String {
    spoken(i64::try_from(ms).unwrap_or(i64::MAX))
}

impl StatusAnswer {
    /// For a prompt or a status bar.
    pub fn one_line(&self) -> String {
        let done =
            self.steps.iter().filter(|step| step.state != "waiting" && step.state != "under way").count();
        let mut line = format!("{} {}, {done} of {} steps", self.run, self.going, self.steps.len());
        if let Some(wait) = self.waiting.first() {
            let step = wait.step.as_ref().map_or(String::new(), |step| format!("{step} "));
            let _ = write!(line, "; {step}waits for {}: {}", wait.what, wait.current);
        }
        if let Some(first) = ReturnClock::first(&self.way_back).filter(|_| !self.is_back()) {
            let _ = write!(line, "; way back {}", first.brief(self.at));
        }
        for (name, [used, allowed]) in &self.budgets {
            let _ = write!(line, "; {name} {} of {}", ms(*used), ms(*allowed));
        }
        line
    }

    /// It has gone back: until when it could have is nobody's question any more.
    fn is_back(&self) -> bool {
        matches!(self.going.as_str(), "rolled back" | "stood down")
    }

    /// For a terminal.
    pub fn text(&self) -> String {
        let mut text = format!("{} ({}, {}): {}\n", self.run, self.runbook, self.environment, self.going);
        if let Some(why) = &self.why {
            let _ = writeln!(text, "  {why}");
        }
        let conductor = self.conducted_by.as_deref().unwrap_or("no process; `cutover resume` goes on");
        let _ = writeln!(text, "  conducted by {conductor}");
        text.push('\n');
        let back = match (&self.commit_point, self.past_commit_point) {
            (Some(gate), false) => format!("everything can be undone until {gate} opens"),
            (Some(gate), true) => format!("{gate} is open: forward, or a rollback"),
            (None, _) => "everything can be undone".to_owned(),
        };
        let _ = writeln!(text, "  way back  {back}");
        let is_back = self.is_back();
        for clock in self.way_back.iter().filter(|_| !is_back) {
            let _ = writeln!(text, "  back to the source, {}", clock.told(self.at));
        }
        for (name, [used, allowed]) in &self.budgets {
            let left = allowed.saturating_sub(*used);
            let _ = writeln!(text, "  {name:<9} {} of {} used, {} left", ms(*used), ms(*allowed), ms(left));
        }
        if let Some(closes) = self.window_closes {
            let left = u64::try_from(closes.as_millisecond() - self.at.as_millisecond()).unwrap_or(0);
            let _ = writeln!(text, "  window    closes {closes}, {} left", ms(left));
        }
        for wait in &self.waiting {
            let step = wait.step.as_ref().map_or(String::new(), |step| format!("{step} "));
            let since = u64::try_from(self.at.as_millisecond() - wait.since.as_millisecond()).unwrap_or(0);
            let until = wait.until.map_or(String::new(), |until| format!(", given up {until}"));
            let who = wait.who.as_ref().map_or(String::new(), |who| format!("; {who}"));
            let _ = writeln!(
                text,
                "\n  {step}waits for {}\n    now {}, until {}, since {}{until}{who}",
                wait.what,
                wait.current,
                wait.threshold,
                ms(since)
            );
        }
        text.push('\n');
        let mut table = Table::new(&["step", "kind", "state", ">took", ">planned"]);
        for step in &self.steps {
            let mark = if step.commit_point { " (commit point)" } else { "" };
            table.row([
                format!("{}{mark}", step.step),
                step.kind.clone(),
                step.state.clone(),
                step.took_ms.map_or(String::new(), ms),
                step.est_ms.map_or(String::new(), ms),
            ]);
        }
        text.push_str(&table.to_string());
        for (step, why) in &self.stuck {
            let _ = writeln!(text, "\n  STUCK {step}: {why}");
        }
        if !self.votes.is_empty() {
            let _ = writeln!(text, "\n  votes     {}", self.votes.join("; "));
        }
        for warning in &self.warnings {
            let _ = writeln!(text, "  warning   {warning}");
        }
        if !self.dimensions.is_empty() {
            text.push('\n');
            for (name, level) in &self.dimensions {
                let _ = writeln!(text, "  {} {name}: {level}", level.sign());
            }
        }
        text
    }
}
