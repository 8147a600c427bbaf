use runbook::verdict::Level;
use serde::Serialize;

use super::UnitView;

/// How many of what; a first glance, never a verdict.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    pub units: Counts,
    pub dimensions: Counts,
    /// Of the checks that are due.
    pub checks: Counts,
    pub not_due: usize,
    pub waived: usize,
}

#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Counts {
    pub total: usize,
    pub green: usize,
    pub yellow: usize,
    pub unknown: usize,
    pub red: usize,
}

impl Summary {
    pub(super) fn of(units: &[UnitView]) -> Summary {
        let dimensions = || units.iter().flat_map(|unit| &unit.dimensions);
        let checks = || dimensions().flat_map(|dimension| &dimension.checks);
        Summary {
            units: Counts::of(units.iter().map(|unit| unit.level)),
            dimensions: Counts::of(dimensions().map(|dimension| dimension.level)),
            checks: Counts::of(checks().filter(|check| check.due).map(|check| check.verdict)),
            not_due: checks().filter(|check| !check.due).count(),
            waived: checks().filter(|check| check.waived_by.is_some()).count(),
        }
    }
}

impl Counts {
    fn of(levels: impl Iterator<Item = Level>) -> Counts {
        levels.fold(Counts::default(), |mut counts, level| {
            counts.total += 1;
            match level {
                Level::Green => counts.green += 1,
                Level::Yellow => counts.yellow += 1,
                Level::Unknown => counts.unknown += 1,
                Level::Red => counts.red += 1,
            }
            counts
        })
    }

    /// From worst to best, without the levels nothing has.
    pub fn worst_first(&self) -> Vec<(Level, usize)> {
        let all = [
            (Level::Red, self.red),
            (Level::Unknown, self.unknown),
            (Level::Yellow, self.yellow),
            (Level::Green, self.green),
        ];
        all.into_iter().filter(|(_, count)| *count > 0).collect()
    }
}
