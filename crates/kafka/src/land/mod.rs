//! Landing groups at positions, and taking a landing back: one engine for both.
//!
//! A landing is a list of [`Move`]s: this group's commit on this partition is set from what it is now to what it shall
//! be. Nothing is written unless every move of every group can be; each expects the commit that was seen; what was
//! written is read back, and looked at once more a moment later. Kafka has no compare-and-set for commits, so between
//! the last look and the write there is a moment no client can close: the look after it is what finds such a writer.

mod held;
mod look;
mod plan;
mod put;
mod quiet;
mod refusal;
mod undo;
mod write;

pub use held::Held;
pub use plan::{GroupLanding, Landing, Move, MoveState, plan_landing};
pub use quiet::QuietOptions;
pub use refusal::Refusal;
pub use undo::{Undo, UndoCommit, UndoGroup, plan_undo};
pub use write::write;

pub(crate) use look::look;
pub(crate) use put::put;
pub(crate) use quiet::is_still;
