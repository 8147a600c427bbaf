//! Files beside the runbook: documents that were reviewed, lists that were agreed on.

mod document;
mod observe;
mod rehearsal;

#[cfg(test)]
mod tests;

pub use document::read_document;
pub use observe::observe_file;
pub use rehearsal::read_rehearsal;
