use runbook::world::Receipt;

use super::Connect;
use crate::{ServiceError, Until, limits, receipt};

impl Connect {
    /// Brings a connector from one state to another, in Connect's words: `RUNNING`, `PAUSED`, `STOPPED` (needs Connect
    /// 3.5). Its tasks follow after the answer; that they have is for an observation to say.
    pub fn set_state(&self, connector: &str, from: &str, to: &str, until: Until<'_>) -> Receipt {
        let refused = |why: String| Receipt::Refused { why: self.scrubber().mask(&why).into_owned() };
        let verb = match to {
            "RUNNING" => "resume",
            "PAUSED" => "pause",
            "STOPPED" => "stop",
            other => {
                return refused(format!(
                    "connector {connector} cannot be brought to {other:?}: nothing was changed"
                ));
            }
        };
        let now = match self.settled_state(connector, from, until) {
            Ok(now) => now,
            Err(error) => return receipt::not_looked(self.scrubber(), error),
        };
        if now == to {
            return Receipt::Already;
        }
        if now != from {
            return refused(format!(
                "connector {connector} is {now}, neither {from} (expected) nor {to} (wanted); nothing was changed"
            ));
        }
        match self.put(&["connectors", connector, verb], until) {
            Ok((_, answer)) if answer.is_success() => self.until_state(connector, to, until),
            // The connector was there a moment ago, so it is the request that is not known.
            Ok((_, answer)) if verb == "stop" && matches!(answer.status, 404 | 405) => refused(format!(
                "connector {connector} was not stopped: this Connect does not know how, which needs Connect 3.5; \
                 pause it instead"
            )),
            Ok((request, answer)) => {
                let error = self.refused(&answer, &request).begun(answer.status >= 500);
                self.state_after(connector, to, error)
            }
            Err(error) => self.state_after(connector, to, error),
        }
    }

    /// The state, once it is more than passing: while its workers rebalance, a connector belongs to none of them.
    fn settled_state(&self, connector: &str, from: &str, until: Until<'_>) -> Result<String, ServiceError> {
        let mut wait = self.pause();
        loop {
            let now = self.state(connector, until)?;
            let passing = matches!(now.as_str(), "UNASSIGNED" | "RESTARTING") && now != from;
            if !passing || wait >= until.left() {
                return Ok(now);
            }
            until.pause(wait).map_err(|end| ServiceError::ended(end, &format!("connector {connector}")))?;
            wait = (wait * 2).min(limits::REBALANCE_PAUSE);
        }
    }

    /// Connect has taken it, and does it when it has read it from its own topic.
    fn until_state(&self, connector: &str, to: &str, until: Until<'_>) -> Receipt {
        let until = until.sooner(limits::SHOWN);
        loop {
            let now = self.state(connector, until).ok();
            if now.as_deref() == Some(to) {
                return Receipt::Applied { said: None };
            }
            if until.pause(limits::LOOK_EVERY).is_err() {
                let now = now.map_or("its state is not told".to_owned(), |now| format!("it says {now}"));
                let said = format!("Connect has taken it; {now} still");
                return Receipt::Applied { said: Some(self.scrubber().mask(&said).into_owned()) };
            }
        }
    }

    /// What may have been done is looked at, even when the time is over.
    fn state_after(&self, connector: &str, to: &str, error: ServiceError) -> Receipt {
        let never = || false;
        let until = Until::after(limits::READ_BACK, &never);
        if error.begun && self.state(connector, until).is_ok_and(|now| now == to) {
            return Receipt::Applied { said: None };
        }
        receipt::failed(self.scrubber(), error)
    }
}
