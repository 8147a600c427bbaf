//! Files beside the runbook: documents that were reviewed, lists that were agreed on.

mod document;
mod observe;

#[cfg(test)]
mod tests;

pub use document::read_document;
pub use observe::observe_file;
