//! A client that is given each group's exact position on the target goes on at the right record.
//!
//! ## What it judges
//! For every group of the unit and every partition with a commit: a scratch group is given the exact position on the
//! target, a real client joins it, and the first record it is delivered is compared with the first record the group has
//! not read on the source. At the end of the log nothing may be delivered, and the record before the position must be the
//! one the group has read last. The group itself is not touched.
//!
//! ## Why it matters
//! A position is a number until somebody reads from it. This is what the application will do first after the switch, tried
//! before the switch.
//!
//! ## Green, yellow, red
//! Green: the expected record came first; or nothing came, nothing is left to read on the source either, and the records
//! before agree. Yellow: the target ends at the position and the expected record is not there yet; or a scratch object
//! could not be removed. Red: another record came first, or one came where none is left, or none came although the target
//! holds records there; or the records before the end differ. Unknown: the exact position is not proved, the client could
//! not read, or scratch groups are forbidden (`--no-scratch`).
//!
//! ## What it does not prove
//! That the application starts from its commit, and that it reads what comes after the first record: that is
//! `content-parity`, and after the switch `group-progress`. The client is librdkafka, not the application's own.
//!
//! ## Example
//! ```yaml
//! resume:
//!   use: group-resume
//!   severity: blocker
//!   with: { within: 10s }
//! ```

use schemars::JsonSchema;
use serde::Deserialize;

use super::Declared;
use super::position_provable::{Held, held, probe};
use crate::check::{Check, FactSpec, FactType, Facts, Millis, Ruling, Scope};
use crate::unit::Group;
use crate::verdict::{Dimension, Finding, Item, Proof};
use crate::world::{Observations, PartitionResume, Probe, ResumeFrom};

/// Parameters.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupResume {
    /// How long a record that is not on the target yet is waited for.
    #[serde(default = "ten_seconds")]
    within: Millis,
    /// Headers the replicator adds, which are not compared.
    #[serde(default)]
    ignore_headers: Vec<String>,
}

fn ten_seconds() -> Millis {
    Millis(10_000)
}

impl Declared for GroupResume {
    const DIMENSION: Option<Dimension> = Some(Dimension::OffsetParity);
    const PROOF: Option<Proof> = Some(Proof::Resume);
    const OF_THE_COPY: bool = true;
    const LIVE: bool = false;
    const LASTS: bool = true;

    fn facts() -> Vec<FactSpec> {
        vec![
            FactSpec::new(
                "outcome",
                FactType::Text,
                "`expected-record`, `end`, `other-record`, `surplus-record`, `not-there-yet`, `nothing`, `other-before` or `left-behind`",
            ),
            FactSpec::optional("began_at", FactType::Integer, "target offset the client began at"),
            FactSpec::optional(
                "expected_offset",
                FactType::Integer,
                "source offset of the record expected first",
            ),
            FactSpec::optional(
                "delivered_offset",
                FactType::Integer,
                "target offset of the record delivered first",
            ),
            FactSpec::optional("objects", FactType::Text, "scratch objects that could not be removed"),
        ]
    }
}

impl GroupResume {
    /// Places of a group whose exact position is proved; nothing, as long as the positions are not known.
    fn resume_probe(
        &self,
        scope: &Scope<'_>,
        name: &str,
        group: &Group,
        seen: &Observations,
    ) -> Option<Probe> {
        let positions = seen.positions(&probe(scope, name, group)).ok()?;
        let mut from: Vec<ResumeFrom> = positions
            .partitions
            .iter()
            .filter(|position| position.exact_proved)
            .filter_map(|position| {
                Some(ResumeFrom {
                    topic: position.topic.clone(),
                    partition: position.partition,
                    source: position.stands_at()?,
                    target: position.exact_target?,
                })
            })
            .collect();
        from.sort();
        let mut ignore_headers = self.ignore_headers.clone();
        ignore_headers.sort();
        (!from.is_empty()).then(|| Probe::Resume {
            group: name.to_owned(),
            isolation: group.isolation,
            from,
            ignore_headers,
            within_ms: self.within.as_probe(),
            without: scope.unit.target_born.clone(),
        })
    }
}

impl Check for GroupResume {
    fn ask(&self, scope: &Scope<'_>, seen: &Observations) -> Vec<Probe> {
        let mut probes = Vec::new();
        for (name, group) in &scope.unit.groups {
            probes.push(probe(scope, name, group));
            probes.extend(self.resume_probe(scope, name, group, seen));
        }
        probes
    }

    fn facts_of(&self) -> Vec<FactSpec> {
        Self::facts()
    }

    fn items(&self, scope: &Scope<'_>, seen: &Observations) -> Result<Vec<Item>, String> {
        let (held, mut items) = held(scope, seen);
        for Held { name, group, position, subject } in held {
            if position.stands_at().is_none() {
                items.push(Item::unknown(
                    subject,
                    "committed on the target only: the source has no position to try",
                ));
                continue;
            }
            if !position.exact_proved || position.exact_target.is_none() {
                let why = position.why_unproved().unwrap_or("it is not proved");
                items.push(Item::unknown(subject, format!("no exact position to try: {why}")));
                continue;
            }
            let Some(asked) = self.resume_probe(scope, name, group, seen) else { continue };
            // A client that could not be started is a gap of its own.
            let Ok(resume) = seen.resume(&asked) else { continue };
            let tried = resume.partitions.iter().find(|tried| {
                tried.topic == position.topic
                    && tried.partition == position.partition
                    && Some(tried.source) == position.stands_at()
                    && Some(tried.target) == position.exact_target
            });
            items.push(match tried {
                Some(tried) => item(subject, tried),
                None => Item::unknown(subject, "the client does not speak of it"),
            });
        }
        for (name, group) in &scope.unit.groups {
            let asked = self.resume_probe(scope, name, group, seen);
            let Some(Ok(resume)) = asked.as_ref().map(|asked| seen.resume(asked)) else { continue };
            if !resume.left_behind.is_empty() {
                let facts = Facts::new()
                    .with("outcome", "left-behind")
                    .with("objects", resume.left_behind.join(", "));
                items.push(Item::new(format!("scratch group of group {name}"), facts));
            }
        }
        Ok(items)
    }

    fn rule(&self, _: &Scope<'_>, subject: &str, facts: &Facts) -> Ruling {
        let Some(outcome) = facts.text("outcome") else {
            return Ruling::unknown("the facts of a partition are not there");
        };
        let at = |name: &str| facts.integer(name).map_or_else(|| "none".to_owned(), |at| at.to_string());
        let expected = format!("the record at source offset {}", at("expected_offset"));
        let delivered = format!("the record at target offset {}", at("delivered_offset"));
        let mut ruling = Ruling::green();
        match outcome {
            "expected-record" | "end" => {}
            "other-record" => ruling.red(Finding::new(
                "CUT2721",
                subject,
                expected,
                format!("{delivered}, which differs"),
                "compare the topic's content around it: `cutover where` shows both sides",
            )),
            "surplus-record" => ruling.red(Finding::new(
                "CUT2722",
                subject,
                "nothing: the group has read all there is on the source",
                delivered,
                "find out who wrote it: a record that came twice, or one that only the target has",
            )),
            "nothing" => ruling.red(Finding::new(
                "CUT2723",
                subject,
                expected,
                "the client came to the end of the log without a record",
                "look for an open transaction on the target, and compare isolation levels",
            )),
            "not-there-yet" => ruling.yellow(Finding::new(
                "CUT2724",
                subject,
                expected,
                format!("the target ends at {}", at("began_at")),
                "wait until the replicator has copied it and measure again",
            )),
            "other-before" => ruling.red(Finding::new(
                "CUT2725",
                subject,
                "the same last record before the end on both sides",
                format!("another one before target offset {}", at("began_at")),
                "compare the topic's content: `cutover where` shows both sides",
            )),
            "left-behind" => ruling.yellow(Finding::new(
                "CUT2726",
                subject,
                "scratch objects removed",
                facts.text("objects").unwrap_or_default(),
                "delete them; the principal may lack the right to",
            )),
            other => return Ruling::unknown(format!("outcome {other} has no rule")),
        }
        ruling
    }
}

fn item(subject: String, tried: &PartitionResume) -> Item {
    if let Some(error) = &tried.error {
        return Item::unknown(subject, format!("the client could not read: {error}"));
    }
    let outcome = match (&tried.expected, &tried.delivered) {
        (Some(expected), Some(delivered)) if expected.sha256 == delivered.sha256 => "expected-record",
        (Some(_), Some(_)) => "other-record",
        (None, Some(_)) => "surplus-record",
        (Some(_), None) if tried.target_ends_here => "not-there-yet",
        (Some(_), None) => "nothing",
        (None, None) => match &tried.before {
            Some([Some(source), Some(target)]) if source.sha256 == target.sha256 => "end",
            Some([Some(_), Some(_)]) => "other-before",
            Some([None, None]) => "end",
            Some([Some(_), None]) => {
                return Item::unknown(subject, "the target holds no record before the position to compare");
            }
            Some([None, Some(_)]) => {
                return Item::unknown(subject, "the source holds no record before the commit to compare");
            }
            None => return Item::unknown(subject, "the records before the position were not compared"),
        },
    };
    let mut facts = Facts::new().with("outcome", outcome).with("began_at", tried.target);
    if let Some(record) = &tried.expected {
        facts.set("expected_offset", record.offset);
    }
    if let Some(record) = &tried.delivered {
        facts.set("delivered_offset", record.offset);
    }
    Item::new(subject, facts)
}
