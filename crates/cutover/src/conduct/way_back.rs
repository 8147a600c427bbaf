//! The clocks of the way back while a run goes on: said when they change, and where people decide.

use jiff::Timestamp;
use journal::{Event, GatePhase, RunState};
use runbook::reversibility::ReturnClock;

/// An end that moves by less than this, or by less than a tenth of what is left, is the same end measured anew.
const SAME_END_MS: i64 = 60_000;

/// Follows the run by its own events.
pub struct WayBack {
    /// `None`: events were missed, so nothing is known until the run is read again.
    state: Option<RunState>,
    said: Vec<ReturnClock>,
}

impl WayBack {
    pub fn of(state: RunState) -> WayBack {
        WayBack { state: Some(state), said: Vec::new() }
    }

    /// The terminal could not keep up with the events.
    pub fn missed(&mut self) {
        self.state = None;
    }

    /// The run as its events say, if none was missed.
    pub fn state(&self) -> Option<&RunState> {
        self.state.as_ref()
    }

    /// What is to be said after an event.
    pub fn after(&mut self, at: Timestamp, event: &Event) -> Vec<String> {
        let Some(state) = &mut self.state else { return Vec::new() };
        if state.apply(at, event).is_err() {
            self.state = None;
            return vec![NOT_FOLLOWED.to_owned()];
        }
        let decides = matches!(event, Event::GateEntered { phase: GatePhase::Deciding, .. });
        if !decides && !matches!(event, Event::Judged { .. } | Event::StepEnded { .. }) {
            return Vec::new();
        }
        let clocks = state.return_clocks(at);
        if !decides && (same(&clocks, &self.said, at) || is_unmeasured(state)) {
            return Vec::new();
        }
        let lines = clocks.iter().map(|clock| clock.told(at)).collect();
        self.said = clocks;
        lines
    }

    /// For the line that is always there.
    pub fn brief(&self, now: Timestamp) -> String {
        let Some(state) = &self.state else { return format!("way back: {NOT_FOLLOWED}") };
        match ReturnClock::first(&state.return_clocks(now)) {
            Some(first) => format!("way back: {}", first.brief(now)),
            None => "way back: no unit".to_owned(),
        }
    }
}

const NOT_FOLLOWED: &str = "NOT KNOWN here, see `cutover status`";

/// Before the first measurement there is nothing to say that people do not expect.
fn is_unmeasured(state: &RunState) -> bool {
    state.verdicts().is_empty()
}

fn same(clocks: &[ReturnClock], said: &[ReturnClock], now: Timestamp) -> bool {
    clocks.len() == said.len()
        && clocks.iter().zip(said).all(|(clock, said)| {
            let apart = match (clock.until, said.until) {
                (Some(a), Some(b)) => (a.as_millisecond() - b.as_millisecond()).abs(),
                (None, None) => 0,
                _ => i64::MAX,
            };
            let left = clock.until.map_or(0, |until| until.as_millisecond() - now.as_millisecond());
            (clock.state, &clock.cause) == (said.state, &said.cause) && apart < SAME_END_MS.max(left / 10)
        })
}
