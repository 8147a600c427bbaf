use std::collections::BTreeMap;
use std::time::Duration;

use runbook::world::OutputSeen;

use super::Exec;
use crate::{ServiceError, Until, facts, limits, process};

impl Exec {
    /// Answers `Probe::Exec`.
    ///
    /// Any exit code is an answer. What is not one JSON object gives no facts and says so in `unreadable`. Errors: the
    /// command cannot be started, does not end within `timeout`, is ended by a signal, or a secret cannot be had.
    pub fn observe(
        &self,
        argv: &[String],
        env: &BTreeMap<String, String>,
        timeout: Duration,
        until: Until<'_>,
    ) -> Result<OutputSeen, ServiceError> {
        let until = until.sooner(timeout);
        let scrubber = self.secrets.scrubber();
        let invocation = self.invocation(argv, env, until)?;
        let title = invocation.title();
        tracing::debug!(command = %title, variables = env.len(), "starting");
        let finished = process::run(&invocation, scrubber, until)?;
        let (facts, unreadable) = if finished.stdout.cut() {
            let why = format!("it printed more than {} KiB", limits::STDOUT_KEPT / 1024);
            (BTreeMap::new(), Some(why))
        } else {
            match facts::read(&finished.stdout.bytes) {
                Ok(facts) => (scrubber.facts(facts), None),
                Err(why) => (BTreeMap::new(), Some(scrubber.mask_foreign(&why).into_owned())),
            }
        };
        tracing::debug!(command = %title, code = finished.code, facts = facts.len(), "ended");
        let excerpt = scrubber.excerpt(&finished.stderr.bytes, finished.stderr.cut());
        Ok(OutputSeen { status: finished.code, facts, unreadable, excerpt })
    }
}
