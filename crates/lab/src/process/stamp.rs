use std::fs;
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal, kill_process, pidfd_open, pidfd_send_signal};
use serde::{Deserialize, Serialize};

use crate::limits::POLL;

/// A process that cannot be mistaken for another: number, start time and boot. Numbers are reused, and a lab
/// that ended somebody else's process would be worse than one that left its own behind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stamp {
    /// Process id.
    pub pid: i32,
    /// Clock ticks between boot and the start of the process (`/proc/<pid>/stat`, field 22).
    pub started: u64,
    /// The kernel's id of this boot: ticks begin again with the next one.
    pub boot: String,
}

impl Stamp {
    /// The process that has this number now, if there is one and it has not ended.
    pub fn of(pid: i32) -> Option<Self> {
        let (state, started) = look(pid)?;
        (!ended(state)).then(|| Stamp { pid, started, boot: boot() })
    }

    /// This process.
    pub fn own() -> Self {
        let pid = rustix::process::getpid().as_raw_nonzero().get();
        let (_, started) = look(pid).unwrap_or(('R', 0));
        Stamp { pid, started, boot: boot() }
    }

    /// True while exactly this process runs. A zombie has ended.
    pub fn alive(&self) -> bool {
        self.boot == boot()
            && look(self.pid).is_some_and(|(state, started)| started == self.started && !ended(state))
    }

    /// Sends a signal to exactly this process; false if it is no longer there. The process is held by a file
    /// descriptor before it is compared, so its number cannot pass to another in between.
    pub(crate) fn signal(&self, signal: Signal) -> bool {
        let Some(pid) = Pid::from_raw(self.pid) else { return false };
        match pidfd_open(pid, PidfdFlags::empty()) {
            Ok(held) => self.alive() && pidfd_send_signal(&held, signal).is_ok(),
            // Kernels before 5.3 and some sandboxes; there the comparison just before has to do.
            Err(Errno::NOSYS | Errno::PERM) => self.alive() && kill_process(pid, signal).is_ok(),
            Err(_) => false,
        }
    }

    /// Waits until the process has ended; false if it still runs when the time is over.
    pub(crate) fn wait_gone(&self, at_most: Duration) -> bool {
        let end = Instant::now() + at_most;
        while self.alive() {
            if Instant::now() > end {
                return false;
            }
            std::thread::sleep(POLL / 4);
        }
        true
    }
}

fn ended(state: char) -> bool {
    matches!(state, 'Z' | 'X' | 'x')
}

/// State and start time. The command's name stands in parentheses and may itself hold some, so fields are
/// counted from the last one.
fn look(pid: i32) -> Option<(char, u64)> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = stat[stat.rfind(')')? + 1..].split_ascii_whitespace();
    let state = fields.next()?.chars().next()?;
    let started = fields.nth(18)?.parse().ok()?;
    Some((state, started))
}

fn boot() -> String {
    fs::read_to_string("/proc/sys/kernel/random/boot_id").map(|id| id.trim().to_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_is_alive_and_a_namesake_is_not() {
        let own = Stamp::own();
        assert!(own.alive());
        assert_eq!(Stamp::of(own.pid).as_ref(), Some(&own));
        let later = Stamp { started: own.started + 1, ..own.clone() };
        assert!(!later.alive());
        let other_boot = Stamp { boot: "another".into(), ..own };
        assert!(!other_boot.alive());
    }

    #[test]
    fn a_signal_never_reaches_a_namesake() {
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let stamp = Stamp::of(i32::try_from(child.id()).unwrap()).unwrap();
        let earlier = Stamp { started: stamp.started - 1, ..stamp.clone() };
        assert!(!earlier.signal(Signal::KILL));
        assert!(stamp.alive());
        assert!(stamp.signal(Signal::KILL));
        child.wait().unwrap();
        assert!(!stamp.alive());
        assert!(!stamp.signal(Signal::KILL));
    }
}
