use std::path::Path;
use std::time::Instant;

use super::{AppSpec, Ledger};
use crate::error::{LabError, Result};
use crate::files;
use crate::lab::Lab;
use crate::limits::{APP_READY, POLL};
use crate::process::{Guard, Server, log_tail};

impl Lab {
    /// Starts an application in a process of its own and waits until it works: it has partitions, and its first
    /// record was acknowledged. `program` is the command that calls [`crate::run_app`]; the lab's directory and
    /// the application's name are added to it.
    ///
    /// # Errors
    /// Also if an application of this name runs.
    pub fn start_app(&self, program: &[String], spec: &AppSpec) -> Result<()> {
        spec.check()?;
        let name = AppSpec::server(&spec.name);
        if self.refreshed()?.servers.iter().any(|server| server.name == name && server.runs()) {
            return Err(LabError::Spec(format!("application {} runs already", spec.name)));
        }
        let home = AppSpec::home(self.dir(), &spec.name);
        files::make_dir(&home)?;
        let text = serde_json::to_string_pretty(spec).map_err(|error| LabError::Spec(error.to_string()))?;
        files::write(&home.join("app.json"), &text)?;
        let ready = home.join("ready");
        files::remove(&ready)?;

        let mut argv = program.to_vec();
        argv.extend([self.dir().display().to_string(), spec.name.clone()]);
        let mut server = Server::new(name, argv, home.join("app.log"));
        let mut guard = Guard::start(&mut server)?;
        let end = Instant::now() + APP_READY;
        while !ready.exists() {
            guard.still_runs(&server)?;
            if Instant::now() > end {
                return Err(LabError::NotReady {
                    server: server.name,
                    seconds: APP_READY.as_secs(),
                    waited_for: "partitions and a first acknowledged record".into(),
                    tail: log_tail(&server.log),
                    log: server.log,
                });
            }
            std::thread::sleep(POLL / 2);
        }
        self.note(&server)?;
        self.keep(server, guard)
    }

    /// Stops an application with SIGTERM: it finishes, commits, flushes and leaves its group before this returns.
    pub fn stop_app(&self, name: &str) -> Result<()> {
        self.stop(&AppSpec::server(name))
    }

    /// Kills an application: what it processed and had not committed will be processed again.
    pub fn kill_app(&self, name: &str) -> Result<()> {
        self.kill(&AppSpec::server(name))
    }

    /// What all applications of the lab wrote and processed so far.
    pub fn ledger(&self) -> Result<Ledger> {
        Ledger::read(self.dir())
    }
}

/// The names of the applications that have a ledger in this lab.
pub(super) fn names(lab: &Path) -> Result<Vec<String>> {
    let apps = lab.join("apps");
    let entries = match std::fs::read_dir(&apps) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other.map_err(LabError::file("read", &apps))?,
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(LabError::file("read", &apps))?;
        if entry.path().join("ledger.jsonl").is_file() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}
