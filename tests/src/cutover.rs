use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

/// The binary under test, run as a user runs it.
#[derive(Debug)]
pub struct Cutover {
    command: Command,
    shown: String,
}

/// What one run printed, and how it ended.
#[derive(Debug)]
pub struct Run {
    pub shown: String,
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Cutover {
    /// `cutover` with these arguments.
    ///
    /// # Panics
    /// If the binary has not been built.
    pub fn new<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Cutover {
        let binary = binary();
        assert!(binary.exists(), "{} is not there: run `cargo build` first", binary.display());
        let mut command = Command::new(binary);
        let arguments: Vec<&str> = arguments.into_iter().collect();
        command.args(&arguments).env("NO_COLOR", "1").stdin(Stdio::null());
        Cutover { command, shown: format!("cutover {}", arguments.join(" ")) }
    }

    /// In this directory.
    #[must_use]
    pub fn within(mut self, directory: &Path) -> Cutover {
        self.command.current_dir(directory);
        self
    }

    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Cutover {
        self.command.env(name, value);
        self
    }

    /// Starts it and leaves it to the test, which ends it by its own process id; what it prints goes into these files.
    ///
    /// # Panics
    /// If it cannot be started, or the files cannot be made.
    pub fn start(mut self, stdout: &Path, stderr: &Path) -> std::process::Child {
        let file = |path: &Path| {
            std::fs::File::create(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        };
        self.command.stdout(file(stdout)).stderr(file(stderr));
        self.command.spawn().unwrap_or_else(|error| panic!("{}: {error}", self.shown))
    }

    /// Runs it to its end.
    ///
    /// # Panics
    /// If it cannot be started, or is ended by a signal.
    pub fn run(mut self) -> Run {
        let output = self.command.output().unwrap_or_else(|error| panic!("{}: {error}", self.shown));
        let text = |bytes: Vec<u8>| {
            String::from_utf8(bytes).unwrap_or_else(|error| panic!("{}: {error}", self.shown))
        };
        Run {
            code: output.status.code().unwrap_or_else(|| panic!("{}: {}", self.shown, output.status)),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
            shown: self.shown,
        }
    }
}

impl Run {
    /// The same run, which must have ended with this code.
    ///
    /// # Panics
    /// If it ended with another one; shows all it printed.
    pub fn exits(self, code: i32) -> Run {
        assert_eq!(
            self.code, code,
            "{}\n--- stdout\n{}\n--- stderr\n{}",
            self.shown, self.stdout, self.stderr
        );
        self
    }

    /// Standard output as one JSON document.
    ///
    /// # Panics
    /// If it is not.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| {
            panic!("{}: {error}\n--- stdout\n{}\n--- stderr\n{}", self.shown, self.stdout, self.stderr)
        })
    }

    /// Whether standard output or standard error has this text.
    pub fn says(&self, text: &str) -> bool {
        self.stdout.contains(text) || self.stderr.contains(text)
    }
}

/// The binary lies beside the test binary's folder, where cargo puts it.
///
/// # Panics
/// If the test binary is not where cargo puts it.
pub fn binary() -> PathBuf {
    let test = std::env::current_exe().expect("a running program has a path");
    test.ancestors().nth(2).expect("test binaries lie in target/PROFILE/deps").join("cutover")
}
