use std::sync::OnceLock;

use jiff::Timestamp;
use journal::Moment;

/// This machine's clocks now. The monotonic one counts from the machine's start, also while it sleeps, and goes on for
/// a process that takes over.
pub fn now() -> Moment {
    static BOOT: OnceLock<String> = OnceLock::new();
    let boot = BOOT.get_or_init(|| {
        // Without it the wall clock alone must do after a restart.
        let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id");
        id.map_or_else(|_| format!("process {}", std::process::id()), |id| id.trim().to_owned())
    });
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    let ms = time.tv_sec.saturating_mul(1_000).saturating_add(time.tv_nsec / 1_000_000);
    Moment { wall: Timestamp::now(), mono_ms: u64::try_from(ms).unwrap_or(0), boot: boot.clone() }
}
