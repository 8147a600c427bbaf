use std::collections::HashMap;

use super::Why;
use super::aligned::Aligned;
use super::finished::read_all;
use super::limits;
use super::spans::Spans;
use super::translator::{Open, Translator, on};
use crate::Fingerprint;
use crate::ordered::{Extra, Side};

/// What compaction may have removed on either side of two partitions put together.
#[derive(Debug, Clone, Default)]
pub(super) struct Compaction {
    /// Source records absent from the target, ascending, and the last target offset at which a later record of the same
    /// key stands; `i64::MAX` where one is still to come.
    covered: Vec<(i64, i64)>,
    /// Every absent record that matters has been looked at.
    pub compared: bool,
    /// Per commit, ascending: the timestamp of the first visible source record at or behind it.
    unfinished_since: Vec<(i64, i64)>,
    /// Timestamps do not count.
    without_time: bool,
}

/// The absent records of one key, and where the last delivered record of the key stands on either side.
#[derive(Default)]
struct Key {
    absent: Vec<i64>,
    last: Option<(i64, i64)>,
}

impl Compaction {
    /// The absent records of whose keys a reader at this target offset is given a later record.
    pub fn covered(&self, from: i64) -> Spans {
        let covered = self.covered.iter().filter(|(_, cover)| *cover >= from);
        Spans::of(covered.map(|(offset, _)| *offset..*offset + 1))
    }

    /// Whether a target record that the source does not have provably came from an offset at or behind the commit, and
    /// was removed there since.
    pub fn is_unfinished(&self, aligned: &Aligned, extra: &Extra, committed: i64) -> bool {
        let at = self.unfinished_since.partition_point(|(commit, _)| *commit < committed);
        let since = self.unfinished_since.get(at).filter(|(commit, _)| *commit == committed);
        let is_newer = since.is_some_and(|(_, since)| extra.timestamp > *since);
        if self.without_time || !is_newer {
            return false;
        }
        let runs = aligned.alignment.map.runs();
        let behind = runs.partition_point(|run| run.target <= extra.offset);
        let distance = |run: &crate::ordered::Run| run.target - run.source;
        let before = match behind.checked_sub(1) {
            Some(last) => Some(distance(&runs[last])),
            None => (aligned.source_from == 0 && aligned.target_from == 0).then_some(0),
        };
        let at_rest = aligned.source.bounds.is_decided() && aligned.target.bounds.is_decided();
        let after = match runs.get(behind) {
            Some(run) => Some(distance(run)),
            None => at_rest.then(|| aligned.target.end() - aligned.source.end()),
        };
        let (Some(before), Some(after)) = (before, after) else { return false };
        let origin = extra.offset - before;
        before == after && origin >= committed && !aligned.has_visible(origin..origin + 1)
    }
}

impl Translator<'_> {
    /// Finds out which records absent from the target have a later record of the same key that is delivered or still to
    /// come: one more reading of the source's tail, if the budget allows it. The points are sorted by commit.
    pub(super) fn compare_compaction(&mut self, aligned: &mut Aligned, near: &[Open]) -> Result<(), Why> {
        let mut compaction =
            Compaction { without_time: self.options.ignore.timestamp, ..Compaction::default() };
        let frontier = aligned.frontier().unwrap_or(aligned.source_from - 1);
        let first = near.first().map_or(aligned.source_from, |open| open.committed).max(aligned.source_from);
        let absent = aligned.absent().within(first..frontier + 1);
        let elsewhere: i64 = aligned.elsewhere().map(|run| run.length).sum();
        let needless = absent.ranges().is_empty() && aligned.extras_from(0).is_empty();
        let too_many = aligned.count(&absent) as i64 + elsewhere > limits::FINISHED_KEPT;
        let range = first..self.source_cut.end();
        if needless || too_many || !self.afford(&range) {
            compaction.compared = needless;
            aligned.compaction = Some(compaction);
            return Ok(());
        }
        let mut again: HashMap<i64, i64> = HashMap::new();
        for run in aligned.elsewhere() {
            for step in 0..run.length {
                let place = again.entry(run.source + step).or_insert(i64::MIN);
                *place = (*place).max(run.target + step);
            }
        }
        let mut commits: Vec<i64> = near.iter().map(|open| open.committed).collect();
        commits.dedup();
        let mut commits = commits.into_iter().peekable();
        let mut keys: HashMap<Fingerprint, Key> = HashMap::new();
        let map = &aligned.alignment.map;
        read_all(self.source, range, &mut |image| {
            while let Some(commit) = commits.next_if(|commit| *commit <= image.offset) {
                compaction.unfinished_since.push((commit, image.timestamp));
            }
            // A record without a key is never removed by compaction, and never stands for another.
            let Some(key) = image.key.map(Fingerprint::of) else { return };
            let in_order = map.at_or_after_source(image.offset).filter(|pair| pair.0 == image.offset);
            let place = in_order.map(|pair| pair.1).max(again.get(&image.offset).copied());
            let place = if image.offset > frontier { Some(i64::MAX) } else { place };
            match place {
                None => keys.entry(key).or_default().absent.push(image.offset),
                Some(place) => {
                    if let Some(key) = keys.get_mut(&key) {
                        key.last = Some((image.offset, place));
                    }
                }
            }
        })
        .map_err(on(Side::Source))?;
        for key in keys.into_values() {
            let Some((last, place)) = key.last else { continue };
            let before = key.absent.into_iter().take_while(|offset| *offset < last);
            compaction.covered.extend(before.map(|offset| (offset, place)));
        }
        compaction.covered.sort_unstable();
        compaction.compared = true;
        aligned.compaction = Some(compaction);
        Ok(())
    }
}
