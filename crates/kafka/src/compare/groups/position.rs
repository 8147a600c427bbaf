use parity::Tally;
use parity::translate::{self, Point, Proof, Reset, Translation, Why};
use runbook::world::{
    Outcome, PartitionPosition, PositionProof, RecordSum, ResetEffect, UntranslatedCause as Cause,
};

use super::work::Answer;
use crate::TopicPartition;

/// What is said of one point.
pub(super) fn position(partition: &TopicPartition, point: &Point, answer: Answer<'_>) -> PartitionPosition {
    let of_commits = PartitionPosition::of_commits(
        &partition.topic,
        partition.partition,
        point.committed,
        point.target_committed,
    );
    match answer {
        Answer::Unknown(why) => PartitionPosition { why: Some(why.to_owned()), ..of_commits },
        // A commit of the target alone on a topic that is gone there proves nothing about the source.
        Answer::NotThere(why) if point.committed.is_none() => {
            PartitionPosition { why: Some(why.to_owned()), ..of_commits }
        }
        Answer::NotThere(why) => PartitionPosition {
            outcome: Outcome::Untranslated,
            cause: Some(Cause::PartitionMissing),
            why: Some(why.to_owned()),
            ..of_commits
        },
        Answer::Done(translation) => of_translation(of_commits, translation),
    }
}

fn of_translation(of_commits: PartitionPosition, translation: &Translation) -> PartitionPosition {
    let proof = translation.proof.filter(|_| translation.exact_target.is_some());
    PartitionPosition {
        exact_target: translation.exact_target,
        exact_proved: proof.is_some(),
        outcome: outcome(translation.outcome),
        records: translation.size.map(|size| size.records),
        bytes: translation.size.map(|size| size.bytes),
        event_time_ms: translation.size.map(|size| size.event_time_ms()),
        why: translation.why.as_ref().map(ToString::to_string),
        unproved: translation.unproved.as_ref().map(ToString::to_string),
        proof: proof.map(|proof| match proof {
            Proof::Aligned => PositionProof::Compared,
            Proof::Sampled(_) => PositionProof::Sampled,
        }),
        source_offsets: translation.span.map(|(first, last)| [first, last]),
        pending: translation.pending,
        cause: cause(translation),
        reset: translation.reset.as_ref().map(reset),
        ..of_commits
    }
}

/// Records of spans that are left out which a group is delivered all the same, because they lie behind its position.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct TargetBorn {
    /// From its commit on the target on.
    pub at_commit: u64,
    /// From the exact position on.
    pub at_exact: u64,
}

impl TargetBorn {
    /// No position from which any is delivered is exact or tolerable. A loss that was seen stays seen, and so does a commit
    /// that is not there.
    pub fn mark(self, position: &mut PartitionPosition) {
        let behind = |records: u64, place: String| {
            format!("{records} records born on the target lie behind {place}, and would be delivered")
        };
        let mut why: Vec<String> = position.why.take().into_iter().collect();
        if self.at_commit > 0 {
            position.target_born = Some(self.at_commit);
            if !matches!(position.outcome, Outcome::Skip | Outcome::Untranslated) {
                position.outcome = Outcome::Unprovable;
                (position.records, position.bytes, position.event_time_ms) = (None, None, None);
                position.source_offsets = None;
                (position.business_keys, position.business_keys_why) = (None, None);
            }
            why.push(behind(self.at_commit, "the commit on the target".to_owned()));
        }
        if self.at_exact > 0 {
            position.target_born_at_exact = Some(self.at_exact);
            (position.exact_proved, position.proof) = (false, None);
            let place = position.exact_target.map_or_else(String::new, |place| format!(" {place}"));
            why.push(behind(self.at_exact, format!("the exact position{place}")));
        }
        position.why = (!why.is_empty()).then(|| why.join("; "));
    }
}

pub(super) fn outcome(outcome: translate::Outcome) -> Outcome {
    match outcome {
        translate::Outcome::Exact => Outcome::Exact,
        translate::Outcome::Replay => Outcome::Replay,
        translate::Outcome::Skip => Outcome::Skip,
        translate::Outcome::Ambiguous => Outcome::Ambiguous,
        translate::Outcome::Untranslated => Outcome::Untranslated,
        translate::Outcome::Unprovable => Outcome::Unprovable,
    }
}

/// What the records alone tell of the cause.
fn cause(translation: &Translation) -> Option<Cause> {
    if translation.outcome != translate::Outcome::Untranslated {
        return None;
    }
    match translation.why {
        Some(Why::OutsideTarget { .. }) => Some(Cause::OutsideTarget),
        Some(Why::NotReplicated { .. } | Why::NothingInCommon { .. }) => Some(Cause::NotReplicated),
        _ => None,
    }
}

fn reset(reset: &Reset) -> ResetEffect {
    ResetEffect {
        earliest_replays: reset.earliest_replays.as_ref().map(sum),
        earliest_skips: reset.earliest_skips.as_ref().map(sum),
        latest_skips: reset.latest_skips.as_ref().map(sum),
    }
}

fn sum(tally: &Tally) -> RecordSum {
    RecordSum { records: tally.records, bytes: tally.bytes, event_time_ms: tally.event_time_ms() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exact() -> PartitionPosition {
        PartitionPosition {
            exact_target: Some(7),
            exact_proved: true,
            proof: Some(PositionProof::Compared),
            outcome: Outcome::Exact,
            records: Some(0),
            ..PartitionPosition::of_commits("t", 0, Some(7), Some(5))
        }
    }

    #[test]
    fn nothing_is_exact_from_where_records_born_on_the_target_are_delivered() {
        let marked = |outcome, at_commit, at_exact| {
            let mut position = PartitionPosition { outcome, ..exact() };
            TargetBorn { at_commit, at_exact }.mark(&mut position);
            position
        };
        assert_eq!(marked(Outcome::Exact, 0, 0), exact());
        for outcome in [Outcome::Exact, Outcome::Replay, Outcome::Ambiguous] {
            let position = marked(outcome, 3, 0);
            assert_eq!((position.outcome, position.target_born), (Outcome::Unprovable, Some(3)));
            assert!(position.exact_proved && position.why.is_some());
        }
        assert_eq!(marked(Outcome::Skip, 3, 0).outcome, Outcome::Skip);
        let position = marked(Outcome::Untranslated, 0, 4);
        assert_eq!((position.outcome, position.target_born_at_exact), (Outcome::Untranslated, Some(4)));
        assert!(!position.exact_proved && position.proof.is_none());
    }
}
