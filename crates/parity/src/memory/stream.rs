use std::sync::atomic::Ordering;

use super::MemoryLog;
use crate::Image;
use crate::source::{Pull, ReadError, RecordSource};

/// A bounded stream of a [`MemoryLog`].
#[derive(Debug)]
pub(super) struct Stream {
    log: MemoryLog,
    next: i64,
    to: i64,
}

impl Stream {
    pub fn new(log: MemoryLog, from: i64, to: i64) -> Self {
        Stream { log, next: from, to }
    }
}

impl RecordSource for Stream {
    fn pull(&mut self, each: &mut dyn FnMut(Image<'_>)) -> Result<Pull, ReadError> {
        if self.next >= self.to {
            return Ok(Pull::End);
        }
        let (mut slots, mut bytes, mut last) = (0, 0, None);
        while self.next < self.to && slots < self.log.fetch_records() {
            self.log.failure(self.next)?;
            if let Some(image) = self.log.visible_at(self.next) {
                bytes += image.size();
                last = Some(image.offset);
                each(image);
            }
            self.next += 1;
            slots += 1;
        }
        let counters = self.log.counters();
        counters.data.fetch_add(1, Ordering::Relaxed);
        counters.bytes.fetch_add(bytes, Ordering::Relaxed);
        Ok(if last == Some(self.next - 1) { Pull::Some } else { Pull::UpTo(self.next) })
    }
}
