use super::aligned::{Aligned, Cut};
use super::boundary::Boundary;
use super::far::Samples;
use super::search::Found;
use super::{Anchor, Options, Outcome, Point, Proof, Translation, Why};
use crate::ordered::{Side, print};
use crate::source::{Limit, PartitionLog, ReadError};
use crate::{Fingerprint, Records};

/// The translation of one partition's points under way.
pub(super) struct Translator<'a> {
    pub source: &'a mut dyn PartitionLog,
    pub target: &'a mut dyn PartitionLog,
    pub options: &'a Options,
    pub source_cut: Cut,
    pub target_cut: Cut,
    /// Hints given, and pairs found so far.
    pub anchors: Vec<Anchor>,
    /// What may still be read of the budget.
    pub left: u64,
    /// Bytes of records per offset, as seen where it was looked.
    pub density: f64,
    pub samples: Samples,
    /// The place found last: several groups often have committed the same offset.
    pub last_place: Option<(i64, Boundary, Option<Found>)>,
    /// The boundary of the last point, which is looked at before all others, and its commit.
    pub last_boundary: Option<(i64, Boundary)>,
    /// Why the tails could not be put together, if that was tried: no sampling proves them then.
    pub tail_fault: Option<Why>,
}

/// A point that has to be looked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Open {
    /// Which of the points given.
    pub index: usize,
    pub committed: i64,
    pub target_committed: Option<i64>,
}

impl Open {
    /// The target commit, if it is an offset of the target.
    pub fn usable(&self, target: &Cut) -> Option<i64> {
        self.target_committed.filter(|at| (target.log_start()..=target.end()).contains(at))
    }
}

pub(super) fn on(side: Side) -> impl Fn(ReadError) -> Why {
    move |error| Why::Unreadable { side, error }
}

impl<'a> Translator<'a> {
    pub fn run(
        source: &'a mut dyn PartitionLog,
        target: &'a mut dyn PartitionLog,
        points: &[Point],
        anchors: &[Anchor],
        options: &'a Options,
    ) -> Vec<Translation> {
        let cuts = Cut::of(target).map_err(on(Side::Target)).and_then(|target_cut| {
            Cut::of(source).map_err(on(Side::Source)).map(|source_cut| (source_cut, target_cut))
        });
        let (source_cut, target_cut) = match cuts {
            Ok(cuts) => cuts,
            Err(why) => {
                let unreadable = Translation::because(Outcome::Unprovable, None, why);
                return vec![unreadable; points.len()];
            }
        };
        let mut translator = Translator {
            source,
            target,
            options,
            source_cut,
            target_cut,
            anchors: anchors.to_vec(),
            left: options.read_bytes,
            density: 0.0,
            samples: Samples::default(),
            last_place: None,
            last_boundary: None,
            tail_fault: None,
        };
        let mut answers: Vec<_> = points.iter().map(|point| translator.obvious(point)).collect();
        let mut open: Vec<Open> = points
            .iter()
            .enumerate()
            .filter(|(index, _)| answers[*index].is_none())
            .filter_map(|(index, point)| {
                let committed = point.committed?;
                Some(Open { index, committed, target_committed: point.target_committed })
            })
            .collect();
        open.sort_unstable_by_key(|open| (open.committed, open.index));
        if let Err(why) = translator.look(&open, &mut answers) {
            let unprovable = Translation::because(Outcome::Unprovable, None, why);
            answers.iter_mut().for_each(|answer| *answer = answer.take().or(Some(unprovable.clone())));
        }
        answers.into_iter().map(|answer| answer.expect("every point was answered")).collect()
    }

    /// The answer to a point that the bounds alone decide.
    fn obvious(&self, point: &Point) -> Option<Translation> {
        let unprovable = |why| Some(Translation::because(Outcome::Unprovable, None, why));
        let committed = match (point.committed, point.target_committed) {
            (Some(committed), _) => committed,
            (None, Some(target_committed)) if self.both_are_empty_at(target_committed) => {
                return Some(Translation::exact(target_committed, Proof::Aligned));
            }
            (None, Some(target_committed)) => return unprovable(Why::OnlyOnTarget { target_committed }),
            (None, None) => return unprovable(Why::NoCommit),
        };
        let (log_start, end) = (self.source_cut.log_start(), self.source_cut.end());
        if committed < log_start {
            return unprovable(Why::BelowLogStart { committed, log_start });
        }
        if committed > end {
            let high_watermark = self.source_cut.bounds.high_watermark;
            return unprovable(Why::AboveEnd { committed, end, high_watermark });
        }
        None
    }

    /// Neither log holds anything, and this is the target's end: whoever begins there begins with the first record there
    /// will ever be, as one without a commit does on the source.
    fn both_are_empty_at(&self, target_committed: i64) -> bool {
        let is_empty = |cut: &super::aligned::Cut| cut.bounds.log_start == cut.bounds.high_watermark;
        is_empty(&self.source_cut)
            && is_empty(&self.target_cut)
            && target_committed == self.target_cut.bounds.high_watermark
    }

    /// Answers the open points, which are sorted by commit.
    fn look(&mut self, open: &[Open], answers: &mut [Option<Translation>]) -> Result<(), Why> {
        let Some(last) = open.last() else { return Ok(()) };
        let boundary = self.boundary(last.committed)?;
        if boundary.records.is_empty() {
            return self.nothing_visible(open, answers);
        }
        self.last_boundary = Some((last.committed, boundary));
        let (source, target) = (self.source_cut.log_start(), self.target_cut.log_start());
        let whole = self.estimate(source, target);
        let (far, near, start) = if whole <= self.options.whole_bytes.min(self.left) {
            (&open[..0], open, Some((source, target)))
        } else {
            let near = open.partition_point(|open| self.tail_estimate(open.committed) > self.left);
            let (lost, start) = self.start_of(&open[near..])?;
            (&open[..near + lost], &open[near + lost..], start)
        };
        let aligned = match start.map(|(source, target)| self.align_near(near, source, target)) {
            Some(Err(why @ Why::Unreadable { .. })) => return Err(why),
            Some(Err(why)) => {
                self.tail_fault = Some(why);
                None
            }
            Some(Ok(aligned)) => Some(aligned),
            None => None,
        };
        for point in near {
            answers[point.index] = Some(match &aligned {
                Some(aligned) => self.judge_near(aligned, point),
                None => self.judge_far(None, point),
            });
        }
        for point in far {
            answers[point.index] = Some(self.judge_far(aligned.as_ref(), point));
        }
        Ok(())
    }

    /// The source has no visible record: a position is right only where there is none on the target either.
    fn nothing_visible(&mut self, open: &[Open], answers: &mut [Option<Translation>]) -> Result<(), Why> {
        let end = self.target_cut.end();
        let mut at = self.target_cut.log_start();
        let mut is_empty = true;
        while is_empty && at < end {
            let window = self.target.read(at, Limit::records(1)).map_err(on(Side::Target))?;
            is_empty = window.records.is_empty();
            if window.next <= at {
                break;
            }
            at = window.next;
        }
        for point in open {
            answers[point.index] = Some(if is_empty && point.target_committed == Some(end) {
                Translation::exact(end, Proof::Aligned)
            } else {
                Translation::because(Outcome::Unprovable, None, Why::NothingVisible)
            });
        }
        Ok(())
    }

    /// The records around a source offset; also learns how dense the log is.
    pub fn boundary(&mut self, committed: i64) -> Result<Boundary, Why> {
        if let Some((_, boundary)) = self.last_boundary.as_ref().filter(|last| last.0 == committed) {
            return Ok(boundary.clone());
        }
        let (log_start, end) = (self.source_cut.log_start(), self.source_cut.end());
        let boundary = Boundary::read(self.source, committed, log_start, end).map_err(on(Side::Source))?;
        self.density = self.density.max(boundary.bytes as f64 / boundary.offsets.max(1) as f64);
        Ok(boundary)
    }

    /// Bytes to be read from these offsets to both ends, estimated.
    pub fn estimate(&self, source: i64, target: i64) -> u64 {
        self.bytes_of(self.source_cut.end() - source) + self.bytes_of(self.target_cut.end() - target)
    }

    /// Bytes to be read to compare everything behind a source offset, if the target's tail is as long.
    pub fn tail_estimate(&self, committed: i64) -> u64 {
        2 * self.bytes_of(self.source_cut.end() - committed)
    }

    pub fn bytes_of(&self, offsets: i64) -> u64 {
        // A record without key and value still costs its framing.
        (offsets.max(0) as f64 * self.density.max(16.0)) as u64
    }

    pub fn prints(&self, records: &Records) -> Vec<Fingerprint> {
        let mut bytes = Vec::new();
        records.iter().map(|image| print(&image, &self.options.ignore, &mut bytes)).collect()
    }

    fn judge_near(&mut self, aligned: &Aligned, point: &Open) -> Translation {
        match point.usable(&self.target_cut) {
            Some(at) if at < aligned.target_from => self.judge_outside(aligned, point, at),
            _ => aligned.judge(point.committed, point.target_committed, Some(self.source)),
        }
    }
}
