use std::time::Duration;

use runbook::world::{
    BornSpan, ContentCounts, ContentFinding, ContentSample, ContentSeen, Isolation, KeyCounts, Measured,
    PartitionContent, Reason, RecordCounts, SampleSeen,
};

use super::cuts::Question;
use super::{Clusters, NotObserved, Observed, isolation};
use crate::Patience;
use crate::compare::{
    PartitionComparison, PartitionCounts, Sample, SampleResult, TopicComparison, TopicFinding, TopicOptions,
    TopicOutcome, compare_topics,
};

/// Findings kept of a partition: what a person looks at first; the others are counted.
const FINDINGS: usize = 100;

/// The question: of which topic, and how it is compared.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    pub topic: &'a str,
    pub isolation: Isolation,
    pub ignore_headers: &'a [String],
    /// How long the target may take to reach the cut.
    pub settle: Duration,
    /// Which part is read; `None`: everything.
    pub sample: Option<ContentSample>,
    /// Spans of the target that are no part of the copy.
    pub without: &'a [BornSpan],
}

/// A topic compared whole, or at the places of a sample.
pub(super) fn observe(
    clusters: &Clusters<'_>,
    asked: &Asked<'_>,
    patience: &Patience,
) -> Result<Observed, NotObserved> {
    let Asked { topic, isolation: visible, ignore_headers, settle, sample, without } = *asked;
    let options = TopicOptions {
        settle,
        max_read: clusters.read,
        rate: clusters.rate,
        ignore_headers: ignore_headers.to_vec(),
        without: without.to_vec(),
        sample: sample.map(part),
        // Evidence holds places and digests, no records.
        shown: 0,
        ..TopicOptions::new(isolation(visible))
    };
    let question: Question = (
        topic.to_owned(),
        visible == Isolation::ReadCommitted,
        options.ignore_headers.clone(),
        options.without.clone(),
    );
    let cuts = clusters.cuts.filter(|_| sample.is_none());
    let earlier = cuts.map(|cuts| cuts.of(&question));
    let options = TopicOptions { resume: earlier, ..options };
    let names = [topic.to_owned()];
    let compared =
        compare_topics(clusters.source, clusters.target, &names, &options, patience, clusters.hear)
            .inspect_err(|_| cuts.into_iter().for_each(|cuts| cuts.forget(&question)))?;
    let Some(outcome) = compared.into_iter().next() else {
        return Err(NotObserved::new(Reason::Failed, format!("topic {topic} was not compared")));
    };
    let share = outcome.comparison.as_ref().map_or(0.0, TopicComparison::measured);
    let result = outcome.comparison.as_ref().ok().and_then(TopicComparison::sample);
    let broken_off = result.as_ref().and_then(|result| result.stopped.clone());
    let is_random = matches!(sample, Some(ContentSample::Random { .. }));
    match (cuts, &outcome.comparison) {
        (Some(cuts), Ok(comparison)) => cuts.keep(question, comparison),
        (Some(cuts), Err(_)) => cuts.forget(&question),
        (None, _) => {}
    }
    let mut seen = seen(outcome);
    seen.sample = result.map(|result| sampled(&result, is_random));
    let partial = match broken_off {
        Some(why) => Some(format!("the sample was broken off: {why}")),
        None => partial(&seen, share),
    };
    Ok(Observed { measured: Measured::Content(seen), partial })
}

fn part(sample: ContentSample) -> Sample {
    match sample {
        ContentSample::Random { size, seed } => Sample::Random { probes: size, seed },
        ContentSample::Boundary { size } => {
            Sample::Boundary { records: usize::try_from(size).unwrap_or(usize::MAX) }
        }
    }
}

fn sampled(result: &SampleResult, is_random: bool) -> SampleSeen {
    SampleSeen {
        placed: result.placed,
        different: result.different,
        unplaced: result.unplaced,
        // The ends are not drawn, so that they say nothing of what lies between.
        bound: is_random.then(|| result.bound()),
    }
}

/// Why this is only a part, and how large a part.
fn partial(seen: &ContentSeen, share: f64) -> Option<String> {
    let parts: Vec<String> = seen
        .partitions
        .iter()
        .filter_map(|part| Some(format!("partition {}: {}", part.partition, part.incomplete.as_ref()?)))
        .collect();
    let first = parts.first()?;
    let more = match parts.len() - 1 {
        0 => String::new(),
        more => format!("; and {more} partitions more"),
    };
    // What is incomplete is never whole, however the offsets round.
    Some(format!("{:.0} % measured: {first}{more}", (share * 100.0).floor().clamp(0.0, 99.0)))
}

fn seen(outcome: TopicOutcome) -> ContentSeen {
    let TopicOutcome { topic, compacted, comparison } = outcome;
    match comparison {
        Err(why) => ContentSeen {
            topic,
            compacted,
            partitions: Vec::new(),
            evidence_sha256: String::new(),
            ignored: Vec::new(),
            notes: Vec::new(),
            why: Some(why),
            sample: None,
        },
        Ok(comparison) => ContentSeen {
            topic,
            compacted,
            partitions: comparison.partitions.into_iter().map(partition).collect(),
            evidence_sha256: comparison.evidence_sha256,
            ignored: comparison.ignored,
            notes: comparison.notes,
            why: None,
            sample: None,
        },
    }
}

fn partition(compared: PartitionComparison) -> PartitionContent {
    let mut compared = compared;
    // Where the sides part for good is last in the order of offsets, and first in what a person wants to know.
    compared.findings.sort_by_key(|finding| finding.kind.name() != "diverged");
    let omitted = compared.findings.len().saturating_sub(FINDINGS) as u64;
    PartitionContent {
        partition: compared.partition,
        counts: match compared.counts {
            PartitionCounts::Records(counts) => ContentCounts::Records(records(counts)),
            PartitionCounts::Keys(counts) => ContentCounts::Keys(keys(counts)),
        },
        findings: compared.findings.into_iter().take(FINDINGS).map(finding).collect(),
        findings_omitted: compared.findings_omitted + omitted,
        source_sha256: compared.source_sha256,
        target_sha256: compared.target_sha256,
        incomplete: compared.incomplete,
    }
}

fn finding(found: TopicFinding) -> ContentFinding {
    ContentFinding {
        kind: found.kind.name().to_owned(),
        count: found.count,
        source: found.source.map(|(first, last)| [first, last]),
        target: found.target.map(|(first, last)| [first, last]),
        field: found.field.map(|field| field.name().to_owned()),
    }
}

fn records(counts: parity::ordered::Counts) -> RecordCounts {
    RecordCounts {
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

fn keys(counts: parity::compacted::KeyCounts) -> KeyCounts {
    KeyCounts {
        source_records: counts.source_records,
        target_records: counts.target_records,
        null_keys: counts.source_null_keys + counts.target_null_keys,
        keys_source: counts.keys_source,
        keys_target: counts.keys_target,
        matching: counts.matching,
        missing_keys: counts.missing_keys,
        altered_keys: counts.altered_keys,
        resurrected_keys: counts.resurrected_keys,
        extra_keys: counts.extra_keys,
        tombstones: counts.tombstones,
        pending: counts.pending,
        trimmed_source: counts.trimmed_source,
        trimmed_target: counts.trimmed_target,
    }
}
