use std::collections::BTreeMap;

use jiff::Timestamp;
use journal::{JournalError, RunState, Seen};
use runbook::world::{Measured, Probe};
use runbook::{Observation, Side};

use crate::limits::LAG_LOOKS;

/// The lag of a group on one side, as often as the run looked.
#[derive(Clone, Debug, PartialEq)]
pub struct LagSeries {
    pub group: String,
    pub side: Side,
    /// In order; thinned out evenly where there are many, the first and the last among them.
    pub looks: Vec<LagLook>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LagLook {
    pub at: Timestamp,
    /// Visible records after the commits, of all partitions.
    pub records: u64,
    /// The sum of the commits; `None`: a partition had none.
    pub committed: Option<i64>,
}

/// One for each group and side that was looked at.
pub(super) fn lag_series(
    state: &RunState,
    evidence: &impl Fn(&str) -> Result<Observation, JournalError>,
) -> Result<Vec<LagSeries>, JournalError> {
    // The same question of two checks, about other topics, is another series.
    let mut asked: BTreeMap<&Probe, Vec<&Seen>> = BTreeMap::new();
    for (probe, seen) in state.lag_looks().iter().filter(|(_, seen)| seen.partial.is_none()) {
        asked.entry(probe).or_default().push(seen);
    }
    let mut all = Vec::new();
    for (probe, seen) in asked {
        let Probe::Lag { side, group, .. } = probe else { continue };
        let mut looks = Vec::new();
        for seen in thinned(&seen) {
            let Measured::Lag(lag) = evidence(&seen.evidence)?.measured else { continue };
            looks.push(LagLook {
                at: seen.at,
                records: lag
                    .partitions
                    .iter()
                    .map(|partition| partition.records)
                    .fold(0, u64::saturating_add),
                committed: lag
                    .partitions
                    .iter()
                    .try_fold(0_i64, |sum, partition| sum.checked_add(partition.committed?)),
            });
        }
        all.push(LagSeries { group: group.clone(), side: *side, looks });
    }
    Ok(all)
}

/// At most [`LAG_LOOKS`], evenly apart.
fn thinned<'a>(seen: &[&'a Seen]) -> Vec<&'a Seen> {
    let (all, most) = (seen.len(), LAG_LOOKS.max(2));
    if all <= most {
        return seen.to_vec();
    }
    (0..most).filter_map(|place| seen.get(place * (all - 1) / (most - 1)).copied()).collect()
}
