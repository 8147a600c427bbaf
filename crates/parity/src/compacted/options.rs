use std::path::PathBuf;

use super::limits;
use crate::Ignore;
use crate::ordered::Head;

/// How two compacted partitions are compared.
#[derive(Debug, Clone)]
pub struct Options {
    /// What is not compared.
    pub ignore: Ignore,
    /// Source records at or behind this offset are not compared or counted; they only explain what the target already
    /// has of them. `None`: everything read is compared.
    pub source_cut: Option<i64>,
    /// Target records at or behind this offset are not counted, but they are what the target has. `None`: all are counted.
    pub target_cut: Option<i64>,
    /// Memory in bytes for records and tables of one comparison; a few hundred KiB come on top.
    pub memory: usize,
    /// Where what does not fit is spilled.
    pub spill: PathBuf,
    /// How many differing keys are named; those beyond are counted.
    pub differences: usize,
    /// Whether retention explains keys absent from the source: only on `compact,delete` topics.
    pub source_head: Head,
    /// The same for the target.
    pub target_head: Head,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            ignore: Ignore::NOTHING,
            source_cut: None,
            target_cut: None,
            memory: limits::MEMORY,
            spill: std::env::temp_dir(),
            differences: limits::DIFFERENCES,
            source_head: Head::default(),
            target_head: Head::default(),
        }
    }
}
