//! Processes found by the variable their ancestor was started with.
//!
//! A process that forks, starts a session of its own and closes its pipes is in no group of ours any more, but it keeps
//! the environment. One that also clears its environment cannot be found; it cannot hold us up either.

use std::fs;

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

use super::environment;

/// How often everything is looked through: a process can fork while it is being ended.
const ROUNDS: usize = 20;

/// Ends every process of this user that carries `mark`.
pub fn kill(mark: &str) {
    let mark = format!("{}={mark}", environment::MARK);
    for _ in 0..ROUNDS {
        let found = processes().filter(|pid| kill_if_marked(*pid, &mark)).count();
        if found == 0 {
            return;
        }
        std::thread::yield_now();
    }
}

fn processes() -> impl Iterator<Item = Pid> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| Pid::from_raw(entry.file_name().to_str()?.parse().ok()?))
}

/// The descriptor is opened before the environment is read, so that the id cannot have passed to another process.
fn kill_if_marked(pid: Pid, mark: &str) -> bool {
    if !carries(pid, mark) {
        return false;
    }
    let Ok(process) = pidfd_open(pid, PidfdFlags::empty()) else { return false };
    carries(pid, mark) && pidfd_send_signal(&process, Signal::KILL).is_ok()
}

fn carries(pid: Pid, mark: &str) -> bool {
    // Zombies have no environment, and other users' processes do not show theirs.
    let Ok(environment) = fs::read(format!("/proc/{}/environ", pid.as_raw_pid())) else { return false };
    environment.split(|byte| *byte == 0).any(|variable| variable == mark.as_bytes())
}
