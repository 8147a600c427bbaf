use super::aligner::{Aligner, Halt, on};
use super::alignment::Side;
use super::digests::Digests;
use super::lane::Entry;
use super::record::{At, Record};
use super::ring::{Pair, Ring};
use super::uniques::Uniques;
use super::{Options, Progress};
use crate::image::Canonical;

/// Takes twins, and nothing else: what both sides have next, for as long as they are equal.
///
/// Nearly all records of nearly all topics go this way, so it is kept short: the records of one side are read
/// ahead, those of the other are compared as their reader lends them, and leave without having been copied.
struct Along<'a> {
    record: &'a mut Record,
    digests: &'a mut Digests,
    ring: &'a mut Ring,
    uniques: &'a mut Uniques,
    progress: &'a mut Progress,
    options: &'a Options,
    /// So many more may be taken before an older gap has to be looked at.
    room: u64,
    taken: u64,
}

/// What of a source or target record is still needed once its image is known to be equal.
struct Twin {
    offset: i64,
    timestamp: i64,
    size: u64,
}

impl From<&Entry> for Twin {
    fn from(entry: &Entry) -> Twin {
        Twin { offset: entry.offset, timestamp: entry.timestamp, size: entry.size }
    }
}

impl Along<'_> {
    /// Whether a pair with this source record may be taken now.
    fn may_take(&self, source: i64) -> bool {
        self.room > 0 && self.options.source_cut.is_none_or(|cut| source < cut)
    }

    /// Notes a pair. `kept` is the one that was read ahead, of either side.
    fn take(&mut self, source: &Twin, target: &Twin, kept: &Entry, image: Canonical<'_>) {
        self.room -= 1;
        self.taken += 1;
        let counts = &mut self.record.counts;
        let ours = At { number: counts.source_records, offset: source.offset };
        let theirs = At { number: counts.target_records, offset: target.offset };
        counts.source_records += 1;
        counts.target_records += 1;
        self.digests.both(image.bytes());
        if let Some(sizes) = &mut self.record.sizes {
            sizes.target(target.offset);
            sizes.source(source.offset, source.timestamp, source.size);
        }
        self.progress.bytes += source.size + target.size;
        self.progress.source_offset = source.offset + 1;
        self.progress.target_offset = target.offset + 1;
        self.record.twin(ours, theirs);
        self.uniques.see(kept.fingerprint);
        self.uniques.watch(kept.fingerprint);
        self.ring.push(Pair { fingerprint: kept.fingerprint, source: source.offset, target: target.offset });
    }
}

impl Aligner<'_> {
    /// Goes along both sides up to where they differ, or one of them has ended.
    pub fn go_along(&mut self) -> Result<(), Halt> {
        // A decision that waits for the next twin is made by the long way.
        while self.undecided.is_empty() {
            let room = self.room();
            if room == 0 {
                self.resolve_old_gaps()?;
                continue;
            }
            let (taken, more) = match (self.source.len() > 0, self.target.len() > 0) {
                (true, true) => (self.along_both(room), self.source.len() == 0 || self.target.len() == 0),
                (true, false) if !self.target.ended() => (self.along_source(room)?, true),
                (false, true) if !self.source.ended() => (self.along_target(room)?, true),
                (false, false) if !self.source.ended() => {
                    let window_bytes = self.options.window_bytes;
                    (0, self.source.fill(1, window_bytes).map_err(on(Side::Source))?)
                }
                _ => return Ok(()),
            };
            self.beats(taken)?;
            if self.room() == 0 {
                self.resolve_old_gaps()?;
            } else if !more {
                return Ok(());
            }
        }
        Ok(())
    }

    /// How many pairs may be taken before leftovers of the oldest gap have to be classified.
    fn room(&mut self) -> u64 {
        let horizon = self.options.window_records as u64;
        let pushed = self.gap();
        self.oldest_gap().map_or(u64::MAX, |gap| (gap + horizon + 1).saturating_sub(pushed))
    }

    /// Both sides have been read ahead.
    fn along_both(&mut self, room: u64) -> u64 {
        let Aligner { source, target, record, digests, ring, uniques, progress, options, .. } = self;
        let mut along = Along { record, digests, ring, uniques, progress, options, room, taken: 0 };
        while let (Some(ours), Some(theirs)) = (source.head(), target.head()) {
            let image = source.image(ours);
            let equal = ours.fingerprint == theirs.fingerprint && image == target.image(theirs);
            if !equal || !along.may_take(ours.offset) {
                break;
            }
            along.take(&ours.into(), &theirs.into(), ours, image);
            source.pop();
            target.pop();
        }
        along.taken
    }

    /// The source has been read ahead: the target is compared as it comes.
    fn along_source(&mut self, room: u64) -> Result<u64, Halt> {
        let Aligner { source, target, record, digests, ring, uniques, progress, options, .. } = self;
        let mut along = Along { record, digests, ring, uniques, progress, options, room, taken: 0 };
        let pulled = target.pull_past(&mut |theirs| {
            let Some(ours) = source.head().filter(|ours| along.may_take(ours.offset)) else { return false };
            let image = source.image(ours);
            if !image.is_of(theirs, &options.ignore) {
                return false;
            }
            let twin = Twin { offset: theirs.offset, timestamp: theirs.timestamp, size: theirs.size() };
            along.take(&ours.into(), &twin, ours, image);
            source.pop();
            true
        });
        pulled.map_err(on(Side::Target))?;
        Ok(along.taken)
    }

    /// The target has been read ahead: the source is compared as it comes.
    fn along_target(&mut self, room: u64) -> Result<u64, Halt> {
        let Aligner { source, target, record, digests, ring, uniques, progress, options, .. } = self;
        let mut along = Along { record, digests, ring, uniques, progress, options, room, taken: 0 };
        let pulled = source.pull_past(&mut |ours| {
            let Some(theirs) = target.head().filter(|_| along.may_take(ours.offset)) else { return false };
            let image = target.image(theirs);
            if !image.is_of(ours, &options.ignore) {
                return false;
            }
            let twin = Twin { offset: ours.offset, timestamp: ours.timestamp, size: ours.size() };
            along.take(&twin, &theirs.into(), theirs, image);
            target.pop();
            true
        });
        pulled.map_err(on(Side::Source))?;
        Ok(along.taken)
    }
}
