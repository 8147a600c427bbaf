use std::collections::VecDeque;

use super::limits;
use crate::source::{Pull, ReadError, RecordSource};
use crate::{Fingerprint, Ignore, Image, image::Canonical};

/// A chunk of image bytes is given back when its last record has left the lane.
const CHUNK: usize = 256 << 10;

/// One side of a comparison: its stream, and the records read ahead from it.
pub(super) struct Lane {
    stream: Box<dyn RecordSource + Send>,
    entries: VecDeque<Entry>,
    buffer: Buffer,
    ended: bool,
}

/// One record that was read ahead.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub offset: i64,
    pub timestamp: i64,
    /// Bytes of key, value and headers.
    pub size: u64,
    pub fingerprint: Fingerprint,
    /// Where its image stands: chunk, and bytes in it.
    chunk: u32,
    start: u32,
    end: u32,
}

/// The image bytes of a lane, in chunks that are reused.
#[derive(Default)]
struct Buffer {
    chunks: VecDeque<Vec<u8>>,
    /// The number of the first chunk held; numbers go round.
    first: u32,
    spare: Vec<Vec<u8>>,
    ignore: Ignore,
    held: usize,
}

impl Lane {
    pub fn new(stream: Box<dyn RecordSource + Send>, ignore: &Ignore) -> Self {
        let buffer = Buffer { ignore: ignore.clone(), ..Buffer::default() };
        Lane { stream, entries: VecDeque::new(), buffer, ended: false }
    }

    /// Reads until this many records or bytes are at hand, or the stream has ended. True when it pulled. However large
    /// records are, two of them are looked at: one alone would never show where two sides are equal again.
    pub fn fill(&mut self, records: usize, bytes: usize) -> Result<bool, ReadError> {
        let mut pulled = false;
        while !self.ended
            && self.entries.len() < records
            && (self.buffer.held < bytes || self.entries.len() < limits::LEAST_LOOK_AHEAD)
        {
            let (entries, buffer) = (&mut self.entries, &mut self.buffer);
            let pull = self.stream.pull(&mut |image| push(entries, buffer.push(&image)))?;
            self.ended = pull == Pull::End;
            pulled = true;
        }
        Ok(pulled)
    }

    /// Pulls once, into a lane that holds nothing: each record is offered to `taken` as it comes, until that
    /// refuses one; it and all behind it are read ahead.
    pub fn pull_past(&mut self, taken: &mut impl FnMut(&Image<'_>) -> bool) -> Result<(), ReadError> {
        debug_assert!(self.entries.is_empty(), "what was read ahead comes first");
        let (entries, buffer) = (&mut self.entries, &mut self.buffer);
        let mut offering = true;
        let pull = self.stream.pull(&mut |image| {
            offering = offering && taken(&image);
            if !offering {
                push(entries, buffer.push(&image));
            }
        })?;
        self.ended = pull == Pull::End;
        Ok(())
    }

    /// The stream has nothing more to give; records may still be at hand.
    pub fn ended(&self) -> bool {
        self.ended
    }

    /// Records at hand.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn get(&self, index: usize) -> Option<&Entry> {
        self.entries.get(index)
    }

    /// The fingerprint of the record at `index`, which must be at hand.
    pub fn fingerprint(&self, index: usize) -> Fingerprint {
        self.entries[index].fingerprint
    }

    /// The last record at hand.
    pub fn last(&self) -> Option<&Entry> {
        self.entries.back()
    }

    pub fn head(&self) -> Option<&Entry> {
        self.entries.front()
    }

    /// The canonical bytes of a record that has not left the lane.
    pub fn image(&self, entry: &Entry) -> Canonical<'_> {
        let chunk = entry.chunk.wrapping_sub(self.buffer.first) as usize;
        Canonical::of(&self.buffer.chunks[chunk][entry.start as usize..entry.end as usize])
    }

    /// The canonical bytes of the record at `index`, which must be at hand.
    pub fn image_at(&self, index: usize) -> Canonical<'_> {
        self.image(&self.entries[index])
    }

    /// Lets the head go.
    pub fn pop(&mut self) -> Option<Entry> {
        let entry = self.entries.pop_front()?;
        let still_needed = self.entries.front().map(|next| next.chunk);
        self.buffer.release(still_needed, (entry.end - entry.start) as usize);
        if self.entries.is_empty() && self.entries.capacity() > limits::ENTRIES_KEPT {
            // A window that was full once is not kept for the rest of a comparison.
            self.entries = VecDeque::new();
        }
        Some(entry)
    }
}

/// Grows by a quarter: twice as many as a window holds would be a large part of what a comparison holds.
fn push(entries: &mut VecDeque<Entry>, entry: Entry) {
    if entries.len() == entries.capacity() {
        entries.reserve_exact((entries.len() / 4).max(64));
    }
    entries.push_back(entry);
}

impl Buffer {
    fn push(&mut self, image: &Image<'_>) -> Entry {
        if self.chunks.back().is_none_or(|chunk| chunk.len() >= CHUNK) {
            self.chunks.push_back(self.spare.pop().unwrap_or_default());
        }
        let number = self.first.wrapping_add(self.chunks.len() as u32 - 1);
        let chunk = self.chunks.back_mut().expect("a chunk was just added");
        let start = chunk.len();
        Canonical::write(image, &self.ignore, chunk);
        let end = chunk.len();
        self.held += end - start;
        Entry {
            offset: image.offset,
            timestamp: image.timestamp,
            size: image.size(),
            fingerprint: Fingerprint::of(&chunk[start..end]),
            chunk: number,
            start: start as u32,
            end: end as u32,
        }
    }

    /// Gives back the chunks before `needed`; all of them if none is.
    fn release(&mut self, needed: Option<u32>, bytes: usize) {
        self.held -= bytes;
        while needed != Some(self.first) && !self.chunks.is_empty() {
            let mut chunk = self.chunks.pop_front().expect("there is one");
            self.first = self.first.wrapping_add(1);
            // A chunk grown by an unusually large record is not worth keeping.
            if chunk.capacity() <= 2 * CHUNK && self.spare.len() < 4 {
                chunk.clear();
                self.spare.push(chunk);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PartitionLog;
    use crate::memory::{Entry as Record, MemoryLog};

    #[test]
    fn records_come_out_as_they_went_in_and_chunks_are_given_back() {
        let value = vec![7; CHUNK / 3];
        let records = (0..100).map(|n| Record::new(n, format!("{n}"), value.clone()));
        let mut log = MemoryLog::of(records).fetching(7);
        let mut lane = Lane::new(log.open(0, i64::MAX).unwrap(), &Ignore::NOTHING);
        let mut seen = 0;
        while lane.fill(10, usize::MAX).unwrap() || lane.len() > 0 {
            let head = *lane.head().unwrap();
            assert_eq!(lane.image(&head).fingerprint(), head.fingerprint);
            assert_eq!((head.offset, head.timestamp), (seen, seen));
            lane.pop();
            seen += 1;
            assert!(lane.buffer.chunks.len() < 10 && lane.buffer.spare.len() <= 4);
        }
        assert_eq!((seen, lane.buffer.held), (100, 0));
    }
}
