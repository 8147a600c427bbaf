use std::path::PathBuf;

use super::limits;
use crate::Ignore;

/// How two compacted partitions are compared.
#[derive(Debug, Clone)]
pub struct Options {
    /// What is not compared.
    pub ignore: Ignore,
    /// Memory in bytes for records and tables of one comparison; a few hundred KiB come on top.
    pub memory: usize,
    /// Where what does not fit is spilled.
    pub spill: PathBuf,
    /// How many differing keys are kept to be named and looked at again; those beyond are counted.
    pub differences: usize,
    /// The last source offset known to have arrived, if it is known better than the comparison itself can tell
    /// (from the newest record equal on both sides).
    pub frontier: Option<i64>,
    /// On a `compact,delete` source: records stamped before this (milliseconds) may have been removed from it.
    pub source_removed_before: Option<i64>,
    /// The same for the target.
    pub target_removed_before: Option<i64>,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            ignore: Ignore::NOTHING,
            memory: limits::MEMORY,
            spill: std::env::temp_dir(),
            differences: limits::DIFFERENCES,
            frontier: None,
            source_removed_before: None,
            target_removed_before: None,
        }
    }
}
