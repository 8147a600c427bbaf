//! The record at a group's position and its twin, with neighbours: what a person looks at to believe it.

use crate::ordered::{Side, print};
use crate::source::{Limit, PartitionLog, ReadError};
use crate::translate::{Anchor, Options, Point, Translation, translate};
use crate::{Fingerprint, Records};

/// Some visible records around an offset.
#[derive(Debug, Clone)]
pub struct Neighbourhood {
    /// The offset asked about; there may be no record at it.
    pub offset: i64,
    /// In offset order.
    pub records: Records,
    /// How many of them lie before the offset: the record at this index is the next one a reader is given.
    pub before: usize,
}

/// Where a group stands on the source, and where that is on the target.
#[derive(Debug, Clone)]
pub struct Whereabouts {
    /// Around the source commit; where that lies outside the source's log, at the end nearest to it.
    pub source: Neighbourhood,
    /// Around the exact position; `None` when there is none (`translation` says why).
    pub exact: Option<Neighbourhood>,
    /// Around the target commit, when there is one inside the target.
    pub committed: Option<Neighbourhood>,
    /// Which source record shown equals which one shown around the exact position, as indexes; of identical
    /// records each is paired once, in order.
    pub twins: Vec<(usize, usize)>,
    pub translation: Translation,
}

/// Looks up a point, with up to `neighbours` records on either side of each offset.
///
/// # Errors
/// A side, and why it could not be read.
pub fn where_is(
    source: &mut dyn PartitionLog,
    target: &mut dyn PartitionLog,
    committed: i64,
    target_committed: Option<i64>,
    neighbours: usize,
    anchors: &[Anchor],
    options: &Options,
) -> Result<Whereabouts, (Side, ReadError)> {
    let on = |side: Side| move |error: ReadError| (side, error);
    // The target's cut before the source's, as any translation needs it.
    let bounds = target.bounds().map_err(on(Side::Target))?;
    let inside = bounds.log_start..=bounds.end(target.isolation());
    let source_bounds = source.bounds().map_err(on(Side::Source))?;
    let nearest = committed.clamp(source_bounds.log_start, source_bounds.end(source.isolation()));
    let here = around(source, nearest, neighbours).map_err(on(Side::Source))?;
    let points = [Point { committed: Some(committed), target_committed }];
    let translation = translate(source, target, &points, anchors, options).remove(0);
    let mut there = |offset: Option<i64>| {
        let offset = offset.filter(|offset| inside.contains(offset));
        offset.map(|offset| around(target, offset, neighbours)).transpose().map_err(on(Side::Target))
    };
    let exact = there(translation.exact_target)?;
    let committed = there(target_committed)?;
    let mut bytes = Vec::new();
    let mut prints = |records: &Records| -> Vec<Fingerprint> {
        records.iter().map(|image| print(&image, &options.ignore, &mut bytes)).collect()
    };
    let ours = prints(&here.records);
    let theirs = exact.as_ref().map(|exact| prints(&exact.records)).unwrap_or_default();
    let mut twins = Vec::new();
    let mut next = 0;
    for (i, ours) in ours.iter().enumerate() {
        if let Some(step) = theirs[next..].iter().position(|theirs| theirs == ours) {
            twins.push((i, next + step));
            next += step + 1;
        }
    }
    Ok(Whereabouts { source: here, exact, committed, twins, translation })
}

/// Up to `neighbours` visible records before an offset, and as many at or behind it.
///
/// # Errors
/// As [`PartitionLog::read`].
pub fn around(
    log: &mut dyn PartitionLog,
    offset: i64,
    neighbours: usize,
) -> Result<Neighbourhood, ReadError> {
    let mut records = log.before(offset, neighbours)?.records;
    let before = records.len();
    let end = log.bounds()?.end(log.isolation());
    let mut at = offset;
    while at < end && records.len() < before + neighbours {
        let window = log.read(at, Limit::records(before + neighbours - records.len()))?;
        records.extend(window.records.iter().take(before + neighbours - records.len()));
        if window.next <= at {
            break;
        }
        at = window.next;
    }
    Ok(Neighbourhood { offset, records, before })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::{Entry, MemoryLog, Slot};
    use crate::translate::Outcome;

    fn record(n: i64) -> Slot {
        Slot::Record(Entry::new(n, format!("{n}"), "v"))
    }

    #[test]
    fn the_record_its_twin_and_their_neighbours_are_shown() {
        // A marker behind every fourth record of the source.
        let slots = (0..40).flat_map(|n| {
            let marker = (n % 4 == 3).then_some(Slot::Marker { timestamp: n });
            [Some(record(n)), marker].into_iter().flatten()
        });
        let mut source = MemoryLog::new(slots.collect());
        let mut target = MemoryLog::new((0..40).map(record).collect());
        let options = Options::default();
        let shown = where_is(&mut source, &mut target, 14, Some(1), 3, &[], &options).unwrap();
        let keys = |hood: &Neighbourhood| -> Vec<String> {
            let key = |image: crate::Image<'_>| String::from_utf8_lossy(image.key.unwrap()).into_owned();
            hood.records.iter().map(key).collect()
        };
        assert_eq!(keys(&shown.source), ["9", "10", "11", "12", "13", "14"]);
        let exact = shown.exact.unwrap();
        assert_eq!((exact.offset, exact.before, keys(&exact)), (12, 3, keys(&shown.source)));
        let committed = shown.committed.unwrap();
        assert_eq!(
            (committed.offset, committed.before, keys(&committed)),
            (1, 1, vec!["0".into(), "1".into(), "2".into(), "3".into()])
        );
        assert_eq!(shown.twins, (0..6).map(|n| (n, n)).collect::<Vec<_>>());
        assert_eq!(shown.translation.outcome, Outcome::Replay);
    }

    #[test]
    fn a_position_outside_the_source_is_named_and_shown_at_the_nearest_end() {
        let mut log = MemoryLog::new((0..10).map(record).collect());
        let mut other = log.clone();
        let options = Options::default();
        let shown = where_is(&mut log, &mut other, 11, None, 3, &[], &options).unwrap();
        assert_eq!((shown.source.offset, shown.source.before, shown.exact.is_none()), (10, 3, true));
        assert_eq!(shown.translation.outcome, Outcome::Unprovable);
        let mut broken = log.failing_at(8, crate::ReadErrorKind::Corrupt);
        let (side, error) = where_is(&mut broken, &mut other, 9, None, 3, &[], &options).unwrap_err();
        assert_eq!((side, error.kind), (Side::Source, crate::ReadErrorKind::Corrupt));
    }
}
