use super::lane::Lane;
use crate::image::ByFingerprint;

/// Which records of a gap are equal and in the same order on both sides: pairs of positions, both ascending.
///
/// A longest common subsequence over candidate pairs. A record that stands in the gap once a side has one
/// candidate; the k-th of several equal ones has the k-th from the front and the k-th from the back, which
/// keeps long stretches of identical records from costing their square.
pub(super) fn in_order(source: &Lane, ours: usize, target: &Lane, theirs: usize) -> Vec<(usize, usize)> {
    if ours == 0 || theirs == 0 {
        return Vec::new();
    }
    let (sorted, wanted) = (sorted(source, ours), sorted(target, theirs));
    // Runs of equal images in both lists, which are in the same order; each target record notes its candidates.
    let mut candidates: Vec<[u32; 2]> = vec![[NONE; 2]; theirs];
    let (mut s, mut t) = (0, 0);
    while s < sorted.len() && t < wanted.len() {
        let (ours, theirs) = (sorted[s].0, wanted[t].0);
        if ours != theirs {
            if ours < theirs {
                s += 1
            } else {
                t += 1
            }
            continue;
        }
        let (positions, copies) = (alike(&sorted[s..]), alike(&wanted[t..]));
        for (nth, &(_, j)) in copies.iter().enumerate() {
            let position = |at: usize| positions.get(at).map(|place| place.1);
            let from_front = position(nth);
            let from_back = (positions.len() + nth).checked_sub(copies.len()).and_then(position);
            // Of two candidates for one target record the later one first: so they cannot follow each other.
            let (one, other) = (from_front.max(from_back), from_front.min(from_back));
            let equal = |i: &u32| source.image_at(*i as usize) == target.image_at(j as usize);
            candidates[j as usize] = [
                one.filter(equal).unwrap_or(NONE),
                other.filter(|_| other != one).filter(equal).unwrap_or(NONE),
            ];
        }
        (s, t) = (s + positions.len(), t + copies.len());
    }
    drop((sorted, wanted));
    let noted = candidates.iter().enumerate().flat_map(|(j, candidates)| candidates.map(|i| (i, j as u32)));
    let pairs: Vec<(u32, u32)> = noted.filter(|&(i, _)| i != NONE).collect();
    drop(candidates);
    longest_ascending(&pairs)
}

/// No place: windows are far smaller.
const NONE: u32 = u32::MAX;

/// The first places of a lane by half of their fingerprints, equal ones in their order. What is alike in one half
/// only is told apart by its bytes.
fn sorted(lane: &Lane, records: usize) -> Vec<(u64, u32)> {
    let mut places: Vec<(u64, u32)> =
        (0..records).map(|at| (lane.fingerprint(at).0 as u64, at as u32)).collect();
    places.sort_unstable();
    places
}

/// The places at the front that are alike.
fn alike(places: &[(u64, u32)]) -> &[(u64, u32)] {
    let length = places.iter().position(|place| place.0 != places[0].0).unwrap_or(places.len());
    &places[..length]
}

/// Up to which pair a chain found in windows of this width can be taken: the last in their nearer half whose image
/// stands once on either side, as long as that is a way forward worth the look; else the first such behind it.
/// What lies further back is still to be seen together with what comes after the windows.
pub(super) fn as_far_as_certain(
    pairs: &[(usize, usize)],
    source: &Lane,
    target: &Lane,
    width: usize,
) -> Option<(usize, usize)> {
    let mut places: ByFingerprint<[u32; 2]> = ByFingerprint::default();
    for &(i, _) in pairs {
        places.insert(source.fingerprint(i), [0; 2]);
    }
    for (side, lane) in [source, target].into_iter().enumerate() {
        for at in 0..lane.len().min(width) {
            if let Some(counts) = places.get_mut(&lane.fingerprint(at)) {
                counts[side] += 1;
            }
        }
    }
    let mut last = None;
    for &(i, j) in pairs.iter().filter(|pair| places.get(&source.fingerprint(pair.0)) == Some(&[1, 1])) {
        if i.max(j) > width / 2 {
            let enough = last.is_some_and(|(i, j): (usize, usize)| i.max(j) >= width / 8);
            return if enough { last } else { Some((i, j)) };
        }
        last = Some((i, j));
    }
    last
}

/// The longest subsequence of `pairs` whose first members ascend strictly.
fn longest_ascending(pairs: &[(u32, u32)]) -> Vec<(usize, usize)> {
    // tails[n]: the pair that ends the best chain of length n + 1.
    let mut tails: Vec<u32> = Vec::new();
    let mut before: Vec<u32> = Vec::with_capacity(pairs.len());
    for (at, &(i, _)) in pairs.iter().enumerate() {
        let length = tails.partition_point(|&tail| pairs[tail as usize].0 < i);
        before.push(length.checked_sub(1).map_or(NONE, |shorter| tails[shorter]));
        if length == tails.len() {
            tails.push(at as u32);
        } else if i < pairs[tails[length] as usize].0 {
            // Of two equally good ones the earlier stays: what repeats it later is the surplus.
            tails[length] = at as u32;
        }
    }
    let mut chain = Vec::with_capacity(tails.len());
    let mut at = tails.last().copied().unwrap_or(NONE);
    while at != NONE {
        let (i, j) = pairs[at as usize];
        chain.push((i as usize, j as usize));
        at = before[at as usize];
    }
    chain.reverse();
    chain
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::{Entry, MemoryLog};
    use crate::{Ignore, PartitionLog};

    fn lane(text: &str) -> Lane {
        let mut log = MemoryLog::of(text.bytes().map(|byte| Entry::new(0, vec![byte], vec![])));
        let mut lane = Lane::new(log.open(0, i64::MAX).unwrap(), &Ignore::NOTHING);
        lane.fill(usize::MAX, usize::MAX).unwrap();
        lane
    }

    fn pairs(source: &str, target: &str) -> Vec<(usize, usize)> {
        in_order(&lane(source), source.len(), &lane(target), target.len())
    }

    #[test]
    fn equal_records_in_the_same_order_are_paired() {
        assert_eq!(pairs("abc", "abc"), [(0, 0), (1, 1), (2, 2)]);
        assert_eq!(pairs("axbyc", "abzc"), [(0, 0), (2, 1), (4, 3)]);
        assert_eq!(pairs("abcd", "bcda"), [(1, 0), (2, 1), (3, 2)]);
        assert_eq!(pairs("ab", "ba").len(), 1);
        assert_eq!(pairs("abc", ""), []);
    }

    #[test]
    fn repeated_records_are_paired_as_often_as_they_stand_on_both_sides() {
        assert_eq!(pairs("xxxxa", "xxa").len(), 3);
        assert_eq!(pairs("axx", "xxxa").len(), 2);
        assert_eq!(pairs("abc", "babc"), [(0, 1), (1, 2), (2, 3)]);
    }
}
