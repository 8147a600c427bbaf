use super::lane::Lane;
use crate::image::ByFingerprint;

/// Which records of a gap are equal and in the same order on both sides: pairs of positions, both ascending.
///
/// A longest common subsequence over candidate pairs. A record that stands in the gap once a side has one
/// candidate; the k-th of several equal ones has the k-th from the front and the k-th from the back, which
/// keeps long stretches of identical records from costing their square.
pub(super) fn in_order(source: &Lane, ours: usize, target: &Lane, theirs: usize) -> Vec<(usize, usize)> {
    let mut places: ByFingerprint<(Vec<usize>, usize)> = ByFingerprint::default();
    for i in 0..ours {
        places.entry(source.fingerprint(i)).or_default().0.push(i);
    }
    for j in 0..theirs {
        if let Some((_, copies)) = places.get_mut(&target.fingerprint(j)) {
            *copies += 1;
        }
    }
    let mut candidates = Vec::new();
    let mut passed: ByFingerprint<usize> = ByFingerprint::default();
    for j in 0..theirs {
        let fingerprint = target.fingerprint(j);
        let Some((positions, copies)) = places.get(&fingerprint) else { continue };
        let nth = passed.entry(fingerprint).or_default();
        let from_front = positions.get(*nth);
        let from_back = (positions.len() + *nth).checked_sub(*copies).and_then(|at| positions.get(at));
        *nth += 1;
        // Of two candidates for one target record the later one first: so they cannot follow each other.
        let (one, other) = (from_front.max(from_back), from_front.min(from_back));
        let equal = |i: &&usize| source.image_at(**i) == target.image_at(j);
        candidates.extend(one.filter(equal).map(|&i| (i, j)));
        candidates.extend(other.filter(|_| other != one).filter(equal).map(|&i| (i, j)));
    }
    longest_ascending(&candidates)
}

/// The longest subsequence of `pairs` whose first members ascend strictly.
fn longest_ascending(pairs: &[(usize, usize)]) -> Vec<(usize, usize)> {
    // tails[n]: the pair that ends the best chain of length n + 1.
    let mut tails: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(pairs.len());
    for (at, &(i, _)) in pairs.iter().enumerate() {
        let length = tails.partition_point(|&tail| pairs[tail].0 < i);
        before.push(length.checked_sub(1).map(|shorter| tails[shorter]));
        if length == tails.len() {
            tails.push(at);
        } else if i < pairs[tails[length]].0 {
            // Of two equally good ones the earlier stays: what repeats it later is the surplus.
            tails[length] = at;
        }
    }
    let mut chain = Vec::with_capacity(tails.len());
    let mut at = tails.last().copied();
    while let Some(pair) = at {
        chain.push(pairs[pair]);
        at = before[pair];
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
