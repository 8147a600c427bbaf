use jiff::Timestamp;
use tokio::time::Instant;

/// Wall clock for the record, monotonic clock for every wait.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    pub wall: fn() -> Timestamp,
}

impl Clock {
    pub fn now(self) -> Timestamp {
        (self.wall)()
    }

    /// What the wall clock shows at a later or earlier `instant`, if nobody sets it.
    pub fn at(self, instant: Instant) -> Timestamp {
        let (now, wall) = (Instant::now(), self.now());
        let moved =
            if instant >= now { wall.checked_add(instant - now) } else { wall.checked_sub(now - instant) };
        moved.unwrap_or(wall)
    }
}
