use std::collections::HashSet;
use std::ops::Range;

use parity::{Fingerprint, Image, PartitionLog, Pull, ReadError};
use runbook::check::Facts;
use runbook::expression::BusinessKey;

use crate::{PartitionReader, TopicPartition};

/// How many distinct business keys the visible records of these ranges have; or why that cannot be told.
pub(super) fn count(
    log: &mut PartitionReader,
    ranges: &[Range<i64>],
    key: &BusinessKey,
) -> Result<u64, String> {
    let partition = log.partition().clone();
    let mut keys: HashSet<Fingerprint> = HashSet::new();
    let mut wrong: Option<String> = None;
    for range in ranges {
        let mut each = |image: Image<'_>| {
            if wrong.is_some() {
                return;
            }
            match key.of(&facts(&partition, &image)) {
                Ok(key) => drop(keys.insert(Fingerprint::of(key.as_bytes()))),
                Err(why) => wrong = Some(format!("source offset {}: {why}", image.offset)),
            }
        };
        read(log, range, &mut each).map_err(|error| error.to_string())?;
    }
    match wrong {
        Some(why) => Err(why),
        None => Ok(keys.len() as u64),
    }
}

fn read(
    log: &mut PartitionReader,
    range: &Range<i64>,
    each: &mut dyn FnMut(Image<'_>),
) -> Result<(), ReadError> {
    let log_start = log.bounds()?.log_start;
    let mut stream = log.open(range.start.max(log_start), range.end)?;
    while stream.pull(each)? != Pull::End {}
    Ok(())
}

/// A key or value that is null or no UTF-8 is no fact: an expression that names it has no answer.
fn facts(partition: &TopicPartition, image: &Image<'_>) -> Facts {
    let text =
        |bytes: Option<&[u8]>| bytes.and_then(|bytes| std::str::from_utf8(bytes).ok().map(str::to_owned));
    Facts::new()
        .with("key", text(image.key))
        .with("value", text(image.value))
        .with("topic", partition.topic.clone())
        .with("partition", partition.partition)
        .with("offset", image.offset)
        .with("timestamp", image.timestamp)
}
