use journal::{Event, JournalError, Request};

use super::Executor;
use crate::execute::next::{refusal, too_old};
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
            match refusal(&self.course(), &request) {
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
}
