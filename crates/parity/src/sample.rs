//! One place of the source and the same place on the target, compared: what a sample is made of.

use std::collections::HashMap;

use crate::ordered::{Alignment, Head, Options, Side, align, locate, print};
use crate::source::{Limit, PartitionLog, ReadError};
use crate::{Fingerprint, Ignore, Records};

/// Where a probe is placed, and what is known about the two logs.
#[derive(Debug, Clone)]
pub struct Probe {
    /// The probe is about the first visible record at or behind this source offset; at the cut, about the end.
    pub at: i64,
    /// Records looked at before and behind it, from which both sides are anchored.
    pub before: usize,
    pub behind: usize,
    /// Source records from here on do not count.
    pub source_cut: i64,
    pub ignore: Ignore,
    pub source_head: Head,
    pub target_head: Head,
}

/// What a probe found.
#[derive(Debug)]
pub enum Probed {
    /// Both sides were compared from one anchor to another.
    Compared(Box<Alignment>),
    /// No record around it was found where its timestamp leads to on the target, or none that stands there only once.
    Unplaced,
}

impl Probe {
    /// Looks at this place. The cut of the target has to be older than that of the source.
    ///
    /// # Errors
    /// A side, and why it could not be read.
    pub fn look(
        &self,
        source: &mut dyn PartitionLog,
        target: &mut dyn PartitionLog,
    ) -> Result<Probed, (Side, ReadError)> {
        let on = |side: Side| move |error: ReadError| (side, error);
        let there = target.bounds().map_err(on(Side::Target))?;
        let here = source.bounds().map_err(on(Side::Source))?;
        let (source_end, target_end) = (here.end(source.isolation()), there.end(target.isolation()));
        let mut ours = source.before(self.at, self.before).map_err(on(Side::Source))?.records;
        let subject = ours.len();
        let is_head = subject < self.before;
        let behind = self.forward(source, self.at, self.behind, self.source_cut).map_err(on(Side::Source))?;
        let is_tail = behind.len() < self.behind;
        ours.extend(behind.iter());
        if ours.is_empty() {
            // Nothing on the source: both are compared from end to end, which is nothing or foreign.
            let whole = (here.log_start..source_end, there.log_start..target_end);
            return Ok(self.align(source, target, whole));
        }
        let prints = self.prints(&ours);
        let Some(found) = self.any(target, &ours, &prints, subject).map_err(on(Side::Target))? else {
            return Ok(Probed::Unplaced);
        };
        let (at, offset) = found;
        // Twice the distance: a few records more or less on the target do not hide an anchor.
        let mut theirs = target.before(offset, 2 * at + 2).map_err(on(Side::Target))?.records;
        let rest = 2 * (ours.len() - at) + 2;
        let behind = self.forward(target, offset, rest, target_end).map_err(on(Side::Target))?;
        theirs.extend(behind.iter());
        let anchors = anchors(&prints, &self.prints(&theirs));
        let offset_of = |records: &Records, at: usize| records.get(at).map(|image| image.offset);
        let twin =
            |anchor: &(usize, usize)| Some((offset_of(&ours, anchor.0)?, offset_of(&theirs, anchor.1)?));
        let low = anchors.iter().find(|anchor| anchor.0 <= subject).and_then(twin);
        let high = anchors.iter().rev().find(|anchor| anchor.0 >= subject).and_then(twin);
        let from = if is_head { Some((here.log_start, there.log_start)) } else { low };
        let to = if is_tail {
            Some((source_end, target_end))
        } else {
            high.map(|(source, target)| (source + 1, target + 1))
        };
        match from.zip(to) {
            Some((from, to)) if from.0 < to.0 && from.1 < to.1 => {
                Ok(self.align(source, target, (from.0..to.0, from.1..to.1)))
            }
            _ => Ok(Probed::Unplaced),
        }
    }

    fn align(
        &self,
        source: &mut dyn PartitionLog,
        target: &mut dyn PartitionLog,
        ranges: (std::ops::Range<i64>, std::ops::Range<i64>),
    ) -> Probed {
        let options = Options {
            ignore: self.ignore.clone(),
            source_cut: Some(self.source_cut),
            source_head: self.source_head,
            target_head: self.target_head,
            ..Options::default()
        };
        Probed::Compared(Box::new(align(source, ranges.0, target, ranges.1, &options, &mut ())))
    }

    /// Up to `count` visible records in `from..to`.
    fn forward(
        &self,
        log: &mut dyn PartitionLog,
        from: i64,
        count: usize,
        to: i64,
    ) -> Result<Records, ReadError> {
        let mut found = Records::new();
        let mut at = from;
        while at < to && found.len() < count {
            let window = log.read(at, Limit::records(count - found.len()))?;
            found.extend(window.records.iter().filter(|image| image.offset < to));
            if window.next <= at {
                break;
            }
            at = window.next;
        }
        Ok(found.iter().take(count).collect())
    }

    fn prints(&self, records: &Records) -> Vec<Fingerprint> {
        let mut bytes = Vec::new();
        records.iter().map(|image| print(&image, &self.ignore, &mut bytes)).collect()
    }

    /// Any of the source records, those near the subject first, that is on the target: its place here, its offset there.
    fn any(
        &self,
        target: &mut dyn PartitionLog,
        ours: &Records,
        prints: &[Fingerprint],
        subject: usize,
    ) -> Result<Option<(usize, i64)>, ReadError> {
        let mut nearest: Vec<usize> = (0..ours.len()).collect();
        nearest.sort_by_key(|at| at.abs_diff(subject));
        for at in nearest.into_iter().take(LOOKUPS) {
            let Some(image) = ours.get(at) else { continue };
            let found = locate(target, &self.ignore, prints[at], image.timestamp, None)?;
            if let Some(offset) = found {
                return Ok(Some((at, offset)));
            }
        }
        Ok(None)
    }
}

/// Records around a probe that are looked up before it counts as unplaced: each costs a lookup and a few reads.
const LOOKUPS: usize = 6;

/// Places of records that are on both sides, and once on either; ascending on both.
fn anchors(ours: &[Fingerprint], theirs: &[Fingerprint]) -> Vec<(usize, usize)> {
    let places = |prints: &[Fingerprint]| {
        let mut places: HashMap<Fingerprint, Option<usize>> = HashMap::new();
        for (at, print) in prints.iter().enumerate() {
            places.entry(*print).and_modify(|place| *place = None).or_insert(Some(at));
        }
        places
    };
    let (here, there) = (places(ours), places(theirs));
    let twin = |print: &Fingerprint| Some((here.get(print).copied()??, there.get(print).copied()??));
    let mut anchors: Vec<(usize, usize)> = Vec::new();
    for (source, target) in ours.iter().filter_map(twin) {
        if anchors.last().is_none_or(|last| last.1 < target) {
            anchors.push((source, target));
        }
    }
    anchors
}
