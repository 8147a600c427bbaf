use sha2::{Digest, Sha256};

use super::bucket::{Bucket, bucket_of};
use super::digester::{Digester, room};
use super::entry::{BYTES, Entry, Latest};
use super::recent::Recent;
use super::spill::Spill;
use super::{CompactedError, Options, limits};
use crate::image::{Canonical, secret};
use crate::ordered::Side;
use crate::source::{Pull, RecordSource};
use crate::{Ignore, Image};

/// One side of a comparison: its latest records, as far as it has been read.
#[derive(Debug)]
pub struct Half {
    pub(super) buckets: Vec<Bucket>,
    pub(super) spill: Spill,
    pub(super) records: u64,
    pub(super) null_keys: u64,
    pub(super) digest: Sha256,
    /// Records from here on are neither counted nor digested.
    cut: Option<i64>,
    /// Of the target, on which older records say nothing. An older source record may be what the target's
    /// latest one is: how far it has come.
    recent: Option<Recent>,
    ignore: Ignore,
    held: usize,
    /// Entries held before some are spilled.
    capacity: usize,
    /// Canonical images that have not been digested yet, one behind the other.
    undigested: Vec<u8>,
}

impl Half {
    /// An empty half: it takes a quarter of the memory.
    pub fn new(side: Side, options: &Options) -> Self {
        let share = options.memory / 4;
        Half {
            buckets: (0..limits::BUCKETS).map(|_| Bucket::default()).collect(),
            spill: Spill::new(&options.spill),
            records: 0,
            null_keys: 0,
            digest: Sha256::new(),
            cut: if side == Side::Source { options.source_cut } else { options.target_cut },
            recent: (side == Side::Target).then(|| Recent::new(share)),
            ignore: options.ignore.clone(),
            held: 0,
            // Vectors grow by doubling: half of what they may take is in use.
            capacity: (share / size_of::<Entry>() / 2).max(1),
            undigested: room(),
        }
    }

    /// Reads a stream to its end. Records of one half come in offset order, over several streams and joins as well.
    ///
    /// # Errors
    /// The stream failed, or the spill file; nothing can be concluded then.
    pub fn read(&mut self, stream: &mut dyn RecordSource) -> Result<(), CompactedError> {
        std::thread::scope(|scope| {
            let digester = Digester::on(scope, std::mem::take(&mut self.digest));
            let read = self.read_all(stream, &digester);
            digester.take(&mut self.undigested);
            self.digest = digester.finish();
            read
        })
    }

    fn read_all(
        &mut self,
        stream: &mut dyn RecordSource,
        digester: &Digester<'_>,
    ) -> Result<(), CompactedError> {
        let mut failure = Ok(());
        loop {
            let pull = stream.pull(&mut |image| {
                if failure.is_ok() {
                    failure = self.take(&image, digester);
                }
            })?;
            std::mem::replace(&mut failure, Ok(()))?;
            if pull == Pull::End {
                return Ok(());
            }
        }
    }

    /// Visible records read so far, as far as they count.
    pub fn records(&self) -> u64 {
        self.records
    }

    fn take(&mut self, image: &Image<'_>, digester: &Digester<'_>) -> Result<(), CompactedError> {
        let counts = self.cut.is_none_or(|cut| image.offset < cut);
        let start = self.undigested.len();
        let entry = entry(image, &self.ignore, &mut self.undigested);
        if counts {
            self.records += 1;
            self.null_keys += u64::from(entry.is_none());
            if self.undigested.len() >= limits::DIGESTED_AT_ONCE {
                digester.take(&mut self.undigested);
            }
        } else {
            self.undigested.truncate(start);
        }
        let Some(entry) = entry else { return Ok(()) };
        let entry = match &mut self.recent {
            Some(recent) => recent.replace(entry),
            None => Some(entry),
        };
        entry.map_or(Ok(()), |entry| self.hold(entry))
    }

    fn hold(&mut self, entry: Entry) -> Result<(), CompactedError> {
        self.buckets[bucket_of(entry.key())].held.push(entry);
        self.held += 1;
        if self.held < self.capacity { Ok(()) } else { self.put_aside() }
    }

    /// Spills the parts that are worth it; all of them if none is.
    fn put_aside(&mut self) -> Result<(), CompactedError> {
        for least in [limits::WORTH_SPILLING, 1] {
            for bucket in self.buckets.iter_mut().filter(|bucket| bucket.held.len() >= least) {
                bucket.spilled.push(self.spill.write(&bucket.held)?);
                self.held -= bucket.held.len();
                bucket.held.clear();
            }
            if self.held < self.capacity / 2 {
                break;
            }
        }
        Ok(())
    }

    /// Puts what the cache holds with the rest, to be joined.
    pub(super) fn settle(&mut self) {
        let rest: Vec<Entry> = self.recent.iter_mut().flat_map(Recent::drain).collect();
        self.held += rest.len();
        for entry in rest {
            self.buckets[bucket_of(entry.key())].held.push(entry);
        }
    }

    /// Bytes put aside so far.
    pub fn spilled(&self) -> u64 {
        let entries: usize = self.buckets.iter().map(|bucket| bucket.entries() - bucket.held.len()).sum();
        (entries * BYTES) as u64
    }
}

/// What the comparison needs of a record; `None` without a key. Puts the record's canonical bytes behind `bytes`.
pub(super) fn entry(image: &Image<'_>, ignore: &Ignore, bytes: &mut Vec<u8>) -> Option<Entry> {
    let start = bytes.len();
    Canonical::write(image, ignore, bytes);
    let key = secret::hash_128(image.key?);
    let content = secret::hash(&bytes[start..]);
    let latest = Latest::new(image.offset, image.value.is_none(), image.timestamp, content);
    Some(Entry::new(key, latest))
}
