use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use runbook::world::OutputSeen;

use crate::process::{self, Invocation};
use crate::secret::Escape;
use crate::{Secrets, ServiceError, Until, facts, limits};

/// Runs the commands of a runbook's checks, in the runbook's folder.
#[expect(missing_debug_implementations, reason = "it holds secrets")]
pub struct Exec {
    folder: PathBuf,
    secrets: Arc<Secrets>,
}

impl Exec {
    /// `folder` is the runbook's.
    pub fn new(folder: impl Into<PathBuf>, secrets: Arc<Secrets>) -> Exec {
        Exec { folder: folder.into(), secrets }
    }

    /// Answers `Probe::Exec`. The values of `env` may hold `{{secret NAME}}`; arguments may not, since every user of the
    /// machine can read them.
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
        let mut invocation = Invocation {
            argv: argv.to_vec(),
            env: Vec::with_capacity(env.len()),
            folder: self.folder.clone(),
            stdout_kept: limits::STDOUT_KEPT,
            quotable: true,
        };
        let title = invocation.title();
        if argv.iter().any(|argument| argument.contains("{{secret")) {
            return Err(ServiceError::failed(format!(
                "{title}: an argument names a secret, and arguments can be read by every user of this machine"
            ))
            .hint("hand it over as a variable: env: { TOKEN: { secret: NAME } }"));
        }
        for (name, value) in env {
            let (value, _) = self.secrets.fill(value, Escape::None, until).map_err(|e| ServiceError {
                message: format!("{title}: variable {name}: {}", e.message),
                ..e
            })?;
            invocation.env.push((name.clone(), value));
        }
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
