//! The same records are on both sides, in the same order.
//!
//! ## What it judges
//! Every topic of the unit (or of `topics`) that is not compacted, partition by partition: all records of the source up to
//! a cut against all records of the target, aligned and compared byte by byte: key, value, headers, timestamp. The target
//! gets `settle` to reach the cut. Records are those the unit's consumers see. Timestamps are left out where the target sets
//! its own. Compacted topics are `compacted-parity`'s.
//!
//! ## Why it matters
//! Positions are worth nothing over records that differ. A replicator loses records when the source purges them under it,
//! repeats them when it restarts, and copies aborted ones as if they were data; none of it shows in offsets or lag.
//!
//! ## Green, yellow, red
//! Green: read whole, and every record has its twin. Yellow: records that came twice, that are not there yet, or that
//! retention has removed from one side. Red: records that are missing, altered, foreign or out of order, or two sides that
//! have nothing in common from some place on. Unknown: not everything was read (the share that was is named), a topic that
//! is not there, may not be read, has other partitions or was recreated.
//!
//! With `sample: { mode: random, size: 1000 }` that many places are drawn from each topic, each on its own, and the records
//! around them compared; with `mode: boundary` the first and last `size` records of each partition. What is found is as red
//! as otherwise. Nothing found is yellow, with what it shows: at 95 % confidence, which share of places may still differ.
//!
//! ## What it does not prove
//! Anything about records written after the cut. What lies before the log start of either side.
//!
//! ## Example
//! ```yaml
//! content:
//!   use: content-parity
//!   severity: blocker
//!   budget: { time: 1h, read: 200GB }
//!   with: { settle: 60s }
//! ```

use schemars::JsonSchema;
use serde::Deserialize;

use super::Declared;
use crate::check::{Check, FactSpec, FactType, Facts, Millis, Ruling, Scope};
use crate::verdict::{Dimension, Finding, Item, Proof};
use crate::world::{
    ContentCounts, ContentFinding, ContentSample, ContentSeen, Found, Observations, PartitionContent, Probe,
    RecordCounts, SampleSeen, Side, TopicSeen,
};

/// Parameters.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ContentParity {
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

/// What a count is called, and what is said when it is not 0.
pub(super) struct Tally {
    pub(super) fact: &'static str,
    pub(super) doc: &'static str,
    /// Name of the fact that says where.
    pub(super) places: &'static str,
    pub(super) code: &'static str,
    /// Red; else yellow.
    pub(super) wrong: bool,
    pub(super) expected: &'static str,
    pub(super) hint: &'static str,
}

impl Tally {
    /// The facts of all of them.
    pub(super) fn specs(tallies: &[Tally]) -> impl Iterator<Item = FactSpec> {
        tallies.iter().flat_map(|tally| {
            [
                FactSpec::new(tally.fact, FactType::Integer, tally.doc),
                FactSpec::optional(tally.places, FactType::Text, "where the first of them are"),
            ]
        })
    }

    /// Says of each what was counted, and where.
    pub(super) fn count(
        tallies: &[Tally],
        counts: &[u64],
        part: Option<&PartitionContent>,
        facts: Facts,
    ) -> Facts {
        tallies.iter().zip(counts).fold(facts, |facts, (tally, count)| {
            let facts = facts.with_count(tally.fact, *count);
            match part.and_then(|part| places(part, tally.fact)) {
                Some(place) => facts.with(tally.places, place),
                None => facts,
            }
        })
    }

    /// A finding for each that is not 0.
    pub(super) fn judge(tallies: &[Tally], subject: &str, facts: &Facts, mut ruling: Ruling) -> Ruling {
        for tally in tallies {
            let Some(count) = facts.integer(tally.fact) else {
                return Ruling::unknown(format!("{} was not counted", tally.fact));
            };
            if count == 0 {
                continue;
            }
            let at = facts.text(tally.places).map_or_else(String::new, |places| format!(": {places}"));
            let actual = format!("{count} {}{at}", tally.fact);
            let finding = Finding::new(tally.code, subject, tally.expected, actual, tally.hint);
            if tally.wrong {
                ruling.red(finding);
            } else {
                ruling.yellow(finding);
            }
        }
        ruling
    }
}

/// Most telling first.
const TALLIES: [Tally; 8] = [
    Tally {
        fact: "missing",
        doc: "source records that the target does not have, although later ones arrived",
        places: "missing_at",
        code: "CUT2801",
        wrong: true,
        expected: "every source record on the target",
        hint: "copy the topic again; find out whether the source purged them under the replicator, or a filter dropped them",
    },
    Tally {
        fact: "altered",
        doc: "records that differ in exactly one of key, value, headers, timestamp",
        places: "altered_at",
        code: "CUT2802",
        wrong: true,
        expected: "records that are equal byte by byte",
        hint: "look at the replicator's converters and transformations; `cutover where` shows both sides",
    },
    Tally {
        fact: "extra",
        doc: "target records that the source does not have",
        places: "extra_at",
        code: "CUT2803",
        wrong: true,
        expected: "no record that only the target has",
        hint: "find out who writes there; a replicator at read_uncommitted copies aborted records",
    },
    Tally {
        fact: "reordered",
        doc: "records that are on both sides, in another order",
        places: "reordered_at",
        code: "CUT2804",
        wrong: true,
        expected: "the source's order",
        hint: "look at the replicator's producer: idempotence off and several requests in flight reorder on retry",
    },
    Tally {
        fact: "duplicated",
        doc: "surplus target copies of source records",
        places: "duplicated_at",
        code: "CUT2806",
        wrong: false,
        expected: "every record once",
        hint: "consumers will process them again unless they recognise them; the exact positions take them into account",
    },
    Tally {
        fact: "pending",
        doc: "records at the end of the source that are not on the target yet",
        places: "pending_at",
        code: "CUT2807",
        wrong: false,
        expected: "a target that has reached the cut",
        hint: "wait for the replicator, or give the check a longer `settle`",
    },
    Tally {
        fact: "trimmed_target",
        doc: "source records that retention has removed from the target",
        places: "trimmed_target_at",
        code: "CUT2808",
        wrong: false,
        expected: "the source's oldest records on the target",
        hint: "raise the target's retention if somebody still reads them: `position-provable` says so",
    },
    Tally {
        fact: "trimmed_source",
        doc: "target records that retention has removed from the source",
        places: "trimmed_source_at",
        code: "CUT2809",
        wrong: false,
        expected: "the target's oldest records on the source",
        hint: "nothing to do for the way there; they are not on the source for a way back",
    },
];

impl Declared for ContentParity {
    const DIMENSION: Option<Dimension> = Some(Dimension::OffsetParity);
    const PROOF: Option<Proof> = Some(Proof::Content);
    const OF_THE_COPY: bool = true;
    const LIVE: bool = false;
    const LASTS: bool = true;

    fn facts() -> Vec<FactSpec> {
        let mut facts = vec![
            FactSpec::new("source_records", FactType::Integer, "records of the source up to the cut"),
            FactSpec::new("target_records", FactType::Integer, "records of the target"),
            FactSpec::new("matched", FactType::Integer, "source records with an equal twin"),
            FactSpec::new(
                "diverged",
                FactType::Boolean,
                "the sides have nothing in common from some place on",
            ),
            FactSpec::optional("diverged_at", FactType::Text, "that place"),
            FactSpec::optional(
                "sample",
                FactType::Text,
                "what a sample shows, where not everything was read",
            ),
        ];
        facts.extend(Tally::specs(&TALLIES));
        facts
    }
}

/// A check of content: which topics it compares, how, and which are left to others.
pub(super) struct Content<'a> {
    scope: &'a Scope<'a>,
    /// The topics it compares, if they are of its kind; sorted.
    own: Vec<String>,
    /// These and all of the unit; sorted.
    all: Vec<String>,
    compacted: bool,
    settle: Millis,
    ignore_headers: Vec<String>,
}

impl<'a> Content<'a> {
    /// `named`: its own topics; none: all of the unit.
    pub(super) fn new(
        named: &[String],
        compacted: bool,
        settle: Millis,
        scope: &'a Scope<'a>,
    ) -> Content<'a> {
        let unit = scope.unit.all_topics();
        let mut own = if named.is_empty() { unit.clone() } else { named.to_vec() };
        own.sort();
        let mut all: Vec<String> = own.iter().cloned().chain(unit).collect();
        all.sort();
        all.dedup();
        Content { scope, own, all, compacted, settle, ignore_headers: Vec::new() }
    }

    /// Without these headers.
    pub(super) fn ignoring(mut self, headers: &[String]) -> Content<'a> {
        self.ignore_headers = headers.to_vec();
        self.ignore_headers.sort();
        self
    }

    /// How the topics are on the source: which of them are compacted.
    fn shapes(&self) -> Probe {
        Probe::Topics { side: Side::Source, topics: self.all.clone() }
    }

    /// What to ask for: first how the topics are, then the content of those of the check's kind.
    pub(super) fn ask(&self, seen: &Observations) -> Vec<Probe> {
        if self.all.is_empty() {
            return Vec::new();
        }
        let contents = if self.sampling().is_ok() { self.contents(seen) } else { Vec::new() };
        [self.shapes()].into_iter().chain(contents).collect()
    }

    fn contents(&self, seen: &Observations) -> Vec<Probe> {
        let Ok(shapes) = seen.topics(&self.shapes()) else { return Vec::new() };
        let topics = shapes.topics.iter();
        topics
            .filter(|topic| self.own.contains(&topic.topic) && is_compacted(topic) == Ok(self.compacted))
            .map(|topic| self.content(&topic.topic))
            .collect()
    }

    fn content(&self, topic: &str) -> Probe {
        Probe::Content {
            topic: topic.to_owned(),
            isolation: self.scope.unit.isolation(),
            ignore_headers: self.ignore_headers.clone(),
            settle_ms: self.settle.as_probe(),
            sample: self.sampling().ok().flatten(),
            without: if self.compacted { Vec::new() } else { self.scope.unit.born_on(&[topic]) },
        }
    }

    /// Which part is to be read; `None`: everything. Or why a part proves nothing.
    fn sampling(&self) -> Result<Option<ContentSample>, String> {
        let planned = self.scope.plan.check(self.scope.check);
        let Some((planned, sample)) = planned.and_then(|check| Some((check, check.sample.as_ref()?))) else {
            return Ok(None);
        };
        let size = |usual: u64| sample.size.unwrap_or(usual).max(1);
        let part = match sample.mode.as_str() {
            "all" => return Ok(None),
            "random" => ContentSample::Random { size: size(PROBES), seed: sample.seed.unwrap_or(0) },
            "boundary" => ContentSample::Boundary { size: size(BOUNDARY) },
            other => return Err(format!("there is no sample mode {other}")),
        };
        if self.compacted {
            return Err("a part of a compacted topic shows nothing of its latest values: leave `sample` out"
                .to_owned());
        }
        if planned.green.is_some() || planned.yellow.is_some() {
            // The runbook's rule sees counts and not that they are of a part: it could call that green.
            return Err("a rule of the runbook's own cannot judge a sample: leave `sample` out, or the rule"
                .to_owned());
        }
        Ok(Some(part))
    }

    /// Whether some check of the plan compares this topic of the unit.
    fn is_compared(&self, kind: &str, topic: &str) -> bool {
        self.scope.plan.checks.iter().any(|check| {
            let named = check.with.get("topics").and_then(serde_json::Value::as_array);
            let all = named.is_none_or(Vec::is_empty);
            check.kind == kind
                && (check.units.is_empty() || check.units.contains(&self.scope.unit.name))
                && (all || named.is_some_and(|named| named.iter().any(|name| name.as_str() == Some(topic))))
        })
    }

    /// The partitions of every compared topic, and unknown items for those of which too little is known, or which no
    /// check compares: left to nobody, a topic would look as if it had been. `wrong` says whether the counts alone are
    /// bad enough to judge a partition of which only a part was read.
    pub(super) fn partitions<'b>(
        &self,
        seen: &'b Observations,
        wrong: impl Fn(&PartitionContent) -> bool,
    ) -> Result<(Vec<Compared<'b>>, Vec<Item>), String> {
        self.sampling()?;
        let shapes = seen.topics(&self.shapes())?;
        let (mut found, mut gaps) = (Vec::new(), Vec::new());
        for name in &self.all {
            let subject = format!("topic {name}");
            let Some(shape) = shapes.topic(name) else {
                gaps.push(Item::unknown(subject, "the answer does not speak of it"));
                continue;
            };
            let compacted = match is_compacted(shape) {
                Ok(compacted) => compacted,
                Err(why) => {
                    gaps.push(Item::unknown(subject, why));
                    continue;
                }
            };
            if compacted != self.compacted || !self.own.contains(name) {
                let kind = if compacted { "compacted-parity" } else { "content-parity" };
                if !self.is_compared(kind, name) {
                    gaps.push(Item::unknown(subject, format!("no {kind} check of this runbook compares it")));
                }
                continue;
            }
            // What was not answered is a gap of its own.
            let Ok(content) = seen.content(&self.content(name)) else { continue };
            if let Some(why) = &content.why {
                gaps.push(Item::unknown(subject, why));
                continue;
            }
            if let Some(sample) = &content.sample {
                gaps.push(sampled(name, sample));
            }
            for partition in &shape.partitions {
                let subject = format!("topic {name}, partition {}", partition.partition);
                match content.partitions.iter().find(|part| part.partition == partition.partition) {
                    None => gaps.push(Item::unknown(subject, "it was not compared")),
                    Some(part) => match &part.incomplete {
                        Some(why) if !wrong(part) => gaps.push(Item::unknown(subject, why)),
                        _ => found.push(Compared { subject, part, content }),
                    },
                }
            }
            if shape.partitions.is_empty() {
                gaps.push(Item::unknown(subject, "it has no partitions"));
            }
        }
        Ok((found, gaps))
    }

    /// Whether the source told that no topic is of the check's kind.
    pub(super) fn none(&self, seen: &Observations) -> bool {
        let told = seen.topics(&self.shapes()).is_ok_and(|shapes| !shapes.topics.is_empty());
        told && self.contents(seen).is_empty()
    }
}

/// Probes of a topic, where the runbook names no number: three in a thousand places can then still differ.
const PROBES: u64 = 1_000;
/// Records at each end of a partition, where the runbook names no number.
const BOUNDARY: u64 = 500;

/// What a sample shows of the topic as a whole. Its counts are those of its partitions; here they are nothing.
fn sampled(topic: &str, sample: &SampleSeen) -> Item {
    let subject = format!("topic {topic}, beside the sample");
    let SampleSeen { placed, different, unplaced, bound } = sample;
    if *placed == 0 {
        let why =
            format!("none of {unplaced} probes found its place on the target: the sample shows nothing");
        return Item::unknown(subject, why);
    }
    let shown = match bound {
        Some(bound) => format!("; with 95 % confidence at most {:.2} % of places differ", bound * 100.0),
        None => "; of what lies between the ends nothing is known".to_owned(),
    };
    let text = format!("{different} of {placed} probes differ, {unplaced} were not placed{shown}");
    Item::new(subject, facts(&RecordCounts::default(), None).with("sample", text))
}

/// A partition that was compared.
pub(super) struct Compared<'a> {
    pub(super) subject: String,
    pub(super) part: &'a PartitionContent,
    content: &'a ContentSeen,
}

impl Compared<'_> {
    /// The item with its digests, and what was left out.
    pub(super) fn item(self, facts: Facts) -> Item {
        let item = Item::new(self.subject, facts);
        // A part that was sampled has no digests.
        let item = match self.part.source_sha256.is_empty() {
            true => item,
            false => {
                let digests = format!("{} {}", self.part.source_sha256, self.part.target_sha256);
                item.showing("SHA-256 of source and target", digests)
            }
        };
        let said = [("not compared", &self.content.ignored), ("to be known", &self.content.notes)];
        let said = said.into_iter().filter(|(_, lines)| !lines.is_empty());
        said.fold(item, |item, (name, lines)| item.showing(name, lines.join("; ")))
    }
}

/// Whether latest values count, not records; why that cannot be told.
fn is_compacted(topic: &TopicSeen) -> Result<bool, String> {
    match topic.found {
        Found::Absent => return Err("it is not on the source".to_owned()),
        Found::Unauthorised => return Err("not authorised to describe it on the source".to_owned()),
        Found::Present => {}
    }
    let policy = topic.config("cleanup.policy").ok_or_else(|| {
        topic.unread.clone().unwrap_or_else(|| "its cleanup.policy was not told".to_owned())
    })?;
    Ok(policy.split(',').any(|policy| policy.trim() == "compact"))
}

/// Where the first findings of a kind are: `source 100 to 102, source 110 (value), and 4 more`.
fn places(part: &PartitionContent, kind: &str) -> Option<String> {
    const SHOWN: usize = 3;
    let of_kind: Vec<&ContentFinding> = part.findings.iter().filter(|finding| finding.kind == kind).collect();
    let span = |side: &str, span: Option<[i64; 2]>| {
        span.map(|[first, last]| match first == last {
            true => format!("{side} {first}"),
            false => format!("{side} {first} to {last}"),
        })
    };
    let mut shown: Vec<String> = of_kind
        .iter()
        .take(SHOWN)
        .map(|finding| {
            let sides = [span("source", finding.source), span("target", finding.target)];
            let place = sides.into_iter().flatten().collect::<Vec<_>>().join(" = ");
            finding.field.as_ref().map_or_else(|| place.clone(), |field| format!("{place} ({field})"))
        })
        .collect();
    match of_kind.len().saturating_sub(SHOWN) {
        0 => {}
        more => shown.push(format!("and {more} more")),
    }
    (!shown.is_empty()).then(|| shown.join(", "))
}

impl ContentParity {
    fn content<'a>(&self, scope: &'a Scope<'a>) -> Content<'a> {
        Content::new(&self.topics, false, self.settle, scope).ignoring(&self.ignore_headers)
    }
}

impl Check for ContentParity {
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
            items.push(Item::new(
                "topics that are not compacted: none",
                facts(&RecordCounts::default(), None),
            ));
        }
        items.extend(found.into_iter().map(item));
        Ok(items)
    }

    fn rule(&self, _: &Scope<'_>, subject: &str, facts: &Facts) -> Ruling {
        let Some(diverged) = facts.boolean("diverged") else {
            return Ruling::unknown("the facts of a partition are not there");
        };
        let mut ruling = Ruling::green();
        if let Some(sample) = facts.text("sample") {
            ruling.yellow(Finding::new(
                "CUT2810",
                subject,
                "every record compared",
                sample,
                "a sample can show a copy to be wrong, not to be right: leave `sample` out before the window",
            ));
        }
        if diverged {
            ruling.red(Finding::new(
                "CUT2805",
                subject,
                "two sides that have something in common",
                format!("nothing from {} on", facts.text("diverged_at").unwrap_or("some place")),
                "the target holds other data, or a copy of another topic; copy the topic again",
            ));
        }
        Tally::judge(&TALLIES, subject, facts, ruling)
    }
}

fn is_wrong(part: &PartitionContent) -> bool {
    let diverged = part.findings.iter().any(|finding| finding.kind == "diverged");
    match part.counts {
        ContentCounts::Records(c) => diverged || c.missing + c.altered + c.extra + c.reordered > 0,
        ContentCounts::Keys(_) => false,
    }
}

fn item(compared: Compared<'_>) -> Item {
    let ContentCounts::Records(counts) = compared.part.counts else {
        let why = "its keys were compared, not its records: it became compacted meanwhile";
        return Item::unknown(compared.subject, why);
    };
    let facts = facts(&counts, Some(compared.part));
    compared.item(facts)
}

fn facts(counts: &RecordCounts, part: Option<&PartitionContent>) -> Facts {
    let diverged = part.and_then(|part| places(part, "diverged"));
    let mut facts = Facts::new()
        .with_count("source_records", counts.source_records)
        .with_count("target_records", counts.target_records)
        .with_count("matched", counts.matched)
        .with("diverged", diverged.is_some());
    if let Some(place) = diverged {
        facts.set("diverged_at", place);
    }
    let numbers = [
        counts.missing,
        counts.altered,
        counts.extra,
        counts.reordered,
        counts.duplicated,
        counts.pending,
        counts.trimmed_target,
        counts.trimmed_source,
    ];
    Tally::count(&TALLIES, &numbers, part, facts)
}
