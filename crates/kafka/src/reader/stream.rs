//! A bounded stream: the next answer is on its way while this one is looked at.

use super::fetch::{Fetched, Lane, Subject};
use crate::records::{self, Scratch, Wanted};
use bytes::Buf;
use parity::{Image, Pull, ReadError, ReadErrorKind, RecordSource};
use std::ops::ControlFlow;

/// Bytes of records handed out by one pull, decompressed, or one batch if that is larger: what is read ahead of the
/// other side stays in the processor's cache.
const STEP: usize = 128 * 1024;

/// The visible records in `at..to`.
pub(super) struct Stream {
    subject: Subject,
    at: i64,
    to: i64,
    lane: Option<Lane>,
    /// An answer of which not everything has been handed out.
    answer: Option<Fetched>,
    scratch: Scratch,
    /// Every fetch so far named the topic by its id; `None`: there was none.
    by_id: Option<bool>,
    /// The topic was looked at again after the last record, where that is needed.
    ended: bool,
}

impl Stream {
    pub fn new(subject: Subject, from: i64, to: i64) -> Self {
        let scratch = Scratch::default();
        Stream { subject, at: from, to, lane: None, answer: None, scratch, by_id: None, ended: false }
    }

    /// Fetches that are answered by number and not by name cannot come from another topic; for the others the topic is
    /// looked at once more.
    fn end(&mut self) -> Result<Pull, ReadError> {
        if !self.ended {
            if self.by_id != Some(true) {
                let patience = self.subject.options.patience.at_most(self.subject.options.stall);
                self.subject.check_identity(&patience)?;
            }
            self.ended = true;
            let lane = self.lane.take();
            self.subject.close(lane);
        }
        Ok(Pull::End)
    }
}

impl RecordSource for Stream {
    fn pull(&mut self, each: &mut dyn FnMut(Image<'_>)) -> Result<Pull, ReadError> {
        if self.at >= self.to {
            return self.end();
        }
        if self.answer.is_none()
            && let Some(behind) = self.subject.left_out.end_at(self.at)
        {
            self.at = behind.min(self.to);
            return if self.at >= self.to { self.end() } else { Ok(Pull::UpTo(self.at)) };
        }
        let Stream { subject, at, to, lane, answer, scratch, by_id, .. } = self;
        let mut fetched = match answer.take() {
            Some(fetched) => fetched,
            None => {
                let ahead =
                    |fetched: &Fetched| records::last_complete(&fetched.records).filter(|next| next < to);
                let fetched = subject.fetch(lane, *at, subject.options.stream_bytes, &ahead)?;
                *by_id = Some(fetched.by_id && by_id.unwrap_or(true));
                fetched
            }
        };
        let wanted = Wanted { isolation: subject.options.isolation, from: *at, to: *to, bytes: STEP };
        let mut handed = 0;
        let mut rest = &fetched.records[..];
        let walk = records::walk(&mut rest, &mut fetched.aborted, wanted, scratch, &mut |image| {
            if subject.left_out.holds(image.offset) {
                return ControlFlow::Continue(());
            }
            handed += image.size();
            each(image);
            ControlFlow::Continue(())
        });
        let up_to = walk.map_err(|corrupt| subject.fault(ReadErrorKind::Corrupt, &corrupt.0))?.up_to;
        subject.meter.handed_out(handed);
        if records::starts_whole(rest) {
            let walked = fetched.records.len() - rest.len();
            fetched.records.advance(walked);
            *answer = Some(fetched);
            *at = up_to;
        } else {
            *at = if up_to == *at { subject.decide_nothing(&fetched, *at, *to)? } else { up_to };
        }
        if self.at >= self.to {
            return self.end();
        }
        Ok(Pull::UpTo(self.at))
    }
}

impl Subject {
    /// An answer without a whole batch below the cut: either the log holds nothing there any more, or something is wrong.
    pub fn decide_nothing(&self, fetched: &Fetched, from: i64, to: i64) -> Result<i64, ReadError> {
        if fetched.records.is_empty() && fetched.end >= to {
            // The broker looked from here to its end and found nothing: compaction or a deleted segment left a hole.
            return Ok(to);
        }
        let what = if fetched.records.is_empty() {
            format!(
                "the broker's end went back from {to} to {}: records were lost there, or its leader is behind",
                fetched.end
            )
        } else {
            format!("the broker answers offset {from} with bytes that hold no whole batch")
        };
        Err(self.fault(ReadErrorKind::Failed, &what))
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        let lane = self.lane.take();
        self.subject.close(lane);
    }
}
