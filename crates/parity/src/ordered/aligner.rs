use std::ops::Range;

use super::alignment::{Alignment, Ending, Resume, Side};
use super::anchor::{Anchors, Look};
use super::digests::Digests;
use super::lane::{Entry, Lane};
use super::pool::{Left, Pool};
use super::record::{At, Record};
use super::ring::{Pair, Ring};
use super::uniques::Uniques;
use super::{Options, Progress, Pulse, gap, limits};
use crate::image::Sha256Hex;
use crate::source::{PartitionLog, ReadError};

/// One comparison under way.
pub(super) struct Aligner<'a> {
    pub options: &'a Options,
    pub source_log: &'a mut dyn PartitionLog,
    pub target_log: &'a mut dyn PartitionLog,
    pub source: Lane,
    pub target: Lane,
    pub record: Record,
    pub digests: Digests,
    pub ring: Ring,
    /// Leftover records of either side that may still find their equal.
    pub ours: Pool,
    pub theirs: Pool,
    /// Leftover source records of the present gap that are no longer in `ours`: first and last of visible
    /// neighbours.
    pub undecided: Vec<(At, At)>,
    /// Lookups of surplus target records still allowed.
    pub lookups: u32,
    /// Readings of a whole log still allowed.
    pub scans: u32,
    /// So far every record absent from the head of a side is explained by its retention.
    pub source_head_explained: bool,
    pub target_head_explained: bool,
    /// The comparison ends before the logs do: leftovers are judged only as far as nothing to come could change it.
    pub is_cut_short: bool,
    anchors: Anchors,
    pub uniques: Uniques,
    pulse: &'a mut dyn Pulse,
    beats: u64,
    pub progress: Progress,
}

/// Why a comparison does not go on.
#[derive(Debug)]
pub(super) enum Halt {
    /// The target has reached the source's cut: all that counts is compared.
    Cut,
    Diverged {
        source: i64,
        target: i64,
    },
    Failed(Side, ReadError),
    Stopped,
}

pub(super) fn on(side: Side) -> impl Fn(ReadError) -> Halt {
    move |error| Halt::Failed(side, error)
}

impl<'a> Aligner<'a> {
    pub fn run(
        source_log: &'a mut dyn PartitionLog,
        source_range: Range<i64>,
        target_log: &'a mut dyn PartitionLog,
        target_range: Range<i64>,
        options: &'a Options,
        pulse: &'a mut dyn Pulse,
    ) -> Alignment {
        let opened = source_log
            .open(source_range.start, source_range.end)
            .map_err(|error| (Side::Source, error))
            .and_then(|ours| {
                let theirs = target_log.open(target_range.start, target_range.end);
                theirs.map(|theirs| (ours, theirs)).map_err(|error| (Side::Target, error))
            });
        let (ours, theirs) = match opened {
            Ok(streams) => streams,
            Err((side, error)) => {
                let digests = Digests::new(options);
                return finish(Record::new(options), digests, Ending::Failed { side, error });
            }
        };
        let mut aligner = Aligner {
            options,
            source_log,
            target_log,
            source: Lane::new(ours, &options.ignore),
            target: Lane::new(theirs, &options.ignore),
            record: Record::new(options),
            digests: Digests::new(options),
            ring: Ring::new(options.window_records),
            ours: Pool::default(),
            theirs: Pool::default(),
            undecided: Vec::new(),
            lookups: options.lookups,
            scans: limits::SCANS,
            source_head_explained: true,
            target_head_explained: true,
            is_cut_short: false,
            anchors: Anchors::default(),
            uniques: Uniques::new(match options.breakpoints {
                Some(_) => limits::HEAD_FOR_POSITIONS,
                None => limits::HEAD_FOR_CONTENT,
            }),
            pulse,
            beats: 0,
            progress: Progress {
                source_offset: source_range.start,
                target_offset: target_range.start,
                ..Progress::default()
            },
        };
        let walked = aligner.walk();
        let reached_cut = matches!(walked, Err(Halt::Cut));
        aligner.is_cut_short = matches!(walked, Err(Halt::Failed(..) | Halt::Stopped));
        let resolved = aligner.resolve_all(reached_cut);
        let ending = match walked.and(resolved) {
            Ok(()) | Err(Halt::Cut) => Ending::Complete,
            Err(Halt::Diverged { source, target }) => Ending::Diverged { source, target },
            Err(Halt::Failed(side, error)) => Ending::Failed { side, error },
            Err(Halt::Stopped) => Ending::Stopped,
        };
        aligner.record.differences.anchored = aligner.uniques.any();
        finish(aligner.record, aligner.digests, ending)
    }

    /// Both sides to their ends.
    fn walk(&mut self) -> Result<(), Halt> {
        loop {
            self.go_along()?;
            self.fill(1)?;
            match (self.source.head(), self.target.head()) {
                (Some(ours), Some(theirs)) => {
                    let equal = ours.fingerprint == theirs.fingerprint
                        && self.source.image(ours) == self.target.image(theirs);
                    if equal { self.take_twins()? } else { self.come_together()? }
                }
                (Some(_), None) => self.take_source()?,
                (None, Some(_)) => self.come_together()?,
                (None, None) => return Ok(()),
            }
            self.resolve_old_gaps()?;
            self.beat()?;
        }
    }

    fn fill(&mut self, records: usize) -> Result<(), Halt> {
        self.source.fill(records, self.options.window_bytes).map_err(on(Side::Source))?;
        self.target.fill(records, self.options.window_bytes).map_err(on(Side::Target))?;
        Ok(())
    }

    pub fn beat(&mut self) -> Result<(), Halt> {
        self.beats(1)
    }

    /// So many steps have been made since the last call.
    pub fn beats(&mut self, steps: u64) -> Result<(), Halt> {
        let before = self.beats / limits::BEAT;
        self.beats += steps;
        if self.beats / limits::BEAT == before {
            return Ok(());
        }
        let counts = &self.record.counts;
        self.progress.source_records = counts.source_records;
        self.progress.target_records = counts.target_records;
        self.progress.differences = counts.source_records + counts.target_records - 2 * counts.matched;
        if self.pulse.beat(&self.progress).is_break() { Err(Halt::Stopped) } else { Ok(()) }
    }

    /// The heads differ: takes everything up to where the sides are equal again.
    fn come_together(&mut self) -> Result<(), Halt> {
        let (records, bytes) = (self.options.window_records, self.options.window_bytes);
        let look = self.anchors.look(&mut self.source, &mut self.target, records, bytes);
        self.progress.looked_at += std::mem::take(&mut self.anchors.looked_at);
        match look.map_err(|(side, error)| Halt::Failed(side, error))? {
            Look::Anchor(i, j) => self.take_gap(i, j),
            Look::Dense(i, j, width) => self.take_dense((i, j), width),
            Look::Ends => self.take_gap(self.source.len(), self.target.len()),
            Look::Nothing => self.look_beyond(),
        }
    }

    /// The sides are equal again near by, but only after a look-ahead of this width showed nothing better: takes as
    /// much as it can say, so that it need not be repeated for each of many differences.
    fn take_dense(&mut self, nearest: (usize, usize), width: usize) -> Result<(), Halt> {
        let (ours, theirs) = (self.source.len().min(width), self.target.len().min(width));
        let pairs = gap::in_order(&self.source, ours, &self.target, theirs);
        self.progress.looked_at += (ours + theirs) as u64;
        let (i, j) = gap::as_far_as_certain(&pairs, &self.source, &self.target, width).unwrap_or(nearest);
        if (i, j) <= nearest {
            return self.take_gap(nearest.0, nearest.1);
        }
        self.take_pairs(&pairs[..pairs.partition_point(|pair| pair.0 < i)], i, j)
    }

    /// Takes the next `ours` source and `theirs` target records: those that are equal in the same order as
    /// twins, the others as left over.
    pub fn take_gap(&mut self, ours: usize, theirs: usize) -> Result<(), Halt> {
        self.anchors.shrink();
        let pairs = gap::in_order(&self.source, ours, &self.target, theirs);
        self.progress.looked_at += (ours + theirs) as u64;
        self.take_pairs(&pairs, ours, theirs)
    }

    fn take_pairs(&mut self, pairs: &[(usize, usize)], ours: usize, theirs: usize) -> Result<(), Halt> {
        let (mut i, mut j) = (0, 0);
        for &(source, target) in pairs.iter().chain([&(ours, theirs)]) {
            while i < source {
                self.take_source()?;
                i += 1;
            }
            while j < target {
                self.take_target();
                j += 1;
            }
            if i < ours && j < theirs {
                self.take_twins()?;
                (i, j) = (i + 1, j + 1);
            }
        }
        self.beats((ours + theirs) as u64)
    }

    /// The number of the gap behind the last pair in order.
    pub fn gap(&self) -> u64 {
        self.ring.pushed()
    }

    fn is_behind_cut(&self, entry: &Entry) -> bool {
        self.options.source_cut.is_some_and(|cut| entry.offset >= cut)
    }

    /// Both heads leave as twins.
    fn take_twins(&mut self) -> Result<(), Halt> {
        let ours = *self.source.head().expect("twins have two heads");
        let theirs = *self.target.head().expect("twins have two heads");
        if self.is_behind_cut(&ours) {
            return Err(Halt::Cut);
        }
        self.decide(true);
        let target = self.count_target(&theirs);
        let source = self.count_source(&ours);
        self.record.twin(source, target);
        self.uniques.watch(ours.fingerprint);
        self.ring.push(Pair { fingerprint: ours.fingerprint, source: ours.offset, target: theirs.offset });
        self.source.pop();
        self.target.pop();
        Ok(())
    }

    /// The source's head leaves without an equal in order.
    pub fn take_source(&mut self) -> Result<(), Halt> {
        let entry = *self.source.head().expect("there is a head to take");
        let behind_cut = self.is_behind_cut(&entry);
        let fields = || self.source.image(&entry).field_hashes();
        if let Some(equal) = self.theirs.take(entry.fingerprint, fields) {
            if behind_cut {
                // The target is ahead of the cut here, out of order; its record is not one to be compared.
                self.record.counts.target_records -= 1;
                self.record.is_ahead = true;
            } else {
                let at = self.count_source(&entry);
                let left = Left::of(&self.source, &entry, at.number, self.gap());
                self.record.absent(at);
                self.stray(&left, &equal);
            }
        } else if !behind_cut {
            let at = self.count_source(&entry);
            self.record.absent(at);
            self.ours.push(Left::of(&self.source, &entry, at.number, self.gap()));
        }
        self.source.pop();
        self.make_room()
    }

    /// The target's head leaves without an equal in order.
    pub fn take_target(&mut self) {
        let entry = *self.target.head().expect("there is a head to take");
        let at = self.count_target(&entry);
        let mut left = Left::of(&self.target, &entry, at.number, self.gap());
        if let Some(equal) = self.ours.take(entry.fingerprint, || left.fields) {
            self.stray(&equal, &left);
        } else {
            left.copy_of = self.ring.source_of(entry.fingerprint);
            self.theirs.push(left);
        }
        self.target.pop();
    }

    fn stray(&mut self, source: &Left, target: &Left) {
        let passed = (source.gap.abs_diff(target.gap) == 1)
            .then(|| self.ring.pair(source.gap.min(target.gap)).map(|pair| (pair.source, pair.target)))
            .flatten();
        self.record.stray(source, target, passed);
        self.ring.note(source.fingerprint, source.offset);
    }

    /// Counts a source record that is taken, and feeds its image to the digest.
    fn count_source(&mut self, entry: &Entry) -> At {
        let number = self.record.counts.source_records;
        self.record.counts.source_records += 1;
        self.digests.source(self.source.image(entry).bytes());
        self.uniques.see(entry.fingerprint);
        self.progress.bytes += entry.size;
        if let Some(sizes) = &mut self.record.sizes {
            sizes.source(entry.offset, entry.timestamp, entry.size);
        }
        self.progress.source_offset = entry.offset + 1;
        At { number, offset: entry.offset }
    }

    /// Counts a target record that is taken, and feeds its image to the digest.
    pub fn count_target(&mut self, entry: &Entry) -> At {
        let number = self.record.counts.target_records;
        self.record.counts.target_records += 1;
        self.digests.target(self.target.image(entry).bytes());
        self.progress.bytes += entry.size;
        if let Some(sizes) = &mut self.record.sizes {
            sizes.target(entry.offset);
        }
        self.progress.target_offset = entry.offset + 1;
        At { number, offset: entry.offset }
    }
}

fn finish(record: Record, digests: Digests, ending: Ending) -> Alignment {
    let (source_sha256, target_sha256) = digests.both_sides().unwrap_or((Sha256Hex::NONE, Sha256Hex::NONE));
    let end = record.clean_end().filter(|_| ending == Ending::Complete).zip(digests.into_states());
    let resume = end.map(|((source, target), digests)| Resume { source, target, digests });
    let (findings, findings_omitted) = record.findings.finish();
    let mut differences = record.differences;
    differences.strays.sort_unstable_by_key(|run| run.source);
    differences.copies.sort_unstable_by_key(|run| run.target);
    differences.altered.sort_unstable_by_key(|altered| altered.0);
    differences.extras.sort_unstable_by_key(|extra| extra.offset);
    Alignment {
        counts: record.counts,
        findings,
        findings_omitted,
        map: record.map,
        differences,
        source_sha256,
        target_sha256,
        resume,
        sizes: record.sizes.unwrap_or_default(),
        ending,
    }
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use super::*;
    use crate::image::fingerprint::collide;
    use crate::memory::{Entry as Written, MemoryLog};
    use crate::ordered::{Counts, OnDivergence, Run};

    fn written(byte: u8) -> Written {
        Written::new(i64::from(byte), vec![b'k'], vec![byte; 9])
    }

    fn log(text: &[u8]) -> MemoryLog {
        MemoryLog::of(text.iter().map(|&byte| written(byte))).fetching(3)
    }

    /// Every letter is a record; no more than `kinds` fingerprints are different.
    fn aligned(kinds: u128, source: &[u8], target: &[u8], options: &Options) -> Alignment {
        let mut beats = 0;
        let mut pulse = |_: &Progress| {
            beats += 1;
            if beats < 100 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        };
        collide::among(kinds, || {
            let (mut source, mut target) = (log(source), log(target));
            align(&mut source, &mut target, options, &mut pulse)
        })
    }

    fn align(
        source: &mut dyn PartitionLog,
        target: &mut dyn PartitionLog,
        options: &Options,
        pulse: &mut dyn Pulse,
    ) -> Alignment {
        Aligner::run(source, 0..i64::MAX, target, 0..i64::MAX, options, pulse)
    }

    #[test]
    fn records_whose_fingerprints_collide_are_not_equal_and_do_not_stop_it() {
        for kinds in [1, u128::MAX] {
            let found = aligned(kinds, b"abcdefgh", b"abxdefgh", &Options::default());
            let Counts { matched, reordered, missing, extra, duplicated, .. } = found.counts;
            assert_eq!(found.ending, Ending::Complete, "{kinds}");
            assert_eq!((matched, reordered, missing + duplicated + extra > 0), (7, 0, true), "{kinds}");
            assert_ne!(found.source_sha256, found.target_sha256);
        }
    }

    #[test]
    fn however_fingerprints_collide_it_ends_and_only_equal_bytes_match() {
        let mut seed = 7u64;
        let mut below = |limit: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) as usize % limit
        };
        for round in 0..3_000 {
            let letters = 1 + below(26);
            let source: Vec<u8> = (0..below(60)).map(|_| b'a' + below(letters) as u8).collect();
            let mut target = source.clone();
            for _ in 0..below(6) {
                let at = below(target.len() + 1);
                match below(3) {
                    0 => target.insert(at, b'a' + below(letters) as u8),
                    1 => target.truncate(at),
                    _ => target.iter_mut().skip(at).take(1).for_each(|byte| *byte = b'a' + below(26) as u8),
                }
            }
            let options = Options {
                window_records: 2 + below(30),
                on_divergence: if below(2) == 0 { OnDivergence::GoOn } else { OnDivergence::Stop },
                ..Options::default()
            };
            let found = aligned(1 + below(4) as u128, &source, &target, &options);
            let case = || format!("round {round}: {source:?} {target:?} {found:?}");
            assert!(matches!(found.ending, Ending::Complete | Ending::Diverged { .. }), "{}", case());
            let pairs = found.map.runs().iter().chain(&found.differences.strays);
            for Run { source: from, target: to, length } in pairs {
                let span = |start: &i64| *start as usize..(start + length) as usize;
                assert_eq!(source[span(from)], target[span(to)], "{}", case());
            }
            let counts = &found.counts;
            let clean = counts.matched == counts.source_records
                && counts.matched == counts.target_records
                && counts.reordered == 0;
            if found.ending == Ending::Complete {
                assert_eq!(clean, source == target, "{}", case());
            }
        }
    }
}
