//! Files beside the runbook: documents that were reviewed, lists that were agreed on.

mod observe;

#[cfg(test)]
mod tests;

pub use observe::observe_file;
