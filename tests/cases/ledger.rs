use std::collections::BTreeSet;

use serde_json::{Value, json};

/// What was done to the records of a topic, and so exactly what `cutover parity topic` must find.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ledger {
    pub matched: u64,
    pub missing: u64,
    pub altered: u64,
    pub duplicated: u64,
    pub extra: u64,
    pub reordered: u64,
    pub pending: u64,
    pub trimmed_source: u64,
    pub trimmed_target: u64,
    /// Every finding, where the case can tell them all.
    pub findings: Option<BTreeSet<Finding>>,
}

/// One stretch that differs. Offsets are the first and the last.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    pub partition: i64,
    pub kind: String,
    pub count: u64,
    pub source: Option<(i64, i64)>,
    pub target: Option<(i64, i64)>,
    pub field: Option<String>,
}

impl Ledger {
    /// So many records on both sides and nothing else.
    pub fn matched(matched: u64) -> Ledger {
        Ledger { matched, ..Ledger::default() }
    }

    /// What the contract makes of these counts: the verdict and the exit code.
    pub fn verdict(&self) -> (&'static str, i32) {
        if self.missing + self.altered + self.extra + self.reordered > 0 {
            ("red", 1)
        } else if self.duplicated + self.pending + self.trimmed_source + self.trimmed_target > 0 {
            ("yellow", 4)
        } else {
            ("green", 0)
        }
    }

    /// Both together: two partitions of a topic.
    #[must_use]
    pub fn with(mut self, other: Ledger) -> Ledger {
        self.matched += other.matched;
        self.missing += other.missing;
        self.altered += other.altered;
        self.duplicated += other.duplicated;
        self.extra += other.extra;
        self.reordered += other.reordered;
        self.pending += other.pending;
        self.trimmed_source += other.trimmed_source;
        self.trimmed_target += other.trimmed_target;
        let mut findings = self.findings.take().unwrap_or_default();
        findings.extend(other.findings.unwrap_or_default());
        self.findings = Some(findings);
        self
    }

    /// Fails unless this topic of an answer says exactly this.
    #[track_caller]
    pub fn agrees(&self, topic: &Value) {
        let told = |field: &str| topic[field].as_u64();
        let counts = [
            ("matched", self.matched),
            ("missing", self.missing),
            ("altered", self.altered),
            ("duplicated", self.duplicated),
            ("extra", self.extra),
            ("reordered", self.reordered),
            ("pending", self.pending),
            ("trimmed_source", self.trimmed_source),
            ("trimmed_target", self.trimmed_target),
            (
                "source_records",
                self.matched + self.missing + self.altered + self.pending + self.trimmed_target,
            ),
            (
                "target_records",
                self.matched + self.altered + self.duplicated + self.extra + self.trimmed_source,
            ),
        ];
        let wrong: Vec<String> = counts
            .iter()
            .filter(|(field, wanted)| told(field) != Some(*wanted))
            .map(|(field, wanted)| format!("{field} is {}, injected were {wanted}", topic[*field]))
            .collect();
        assert!(wrong.is_empty(), "{}\n{topic:#}", wrong.join("\n"));
        assert_eq!(topic["verdict"], self.verdict().0, "{topic:#}");
        if let Some(wanted) = &self.findings {
            assert_eq!(&findings(topic), wanted, "{topic:#}");
        }
    }
}

/// All findings of one topic of an answer.
pub fn findings(topic: &Value) -> BTreeSet<Finding> {
    let span =
        |value: &Value| value.as_array().map(|span| (span[0].as_i64().unwrap(), span[1].as_i64().unwrap()));
    let partitions = topic["partitions"].as_array().unwrap();
    let all = partitions.iter().flat_map(|partition| {
        let found = partition["findings"].as_array().unwrap();
        found.iter().map(|finding| Finding {
            partition: partition["partition"].as_i64().unwrap(),
            kind: finding["kind"].as_str().unwrap().to_owned(),
            count: finding["count"].as_u64().unwrap(),
            source: span(&finding["source_offsets"]),
            target: span(&finding["target_offsets"]),
            field: finding.get("field").unwrap_or(&json!(null)).as_str().map(str::to_owned),
        })
    });
    all.collect()
}
