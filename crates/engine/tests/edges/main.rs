//! Edges of a run: what is Unknown, what is too old, who was never asked. Each is a run of a few steps over the keys and
//! values that the tests inside this crate use too.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "../../src/execute/tests/fixture.rs"]
#[expect(dead_code, reason = "it is made for more tests than these")]
mod fixture;
#[path = "../../src/measure/tests/fixture.rs"]
#[expect(dead_code, reason = "it is made for more tests than these")]
mod plans;

mod conditions;
mod gates;
mod past_the_commit_point;
mod sides;
mod silent_target;
mod watches;

/// What the fixtures take from the crate they are part of, by the names it has there.
use engine::{
    CheckEnd, Checks, Limits, Options, Pulse, ReadyCheck, RunError, World, check_run, execute, memory,
};

mod measure {
    pub mod tests {
        pub(crate) use crate::plans as fixture;
    }
}
