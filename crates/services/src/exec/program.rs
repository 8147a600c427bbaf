use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use crate::process::Invocation;
use crate::secret::Escape;
use crate::{Secrets, ServiceError, Until, limits};

/// Runs the commands of a runbook, in the runbook's folder.
#[expect(missing_debug_implementations, reason = "it holds secrets")]
pub struct Exec {
    folder: PathBuf,
    pub(super) secrets: Arc<Secrets>,
}

impl Exec {
    /// `folder` is the runbook's.
    pub fn new(folder: impl Into<PathBuf>, secrets: Arc<Secrets>) -> Exec {
        Exec { folder: folder.into(), secrets }
    }

    /// A command ready to run. The values of `env` may hold `{{secret NAME}}`; arguments may not, since every user of the
    /// machine can read them.
    pub(super) fn invocation(
        &self,
        argv: &[String],
        env: &BTreeMap<String, String>,
        until: Until<'_>,
    ) -> Result<Invocation, ServiceError> {
        let mut invocation = Invocation {
            argv: argv.to_vec(),
            env: Vec::with_capacity(env.len()),
            folder: self.folder.clone(),
            stdout_kept: limits::STDOUT_KEPT,
            quotable: true,
            leaves: false,
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
                // A secret's own command may have run; the command itself has not.
                begun: false,
                ..e
            })?;
            invocation.env.push((name.clone(), value));
        }
        Ok(invocation)
    }
}
