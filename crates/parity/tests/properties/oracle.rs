use std::collections::{HashMap, HashSet};

use parity::memory::MemoryLog;

use crate::census::bytes;

/// One visible record.
#[derive(Debug, Clone)]
pub struct Seen {
    pub offset: i64,
    pub timestamp: i64,
    pub size: u64,
    pub image: Vec<u8>,
}

/// Both sides as plain lists, and every question answered by counting.
#[derive(Debug)]
pub struct Oracle {
    pub source: Vec<Seen>,
    pub target: Vec<Seen>,
    /// How many of the source's records, from its beginning, lie at or before the last one that has arrived.
    pub arrived: usize,
}

/// What a position means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meaning {
    pub skipped: u64,
    pub replayed: u64,
    /// The records in question, where all images differ: bytes, latest minus earliest timestamp.
    pub skipped_size: (u64, i64),
    pub replayed_size: (u64, i64),
}

fn list(log: &MemoryLog) -> Vec<Seen> {
    let seen = |image: parity::Image<'_>| Seen {
        offset: image.offset,
        timestamp: image.timestamp,
        size: image.size(),
        image: bytes(&image),
    };
    log.visible().map(seen).collect()
}

fn count<'a>(records: impl Iterator<Item = &'a Seen>) -> HashMap<&'a [u8], u64> {
    let mut counts = HashMap::new();
    records.for_each(|seen| *counts.entry(seen.image.as_slice()).or_default() += 1);
    counts
}

fn size<'a>(records: impl Iterator<Item = &'a Seen>) -> (u64, i64) {
    let (mut bytes, mut earliest, mut latest) = (0, i64::MAX, i64::MIN);
    for seen in records {
        bytes += seen.size;
        (earliest, latest) = (earliest.min(seen.timestamp), latest.max(seen.timestamp));
    }
    (bytes, if earliest > latest { 0 } else { latest - earliest })
}

impl Oracle {
    pub fn new(source: &MemoryLog, target: &MemoryLog) -> Self {
        let (source, target) = (list(source), list(target));
        let mut there = count(target.iter());
        let mut arrived = 0;
        for (index, seen) in source.iter().enumerate() {
            if let Some(left) = there.get_mut(seen.image.as_slice()).filter(|left| **left > 0) {
                *left -= 1;
                arrived = index + 1;
            }
        }
        Oracle { source, target, arrived }
    }

    pub fn finished(&self, committed: i64) -> impl Iterator<Item = &Seen> + Clone {
        self.source.iter().filter(move |seen| seen.offset < committed)
    }

    fn to_come(&self, committed: i64) -> impl Iterator<Item = &Seen> + Clone {
        self.source[..self.arrived].iter().filter(move |seen| seen.offset >= committed)
    }

    fn delivered(&self, at: i64) -> impl Iterator<Item = &Seen> + Clone {
        self.target.iter().filter(move |seen| seen.offset >= at)
    }

    /// What happens to a group that committed this on the source and continues there on the target.
    pub fn meaning(&self, committed: i64, at: i64) -> Meaning {
        let (to_come, delivered) = (count(self.to_come(committed)), count(self.delivered(at)));
        let finished = count(self.finished(committed));
        let (mut skipped, mut replayed) = (0, 0);
        for (image, &wanted) in &to_come {
            skipped += wanted.saturating_sub(*delivered.get(image).unwrap_or(&0));
        }
        for (image, &given) in &delivered {
            let surplus = given.saturating_sub(*to_come.get(image).unwrap_or(&0));
            replayed += surplus.min(*finished.get(image).unwrap_or(&0));
        }
        let given: HashSet<&[u8]> = delivered.keys().copied().collect();
        Meaning {
            skipped,
            replayed,
            skipped_size: size(self.to_come(committed).filter(|seen| !given.contains(seen.image.as_slice()))),
            replayed_size: size(
                self.finished(committed).filter(|seen| given.contains(seen.image.as_slice())),
            ),
        }
    }

    /// Every target offset at which the first arrived record at or behind the commit stands; if none has
    /// arrived, every one behind the last finished record.
    pub fn places(&self, committed: i64) -> Vec<i64> {
        let everywhere = |image: &[u8]| -> Vec<i64> {
            self.target.iter().filter(|seen| seen.image == image).map(|seen| seen.offset).collect()
        };
        let first =
            self.to_come(committed).map(|seen| everywhere(&seen.image)).find(|found| !found.is_empty());
        first.unwrap_or_else(|| {
            let last = self.finished(committed).last();
            last.map_or(vec![], |last| everywhere(&last.image).iter().map(|offset| offset + 1).collect())
        })
    }

    /// Whether anything that can be said of how far the target has come makes this position right: with
    /// identical records that is a matter of view.
    pub fn may_be_exact(&self, committed: i64, at: i64) -> bool {
        let view = |arrived: usize| {
            let oracle = Oracle { source: self.source.clone(), target: self.target.clone(), arrived };
            let meaning = oracle.meaning(committed, at);
            meaning.skipped == 0 && meaning.replayed == 0
        };
        (0..=self.source.len()).any(view)
    }

    /// The last finished record has not arrived, nor anything behind it.
    pub fn is_behind(&self, committed: i64) -> bool {
        self.finished(committed).count() > self.arrived
    }
}

impl Oracle {
    /// Both sides, one line each, equal images under the same number: what to look at when a case fails.
    pub fn sketch(&self) -> String {
        let mut numbers: HashMap<&[u8], usize> = HashMap::new();
        let mut out = String::new();
        for (side, records) in [("source", &self.source), ("target", &self.target)] {
            out.push_str(side);
            for seen in records {
                let next = numbers.len();
                let number = *numbers.entry(&seen.image).or_insert(next);
                out.push_str(&format!(" {}:#{number}", seen.offset));
            }
            out.push('\n');
        }
        out
    }
}
