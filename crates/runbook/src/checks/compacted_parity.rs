//! Every key of the compacted topics has the same latest value on both sides.
//!
//! ## What it judges
//! Every compacted topic of the unit (or of `topics`), partition by partition, as of a cut of the source that the target
//! gets `settle` to reach: for every key the latest record on both sides. Counts and offsets mean nothing there, since each
//! side compacts when it likes. A key that is absent and one whose latest record is a tombstone are the same. A key that
//! differs is looked at again from the cut onward before it is reported. Topics that are not compacted are
//! `content-parity`'s.
//!
//! ## Why it matters
//! A compacted topic is a table. A key that is missing, stale or alive again on the target is a wrong balance, price or
//! permission, and it stays wrong until somebody writes that key again.
//!
//! ## Green, yellow, red
//! Green: read whole, and every live key has the same latest record; or the source says that no topic is compacted. Yellow:
//! keys whose latest record is not there yet, or that only one side's retention has removed. Red: keys that are missing,
//! stale or altered, alive although deleted on the source, or unknown to the source. Unknown: not everything was read (the
//! share that was is named), or reading took longer than tombstones are kept; a topic that is not there, may not be read,
//! has other partitions or was recreated. A `sample`: a part of a
//! compacted topic shows nothing of its latest values.
//!
//! ## What it does not prove
//! That an extra key was never deleted on the source: its tombstone may have expired. Records without a key are counted and
//! not compared.
//!
//! ## Example
//! ```yaml
//! tables:
//!   use: compacted-parity
//!   severity: blocker
//!   budget: { time: 1h, read: 200GB }
//!   with: { settle: 60s }
//! ```

use schemars::JsonSchema;
use serde::Deserialize;

use super::Declared;
use super::content_parity::{Compared, Content, Tally};
use crate::check::{Check, FactSpec, FactType, Facts, Millis, Ruling, Scope};
use crate::verdict::{Dimension, Item, Proof};
use crate::world::{ContentCounts, KeyCounts, Observations, PartitionContent, Probe};

/// Parameters.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CompactedParity {
    /// The topics to compare; without it all of the unit.
    #[serde(default)]
    topics: Vec<String>,
    /// How long the target may take to reach the cut of the source.
    #[serde(default = "a_minute")]
    settle: Millis,
    /// Headers the replicator adds, which are not compared.
    #[serde(default)]
    ignore_headers: Vec<String>,
}

fn a_minute() -> Millis {
    Millis(60_000)
}

/// Most telling first.
const TALLIES: [Tally; 7] = [
    Tally {
        fact: "missing_keys",
        doc: "keys that are alive on the source alone",
        places: "missing_keys_at",
        code: "CUT2821",
        wrong: true,
        expected: "every live key of the source on the target",
        hint: "copy the topic again; find out whether the target's own retention or a filter removed them",
    },
    Tally {
        fact: "altered_keys",
        doc: "keys that are alive on both sides with different latest records",
        places: "altered_keys_at",
        code: "CUT2822",
        wrong: true,
        expected: "the same latest value of every key",
        hint: "find out who else writes these keys on the target, or which update was lost; `cutover where` shows both sides",
    },
    Tally {
        fact: "resurrected_keys",
        doc: "keys that are deleted on the source, its tombstone still there, and alive on the target",
        places: "resurrected_keys_at",
        code: "CUT2823",
        wrong: true,
        expected: "keys that are deleted on the source deleted on the target",
        hint: "the tombstone did not arrive: look at the replicator's filters and transformations, and write it again",
    },
    Tally {
        fact: "extra_keys",
        doc: "keys that are alive on the target, without a trace on the source",
        places: "extra_keys_at",
        code: "CUT2824",
        wrong: true,
        expected: "no live key that the source does not know",
        hint: "a deletion whose tombstone expired before it was copied, or a foreign writer; copy the topic again",
    },
    Tally {
        fact: "pending",
        doc: "keys whose latest source record lies behind everything that has arrived",
        places: "pending_at",
        code: "CUT2825",
        wrong: false,
        expected: "a target that has reached the cut",
        hint: "wait for the replicator, or give the check a longer `settle`",
    },
    Tally {
        fact: "trimmed_target",
        doc: "keys that only the target's retention has removed",
        places: "trimmed_target_at",
        code: "CUT2826",
        wrong: false,
        expected: "retention that agrees",
        hint: "raise the target's retention if these keys are still read",
    },
    Tally {
        fact: "trimmed_source",
        doc: "keys that only the source's retention has removed",
        places: "trimmed_source_at",
        code: "CUT2827",
        wrong: false,
        expected: "retention that agrees",
        hint: "nothing to do for the way there; they are not on the source for a way back",
    },
];

impl Declared for CompactedParity {
    const DIMENSION: Option<Dimension> = Some(Dimension::OffsetParity);
    const PROOF: Option<Proof> = Some(Proof::Content);
    const OF_THE_COPY: bool = true;
    const LIVE: bool = false;
    const LASTS: bool = true;

    fn facts() -> Vec<FactSpec> {
        let mut facts = vec![
            FactSpec::new("keys_source", FactType::Integer, "keys alive on the source at the cut"),
            FactSpec::new("keys_target", FactType::Integer, "keys alive on the target"),
            FactSpec::new("matching", FactType::Integer, "keys alive on both with equal latest records"),
            FactSpec::new("tombstones", FactType::Integer, "source keys whose latest record is a tombstone"),
            FactSpec::new("null_keys", FactType::Integer, "records without a key, which are not compared"),
        ];
        facts.extend(Tally::specs(&TALLIES));
        facts
    }
}

impl CompactedParity {
    fn content<'a>(&self, scope: &'a Scope<'a>) -> Content<'a> {
        Content::new(&self.topics, true, self.settle, scope).ignoring(&self.ignore_headers)
    }
}

impl Check for CompactedParity {
    fn ask(&self, scope: &Scope<'_>, seen: &Observations) -> Vec<Probe> {
        self.content(scope).ask(seen)
    }

    fn facts_of(&self) -> Vec<FactSpec> {
        Self::facts()
    }

    fn items(&self, scope: &Scope<'_>, seen: &Observations) -> Result<Vec<Item>, String> {
        let content = self.content(scope);
        let (found, mut items) = content.partitions(seen, is_wrong)?;
        if items.is_empty() && content.none(seen) {
            // Told by the source, and the others are compared elsewhere: a fact, not a gap.
            items.push(Item::new("compacted topics: none", facts(&KeyCounts::default(), None)));
        }
        items.extend(found.into_iter().map(item));
        Ok(items)
    }

    fn rule(&self, _: &Scope<'_>, subject: &str, facts: &Facts) -> Ruling {
        Tally::judge(&TALLIES, subject, facts, Ruling::green())
    }
}

fn is_wrong(part: &PartitionContent) -> bool {
    match part.counts {
        ContentCounts::Keys(c) => c.missing_keys + c.altered_keys + c.resurrected_keys + c.extra_keys > 0,
        ContentCounts::Records(_) => false,
    }
}

fn item(compared: Compared<'_>) -> Item {
    let ContentCounts::Keys(counts) = compared.part.counts else {
        let why = "its records were compared, not its keys: it is not compacted any more";
        return Item::unknown(compared.subject, why);
    };
    let facts = facts(&counts, Some(compared.part));
    compared.item(facts)
}

fn facts(counts: &KeyCounts, part: Option<&PartitionContent>) -> Facts {
    let facts = Facts::new()
        .with_count("keys_source", counts.keys_source)
        .with_count("keys_target", counts.keys_target)
        .with_count("matching", counts.matching)
        .with_count("tombstones", counts.tombstones)
        .with_count("null_keys", counts.null_keys);
    let numbers = [
        counts.missing_keys,
        counts.altered_keys,
        counts.resurrected_keys,
        counts.extra_keys,
        counts.pending,
        counts.trimmed_target,
        counts.trimmed_source,
    ];
    Tally::count(&TALLIES, &numbers, part, facts)
}
