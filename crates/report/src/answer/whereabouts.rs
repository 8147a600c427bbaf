use runbook::world::PartitionPosition;
use schemars::JsonSchema;
use serde::Serialize;

use super::Table;

/// The answer of `cutover where`: a position on both sides, with the records around it. No content is shown: a record
/// is known by its fingerprint, and equal fingerprints are equal records.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct WhereAnswer {
    pub group: String,
    #[serde(flatten)]
    pub position: PartitionPosition,
    pub source: Vec<RecordSeen>,
    pub target: Vec<RecordSeen>,
    /// Why one of the neighbourhoods is not shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unread: Option<String>,
}

/// A record without its content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RecordSeen {
    pub offset: i64,
    /// Milliseconds since 1970; `None`: the record has none.
    pub timestamp: Option<i64>,
    /// Bytes; `None`: null.
    pub key_bytes: Option<usize>,
    pub value_bytes: Option<usize>,
    pub headers: usize,
    /// xxh3-128 (hex) of the length-prefixed image.
    pub fingerprint: String,
    /// The record that would be read next.
    pub next: bool,
}

impl WhereAnswer {
    /// For people.
    pub fn text(&self) -> String {
        let p = &self.position;
        let offset =
            |offset: Option<i64>| offset.map_or_else(|| "none".to_owned(), |offset| offset.to_string());
        let mut text = format!(
            "group {} on {}-{}: {}\n  committed on source  {}\n  committed on target  {}\n  exact on target      {}\n",
            self.group,
            p.topic,
            p.partition,
            p.outcome.word(),
            offset(p.source_committed),
            offset(p.target_committed),
            p.exact_target.map_or_else(|| "not known".to_owned(), |offset| offset.to_string()),
        );
        for why in p.why.iter().chain(&self.unread) {
            text.push_str(&format!("  why: {why}\n"));
        }
        for (side, records) in [("source", &self.source), ("target", &self.target)] {
            text.push_str(&format!("\n{side}\n"));
            let mut table = Table::new(&[
                "  ",
                ">offset",
                ">time",
                ">key",
                ">value",
                ">headers",
                "same record, same mark",
            ]);
            for record in records {
                let bytes = |bytes: Option<usize>| {
                    bytes.map_or_else(|| "null".to_owned(), |bytes| format!("{bytes} B"))
                };
                let time = record.timestamp.and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
                table.row([
                    if record.next { "  > ".to_owned() } else { "    ".to_owned() },
                    record.offset.to_string(),
                    time.map_or_else(|| "-".to_owned(), |time| time.to_string()),
                    bytes(record.key_bytes),
                    bytes(record.value_bytes),
                    record.headers.to_string(),
                    record.fingerprint.chars().take(12).collect(),
                ]);
            }
            if table.is_empty() {
                text.push_str("  no records there\n");
            } else {
                text.push_str(&table.to_string());
            }
        }
        text.push_str("\n`>` would be read next. Contents are not shown.\n");
        text
    }
}
