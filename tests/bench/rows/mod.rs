//! The rows, in the order they are measured.

mod compacted;
mod inventory;
mod mirrored;
mod ordered;
mod slow_baselines;
mod translation;
mod watched;

use crate::bench::Bench;
use crate::series::Series;
use crate::table::Row;

/// Partitions of the topics that are compared.
pub const PARTITIONS: i32 = 4;

pub fn run(bench: &mut Bench) {
    ordered::against_librdkafka(bench);
    ordered::length(bench);
    ordered::faults(bench);
    ordered::evidence(bench);
    slow_baselines::run(bench);
    ordered::memory(bench);
    ordered::resumed(bench);
    compacted::run(bench);
    translation::run(bench);
    mirrored::run(bench);
    inventory::run(bench);
    watched::run(bench);
}

/// A goal with its limit on a measured number.
pub struct Goal {
    pub id: &'static str,
    pub what: String,
    pub must: f64,
    pub unit: &'static str,
    /// The number has to be at least, not at most, `must`.
    pub at_least: bool,
}

impl Goal {
    pub fn at_most(id: &'static str, what: impl Into<String>, must: f64, unit: &'static str) -> Goal {
        Goal { id, what: what.into(), must, unit, at_least: false }
    }

    pub fn at_least(id: &'static str, what: impl Into<String>, must: f64, unit: &'static str) -> Goal {
        Goal { id, what: what.into(), must, unit, at_least: true }
    }

    /// The row for what was measured, or for why it was not.
    pub fn row(self, measured: Result<f64, String>, note: impl Into<String>) -> Row {
        let sign = if self.at_least { "≥" } else { "≤" };
        let must = format!("{sign} {}{}", plain(self.must), self.unit);
        let (figure, holds, note) = match measured {
            Ok(value) => {
                let holds = if self.at_least { value >= self.must } else { value <= self.must };
                (format!("{}{}", rounded(value), self.unit), Some(holds), note.into())
            }
            Err(why) => ("–".to_owned(), None, why),
        };
        Row { id: self.id, what: self.what, figure, must, holds, note }
    }
}

fn plain(value: f64) -> String {
    format!("{value}")
}

fn rounded(value: f64) -> String {
    if value >= 100.0 {
        format!("{value:.0}")
    } else if value >= 10.0 {
        format!("{value:.1}")
    } else {
        format!("{value:.2}")
    }
}

/// How many times longer one takes than the other.
pub fn times(slow: &Result<Series, String>, fast: &Result<Series, String>) -> Result<f64, String> {
    let (slow, fast) = (slow.as_ref().map_err(Clone::clone)?, fast.as_ref().map_err(Clone::clone)?);
    Ok(slow.wall().as_secs_f64() / fast.wall().as_secs_f64())
}
