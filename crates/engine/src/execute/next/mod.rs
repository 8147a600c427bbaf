//! What is next in a run of steps: a pure function of the plan, the fold of the journal and the moment. Running and
//! going on after a crash are the same path.

mod back;
mod begin;
mod budgets;
mod closed;
mod course;
mod dry;
mod failed;
mod follow;
mod forward;
mod gate;
mod heard;
mod rehearsal;
mod requests;
mod require;
mod running;
mod sign_off;
mod todo;
mod triggers;
mod verdicts;
mod voices;
mod waiting;
mod window;

use journal::{Ending, Event, Going};

pub use back::TARGET_SILENT;
pub(crate) use back::{is_given_up, left_to_undo_ms, undoing_since};
pub use course::{Course, Effects};
pub(crate) use dry::{passed as passed_dry, would_wait};
pub(crate) use follow::EVERY_MS as FOLLOW_EVERY_MS;
pub use heard::{facts_of, refusal};
pub(crate) use running::{confirmed, done_since, left_ms, since};
pub use todo::Todo;
pub use triggers::{Sight, fires_in, is_armed, sight};
pub(crate) use voices::too_old;
pub use waiting::Waiting;

/// Milliseconds as people read them.
fn ms(ms: u64) -> String {
    runbook::check::spoken(i64::try_from(ms).unwrap_or(i64::MAX))
}

/// What to do now, and what is waited for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Next {
    /// A decision that needs no look at the world: it is journalled, and then `next` is asked again.
    pub write: Option<Event>,
    /// What may be under way now, in the plan's order; what is under way already goes on.
    pub start: Vec<Todo>,
    pub waiting: Vec<Waiting>,
    /// Milliseconds until something happens by time alone.
    pub wake_ms: Option<u64>,
    /// Nothing is left to do.
    pub over: Option<Ending>,
    /// Why the way back stands still until somebody goes on with it.
    pub stopped: Option<String>,
}

impl Next {
    fn write(&mut self, event: Event) {
        self.write.get_or_insert(event);
    }

    fn wake_in(&mut self, ms: u64) {
        self.wake_ms = Some(self.wake_ms.map_or(ms, |known| known.min(ms)));
    }
}

/// When the window closes for this run: as written, or earlier where a gate let yellow pass under that guard.
pub fn window_closes(course: &Course<'_>) -> Option<jiff::Timestamp> {
    window::closes(course)
}

/// The budgets that run, by name: milliseconds used and allowed.
pub fn budgets(course: &Course<'_>) -> std::collections::BTreeMap<String, [u64; 2]> {
    let budgets = course.plan.budgets.iter();
    budgets
        .filter_map(|budget| Some((budget.name.clone(), [budgets::used(course, budget)?, budget.max_ms])))
        .collect()
}

/// Gates do not latch: what opened one before the run was held, and nothing has used, is measured and asked anew.
fn latched(course: &Course<'_>, next: &mut Next) {
    let Some(released) = course.execution().released.filter(|_| !course.is_dry()) else { return };
    let before = |gate: &&str| {
        let ended = course.step(gate).and_then(|state| state.ended.as_ref());
        ended.is_some_and(|ended| ended.wall < released)
    };
    let gates: Vec<String> =
        course.state.unused_gates().into_iter().filter(before).map(str::to_owned).collect();
    if !gates.is_empty() {
        let why = "the run was held since they opened".to_owned();
        next.write(Event::GatesClosed { gates, why });
    }
}

/// What is next. Total: every state has an answer, and one that neither writes, starts, waits nor is over does not exist.
pub fn next(course: &Course<'_>) -> Next {
    let mut next = Next::default();
    if let Some(event) = requests::pending(course) {
        next.write(event);
        return next;
    }
    let going = &course.execution().going;
    if course.execution().taken_over && !matches!(going, Going::Held { .. }) {
        next.write(Event::GoneOn { moment: course.now.clone() });
        return next;
    }
    match going {
        Going::Forward => {
            latched(course, &mut next);
            if next.write.is_none() {
                follow::handed_over(course, &mut next);
            }
            if next.write.is_none() {
                budgets::look(course, &mut next);
            }
            if next.write.is_none() {
                triggers::look(course, &mut next);
            }
            if next.write.is_none() {
                follow::follow(course, &mut next);
                forward::forward(course, &mut next);
                rehearsal::turn(course, &mut next);
            }
        }
        Going::Held { why, step, since, .. } => {
            follow::follow(course, &mut next);
            next.waiting.push(Waiting {
                step: step.clone(),
                what: "the run to go on".to_owned(),
                current: format!("held: {why}"),
                threshold: {
                    let run = &course.state.header().run;
                    format!("`cutover resume {run}`, `cutover stand-down {run}` or `cutover rollback {run}`")
                },
                since: since.wall,
                until: course.plan.window.as_ref().map(|window| window.closes),
                who: None,
            });
        }
        Going::Back { .. } => back::back(course, &mut next),
    }
    next
}
