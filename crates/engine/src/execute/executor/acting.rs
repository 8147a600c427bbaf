use journal::{Event, Going, StepOutcome, StepState};
use runbook::action::WayBack;
use runbook::world::{Command, Receipt};
use tokio::task::JoinError;
use tokio::time::Instant;

use super::{Executor, Flight};
use crate::execute::NotOurs;
use crate::execute::next::{Effects, Todo};
use crate::{RunError, World, limits};

/// What became of a call.
pub(super) struct Called {
    todo: Todo,
    receipt: Receipt,
    /// Somebody else has the lease: this run is not ours to go on with.
    fenced: bool,
}

impl<W: World> Executor<'_, W> {
    /// Applies a command, or its way back. What is about to happen is durable before it happens.
    pub(super) fn call(&mut self, todo: &Todo) -> Result<(), RunError> {
        if let Todo::Notify { step } = todo {
            return self.notify(&step.clone());
        }
        let Some(command) = self.command(todo) else { return Ok(()) };
        self.inquirer.append(begun(todo))?;
        self.inquirer.run.sync()?;
        if self.options.effects != Effects::Apply {
            return self.write_receipt(todo, Receipt::Printed);
        }
        let back = matches!(self.inquirer.run.state().execution().going, Going::Back { .. });
        let (world, lease, named) = (self.world.clone(), self.options.lease.clone(), todo.clone());
        let time =
            todo.step().map_or(limits::CALL_LONGEST, |step| self.time_of(step)).min(limits::CALL_LONGEST);
        self.flights.insert(todo.clone(), Flight::Call);
        self.calls.spawn(async move {
            if let Some(lease) = lease {
                let ours = tokio::task::spawn_blocking(move || lease.still_ours()).await;
                match ours.unwrap_or_else(|broken| Err(NotOurs::Untold(broken.to_string()))) {
                    Err(NotOurs::Lost(why)) => {
                        let why = format!("nothing was applied: the lease is not ours any more: {why}");
                        return Called { todo: named, receipt: Receipt::Refused { why }, fenced: true };
                    }
                    Err(NotOurs::Untold(why)) if !back => {
                        let why =
                            format!("nothing was applied: whether the lease is ours is not known: {why}");
                        return Called { todo: named, receipt: Receipt::Refused { why }, fenced: false };
                    }
                    // The way back must not hang on a cluster that is down, which may be why it is gone.
                    Err(NotOurs::Untold(why)) => tracing::warn!(%why, "going back without the lease"),
                    Ok(()) => {}
                }
            }
            let call = world.apply(&command, time);
            let receipt = match tokio::time::timeout(time + limits::GRACE, call).await {
                Ok(receipt) => receipt,
                Err(_) => Receipt::Unknown { why: format!("no answer within {} s", time.as_secs()) },
            };
            Called { todo: named, receipt, fenced: false }
        });
        Ok(())
    }

    /// The command of a call, as it was proposed.
    fn command(&self, todo: &Todo) -> Option<Command> {
        let execution = self.inquirer.run.state().execution();
        let change = |state: &StepState, attempt: usize, index: u32| {
            let changes = state.attempts.get(attempt)?.changes.as_ref()?;
            changes.changes.get(index as usize).cloned()
        };
        match todo {
            Todo::Apply { step, index } => {
                let state = execution.step(step)?;
                Some(change(state, state.attempts.len().checked_sub(1)?, *index)?.command)
            }
            Todo::Undo { step, attempt, index } => {
                let state = execution.step(step)?;
                match change(state, attempt.checked_sub(1)? as usize, *index)?.undo {
                    WayBack::Command(command) => Some(command),
                    WayBack::None { .. } => None,
                }
            }
            _ => None,
        }
    }

    /// A call came back, or its task broke.
    pub(super) fn called(&mut self, done: Result<Called, JoinError>) -> Result<(), RunError> {
        match done {
            Ok(Called { todo, receipt, fenced }) => {
                self.flights.remove(&todo);
                let refused = match &receipt {
                    Receipt::Refused { why } if fenced => Some(why.clone()),
                    _ => None,
                };
                self.write_receipt(&todo, receipt)?;
                refused.map_or(Ok(()), |why| self.stop_fenced(&todo, why))
            }
            // Which one broke is found by what is still open.
            Err(_) if self.calls.is_empty() => self.close_calls(),
            Err(_) => Ok(()),
        }
    }

    /// Calls whose tasks are gone: nobody knows what they did.
    pub(super) fn close_calls(&mut self) -> Result<(), RunError> {
        self.calls.abort_all();
        let open: Vec<Todo> = self
            .flights
            .iter()
            .filter(|(_, flight)| matches!(flight, Flight::Call))
            .map(|(todo, _)| todo.clone())
            .collect();
        for todo in open {
            self.flights.remove(&todo);
            let why = "the call was broken off before it answered".to_owned();
            self.write_receipt(&todo, Receipt::Unknown { why })?;
        }
        Ok(())
    }

    /// Somebody else conducts the run now. What this one would look at from here on is their work: it would take it for its
    /// own, pass its steps and ask people at its gates. So it is held; who takes the lease back begins the step again.
    fn stop_fenced(&mut self, todo: &Todo, why: String) -> Result<(), RunError> {
        let execution = self.inquirer.run.state().execution();
        let Todo::Apply { step, .. } = todo else { return Ok(()) };
        if !matches!(execution.going, Going::Forward) {
            return Ok(());
        }
        let attempt = execution.step(step).and_then(|state| state.attempt());
        let open = attempt.is_some_and(|it| it.commands.iter().any(|command| command.forward.is_open()));
        let moment = (self.options.clock)();
        if !open {
            let outcome = StepOutcome::Failed { why: why.clone() };
            self.inquirer.append(Event::StepEnded { step: step.clone(), outcome, moment: moment.clone() })?;
        }
        self.inquirer.append(Event::Held { why, step: Some(step.clone()), asked_by: None, moment })
    }

    fn write_receipt(&mut self, todo: &Todo, receipt: Receipt) -> Result<(), RunError> {
        // What was refused or failed is not hammered.
        self.rests.insert(todo.clone(), Instant::now() + limits::SETTLE_EVERY * 4);
        match todo {
            Todo::Apply { step, index } => {
                self.inquirer.append(Event::CommandEnded { step: step.clone(), index: *index, receipt })
            }
            Todo::Undo { step, attempt, index } => self.inquirer.append(Event::UndoEnded {
                step: step.clone(),
                attempt: *attempt,
                index: *index,
                receipt,
            }),
            _ => Ok(()),
        }
    }

    /// Tells people, beside the run: it never waits for it, and never fails by it.
    fn notify(&mut self, step: &str) -> Result<(), RunError> {
        let with = self.specs.get(step).map(|spec| &spec.with);
        let message = with.and_then(|with| with.get("message")).and_then(|message| message.as_str());
        tracing::info!(step, message, "told");
        let command = with.and_then(notification);
        if let (Some(command), Effects::Apply) = (command, self.options.effects) {
            let world = self.world.clone();
            tokio::spawn(async move {
                let receipt = world.apply(&command, limits::CALL_LONGEST).await;
                tracing::info!(?receipt, "notified");
            });
        }
        self.end(step, StepOutcome::Done)
    }
}

fn begun(todo: &Todo) -> Event {
    match todo {
        Todo::Undo { step, attempt, index } => {
            Event::UndoStarted { step: step.clone(), attempt: *attempt, index: *index }
        }
        Todo::Apply { step, index } => Event::CommandStarted { step: step.clone(), index: *index },
        other => unreachable!("{other:?} calls nothing"),
    }
}

/// The message as the usual chat services take it: one JSON object with `text`.
fn notification(with: &serde_json::Value) -> Option<Command> {
    let url = with.get("post")?.as_str()?.to_owned();
    let message = with.get("message").and_then(|message| message.as_str()).unwrap_or_default();
    let bearer = with.get("bearer").and_then(|bearer| bearer.get("secret")).and_then(|name| name.as_str());
    Some(Command::Http(runbook::world::HttpRequest {
        method: "POST".to_owned(),
        url,
        headers: Default::default(),
        body: Some(serde_json::json!({ "text": message }).to_string()),
        bearer: bearer.map(str::to_owned),
        timeout_ms: 10_000,
    }))
}
