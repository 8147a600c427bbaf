use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A point in time that survives a wall clock which is set meanwhile, as long as the machine is not started anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Moment {
    pub wall: Timestamp,
    /// Milliseconds of the machine's monotonic clock.
    pub mono_ms: u64,
    /// Which start of which machine that clock counts from.
    pub boot: String,
}

impl Moment {
    /// Milliseconds from `earlier` to this moment: by the monotonic clock on the same machine, else by the wall clock;
    /// never below 0.
    pub fn since(&self, earlier: &Moment) -> u64 {
        if self.boot == earlier.boot {
            return self.mono_ms.saturating_sub(earlier.mono_ms);
        }
        let ms = self.wall.as_millisecond() - earlier.wall.as_millisecond();
        u64::try_from(ms).unwrap_or(0)
    }

    /// This moment `ms` later.
    pub fn plus(&self, ms: u64) -> Moment {
        let later = i64::try_from(ms).ok().map(jiff::SignedDuration::from_millis);
        let wall = later.and_then(|later| self.wall.checked_add(later).ok()).unwrap_or(Timestamp::MAX);
        Moment { wall, mono_ms: self.mono_ms.saturating_add(ms), boot: self.boot.clone() }
    }
}
