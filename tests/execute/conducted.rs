//! A `cutover` process that conducts a run while the test goes on.

use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::Instant;

use rustix::process::{Pid, Signal, kill_process};

use crate::AT_MOST;
use crate::told::Told;

#[derive(Debug)]
pub struct Conducted {
    child: Child,
    runs: PathBuf,
    /// Runs that were there before this process.
    before: Option<PathBuf>,
    stdout: PathBuf,
    stderr: PathBuf,
}

impl Conducted {
    pub fn new(
        child: Child,
        runs: &Path,
        before: Option<PathBuf>,
        [stdout, stderr]: [PathBuf; 2],
    ) -> Conducted {
        Conducted { child, runs: runs.to_owned(), before, stdout, stderr }
    }

    /// Its run's folder, once it is there.
    fn run(&self) -> Option<PathBuf> {
        crate::told::newest(&self.runs).filter(|run| Some(run) != self.before.as_ref())
    }

    pub fn told(&self) -> Told {
        self.run().map_or(Told { events: Vec::new() }, |run| Told::of(&run))
    }

    pub fn said(&self) -> String {
        std::fs::read_to_string(&self.stderr).unwrap_or_default()
    }

    pub fn printed(&self) -> String {
        std::fs::read_to_string(&self.stdout).unwrap_or_default()
    }

    /// Waits until the journal tells it; fails if the process ends before.
    #[track_caller]
    pub fn until(&mut self, what: &str, good: impl Fn(&Told) -> bool) {
        let end = Instant::now() + AT_MOST;
        loop {
            let ended = self.child.try_wait().unwrap();
            if good(&self.told()) {
                return;
            }
            if let Some(status) = ended {
                panic!("{what}: the process ended before ({status})\n{}{}", self.printed(), self.said());
            }
            assert!(Instant::now() < end, "{what}: not in time\n{}", self.said());
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    }

    pub fn is_over(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// A signal to this very process, which has not been waited for: its number is its own.
    pub fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap();
        kill_process(pid, signal).unwrap();
    }

    /// Ends it as a power failure would.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Its exit code, once it ended by itself.
    #[track_caller]
    pub fn exit(&mut self) -> i32 {
        let end = Instant::now() + AT_MOST;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code().unwrap_or(-1);
            }
            assert!(Instant::now() < end, "it does not end\n{}", self.said());
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    }

    /// Its exit code and what it said.
    pub fn exit_and_said(mut self) -> (i32, String) {
        let code = self.exit();
        (code, self.said())
    }

    /// Fails unless it ended with this code.
    #[track_caller]
    pub fn exits(&mut self, code: i32) {
        let exit = self.exit();
        assert_eq!(exit, code, "\n--- stdout\n{}\n--- stderr\n{}", self.printed(), self.said());
    }
}

impl Drop for Conducted {
    fn drop(&mut self) {
        if self.child.try_wait().is_ok_and(|status| status.is_none()) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}
