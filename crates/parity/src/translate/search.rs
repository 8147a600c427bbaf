use std::collections::HashMap;

use super::limits;
use crate::ordered::print;
use crate::source::{Limit, PartitionLog, ReadError, Window};
use crate::{Fingerprint, Ignore, Records};

/// Where some neighbouring records of one log stand on another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    /// `(index among the records looked for, offset on the other log)`, ascending: the longest stretch found.
    pub pairs: Vec<(usize, i64)>,
    /// No other stretch as long was in sight.
    pub alone: bool,
}

/// Looks at the other log around each guessed offset, until enough of the records stand there one after
/// another. A guess is where the record at `pivot` may be.
pub(super) fn around(
    log: &mut dyn PartitionLog,
    ignore: &Ignore,
    wanted: &[Fingerprint],
    pivot: usize,
    guesses: impl IntoIterator<Item = i64>,
) -> Result<Option<Found>, ReadError> {
    let bounds = log.bounds()?;
    let (log_start, end) = (bounds.log_start, bounds.end(log.isolation()));
    let mut tried: Vec<std::ops::Range<i64>> = Vec::new();
    for guess in guesses {
        let context = (limits::PROBE_RECORDS / 2) as i64;
        let from = (guess - context).clamp(log_start, (end - 1).max(log_start));
        let guess_near = guess.clamp(log_start, end);
        if tried.iter().any(|range| range.contains(&guess_near)) || from >= end {
            continue;
        }
        let window = read_across(log, from, (guess_near + limits::CONTEXT as i64).min(end))?;
        if let Some(found) = longest(&window.records, ignore, wanted, pivot) {
            // Cut off by the edge of what was read: once more, with the place in the middle.
            let (first, last) = (found.pairs[0].1, found.pairs[found.pairs.len() - 1].1);
            let edges = [window.records.first(), window.records.last()].map(|image| image.map(|i| i.offset));
            let is_cut = found.pairs.len() < wanted.len()
                && (edges[0] == Some(first) && first > log_start || edges[1] == Some(last) && last + 1 < end);
            if !is_cut {
                return Ok(Some(found));
            }
            let from = (first - context).max(log_start);
            let window = read_across(log, from, (last + 1 + limits::CONTEXT as i64).min(end))?;
            return Ok(longest(&window.records, ignore, wanted, pivot).or(Some(found)));
        }
        tried.push(window.from + context / 2..(window.next - context / 2).max(window.from));
    }
    Ok(None)
}

/// Reads around a place: one fetch, unless it ends before `to`, as it does where a batch ends and the next one
/// has no room in the answer.
fn read_across(log: &mut dyn PartitionLog, from: i64, to: i64) -> Result<Window, ReadError> {
    let mut window = log.read(from, Limit::records(limits::PROBE_RECORDS))?;
    while window.next < to && window.records.len() < limits::PROBE_RECORDS {
        let more = log.read(window.next, Limit::records(limits::PROBE_RECORDS))?;
        if more.next <= window.next {
            break;
        }
        window.records.extend(more.records.iter());
        window.next = more.next;
    }
    Ok(window)
}

/// Looks behind the offset a timestamp leads to.
pub(super) fn by_timestamp(
    log: &mut dyn PartitionLog,
    ignore: &Ignore,
    wanted: &[Fingerprint],
    pivot: usize,
    timestamp: i64,
) -> Result<Option<Found>, ReadError> {
    if ignore.timestamp {
        return Ok(None);
    }
    let Some(start) = log.offset_for_timestamp(timestamp)? else { return Ok(None) };
    let bounds = log.bounds()?;
    let end = bounds.end(log.isolation());
    let mut at = (start - limits::CONTEXT as i64).max(bounds.log_start);
    let mut records = Records::new();
    let mut searched = 0;
    while at < end && searched < limits::SEARCH_RECORDS {
        let window = log.read(at, Limit::records(8 * limits::PROBE_RECORDS))?;
        searched += window.records.len();
        // The end of the last window is kept: the records may stand across two.
        let kept = records.len().saturating_sub(2 * limits::CONTEXT);
        records = records.iter().skip(kept).chain(window.records.iter()).collect();
        if let Some(found) = longest(&records, ignore, wanted, pivot) {
            return Ok(Some(found));
        }
        if window.next <= at {
            break;
        }
        at = window.next;
    }
    Ok(None)
}

/// The longest stretch of `wanted` that stands among `records`, long enough to be worth anything: all of it,
/// or some neighbours that include the pivot or the record before it.
fn longest(records: &Records, ignore: &Ignore, wanted: &[Fingerprint], pivot: usize) -> Option<Found> {
    let mut bytes = Vec::new();
    let there: Vec<(Fingerprint, i64)> =
        records.iter().map(|image| (print(&image, ignore, &mut bytes), image.offset)).collect();
    let mut places: HashMap<Fingerprint, Vec<usize>> = HashMap::new();
    for (index, (fingerprint, _)) in there.iter().enumerate() {
        places.entry(*fingerprint).or_default().push(index);
    }
    let mut best: Option<(usize, usize, usize)> = None;
    let mut rivals = 0;
    let edges = [Some(pivot), pivot.checked_sub(1)];
    let mut diagonals = Vec::new();
    for edge in edges.into_iter().flatten().filter(|&edge| edge < wanted.len()) {
        for &place in places.get(&wanted[edge]).into_iter().flatten() {
            let diagonal = place as i64 - edge as i64;
            if diagonals.contains(&diagonal) {
                continue;
            }
            diagonals.push(diagonal);
            let equal = |step: i64| {
                let (i, j) = (edge as i64 + step, place as i64 + step);
                let ours = usize::try_from(i).ok().and_then(|i| wanted.get(i));
                let theirs = usize::try_from(j).ok().and_then(|j| there.get(j));
                ours.zip(theirs).is_some_and(|(ours, theirs)| *ours == theirs.0)
            };
            let back = (1i64..).take_while(|step| equal(-step)).count();
            let forth = (1i64..).take_while(|step| equal(*step)).count();
            let length = back + 1 + forth;
            match &mut best {
                Some((_, _, longest)) if *longest == length => rivals += 1,
                Some((_, _, longest)) if *longest > length => {}
                best => {
                    *best = Some((edge - back, place - back, length));
                    rivals = 0;
                }
            }
        }
    }
    let (i, j, length) = best.filter(|best| best.2 >= wanted.len().min(limits::PLACE_RECORDS))?;
    let pairs = (0..length).map(|step| (i + step, there[j + step].1)).collect();
    Some(Found { pairs, alone: rivals == 0 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::{Entry, MemoryLog};

    fn prints(text: &str) -> Vec<Fingerprint> {
        let log = MemoryLog::of(text.chars().map(|c| Entry::new(0, "k", c.to_string())));
        log.visible().map(|image| print(&image, &Ignore::NOTHING, &mut Vec::new())).collect()
    }

    fn find(log: &str, wanted: &str, pivot: usize, guess: i64) -> Option<Found> {
        let mut log = MemoryLog::of(log.chars().map(|c| Entry::new(0, "k", c.to_string())));
        around(&mut log, &Ignore::NOTHING, &prints(wanted), pivot, [guess]).unwrap()
    }

    #[test]
    fn the_longest_stretch_around_the_boundary_is_found() {
        let found = find("..abcdefgh..", "abcdefgh", 4, 6).unwrap();
        assert_eq!((found.pairs.len(), found.pairs[0], found.alone), (8, (0, 2), true));
        let found = find("..abcdXfgh..", "abcdefgh", 4, 6).unwrap();
        assert_eq!((found.pairs.len(), found.pairs[0]), (4, (0, 2)));
        assert_eq!(find("..abXdefXh..", "abcdefgh", 4, 6), None);
    }

    #[test]
    fn a_place_across_the_ends_of_fetches_is_found_where_it_was_guessed() {
        let entries = || (0..1_000).map(|n| Entry::new(n, "k", format!("{n}")));
        for length in 18..64 {
            let mut log = MemoryLog::of(entries()).fetching(length);
            let wanted: Vec<_> = MemoryLog::of(entries())
                .visible()
                .skip(492)
                .take(16)
                .map(|image| print(&image, &Ignore::NOTHING, &mut Vec::new()))
                .collect();
            let found = around(&mut log, &Ignore::NOTHING, &wanted, 8, [500, 0]).unwrap().unwrap();
            assert_eq!((found.pairs.len(), found.pairs[0]), (16, (0, 492)), "fetches of {length}");
            let fetches = log.fetches().data;
            assert!(fetches <= 3, "{fetches} fetches of {length}");
        }
    }

    #[test]
    fn several_places_alike_are_not_one() {
        assert!(!find("aaaaaaaaaaaa", "aaaa", 2, 5).unwrap().alone);
        assert!(!find("abcd..abcd", "abcd", 2, 5).unwrap().alone);
    }
}
