use std::sync::Arc;
use std::time::Duration;

use parity::{Image, Limit, PartitionLog};

use super::pair::Pair;
use super::topic_comparison::PartitionComparison;
use super::topic_meter::TopicMeter;
use crate::{Cluster, PartitionReader, ReadOptions, Topic};

/// Longest time for fetching the records of findings back: they are there to be looked at, no verdict hangs on them.
const AT_MOST: Duration = Duration::from_secs(15);

/// Characters of a key or value that are shown: enough to recognise a record by.
const SHOWN: usize = 64;

/// A record a finding is about. The key is shown, as that is how a record is found again; the value is masked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundRecord {
    pub offset: i64,
    /// Milliseconds since 1970; `None`: the record has none.
    pub timestamp: Option<i64>,
    /// The beginning of the key: as text, or as hexadecimal digits behind `0x` where it is none; `None`: null.
    pub key: Option<String>,
    pub key_bytes: Option<usize>,
    /// The beginning of the value with every letter as `x` and every digit as `9`, so that its shape is seen and nothing
    /// of it; `binary` where it is no text; `None`: null.
    pub value_preview: Option<String>,
    pub value_bytes: Option<usize>,
    pub headers: usize,
}

impl FoundRecord {
    pub(super) fn of(image: &Image<'_>) -> FoundRecord {
        FoundRecord {
            offset: image.offset,
            timestamp: (image.timestamp >= 0).then_some(image.timestamp),
            key: image.key.map(shown),
            key_bytes: image.key.map(<[u8]>::len),
            value_preview: image.value.map(masked),
            value_bytes: image.value.map(<[u8]>::len),
            headers: image.headers.iter().count(),
        }
    }
}

/// Fetches back the records of the first findings of a topic, those of what is wrong before others.
pub(super) fn show_records(
    source: &Arc<Cluster>,
    target: &Arc<Cluster>,
    pair: &Pair,
    partitions: &mut [PartitionComparison],
    meter: &TopicMeter<'_>,
) {
    // Also where the time is over, but not where somebody wants to stop.
    let patience = meter.patience.renewed(AT_MOST);
    let read = |cluster: &Arc<Cluster>, topic: &Topic, partition: i32, offset: i64| {
        let options = ReadOptions::new(meter.options.isolation, patience.clone());
        let mut log = PartitionReader::new(Arc::clone(cluster), topic, partition, None, options);
        let window = log.read(offset, Limit::records(1)).ok()?;
        window
            .records
            .first()
            .filter(|image| image.offset == offset)
            .map(|image| Box::new(FoundRecord::of(&image)))
    };
    let mut left = meter.options.shown;
    for wrong in [true, false] {
        for partition in partitions.iter_mut() {
            let number = partition.partition;
            for finding in partition.findings.iter_mut().filter(|finding| finding.is_wrong() == wrong) {
                if left == 0 || patience.is_over() || patience.is_stopped() {
                    return;
                }
                left -= 1;
                let first = |span: Option<(i64, i64)>| span.map(|(first, _)| first);
                finding.source_record =
                    first(finding.source).and_then(|offset| read(source, &pair.source, number, offset));
                finding.target_record =
                    first(finding.target).and_then(|offset| read(target, &pair.target, number, offset));
            }
        }
    }
}

/// The beginning of these bytes as text, if they begin with text; a character that is cut in two is left out.
fn text(bytes: &[u8]) -> Option<&str> {
    let beginning = &bytes[..bytes.len().min(4 * SHOWN)];
    let text = match std::str::from_utf8(beginning) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&beginning[..error.valid_up_to()]).ok()?
        }
        Err(_) => return None,
    };
    (!text.contains('\0')).then_some(text)
}

fn shown(bytes: &[u8]) -> String {
    match text(bytes) {
        Some(text) => cut(text.chars(), text.len() < bytes.len()),
        None => {
            let digits: String = bytes.iter().take(SHOWN / 2).map(|byte| format!("{byte:02x}")).collect();
            let more = if bytes.len() > SHOWN / 2 { "…" } else { "" };
            format!("0x{digits}{more}")
        }
    }
}

fn masked(bytes: &[u8]) -> String {
    let mask = |character: char| match character {
        upper if upper.is_uppercase() => 'X',
        letter if letter.is_alphabetic() => 'x',
        digit if digit.is_numeric() => '9',
        // Punctuation shows the shape; whatever else there is shows nothing.
        plain if plain.is_ascii() && !plain.is_ascii_control() => plain,
        _ => '·',
    };
    match text(bytes) {
        Some(text) => cut(text.chars().map(mask), text.len() < bytes.len()),
        None => "binary".to_owned(),
    }
}

fn cut(mut characters: impl Iterator<Item = char>, is_cut: bool) -> String {
    let mut text: String = characters.by_ref().take(SHOWN).collect();
    if is_cut || characters.next().is_some() {
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_value_is_shown_but_its_shape() {
        assert_eq!(
            masked(r#"{"iban":"DE89 3704","Zoë":12.5}"#.as_bytes()),
            r#"{"xxxx":"XX99 9999","Xxx":99.9}"#
        );
        assert_eq!(masked("\u{1b}[2J\u{202e}٣漢".as_bytes()), "·[9X·9x");
        assert_eq!(masked(&[0, 0, 0, 0, 7, b'a']), "binary");
        assert_eq!(masked(&[0xff, 0xfe]), "binary");
        assert_eq!(masked(b""), "");
        let long = masked("é".repeat(1_000).as_bytes());
        assert_eq!((long.chars().count(), long.ends_with('…')), (SHOWN + 1, true));
    }

    #[test]
    fn keys_are_text_or_digits() {
        assert_eq!(shown(b"customer-7"), "customer-7");
        assert_eq!(shown("größe".as_bytes()), "größe");
        assert_eq!(shown(&[0, 0, 1, 0xff]), "0x000001ff");
        assert_eq!(shown(&[0xff; 40]), format!("0x{}…", "ff".repeat(32)));
        assert_eq!(shown("k".repeat(65).as_bytes()), format!("{}…", "k".repeat(64)));
        assert_eq!(shown("k".repeat(64).as_bytes()), "k".repeat(64));
    }
}
