use super::limits;
use crate::Ignore;
use crate::image::RunningSha256;

/// How one pair of partitions is compared.
#[derive(Debug, Clone)]
pub struct Options {
    /// What is not compared.
    pub ignore: Ignore,
    /// Source records at or behind this offset are not compared, counted or missed; they are read only to
    /// explain what the target already has of them. `None`: the whole range is compared.
    pub source_cut: Option<i64>,
    /// Whether retention explains records absent from the head of the target's log.
    pub target_head: Head,
    /// Whether retention explains records absent from the head of the source's log.
    pub source_head: Head,
    /// How far the look-ahead goes, in records a side.
    pub window_records: usize,
    /// How far the look-ahead goes, in bytes of images a side; one record is always allowed.
    pub window_bytes: usize,
    /// How many findings are kept; those beyond are counted.
    pub findings: usize,
    /// How many runs the offset map may have; beyond, it says that it is not whole.
    pub map_runs: usize,
    /// How often surplus target records are looked up on the source; beyond, they count as `extra`.
    pub lookups: u32,
    /// What to do where the two sides have nothing in common any more.
    pub on_divergence: OnDivergence,
    /// Whether the images of both sides are digested with SHA-256, as evidence. Comparing does not need it.
    pub evidence: bool,
    /// Source and target offsets at which sizes will be asked for later; `None` keeps no sizes.
    pub breakpoints: Option<Breakpoints>,
    /// The digests of an earlier comparison that this one goes on from, source and target.
    pub earlier: Option<(RunningSha256, RunningSha256)>,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            ignore: Ignore::NOTHING,
            source_cut: None,
            target_head: Head::default(),
            source_head: Head::default(),
            window_records: limits::WINDOW_RECORDS,
            window_bytes: limits::WINDOW_BYTES,
            findings: limits::FINDINGS,
            map_runs: limits::MAP_RUNS,
            lookups: limits::LOOKUPS,
            on_divergence: OnDivergence::Stop,
            evidence: true,
            breakpoints: None,
            earlier: None,
        }
    }
}

/// What is known about the head of one side's log, as facts measured by the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Head {
    /// The side's log start is above 0: something was removed, or the log never began at 0.
    pub log_start: i64,
    /// Retention by time may have removed records stamped before this (milliseconds): now - `retention.ms`.
    pub removed_before: Option<i64>,
    /// Retention by size is on, so that records of any age may have been removed.
    pub limited_by_size: bool,
}

impl Head {
    /// Whether retention explains that a record stamped `timestamp` is gone from this head.
    pub(crate) fn explains(&self, timestamp: i64) -> bool {
        let by_time = self.removed_before.is_some_and(|limit| timestamp < limit);
        self.log_start > 0 && (by_time || self.limited_by_size)
    }
}

/// What to do when nothing within reach of both sides is equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnDivergence {
    /// Say so and read no further.
    #[default]
    Stop,
    /// Say so, take both look-aheads as different, go on behind them.
    GoOn,
}

/// Offsets at which [`super::Sizes`] can later be asked without reading again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Breakpoints {
    pub source: Vec<i64>,
    pub target: Vec<i64>,
}
