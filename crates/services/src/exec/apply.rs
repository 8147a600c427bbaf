use std::collections::BTreeMap;
use std::time::Duration;

use runbook::world::Receipt;

use super::Exec;
use crate::process::{Finished, Invocation};
use crate::{Until, process, receipt};

impl Exec {
    /// Applies `Command::Exec`: exit code 0 is done, any other is a refusal by whoever wrote the command. One that was
    /// started and did not end by itself in time leaves open what it did.
    pub fn apply(
        &self,
        argv: &[String],
        env: &BTreeMap<String, String>,
        timeout: Duration,
        until: Until<'_>,
    ) -> Receipt {
        let until = until.sooner(timeout);
        let scrubber = self.secrets.scrubber();
        let invocation = match self.invocation(argv, env, until) {
            // An application that a step started must outlive the command that started it.
            Ok(invocation) => Invocation { leaves: true, ..invocation },
            Err(error) => return receipt::failed(scrubber, error),
        };
        let title = invocation.title();
        tracing::debug!(command = %title, variables = env.len(), "starting");
        match process::run(&invocation, scrubber, until) {
            Ok(finished) => {
                tracing::debug!(command = %title, code = finished.code, "ended");
                let said = self.said(&finished);
                if finished.code == 0 {
                    return Receipt::Applied { said };
                }
                let said = said.map_or(String::new(), |said| format!("; it said: {said}"));
                let why = format!("{title} ended with exit code {}{said}", finished.code);
                Receipt::Refused { why: scrubber.mask(&why).into_owned() }
            }
            Err(error) => receipt::failed(scrubber, error),
        }
    }

    /// The beginning of both outputs, masked; `None`: it said nothing.
    fn said(&self, finished: &Finished) -> Option<String> {
        let scrubber = self.secrets.scrubber();
        let outputs = [&finished.stdout, &finished.stderr];
        let said = outputs.map(|output| scrubber.excerpt(&output.bytes, output.cut()));
        let said: Vec<String> = said.into_iter().filter(|said| !said.is_empty()).collect();
        (!said.is_empty()).then(|| said.join("\n"))
    }
}
