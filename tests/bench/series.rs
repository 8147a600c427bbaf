use std::time::Duration;

use crate::cost::Cost;

/// One thing measured several times.
#[derive(Debug, Clone)]
pub struct Series {
    pub what: String,
    /// Records handled by one run, both sides together.
    pub records: u64,
    pub runs: Vec<Cost>,
    /// Requests of one run, where they are known.
    pub requests: Option<u64>,
}

impl Series {
    pub fn new(what: impl Into<String>, records: u64) -> Series {
        Series { what: what.into(), records, runs: Vec::new(), requests: None }
    }

    /// The middle of all times.
    pub fn wall(&self) -> Duration {
        self.sorted(|run| run.wall)[self.runs.len() / 2]
    }

    pub fn least(&self) -> Duration {
        self.sorted(|run| run.wall)[0]
    }

    pub fn most(&self) -> Duration {
        self.sorted(|run| run.wall)[self.runs.len() - 1]
    }

    /// Processor time a record, in nanoseconds.
    pub fn cpu_per_record(&self) -> f64 {
        let cpu = self.sorted(|run| run.cpu)[self.runs.len() / 2];
        cpu.as_secs_f64() * 1e9 / self.records as f64
    }

    /// Records a second.
    pub fn rate(&self) -> f64 {
        self.records as f64 / self.wall().as_secs_f64()
    }

    pub fn peak(&self) -> u64 {
        self.runs.iter().map(|run| run.peak).max().unwrap_or(0)
    }

    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    fn sorted(&self, of: impl Fn(&Cost) -> Duration) -> Vec<Duration> {
        let mut all: Vec<Duration> = self.runs.iter().map(of).collect();
        all.sort_unstable();
        all
    }
}
