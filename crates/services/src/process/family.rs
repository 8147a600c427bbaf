use std::process::Child;
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

/// A started command with everything it starts.
///
/// The command itself is only collected at the end, so that its process and group ids name nothing else meanwhile.
pub struct Family {
    child: Child,
    leader: Pid,
    #[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "only Linux shows environments"))]
    mark: String,
}

impl Family {
    pub fn new(child: Child, mark: String) -> Family {
        let leader = Pid::from_child(&child);
        #[cfg(target_os = "linux")]
        forbid_core_dumps(leader);
        Family { child, leader, mark }
    }

    /// A value that no other command on this machine carries.
    pub fn new_mark() -> String {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let began = std::time::SystemTime::UNIX_EPOCH.elapsed().map_or(0, |time| time.as_nanos());
        format!("{}-{}-{began}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
    }

    /// Whether the command itself has ended; it stays a zombie.
    pub fn leader_ended(&self) -> bool {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        // An error means that there is nothing to wait for.
        !matches!(waitid(WaitId::Pid(self.leader), options), Ok(None))
    }

    /// Asks the group to leave.
    pub fn ask_to_leave(&self) {
        // Fails when nobody is left, which is what is wanted.
        let _ = kill_process_group(self.leader, Signal::TERM);
    }

    /// Ends everything that is left, whether it wants to or not.
    pub fn kill(&self) {
        let _ = kill_process_group(self.leader, Signal::KILL);
        #[cfg(target_os = "linux")]
        super::marked::kill(&self.mark);
    }

    /// Collects the command, which has ended. `None`: the system knows nothing of it.
    pub fn collect(mut self) -> Option<std::process::ExitStatus> {
        self.child.try_wait().ok().flatten()
    }
}

/// A crash must not write the command's variables to a disk. What it starts later inherits this.
#[cfg(target_os = "linux")]
fn forbid_core_dumps(leader: Pid) {
    use rustix::process::{Resource, Rlimit, prlimit};
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    // Fails only when the command has ended already.
    let _ = prlimit(Some(leader), Resource::Core, none);
}
