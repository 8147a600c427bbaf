//! Groups that go on while they are measured: a position is no evidence once its group stands elsewhere.

use std::time::Duration;

use runbook::world::Outcome;

use super::told::{self, Told};
use super::{GroupPositions, HearPositions, PositionOptions, translate};
use crate::{Cluster, ClusterError, Patience, TopicPartition};
use std::sync::Arc;

/// How often a group that moved is measured again. Measuring takes less than the interval at which consumers usually
/// commit (5 s), so that a group stands still for one measurement in three but for busy ones.
const AGAIN: usize = 2;
/// Longest time for looking at the commits again: also where the time is over, as what was measured may be nothing.
const LOOK: Duration = Duration::from_secs(15);

/// Translates, looks at the commits again, and measures once more what has moved meanwhile. What goes on moving is no
/// position.
pub(super) fn translate_still(
    source: &Arc<Cluster>,
    target: &Arc<Cluster>,
    mut told: Vec<Told>,
    options: &PositionOptions,
    patience: &Patience,
    hear: HearPositions<'_>,
) -> Result<(Vec<GroupPositions>, Vec<String>), ClusterError> {
    let (mut answers, mut not_audited) = translate(source, target, told.clone(), options, patience, hear)?;
    for round in 0..=AGAIN {
        let with_commits: Vec<usize> = (0..told.len()).filter(|&group| told[group].was_asked()).collect();
        let names: Vec<String> = with_commits.iter().map(|&group| told[group].group().to_owned()).collect();
        let now = told::commits(source, target, &names, options, &patience.renewed(LOOK))?;
        let moved: Vec<(usize, Told)> =
            with_commits.into_iter().zip(now).filter(|(group, now)| !told[*group].stands_as(now)).collect();
        if moved.is_empty() {
            break;
        }
        if round == AGAIN || patience.is_over() {
            for (group, now) in &moved {
                no_position(&mut answers[*group], &told[*group], now);
            }
            break;
        }
        let mut again = Vec::with_capacity(moved.len());
        for (group, now) in &moved {
            told[*group] = told[*group].at(now);
            again.push(told[*group].clone());
        }
        let (measured, notes) = translate(source, target, again, options, patience, hear)?;
        for ((group, _), answer) in moved.iter().zip(measured) {
            answers[*group] = answer;
        }
        not_audited.extend(notes.into_iter().filter(|note| !not_audited.contains(note)).collect::<Vec<_>>());
    }
    Ok((answers, not_audited))
}

/// Takes from a group what it was found at, where it does not stand there any more. Where the commit it had would have
/// to land stays: somebody may want to land a group where it stood.
fn no_position(answer: &mut GroupPositions, before: &Told, now: &Told) {
    for position in &mut answer.partitions {
        let place = TopicPartition::new(&position.topic, position.partition);
        let Some(why) = before.moved(now, &place) else { continue };
        // A loss that was seen stays seen.
        if position.outcome == Outcome::Skip {
            continue;
        }
        position.outcome = Outcome::Unprovable;
        (position.records, position.bytes, position.event_time_ms) = (None, None, None);
        position.source_offsets = None;
        position.target_born = None;
        (position.business_keys, position.business_keys_why) = (None, None);
        position.why = Some(format!("the group went on while it was measured: {why}"));
    }
    let new = before.new_places(now);
    if new > 0 {
        let why = format!("it committed on {new} more partitions while it was measured");
        answer.why = Some(answer.why.take().map_or(why.clone(), |known| format!("{known}; {why}")));
    }
}
