use parity::image::{Canonical, Field, RunningSha256};
use parity::ordered::{self, Counts, Resume};
use parity::{Limit, PartitionLog, ReadError};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::job::Job;
use super::topic_comparison::{FindingKind, TopicFinding};
use crate::LeftOut;

/// Where a comparison of one partition in order ended, and what it had found by then: a later one reads only what came
/// since. Holds offsets, counts and digests, and no content of records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedCut {
    /// Topic ids, as Kafka shows them.
    source_topic: String,
    target_topic: String,
    /// Offsets of the last pair of twins.
    source: i64,
    target: i64,
    /// SHA-256 (hex) of their image: unlike a fingerprint nobody can write another record that has it.
    sha256: String,
    /// What was not compared.
    timestamps_ignored: bool,
    headers_ignored: Vec<String>,
    /// Spans of the target that were passed over: their first offset, and the one behind them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    left_out: Vec<(i64, i64)>,
    counts: SavedCounts,
    findings: Vec<SavedFinding>,
    findings_omitted: u64,
    /// SHA-256 states (hex), to be gone on with.
    source_digest: String,
    target_digest: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SavedCounts {
    source_records: u64,
    target_records: u64,
    matched: u64,
    missing: u64,
    altered: u64,
    duplicated: u64,
    extra: u64,
    reordered: u64,
    pending: u64,
    trimmed_source: u64,
    trimmed_target: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SavedFinding {
    kind: String,
    count: u64,
    source: Option<(i64, i64)>,
    target: Option<(i64, i64)>,
    field: Option<String>,
}

/// What an earlier comparison found, ready to be gone on with.
pub(super) struct Earlier {
    /// Offsets of the last pair of twins.
    pub source: i64,
    pub target: i64,
    pub counts: Counts,
    pub findings: Vec<TopicFinding>,
    pub findings_omitted: u64,
    pub digests: (RunningSha256, RunningSha256),
}

impl SavedCut {
    /// What is known at the end of a comparison, of whose last twins this is the digest; `None` where the clusters have
    /// no topic ids.
    pub(super) fn of(
        job: &Job<'_>,
        left_out: &LeftOut,
        resume: &Resume,
        sha256: String,
        counts: &Counts,
        findings: &[TopicFinding],
        findings_omitted: u64,
    ) -> Option<SavedCut> {
        let (source_topic, target_topic) = ids(job)?;
        Some(SavedCut {
            source_topic,
            target_topic,
            source: resume.source,
            target: resume.target,
            sha256,
            timestamps_ignored: job.pair.ignored().timestamp,
            headers_ignored: job.pair.ignore_headers.clone(),
            left_out: left_out.spans().to_vec(),
            counts: SavedCounts::from(counts),
            findings: findings.iter().map(SavedFinding::from).collect(),
            findings_omitted,
            source_digest: hex(&resume.digests.0.save()),
            target_digest: hex(&resume.digests.1.save()),
        })
    }

    /// The offsets of both sides that need not be passed again lie before these.
    pub(super) fn behind(&self) -> (i64, i64) {
        (self.source + 1, self.target + 1)
    }

    /// What can be gone on with, if both topics are still those and hold the same record at the cut.
    ///
    /// # Errors
    /// Why everything has to be read.
    pub(super) fn earlier(
        &self,
        job: &Job<'_>,
        left_out: &LeftOut,
        source: &mut dyn PartitionLog,
        target: &mut dyn PartitionLog,
    ) -> Result<Earlier, String> {
        match ids(job) {
            Some((ours, theirs)) if (&ours, &theirs) == (&self.source_topic, &self.target_topic) => {}
            Some(_) => return Err("a topic was created anew since".to_owned()),
            None => return Err("the cluster has no topic ids, so that it may be another topic".to_owned()),
        }
        let ignored = (job.pair.ignored().timestamp, &job.pair.ignore_headers);
        if (self.timestamps_ignored, &self.headers_ignored) != ignored {
            return Err(
                "timestamps or headers were compared then and are not now, or the other way round".to_owned()
            );
        }
        if self.left_out != left_out.spans() {
            return Err("other spans of the target were left out then".to_owned());
        }
        let on_source = digest_at(job, source, self.source).map_err(|error| error.to_string())?;
        let on_target = digest_at(job, target, self.target).map_err(|error| error.to_string())?;
        if [on_source, on_target].iter().any(|digest| digest.as_ref() != Some(&self.sha256)) {
            return Err(format!(
                "source offset {} and target offset {} do not hold the record they held then",
                self.source, self.target
            ));
        }
        let whole = || {
            let digest = |saved: &str| RunningSha256::restore(&bytes(saved)?);
            let digests = (digest(&self.source_digest)?, digest(&self.target_digest)?);
            let findings: Option<Vec<_>> = self.findings.iter().map(SavedFinding::restore).collect();
            Some((digests, findings?))
        };
        let (digests, findings) = whole().ok_or("what was saved is not whole")?;
        Ok(Earlier {
            source: self.source,
            target: self.target,
            counts: self.counts.restore(),
            findings,
            findings_omitted: self.findings_omitted,
            digests,
        })
    }
}

fn ids(job: &Job<'_>) -> Option<(String, String)> {
    Some((job.pair.source.id?.to_string(), job.pair.target.id?.to_string()))
}

/// The SHA-256 of the record at exactly this offset.
pub(super) fn digest_at(
    job: &Job<'_>,
    log: &mut dyn PartitionLog,
    offset: i64,
) -> Result<Option<String>, ReadError> {
    let window = log.read(offset, Limit::records(1))?;
    let record = window.records.first().filter(|image| image.offset == offset);
    Ok(record.map(|image| {
        let mut canonical = Vec::new();
        Canonical::write(&image, &job.pair.ignored(), &mut canonical);
        hex(&Sha256::digest(&canonical))
    }))
}

impl From<&Counts> for SavedCounts {
    fn from(counts: &Counts) -> SavedCounts {
        SavedCounts {
            source_records: counts.source_records,
            target_records: counts.target_records,
            matched: counts.matched,
            missing: counts.missing,
            altered: counts.altered,
            duplicated: counts.duplicated,
            extra: counts.extra,
            reordered: counts.reordered,
            pending: counts.pending,
            trimmed_source: counts.trimmed_source,
            trimmed_target: counts.trimmed_target,
        }
    }
}

impl SavedCounts {
    fn restore(self) -> Counts {
        Counts {
            source_records: self.source_records,
            target_records: self.target_records,
            matched: self.matched,
            missing: self.missing,
            altered: self.altered,
            duplicated: self.duplicated,
            extra: self.extra,
            reordered: self.reordered,
            pending: self.pending,
            trimmed_source: self.trimmed_source,
            trimmed_target: self.trimmed_target,
        }
    }
}

impl From<&TopicFinding> for SavedFinding {
    fn from(finding: &TopicFinding) -> SavedFinding {
        SavedFinding {
            kind: finding.kind.name().to_owned(),
            count: finding.count,
            source: finding.source,
            target: finding.target,
            field: finding.field.map(|field| field.name().to_owned()),
        }
    }
}

impl SavedFinding {
    fn restore(&self) -> Option<TopicFinding> {
        let kind = ordered::FindingKind::ALL.into_iter().find(|kind| kind.name() == self.kind)?;
        let field = match &self.field {
            Some(name) => Some(Field::ALL.into_iter().find(|field| field.name() == name)?),
            None => None,
        };
        let kind = FindingKind::Records(kind);
        Some(TopicFinding { field, ..TopicFinding::new(kind, self.count, self.source, self.target) })
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = hex.as_bytes().as_chunks::<2>();
    let byte = |pair: &[u8; 2]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    if rest.is_empty() { pairs.iter().map(byte).collect() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_and_findings_come_back() {
        assert_eq!(bytes(&hex(&[0, 7, 255])), Some(vec![0, 7, 255]));
        assert!(bytes("0").is_none() && bytes("zz").is_none() && bytes("é").is_none());
        let altered = FindingKind::Records(ordered::FindingKind::Altered);
        let finding =
            TopicFinding { field: Some(Field::Headers), ..TopicFinding::new(altered, 2, Some((3, 4)), None) };
        assert_eq!(SavedFinding::from(&finding).restore(), Some(finding.clone()));
        let unknown = SavedFinding { kind: "odd".to_owned(), ..SavedFinding::from(&finding) };
        assert_eq!(unknown.restore(), None);
    }
}
