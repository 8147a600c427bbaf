use std::collections::HashMap;
use std::ops::Range;

use super::forms::{self, LEAST, PIECE, STRIDE};

/// The patterns of every secret learned, found in one pass over a text. Learning is cheap, since secrets come one by
/// one and text has to be masked in between.
#[derive(Default)]
pub struct Known {
    /// By their first four bytes; lower case.
    by_start: HashMap<[u8; LEAST], Vec<Box<[u8]>>>,
    longest: usize,
}

impl Known {
    /// Adds every form of `value`.
    pub fn learn(&mut self, value: &str) {
        for pattern in forms::of(value) {
            let pattern = pattern.to_ascii_lowercase();
            let Some(start) = pattern.first_chunk() else { continue };
            let same_start = self.by_start.entry(*start).or_default();
            if !same_start.iter().any(|known| **known == *pattern) {
                self.longest = self.longest.max(pattern.len());
                same_start.push(pattern.into_boxed_slice());
            }
        }
    }

    /// Where in `text` a pattern stands, without regard to case. The ranges may overlap.
    pub fn find(&self, text: &str) -> Vec<Range<usize>> {
        if self.by_start.is_empty() {
            return Vec::new();
        }
        let text = text.to_ascii_lowercase().into_bytes();
        let mut found = Vec::new();
        for (at, start) in text.windows(LEAST).enumerate() {
            let start: &[u8; LEAST] = start.try_into().expect("windows have this length");
            let same_start = self.by_start.get(start).into_iter().flatten();
            let longest = same_start
                .filter(|pattern| text[at..].starts_with(pattern))
                .map(|pattern| pattern.len())
                .max();
            found.extend(longest.map(|length| at..at + length));
        }
        found
    }

    /// How many bytes at the end of a text that was cut can belong to a secret without being found.
    pub fn tail(&self) -> usize {
        if self.by_start.is_empty() { 0 } else { self.longest.max(PIECE + STRIDE) }
    }
}
