use std::time::Duration;

use runbook::Probe;
use runbook::world::{Measured, Reason};

/// What happens to one measurement.
#[derive(Clone, Debug)]
pub enum Turn {
    Answer(Measured),
    /// Only a part was measured, and why.
    Part(Measured, String),
    Fail(Reason, String),
    /// An answer to another question: a defect the engine must see.
    Mistaken(Probe, Measured),
    Panic,
    /// Never answers; `heeds` tells whether it stops when told to.
    Hang {
        heeds: bool,
    },
    /// Takes this long first.
    After(Duration, Box<Turn>),
}
