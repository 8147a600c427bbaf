use std::fmt;

use crate::ordered::Side;
use crate::source::ReadError;

/// Why a point is not exact, replay or skip, or why a replay or skip has no size. Shown as a lower-case
/// fragment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// Neither side has a commit.
    NoCommit,
    /// Only the target has a commit.
    OnlyOnTarget { target_committed: i64 },
    /// The source has a commit, the target has none.
    NotCommitted,
    /// The source commit lies below what the source still has.
    BelowLogStart { committed: i64, log_start: i64 },
    /// The source commit lies above what is visible on the source.
    AboveEnd { committed: i64, end: i64, high_watermark: i64 },
    /// The target commit is not an offset of the target: its reader would fall to its reset policy.
    OutsideTarget { target_committed: i64, log_start: i64, end: i64 },
    /// The source has no visible record to prove anything by.
    NothingVisible,
    /// The target has records, or had some, but none that is on the source.
    NothingInCommon { target_log_start: i64, target_records: u64 },
    /// The last finished record is not on the target yet.
    NotReplicated { last: i64, frontier: Option<i64> },
    /// The last finished record is on the target in another form, or not at all though later ones are, and
    /// nothing behind it has arrived as it is.
    LastLost { last: i64, altered: bool },
    /// The records at this place look like those at others.
    Identical,
    /// The way from the position to the end was not compared.
    TailUnproved { detail: String },
    /// The target ends inside a repetition: more finished records are to be expected.
    InsideRepetition { at: i64 },
    /// Target records between the commit and the exact position, or behind it, may belong to an open
    /// transaction of the source.
    OpenTransaction { last_stable: i64, high_watermark: i64 },
    /// So many target records behind the position may be older than what the source still has.
    OlderThanSource { records: u64, log_start: i64 },
    /// So many target records behind the position are not on the source, where compaction may have removed them: they
    /// may be finished.
    RemovedOnSource { records: u64 },
    /// Source records are absent from the target, and whether later ones of their keys are there was not compared.
    RemovedOnTarget { records: u64 },
    /// So many finished records stand on the target behind the exact position as well, and come again.
    ComesAgain { records: u64 },
    /// Records behind the position are not on the target, though later ones are; so many, where they were counted.
    Lost { records: Option<u64> },
    /// Where the boundary stands on the target was not found.
    BoundaryNotFound { detail: String },
    /// One side could not be read.
    Unreadable { side: Side, error: ReadError },
    /// The records in question are more than may be read.
    OverBudget { needed: u64, budget: u64 },
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Why::NoCommit => write!(f, "no commit on either side"),
            Why::OnlyOnTarget { target_committed } => {
                write!(f, "committed only on the target, at {target_committed}")
            }
            Why::NotCommitted => write!(f, "no commit on the target"),
            Why::BelowLogStart { committed, log_start } => {
                write!(f, "source commit {committed} is below the source log start {log_start}")
            }
            Why::AboveEnd { committed, end, high_watermark } if end == high_watermark => {
                write!(f, "source commit {committed} is above the source end {end}")
            }
            Why::AboveEnd { committed, end, high_watermark } => write!(
                f,
                "source commit {committed} is above the last stable offset {end} (high watermark \
                 {high_watermark}): the group reads uncommitted records, or a transaction was still open"
            ),
            Why::OutsideTarget { target_committed, log_start, end } => write!(
                f,
                "target commit {target_committed} is outside the target log {log_start}..{end}: the reset \
                 policy decides"
            ),
            Why::NothingVisible => write!(f, "no visible record on the source to prove a position by"),
            Why::NothingInCommon { target_log_start, target_records } => write!(
                f,
                "none of the source's records is among the {target_records} of the target (log start \
                 {target_log_start}): not replicated yet, trimmed, or another topic"
            ),
            Why::NotReplicated { last, frontier } => {
                write!(f, "the last finished record (source offset {last}) is not on the target yet")?;
                match frontier {
                    Some(frontier) => write!(f, "; replicated up to source offset {frontier}"),
                    None => Ok(()),
                }
            }
            Why::LastLost { last, altered } => write!(
                f,
                "the last finished record (source offset {last}) is {} on the target, and nothing behind it has \
                 arrived as it is",
                if *altered { "altered" } else { "missing" }
            ),
            Why::Identical => write!(f, "identical records: which of them is the right one cannot be told"),
            Why::TailUnproved { detail } => write!(f, "tail unproved: {detail}"),
            Why::InsideRepetition { at } => write!(
                f,
                "the target ends inside a repetition, with a copy of source offset {at}: more finished records \
                 may follow"
            ),
            Why::OpenTransaction { last_stable, high_watermark } => write!(
                f,
                "a transaction is open on the source (last stable offset {last_stable}, high watermark \
                 {high_watermark}): target records beyond may turn out to be its own"
            ),
            Why::OlderThanSource { records, log_start } => write!(
                f,
                "{records} target records behind the position may be older than the source log start \
                 {log_start}, and finished"
            ),
            Why::RemovedOnSource { records } => write!(
                f,
                "{records} target records behind the position are not on the source, where compaction may have removed \
                 them: they may be finished"
            ),
            Why::RemovedOnTarget { records } => write!(
                f,
                "{records} records are absent from the target, and whether compaction removed them was not compared \
                 within the read budget"
            ),
            Why::ComesAgain { records } => write!(
                f,
                "{records} finished records stand on the target once more, behind the exact position, and come again"
            ),
            Why::Lost { records: Some(records) } => {
                write!(
                    f,
                    "{records} records behind the position are not on the target, though later ones are"
                )
            }
            Why::Lost { records: None } => {
                write!(f, "records behind the position are not on the target, though later ones are")
            }
            Why::BoundaryNotFound { detail } => write!(f, "boundary not found on the target: {detail}"),
            Why::Unreadable { side, error } => write!(f, "{} could not be read: {error}", side.name()),
            Why::OverBudget { needed, budget } => write!(
                f,
                "about {needed} bytes to be read, over the budget of {budget}: raise the read limit to measure"
            ),
        }
    }
}
