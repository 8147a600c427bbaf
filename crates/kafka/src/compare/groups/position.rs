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
