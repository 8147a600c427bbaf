use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard};
use std::time::Instant;

use runbook::world::Reason;

use super::marker::{self, Escape, Part};
use super::{SecretReference, SecretSource, SecretValue, source};
use crate::{Scrubber, ServiceError, Until, limits};

/// The secrets of a run, by name. A secret is read when it is needed, and told to the [`Scrubber`] before anybody
/// gets it. Variables and files are read anew each time, so that a rotated token is seen.
#[expect(missing_debug_implementations, reason = "it holds secrets")]
pub struct Secrets {
    folder: PathBuf,
    references: BTreeMap<String, SecretReference>,
    scrubber: Scrubber,
    deny_exec: bool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    opened: BTreeSet<String>,
    /// Output of commands, with the moment it was read.
    kept: BTreeMap<String, (Instant, SecretValue)>,
    warnings: BTreeSet<String>,
}

impl Secrets {
    /// `folder` is the runbook's: files and commands are looked up from there.
    pub fn new(
        folder: impl Into<PathBuf>,
        references: BTreeMap<String, SecretReference>,
        scrubber: Scrubber,
    ) -> Secrets {
        Secrets { folder: folder.into(), references, scrubber, deny_exec: false, state: Mutex::default() }
    }

    /// With `--deny-exec`, secrets that come from a command are refused by name.
    pub fn deny_exec(self, deny_exec: bool) -> Secrets {
        Secrets { deny_exec, ..self }
    }

    pub fn scrubber(&self) -> &Scrubber {
        &self.scrubber
    }

    /// The gate `step` opened in this run: secrets with `unlock_at: step` may be read from now on.
    pub fn gate_opened(&self, step: &str) {
        self.state().opened.insert(step.to_owned());
    }

    /// What is doubtful about the places of the secrets read so far, sorted; nothing in it is secret.
    pub fn warnings(&self) -> Vec<String> {
        self.state().warnings.iter().cloned().collect()
    }

    /// The secret called `name`. Refused while its gate is closed; errors name the secret and its place.
    pub fn value(&self, name: &str, until: Until<'_>) -> Result<SecretValue, ServiceError> {
        let reference = self.references.get(name).ok_or_else(|| {
            ServiceError::failed(format!("secret {name} is not declared")).hint(self.declared())
        })?;
        if let Some(gate) = &reference.unlock_at
            && !self.state().opened.contains(gate)
        {
            return Err(ServiceError::new(
                Reason::Refused,
                format!("secret {name} is locked until gate {gate} opens in this run"),
            ));
        }
        let from_command = matches!(reference.source, SecretSource::Exec(_));
        if from_command {
            if self.deny_exec {
                return Err(ServiceError::new(
                    Reason::Refused,
                    format!(
                        "secret {name} comes from a command, and commands are switched off (--deny-exec)"
                    ),
                )
                .hint("give the secret as env or file, or run without --deny-exec"));
            }
            if let Some((read_at, value)) = self.state().kept.get(name)
                && read_at.elapsed() < limits::SECRET_KEPT
            {
                return Ok(value.clone());
            }
        }
        // Not under the lock: a command may take its time.
        let found = source::read(name, &reference.source, &self.folder, &self.scrubber, until)?;
        let value = self.checked(name, found.bytes)?;
        let mut state = self.state();
        state.warnings.extend(found.warning);
        if from_command {
            state.kept.insert(name.to_owned(), (Instant::now(), value.clone()));
        }
        Ok(value)
    }

    /// `text` with each `{{secret NAME}}` replaced, and whether there was one.
    pub(crate) fn fill(
        &self,
        text: &str,
        escape: Escape,
        until: Until<'_>,
    ) -> Result<(SecretValue, bool), ServiceError> {
        let mut filled = String::with_capacity(text.len());
        let mut any = false;
        for part in marker::split(text).map_err(ServiceError::failed)? {
            match part {
                Part::Text(text) => filled.push_str(text),
                Part::Secret(name) => {
                    any = true;
                    filled.push_str(&escape.apply(self.value(name, until)?.expose()));
                }
            }
        }
        Ok((SecretValue::new(filled), any))
    }

    fn checked(&self, name: &str, bytes: Vec<u8>) -> Result<SecretValue, ServiceError> {
        let wrong = |why: String| ServiceError::failed(format!("secret {name} {why}"));
        if bytes.len() > limits::SECRET_BYTES {
            return Err(wrong(format!("is larger than {} KiB", limits::SECRET_BYTES / 1024)));
        }
        let text = String::from_utf8(bytes).map_err(|_| wrong("is not UTF-8".to_owned()))?;
        match text.trim().chars().count() {
            0 => return Err(wrong("is empty".to_owned())),
            few if few < limits::SECRET_LEAST => {
                return Err(wrong(format!(
                    "has fewer than {} characters, too few to hide it in what others print",
                    limits::SECRET_LEAST
                )));
            }
            few if few < limits::SECRET_SHORT => {
                let warning =
                    format!("secret {name} is short: ordinary text that contains it will be masked too");
                self.state().warnings.insert(warning);
            }
            _ => {}
        }
        self.scrubber.learn(&text);
        Ok(SecretValue::new(text))
    }

    fn declared(&self) -> String {
        let names: Vec<_> = self.references.keys().map(String::as_str).collect();
        if names.is_empty() {
            "declare it under `secrets`".to_owned()
        } else {
            format!("declared are {}", names.join(", "))
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Each change is one insertion; a panic elsewhere cannot have left it half done.
        self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}
