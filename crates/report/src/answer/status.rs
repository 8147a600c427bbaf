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
    /// `going forward`, `held`, `going back`, `interrupted`, `left by its process`, or how it ended; of a dry run
    /// `dry run, …`, of what carries out no steps `watch, …` and `check, …`.
    pub going: String,
    pub why: Option<String>,
    /// The process that conducts it; null: none.
    pub conducted_by: Option<String>,
    /// What of it stands, and can be taken back.
    #[serde(skip)]
    pub stands: Stands,
    /// The command that goes on with it; `None`: nothing does.
    #[serde(skip)]
    pub resume: Option<String>,
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

/// What of a run stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stands {
    /// It is under way, held or left: everything until the commit point, then forward or back by a plan.
    #[default]
    Open,
    /// It is on its way back.
    GoingBack,
    /// It came to its end, and is not taken back any more.
    Completed,
    /// It came to its end on the way back.
    Undone,
    /// Not everything could be undone.
    Stuck,
    /// It changed nothing: a dry run, a watch or a check.
    Nothing,
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
        let mut line = format!("{} {}", self.run, self.going);
        if !self.steps.is_empty() {
            let _ = write!(line, ", {done} of {} steps", self.steps.len());
        }
        if let Some(wait) = self.waiting.first() {
            let step = wait.step.as_ref().map_or(String::new(), |step| format!("{step} "));
            let _ = write!(line, "; {step}waits for {}: {}", wait.what, wait.current);
        }
        if let Some(first) = ReturnClock::first(&self.way_back).filter(|_| !self.is_settled()) {
            let _ = write!(line, "; way back {}", first.brief(self.at));
        }
        for (name, [used, allowed]) in &self.budgets {
            let _ = write!(line, "; {name} {} of {}", ms(*used), ms(*allowed));
        }
        line
    }

    /// It has gone back, or did nothing: until when it could go back is nobody's question.
    fn is_settled(&self) -> bool {
        matches!(self.stands, Stands::Undone) || (self.stands == Stands::Nothing && !self.steps.is_empty())
    }

    /// What can be taken back, in a sentence; `None`: there are no steps.
    fn back(&self) -> Option<String> {
        let gate = self.commit_point.as_deref();
        Some(match (self.stands, gate) {
            (Stands::Nothing, _) if self.steps.is_empty() => return None,
            (Stands::Nothing, _) => "a dry run changes nothing: there is nothing to undo".to_owned(),
            (Stands::Undone, _) => "the run has gone it: what it did is undone".to_owned(),
            (Stands::Stuck, _) => "not everything could be undone, see below".to_owned(),
            (Stands::Completed, _) => "the run is over, and is not taken back any more".to_owned(),
            (Stands::GoingBack, Some(gate)) if self.past_commit_point => {
                format!("the run goes it, from beyond {gate}, by its plan")
            }
            (Stands::GoingBack, _) => "the run goes it: everything it did is being undone".to_owned(),
            (Stands::Open, Some(gate)) if self.past_commit_point => {
                format!("{gate} is open: forward, or a rollback")
            }
            (Stands::Open, Some(gate)) => format!("everything can be undone until {gate} opens"),
            (Stands::Open, None) => "everything can be undone".to_owned(),
        })
    }

    /// For a terminal.
    pub fn text(&self) -> String {
        let mut text = format!("{} ({}, {}): {}\n", self.run, self.runbook, self.environment, self.going);
        if let Some(why) = &self.why {
            let _ = writeln!(text, "  {why}");
        }
        match (&self.conducted_by, &self.resume) {
            (Some(holder), _) => drop(writeln!(text, "  conducted by {holder}")),
            (None, Some(resume)) => drop(writeln!(text, "  conducted by no process; `{resume}` goes on")),
            // It is over, or nobody goes on with it.
            (None, None) => {}
        }
        text.push('\n');
        if let Some(back) = self.back() {
            let _ = writeln!(text, "  way back  {back}");
        }
        let settled = self.is_settled();
        for clock in self.way_back.iter().filter(|_| !settled) {
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
        if !self.steps.is_empty() {
            text.push_str(&table.to_string());
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(going: &str, stands: Stands, past: bool, resume: Option<&str>) -> StatusAnswer {
        let step = StepAnswer {
            step: "stop-producers".to_owned(),
            kind: "stop-app".to_owned(),
            state: "done".to_owned(),
            why: None,
            since: None,
            took_ms: None,
            est_ms: None,
            commit_point: false,
        };
        StatusAnswer {
            run: "R".to_owned(),
            runbook: "demo".to_owned(),
            environment: "lab".to_owned(),
            going: going.to_owned(),
            why: None,
            conducted_by: None,
            stands,
            resume: resume.map(str::to_owned),
            at: Timestamp::UNIX_EPOCH,
            commit_point: Some("last-look".to_owned()),
            past_commit_point: past,
            way_back: Vec::new(),
            window_closes: None,
            budgets: BTreeMap::new(),
            waiting: Vec::new(),
            steps: vec![step],
            stuck: BTreeMap::new(),
            votes: Vec::new(),
            warnings: Vec::new(),
            dimensions: BTreeMap::new(),
        }
    }

    /// What is over or did nothing has no way on and none back; what goes back does not ask for a rollback.
    #[test]
    fn a_status_promises_no_way_that_is_not_there() {
        let held = answer("held", Stands::Open, false, Some("cutover resume R")).text();
        assert!(held.contains("`cutover resume R` goes on"), "{held}");
        assert!(held.contains("everything can be undone until last-look opens"), "{held}");
        let beyond = answer("held", Stands::Open, true, Some("cutover resume R")).text();
        assert!(beyond.contains("last-look is open: forward, or a rollback"), "{beyond}");
        for (going, stands, past) in [
            ("completed", Stands::Completed, true),
            ("rolled back", Stands::Undone, true),
            ("stood down", Stands::Undone, false),
            ("dry run, held", Stands::Nothing, false),
            ("going back", Stands::GoingBack, true),
            ("stuck", Stands::Stuck, true),
        ] {
            let text = answer(going, stands, past, None).text();
            for promise in ["resume", "until last-look opens", "forward, or a rollback"] {
                assert!(!text.contains(promise), "{going}: {promise}\n{text}");
            }
            assert!(text.contains("way back  "), "{text}");
        }
    }

    #[test]
    fn a_watch_has_no_steps_to_wait_for() {
        let watch =
            StatusAnswer { steps: Vec::new(), ..answer("watch, ended", Stands::Nothing, false, None) };
        assert_eq!(watch.one_line(), "R watch, ended");
        assert!(!watch.text().contains("way back") && !watch.text().contains("step"), "{}", watch.text());
    }
}
