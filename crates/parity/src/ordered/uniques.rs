use crate::Fingerprint;

/// How many of the first twins are watched.
const WATCHED: usize = 16;

/// Watches whether the images of the first twins stand on the source once only.
///
/// If all of them are repeated (heartbeats, records of one moment), the two sides may have been put together
/// one repetition off, and nothing that follows would show it.
#[derive(Debug)]
pub(super) struct Uniques {
    watched: Vec<(Fingerprint, bool)>,
    /// One bit per low six bits of a watched image: most others are told apart by it alone.
    mask: u64,
    /// Half of each image taken up to the last twin watched; `None` once there are too many to remember:
    /// then nothing counts as unique.
    before: Option<Vec<u64>>,
    capacity: usize,
}

impl Uniques {
    /// Remembers at most `capacity` images, 8 bytes each, taken before the first twins.
    pub fn new(capacity: usize) -> Self {
        Uniques { watched: Vec::new(), mask: 0, before: Some(Vec::new()), capacity }
    }

    /// A source record is taken.
    pub fn see(&mut self, fingerprint: Fingerprint) {
        if self.mask & bit(fingerprint) != 0 {
            for (watched, is_unique) in &mut self.watched {
                *is_unique &= *watched != fingerprint;
            }
        }
        if self.watched.len() < WATCHED {
            match &mut self.before {
                Some(known) if known.len() < self.capacity => known.push(fingerprint.0 as u64),
                before => *before = None,
            }
        }
    }

    /// The source record seen last is a twin.
    pub fn watch(&mut self, fingerprint: Fingerprint) {
        if self.watched.len() < WATCHED {
            let half = fingerprint.0 as u64;
            let stands_once = |known: &Vec<u64>| known.iter().filter(|&&before| before == half).count() == 1;
            let is_unique = self.before.as_ref().is_some_and(stands_once);
            self.watched.push((fingerprint, is_unique));
            self.mask |= bit(fingerprint);
        }
    }

    /// Whether any image watched stands once only.
    pub fn any(&self) -> bool {
        self.watched.iter().any(|&(_, is_unique)| is_unique)
    }
}

fn bit(fingerprint: Fingerprint) -> u64 {
    1 << (fingerprint.0 as u64 & 63)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watched(absent: &[u128], twins: &[u128], rest: &[u128]) -> bool {
        let mut uniques = Uniques::new(100);
        absent.iter().for_each(|&n| uniques.see(Fingerprint(n)));
        for &n in twins {
            uniques.see(Fingerprint(n));
            uniques.watch(Fingerprint(n));
        }
        rest.iter().for_each(|&n| uniques.see(Fingerprint(n)));
        uniques.any()
    }

    #[test]
    fn an_image_is_unique_when_it_stands_neither_before_nor_behind() {
        assert!(watched(&[1], &[2], &[3]));
        assert!(watched(&[1], &[1, 2], &[1, 3]));
        assert!(!watched(&[2], &[2], &[]));
        assert!(!watched(&[], &[2], &[66, 2]));
        assert!(!watched(&[], &[2, 2], &[]));
        assert!(!watched(&[], &[], &[1]));
    }
}
