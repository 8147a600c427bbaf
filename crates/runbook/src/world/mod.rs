//! What can be asked of the world, and what comes back: plain data in both directions.
//!
//! A check names [`Probe`]s; whoever may touch the world answers each with an [`Observation`] or says why it could not
//! ([`Unobserved`]). Equal probes are measured once. Nothing here does I/O.

mod born_span;
mod command;
mod measured;
mod observation;
mod probe;
mod seen;
mod setting_change;
mod side;

pub(crate) use observation::hex;

pub use born_span::BornSpan;
pub use command::{Command, CommitChange, CommitHeld, Receipt};
pub use measured::*;
pub use observation::{Observation, Observations, Reason, Unobserved};
pub use probe::{Begins, ContentSample, HttpRequest, Isolation, Place, Probe, Replicator, ResumeFrom};
pub use seen::*;
pub use setting_change::SettingChange;
pub use side::Side;
