//! The durable record of one run: a hash-chained journal, evidence addressed by content, and the state that is nothing
//! but the fold of the journal; and what keeps a second writer away, of a run (`lock`) and of what a run moves
//! ([`MachineLock`]).
//!
//! This crate must not know clusters, the network, templates or async: it reads and writes files, and the moment of
//! every event comes in as an argument.
//!
//! A run on disk is a folder (0700, files 0600, no symlink followed): `journal.jsonl`, `evidence/<sha256>.json`,
//! `runbook/` (verbatim copies), `signatures/` (what people signed), `inbox/` (requests of other processes), `lock`,
//! `history/` (samples of a watch, outside the chain), and the reports written beside them.

mod chain;
mod effects;
mod error;
mod event;
mod evidence;
mod execution;
mod folder;
mod following;
mod header;
mod history;
mod holder;
mod id;
mod inbox;
mod limits;
mod machine;
mod moment;
mod record;
mod request;
mod run;
mod run_folder;
mod runs;
mod sha256;
mod signature;
mod signatures;
mod state;
mod tail;
mod verify;
mod watched;

#[cfg(test)]
mod fixture;

pub use chain::Torn;
pub use effects::Effects;
pub use error::{Damage, JournalError};
pub use event::Event;
pub use execution::{Ending, GatePhase, Stand, StepOutcome, Unreached, Unwinding};
pub use following::Following;
pub use header::{FORMAT, Header, Selection};
pub use history::{CheckSample, CheckTally, History, Kept, Sample, Tally};
pub use holder::Holder;
pub use id::RunId;
pub use inbox::Delivered;
pub use machine::{Conductor, MachineLock, NotTaken, Thing};
pub use moment::Moment;
pub use record::Record;
pub use request::{Request, Vote};
pub use run::Run;
pub use run_folder::{Reading, RunFolder};
pub use runs::Runs;
pub use sha256::hex as sha256;
pub use signature::{Accepts, Anchor, KeyError, NAMESPACE, Says, Signed, Signer, Statement, verified_key};
pub use state::{
    Answered, Attempt, CallState, ClosedState, CommandState, Execution, FollowedState, GateState, Going,
    Illegal, Judged, Override, Phase, ProbeState, RunState, Seen, Status, StepPhase, StepState, TriggerState,
    Voted,
};
pub use tail::Tail;
pub use verify::{Verified, verify};
pub use watched::{CameTo, Fault, Growth, Kill, LeftOut, Watched, Writes};
