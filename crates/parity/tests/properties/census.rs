use std::collections::HashMap;

use parity::image::Canonical;
use parity::memory::MemoryLog;
use parity::{Ignore, Image};

/// The canonical bytes of an image.
pub fn bytes(image: &Image<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    Canonical::write(image, &Ignore::NOTHING, &mut out);
    out
}

/// How often each image stands on either side: `(source, target)`.
pub fn census(source: &MemoryLog, target: &MemoryLog) -> HashMap<Vec<u8>, (u64, u64)> {
    let mut counts: HashMap<Vec<u8>, (u64, u64)> = HashMap::new();
    source.visible().for_each(|image| counts.entry(bytes(&image)).or_default().0 += 1);
    target.visible().for_each(|image| counts.entry(bytes(&image)).or_default().1 += 1);
    counts
}
