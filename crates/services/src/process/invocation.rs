use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::environment;
use crate::{SecretValue, ServiceError, limits};

/// A command to run.
pub struct Invocation {
    /// The program and its arguments. A program with a `/` is looked up from `folder`, one without on the `PATH`.
    pub argv: Vec<String>,
    /// Variables beside those of [`environment`].
    pub env: Vec<(String, SecretValue)>,
    /// Working directory.
    pub folder: PathBuf,
    /// Bytes of standard output to keep; the rest is read and thrown away.
    pub stdout_kept: usize,
    /// Whether errors may quote standard error.
    pub quotable: bool,
    /// What the command started goes on after it ended by itself: starting something is what some commands are for.
    pub leaves: bool,
}

impl Invocation {
    /// How the command is called in messages: its program, without arguments.
    pub fn title(&self) -> String {
        let program = self.argv.first().map_or("", String::as_str);
        format!("command {}", program.chars().take(200).flat_map(char::escape_debug).collect::<String>())
    }

    /// The command with `mark` in its environment, ready to start.
    pub fn command(&self, mark: &str) -> Result<Command, ServiceError> {
        let wrong = |why: &str| ServiceError::failed(format!("{}: {why}", self.title()));
        let Some(program) = self.argv.first().filter(|program| !program.is_empty()) else {
            return Err(wrong("no program is named"));
        };
        if self.argv.iter().any(|argument| argument.contains('\0')) {
            return Err(wrong("an argument holds a null character"));
        }
        if self.argv.iter().any(|argument| argument.len() > limits::ARGUMENT_BYTES) {
            return Err(wrong("an argument is longer than 64 KiB"));
        }
        let mut command = Command::new(self.program(program));
        command.args(&self.argv[1..]).current_dir(&self.folder).env_clear().envs(environment::inherited());
        for (name, value) in &self.env {
            if name.is_empty() || name.contains(['=', '\0']) || value.expose().contains('\0') {
                return Err(wrong(
                    "an environment variable has an impossible name, or a value with a null character",
                ));
            }
            if value.expose().len() > limits::ARGUMENT_BYTES {
                return Err(wrong("an environment variable is longer than 64 KiB"));
            }
            command.env(name, value.expose());
        }
        command.env(environment::MARK, mark);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Ok(command)
    }

    fn program(&self, program: &str) -> PathBuf {
        if program.contains('/') { self.folder.join(program) } else { Path::new(program).to_owned() }
    }
}
