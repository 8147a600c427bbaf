use runbook::Level;
use schemars::JsonSchema;
use serde::Serialize;

use super::Table;
use crate::human;

/// The answer of `cutover parity topic`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct TopicsAnswer {
    pub verdict: Level,
    pub topics: Vec<TopicAnswer>,
    /// Why nothing could be measured at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// One topic. `ordered` topics have the counts of records, `compacted` ones those of keys.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct TopicAnswer {
    pub topic: String,
    /// `ordered` or `compacted`; `unknown` when that could not be told.
    pub mode: String,
    pub verdict: Option<Level>,
    #[serde(flatten)]
    pub ordered: Option<OrderedCounts>,
    #[serde(flatten)]
    pub compacted: Option<CompactedCounts>,
    pub pending: u64,
    pub source_records: u64,
    pub target_records: u64,
    /// SHA-256 (hex) over the lines `PARTITION SOURCE_SHA256 TARGET_SHA256`, each ended by a line feed; `None` unless all
    /// partitions were read whole.
    pub evidence_sha256: Option<String>,
    pub partitions: Vec<PartitionAnswer>,
    /// What was not compared, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ignored: Vec<String>,
    /// What else a reader has to know.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Only a part was looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sample: Option<SampleAnswer>,
    /// How many per cent of the offsets of both sides were compared, rounded down to a whole number; only there when not
    /// everything was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub measured_percent: Option<u8>,
    /// Always there when the verdict is unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// What a sample found. Never green: what was not looked at may differ.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct SampleAnswer {
    /// Probes that were compared.
    pub probes: u64,
    /// Those of them that differ, in any way.
    pub different: u64,
    /// Probes whose place on the target was not found; the bound takes them as different.
    pub unplaced: u64,
    /// Of places drawn at random: with 95 % confidence fewer per cent of all places than this differ.
    pub differing_below_percent: Option<f64>,
}

/// Records of a topic in order. source_records = matched + missing + altered + pending + trimmed_target;
/// target_records = matched + altered + duplicated + extra + trimmed_source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct OrderedCounts {
    pub matched: u64,
    pub missing: u64,
    pub altered: u64,
    pub duplicated: u64,
    pub extra: u64,
    pub reordered: u64,
    pub trimmed_source: u64,
    pub trimmed_target: u64,
}

/// Live keys of a compacted topic, as of the cut of the source. A key that is absent and one whose latest record is a
/// tombstone are the same; `pending` of the topic counts keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CompactedCounts {
    pub keys_source: u64,
    pub keys_target: u64,
    pub matching: u64,
    pub missing_keys: u64,
    pub extra_keys: u64,
    pub altered_keys: u64,
    pub resurrected_keys: u64,
    /// Source keys whose latest value is a tombstone.
    pub tombstones: u64,
    /// Keys that only one side's retention has removed, on `compact,delete` topics.
    pub trimmed_source: u64,
    pub trimmed_target: u64,
    /// Records without a key; they are not compared.
    pub null_keys_source: u64,
    pub null_keys_target: u64,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct PartitionAnswer {
    pub partition: i32,
    /// SHA-256 (hex) of the length-prefixed images of the visible records, in offset order. An image is, integers
    /// big-endian: timestamp i64; key: length i32 (-1 for null) and bytes; value: likewise; headers: length i32 in bytes of
    /// what follows, then per header name (length i32 and bytes) and value (length i32, -1 for null, and bytes).
    pub source_sha256: String,
    pub target_sha256: String,
    /// In the order of source offsets.
    pub findings: Vec<FindingAnswer>,
    /// Findings beyond those listed; their records are counted.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub findings_omitted: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_zero(n: &u64) -> bool {
    *n == 0
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FindingAnswer {
    /// Of records in order: `missing`, `altered`, `duplicated`, `extra`, `reordered`, `pending`, `trimmed_source`,
    /// `trimmed_target`, `diverged`.
    ///
    /// Of keys of a compacted topic: `missing_keys` (alive on the source alone), `altered_keys` (alive on both, latest
    /// records differ), `resurrected_keys` (deleted on the source, its tombstone still there, and alive on the target),
    /// `extra_keys` (alive on the target, no trace on the source), `pending` (its latest source record lies behind
    /// everything that has arrived), `trimmed_source`, `trimmed_target` (removed by the retention of one side).
    pub kind: String,
    /// Records, or keys; at most as many as the span has offsets.
    pub count: u64,
    /// First and last, both included; of keys, the offsets of their latest records.
    pub source_offsets: Option<[i64; 2]>,
    pub target_offsets: Option<[i64; 2]>,
    /// Of an altered record: `key`, `value`, `headers` or `timestamp`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The first record of the span on either side, of the first findings of a topic, as far as it can be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_record: Option<FoundRecordAnswer>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_record: Option<FoundRecordAnswer>,
}

/// A record a finding is about. Hidden characters of key and value are written as `\\u{…}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FoundRecordAnswer {
    pub offset: i64,
    /// Milliseconds since 1970; `None`: the record has none.
    pub timestamp: Option<i64>,
    /// The beginning of the key, as text or as hexadecimal digits behind `0x`; `None`: null.
    pub key: Option<String>,
    /// Bytes; `None`: null.
    pub key_bytes: Option<usize>,
    /// The beginning of the value with letters as `x` or `X` and digits as `9`; `binary`; `None`: null.
    pub value_preview: Option<String>,
    /// Bytes; `None`: null.
    pub value_bytes: Option<usize>,
    pub headers: usize,
}

impl TopicsAnswer {
    /// The worst topic wins.
    pub fn new(topics: Vec<TopicAnswer>) -> TopicsAnswer {
        let verdict = Level::worst(topics.iter().map(TopicAnswer::level)).unwrap_or(Level::Unknown);
        TopicsAnswer { verdict, topics, why: None }
    }

    /// Nothing was measured.
    pub fn unknown(why: impl Into<String>) -> TopicsAnswer {
        TopicsAnswer { verdict: Level::Unknown, topics: Vec::new(), why: Some(why.into()) }
    }

    /// For people.
    pub fn text(&self) -> String {
        let mut text = match &self.why {
            Some(why) => format!("{} unknown: {why}\n", self.verdict.sign()),
            None => format!("{} {}: {}\n", self.verdict.sign(), self.verdict, summary(&self.topics)),
        };
        for topic in &self.topics {
            topic.write(&mut text);
        }
        text
    }
}

impl TopicAnswer {
    /// A topic that could not be compared.
    pub fn unknown(topic: &str, mode: &str, why: impl Into<String>) -> TopicAnswer {
        TopicAnswer {
            topic: topic.to_owned(),
            mode: mode.to_owned(),
            verdict: Some(Level::Unknown),
            ordered: (mode == "ordered").then(OrderedCounts::default),
            compacted: (mode == "compacted").then(CompactedCounts::default),
            why: Some(why.into()),
            ..TopicAnswer::default()
        }
    }

    /// Gives the verdict: red on what is lost, changed, foreign or out of order; unknown when not everything was read;
    /// yellow on copies, on what is still to come and on what retention took; green otherwise.
    pub fn judged(mut self) -> TopicAnswer {
        let diverged =
            self.partitions.iter().flat_map(|p| &p.findings).any(|finding| finding.kind == "diverged");
        let (wrong, doubtful) = match (&self.ordered, &self.compacted) {
            (Some(c), _) => (
                c.missing + c.altered + c.extra + c.reordered > 0,
                c.duplicated + self.pending + c.trimmed_source + c.trimmed_target > 0,
            ),
            (None, Some(c)) => (
                c.missing_keys + c.altered_keys + c.extra_keys + c.resurrected_keys > 0,
                self.pending + c.trimmed_source + c.trimmed_target > 0,
            ),
            (None, None) => (false, false),
        };
        let incomplete = self.why.is_some()
            || self.partitions.is_empty()
            || self.partitions.iter().any(|p| p.why.is_some());
        self.verdict = Some(match () {
            () if wrong || diverged => Level::Red,
            () if incomplete => Level::Unknown,
            () if doubtful => Level::Yellow,
            () => Level::Green,
        });
        if !incomplete {
            self.measured_percent = None;
        } else {
            self.evidence_sha256 = None;
            let measured = self.measured_percent.map(|percent| format!("{percent} % measured"));
            let parts = reasons(&self.partitions).into_iter().chain(measured);
            let why = self.why.iter().cloned().chain(parts).collect::<Vec<_>>().join("; ");
            self.why = Some(if why.is_empty() { "no partitions".to_owned() } else { why });
        }
        self
    }

    fn level(&self) -> Level {
        self.verdict.unwrap_or(Level::Unknown)
    }

    fn write(&self, text: &mut String) {
        let level = self.level();
        text.push_str(&format!("\n{} topic {}: {level}\n", level.sign(), self.topic));
        if let Some(why) = &self.why {
            text.push_str(&format!("  why: {why}\n"));
        }
        for ignored in &self.ignored {
            text.push_str(&format!("  not compared: {ignored}\n"));
        }
        for note in &self.notes {
            text.push_str(&format!("  note: {note}\n"));
        }
        if !self.partitions.is_empty() {
            self.write_counts(text);
        }
        self.write_findings(text);
        let more = self.partitions.iter().map(|p| p.findings.len() as u64 + p.findings_omitted).sum::<u64>();
        if more > SHOWN as u64 {
            text.push_str(&format!(
                "  and {} more findings: -o json lists them\n",
                number(more - SHOWN as u64)
            ));
        }
        if let Some(evidence) = &self.evidence_sha256 {
            text.push_str(&format!("  evidence sha256 {evidence}\n"));
        }
    }
}

impl TopicAnswer {
    /// The findings a person sees first: those whose records were fetched back, then the others.
    fn write_findings(&self, text: &mut String) {
        let all = || {
            let of = |p: &PartitionAnswer| p.partition;
            self.partitions.iter().flat_map(move |p| p.findings.iter().map(move |finding| (of(p), finding)))
        };
        let seen = |finding: &FindingAnswer| finding.record().is_some();
        let first = all().filter(|(_, finding)| seen(finding));
        let rest = all().filter(|(_, finding)| !seen(finding));
        let mut table = Table::new(&[
            "  finding",
            ">part",
            ">count",
            "source offsets",
            "target offsets",
            "what",
            "first key",
            "its time",
            "its value, masked",
        ]);
        for (partition, finding) in first.chain(rest).take(SHOWN) {
            let record = finding.record();
            let time = record.and_then(|record| jiff::Timestamp::from_millisecond(record.timestamp?).ok());
            let or_null = |text: Option<&String>| text.map_or("null".to_owned(), |text| shortened(text));
            table.row([
                format!("  {}", finding.kind),
                partition.to_string(),
                number(finding.count),
                span(finding.source_offsets),
                span(finding.target_offsets),
                finding.field.clone().unwrap_or_default(),
                record.map_or_else(String::new, |record| or_null(record.key.as_ref())),
                time.map_or_else(String::new, |time| time.to_string()),
                record.map_or_else(String::new, |record| or_null(record.value_preview.as_ref())),
            ]);
        }
        if !table.is_empty() {
            text.push_str(&table.to_string());
        }
    }

    fn write_counts(&self, text: &mut String) {
        let others = match (&self.ordered, &self.compacted) {
            (Some(counts), _) => {
                text.push_str(&format!(
                    "  {} source records, {} target records, {} matched\n",
                    number(self.source_records),
                    number(self.target_records),
                    number(counts.matched)
                ));
                vec![
                    ("missing", counts.missing),
                    ("altered", counts.altered),
                    ("extra", counts.extra),
                    ("reordered", counts.reordered),
                    ("duplicated", counts.duplicated),
                    ("pending", self.pending),
                    ("trimmed on source", counts.trimmed_source),
                    ("trimmed on target", counts.trimmed_target),
                ]
            }
            (None, Some(counts)) => {
                text.push_str(&format!(
                    "  compacted: {} keys on source, {} on target, {} matching, {} deleted; {} and {} records read\n",
                    number(counts.keys_source),
                    number(counts.keys_target),
                    number(counts.matching),
                    number(counts.tombstones),
                    number(self.source_records),
                    number(self.target_records),
                ));
                vec![
                    ("keys missing", counts.missing_keys),
                    ("altered", counts.altered_keys),
                    ("extra", counts.extra_keys),
                    ("resurrected", counts.resurrected_keys),
                    ("pending", self.pending),
                    ("trimmed on source", counts.trimmed_source),
                    ("trimmed on target", counts.trimmed_target),
                ]
            }
            (None, None) => Vec::new(),
        };
        let others: Vec<String> =
            others.iter().filter(|(_, n)| *n > 0).map(|(what, n)| format!("{} {what}", number(*n))).collect();
        if !others.is_empty() {
            text.push_str(&format!("  {}\n", others.join(", ")));
        }
    }
}

impl FindingAnswer {
    /// The record it is known by: the source's, where there is one.
    fn record(&self) -> Option<&FoundRecordAnswer> {
        self.source_record.as_ref().or(self.target_record.as_ref())
    }
}

/// Why partitions were not read whole, each reason once.
fn reasons(partitions: &[PartitionAnswer]) -> Vec<String> {
    let mut by_reason: Vec<(&str, Vec<i32>)> = Vec::new();
    for partition in partitions {
        let Some(why) = &partition.why else { continue };
        match by_reason.iter_mut().find(|(reason, _)| reason == why) {
            Some((_, numbers)) => numbers.push(partition.partition),
            None => by_reason.push((why, vec![partition.partition])),
        }
    }
    let who = |numbers: &[i32]| match numbers {
        [one] => format!("partition {one}"),
        [first, .., last] => format!("{} partitions from {first} to {last}", numbers.len()),
        [] => String::new(),
    };
    by_reason.into_iter().map(|(why, numbers)| format!("{}: {why}", who(&numbers))).collect()
}

/// As much of a cell as leaves room for the others.
fn shortened(text: &str) -> String {
    let mut characters = text.chars();
    let shown: String = characters.by_ref().take(CELL).collect();
    if characters.next().is_some() { shown + "…" } else { shown }
}

/// Characters of a key or a value in a table.
const CELL: usize = 32;

/// Findings a terminal shows of one topic; the JSON has them all.
const SHOWN: usize = 20;

fn span(offsets: Option<[i64; 2]>) -> String {
    match offsets {
        None => "-".to_owned(),
        Some([first, last]) if first == last => first.to_string(),
        Some([first, last]) => format!("{first}..{last}"),
    }
}

fn number(n: u64) -> String {
    human::count(i128::from(n), human::Separator::Comma)
}

fn summary(topics: &[TopicAnswer]) -> String {
    let count = |level: Level| topics.iter().filter(|topic| topic.level() == level).count();
    let levels = [Level::Red, Level::Unknown, Level::Yellow, Level::Green];
    let parts: Vec<String> =
        levels.iter().filter(|l| count(**l) > 0).map(|l| format!("{} {l}", count(*l))).collect();
    match topics.len() {
        1 => "1 topic compared".to_owned(),
        n => format!("{n} topics, {}", parts.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topic(counts: OrderedCounts, pending: u64, why: Option<&str>) -> TopicAnswer {
        TopicAnswer {
            topic: "orders".to_owned(),
            mode: "ordered".to_owned(),
            ordered: Some(counts),
            pending,
            evidence_sha256: Some("00".to_owned()),
            partitions: vec![PartitionAnswer {
                partition: 0,
                source_sha256: String::new(),
                target_sha256: String::new(),
                findings: Vec::new(),
                findings_omitted: 0,
                why: why.map(str::to_owned),
            }],
            ..TopicAnswer::default()
        }
        .judged()
    }

    #[test]
    fn red_over_unknown_over_yellow_over_green() {
        let none = OrderedCounts::default();
        assert_eq!(topic(none, 0, None).verdict, Some(Level::Green));
        assert_eq!(topic(none, 1, None).verdict, Some(Level::Yellow));
        assert_eq!(topic(OrderedCounts { duplicated: 1, ..none }, 0, None).verdict, Some(Level::Yellow));
        assert_eq!(topic(none, 1, Some("stopped")).verdict, Some(Level::Unknown));
        for red in [
            OrderedCounts { missing: 1, ..none },
            OrderedCounts { altered: 1, ..none },
            OrderedCounts { extra: 1, ..none },
            OrderedCounts { reordered: 2, ..none },
        ] {
            assert_eq!(topic(red, 0, Some("stopped")).verdict, Some(Level::Red));
        }
    }

    #[test]
    fn keys_are_judged_like_records() {
        let judged = |counts: CompactedCounts, pending: u64| {
            let mut topic = topic(OrderedCounts::default(), 0, None);
            (topic.ordered, topic.compacted, topic.pending) = (None, Some(counts), pending);
            topic.judged().verdict
        };
        let none =
            CompactedCounts { keys_source: 3, keys_target: 3, matching: 3, ..CompactedCounts::default() };
        assert_eq!(judged(none, 0), Some(Level::Green));
        assert_eq!(judged(none, 1), Some(Level::Yellow));
        assert_eq!(judged(CompactedCounts { trimmed_target: 1, ..none }, 0), Some(Level::Yellow));
        assert_eq!(judged(CompactedCounts { null_keys_source: 1, ..none }, 0), Some(Level::Green));
        for red in [
            CompactedCounts { missing_keys: 1, ..none },
            CompactedCounts { altered_keys: 1, ..none },
            CompactedCounts { extra_keys: 1, ..none },
            CompactedCounts { resurrected_keys: 1, ..none },
        ] {
            assert_eq!(judged(red, 1), Some(Level::Red));
        }
    }

    #[test]
    fn what_was_not_read_whole_has_no_evidence_and_says_why() {
        let stopped = topic(OrderedCounts::default(), 0, Some("stopped"));
        assert_eq!(stopped.evidence_sha256, None);
        assert_eq!(stopped.why.as_deref(), Some("partition 0: stopped"));
        let empty = TopicAnswer { mode: "ordered".to_owned(), ..TopicAnswer::default() }.judged();
        assert_eq!(empty.verdict, Some(Level::Unknown));
        assert_eq!(TopicsAnswer::new(Vec::new()).verdict, Level::Unknown);
    }
}
