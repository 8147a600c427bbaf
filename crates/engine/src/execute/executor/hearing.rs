use journal::{Event, JournalError, Request};

use super::Executor;
use crate::execute::next::too_old;
use crate::{RunError, World};

impl<W: World> Executor<'_, W> {
    /// Takes every request out of the inbox: journalled first, then deleted.
    pub(super) fn hear_requests(&mut self) -> Result<(), RunError> {
        for delivered in self.inquirer.run.folder().delivered()? {
            let request = match delivered.request {
                Ok(request) => request,
                Err(why) => {
                    let message = format!("{} is no request: {why}", delivered.name);
                    self.inquirer.append(Event::Warned { about: "inbox".to_owned(), message })?;
                    self.inquirer.run.folder().taken(&delivered.name)?;
                    continue;
                }
            };
            if let Request::Sign { document, signature } = &request {
                self.hear_signature(&request, document, signature)?;
                self.inquirer.run.folder().taken(&delivered.name)?;
                continue;
            }
            match self.cannot_mean(&request) {
                None => self.inquirer.append(Event::Requested { request })?,
                Some(why) => {
                    let message = format!("{}: {why}", request.title());
                    self.inquirer.append(Event::Warned { about: "inbox".to_owned(), message })?;
                }
            }
            self.inquirer.run.sync()?;
            self.inquirer.run.folder().taken(&delivered.name)?;
        }
        Ok(())
    }

    /// What was signed is journalled as what it is, if it fits this run; the journal knows.
    fn hear_signature(&mut self, request: &Request, document: &str, signature: &str) -> Result<(), RunError> {
        match self.inquirer.append(Event::signed(document, signature)) {
            Ok(()) => {
                let state = self.inquirer.run.state();
                if let Some(why) = state.signed().last().and_then(|signed| too_old(state, signed)) {
                    let message = format!("{}: {why}", request.title());
                    self.inquirer.append(Event::Warned { about: "inbox".to_owned(), message })?;
                }
                self.inquirer.run.sync()?;
                self.inquirer.run.keep_signatures()?;
            }
            Err(RunError::Journal(JournalError::Illegal { why, .. })) => {
                let message = format!("{}: {why}", request.title());
                self.inquirer.append(Event::Warned { about: "inbox".to_owned(), message })?;
                self.inquirer.run.sync()?;
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Why a request names something this plan does not have.
    fn cannot_mean(&self, request: &Request) -> Option<String> {
        let holds = |role: &str, person: &str| {
            let Some(known) = self.plan.roles.get(role) else {
                return Some(format!("there is no role {role}"));
            };
            (!known.is_held_by(person)).then(|| format!("{person} does not hold the role {role}"))
        };
        match request {
            Request::Vote { role, person, .. } => holds(role, person),
            Request::Override { gate, role, person, .. } => {
                let is_gate = self.plan.step(gate).is_some_and(|step| step.kind == "gate");
                if is_gate { holds(role, person) } else { Some(format!("there is no gate {gate}")) }
            }
            Request::Done { step, .. } => match self.plan.step(step) {
                None => Some(format!("there is no step {step}")),
                Some(planned) if !matches!(planned.kind.as_str(), "manual" | "exec" | "http") => {
                    Some(format!("{} steps are done when a look says so", planned.kind))
                }
                Some(_) => None,
            },
            _ => None,
        }
    }
}
