use std::time::Duration;

use runbook::world::{HttpRequest, Receipt};

use super::{Answer, Http, Request};
use crate::{Until, receipt};

impl Http {
    /// Applies `Command::Http`: 2xx is done, 4xx is a refusal. A trouble of the server's own, and an answer that does not
    /// come, leave open what was done. Requests that may be repeated without harm (all but POST) are, where the trouble
    /// passes.
    pub fn apply(&self, asked: &HttpRequest, until: Until<'_>) -> Receipt {
        let until = until.sooner(Duration::from_millis(asked.timeout_ms));
        let request = match self.request(asked, until) {
            Ok(request) => request,
            Err(error) => return receipt::not_looked(self.scrubber(), error),
        };
        tracing::debug!(%request, "sending");
        match self.send(&request, until) {
            Ok(answer) => self.receipt(&request, &answer),
            Err(error) => receipt::failed(self.scrubber(), error),
        }
    }

    fn receipt(&self, request: &Request, answer: &Answer) -> Receipt {
        let scrubber = self.scrubber();
        let said = scrubber.excerpt(&answer.body, false);
        if answer.is_success() {
            return Receipt::Applied { said: (!said.is_empty()).then_some(said) };
        }
        let said = if said.is_empty() { said } else { format!("; it said: {said}") };
        let hint = match answer.status {
            401 | 403 | 407 if request.credentials => "; check the token and its rights",
            401 | 403 | 407 => "; send a token: bearer: { secret: NAME }",
            _ => "",
        };
        let why = format!("{request}: the server answered {}{said}{hint}", answer.status_words());
        let why = scrubber.mask(&why).into_owned();
        match answer.status {
            // A server that gave up waiting for a request may have read enough of it.
            408 => Receipt::Unknown { why },
            400..=499 => Receipt::Refused { why },
            _ => Receipt::Unknown { why },
        }
    }
}
