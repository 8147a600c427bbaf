//! Counts the records that were born on the target: those that the source never had.
//!
//! ## What it does
//! Reads every partition of the unit's topics on the target from where the copy ended to the log end, and keeps, by
//! partition, how many visible records there are, their size, the offsets of the first and the last, and the times from
//! the earliest to the latest. The copy ended at the proved twin of the source's end; where the source has not gone on
//! since the step named by `from`, and the target's end that it has kept lies behind that, there. Where the source has gone
//! on since, and the target has not grown by as much as that up to the twin (born records lie between copied ones, or the
//! source's transactions have markers), it begins at the cut: it then counts copies as well, and says `at_most`. So it
//! does where somebody wrote on the source after the flow was stopped: that is nowhere on the target, and its twin is not
//! waited for. It changes nothing.
//!
//! ## Why it matters
//! From the switch on the target gets records that are nowhere else. Whoever goes back leaves them behind: how many they
//! are, and which, decides whether they are carried over, done again, or given up by somebody who may.
//!
//! ## How it is settled
//! The topics are at rest on the target, nothing arrives while they are read, and everything was read.
//!
//! ## Its way back
//! None is needed.
//!
//! ## What it refuses
//! Topics that are still written on the target, or have a transaction open; an end of the copy that is not proved; with
//! `none: true`, any record at all.
//!
//! ## What it does not do
//! It does not copy, move or delete them, and it does not say what they mean: the application's own reconciliation does.
//!
//! ## Example
//! ```yaml
//! id: ledger
//! do: target-born-ledger
//! with: { topics: unit, from: final-position }
//! timeout: { total: 5m }
//! ```

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::boundary::Boundary;
use super::landing::{self, Against, Ground};
use super::sight::Sight;
use super::waiting::{Waiting, listed};
use super::{Names, at_rest, growth};
use crate::action::{Action, Changeset, Refusal, Settled, StepScope};
use crate::unit::Unit;
use crate::world::{Observations, PartitionBorn, Place, Probe, Side};

/// Parameters.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TargetBornLedger {
    /// `unit` (also where it is not written), or names of topics.
    #[serde(default)]
    topics: Option<Names>,
    /// The `capture-positions` step that kept the ends of both sides at the switch.
    #[serde(default)]
    from: Option<String>,
    /// There must be none.
    #[serde(default)]
    none: bool,
}

/// The ledger of one unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TargetBorn {
    /// Partitions that hold any, sorted.
    pub partitions: Vec<PartitionBorn>,
    /// Ids of the topics on the target when it was cut; what is copied afresh has others.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub topic_ids: BTreeMap<String, String>,
    /// Copies of what the source got since the cut may be among them: there are at most so many.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub at_most: bool,
}

impl TargetBorn {
    pub fn records(&self) -> u64 {
        self.partitions.iter().map(|partition| partition.records).sum()
    }

    pub fn bytes(&self) -> u64 {
        self.partitions.iter().map(|partition| partition.bytes).sum()
    }
}

/// The ledger that a `target-born-ledger` step cuts.
///
/// # Errors
/// What is missing, still moves, or stands against it.
pub fn target_born(scope: &StepScope<'_>, seen: &Observations) -> Result<TargetBorn, Refusal> {
    let with = scope.step.with.get("with").filter(|with| !with.is_null()).cloned();
    let with: TargetBornLedger = serde_json::from_value(with.unwrap_or_else(|| json!({})))
        .map_err(|error| Refusal::new(format!("step {}: {error}", scope.step.id), "correct the step"))?;
    with.cut(scope, seen)
}

impl TargetBornLedger {
    fn topics(&self, unit: &Unit) -> Vec<String> {
        let all = unit.all_topics();
        self.topics.as_ref().unwrap_or(&Names::Unit).among(all.iter().map(String::as_str))
    }

    fn rest(&self, unit: &Unit) -> Probe {
        growth::probe(Side::Target, &self.topics(unit), growth::REST_MS)
    }

    /// Where the copy ended, and whether everything behind that was born there; every partition whose end is not known is
    /// named.
    fn ends(&self, scope: &StepScope<'_>, seen: &Observations) -> Result<(Vec<Place>, bool), Refusal> {
        let sight = Sight(seen);
        let ground = Ground::of(&self.topics(scope.unit), sight).map_err(|against| match against {
            Against::Unmeasured(why) => Refusal::unmeasured(why),
            Against::Wrong(why) => Refusal::new(why, "topic-shape names what differs"),
        })?;
        let boundary = Boundary::of(scope, self.from.as_deref(), &ground, sight);
        let mut unknown = Vec::new();
        let (mut places, mut exact) = (Vec::new(), true);
        for at in &ground.partitions {
            match boundary.born_from(at) {
                Ok(from) => {
                    exact &= from.exact;
                    places.push(Place { topic: at.0.clone(), partition: at.1, offset: from.offset });
                }
                Err(why) => unknown.push(why),
            }
        }
        if unknown.is_empty() { Ok((places, exact)) } else { Err(Refusal::unmeasured(listed(unknown))) }
    }

    fn born(&self, scope: &StepScope<'_>, seen: &Observations) -> Result<Probe, Refusal> {
        Ok(Probe::Born { from: self.ends(scope, seen)?.0, isolation: scope.unit.isolation() })
    }

    fn cut(&self, scope: &StepScope<'_>, seen: &Observations) -> Result<TargetBorn, Refusal> {
        let topics = self.topics(scope.unit);
        let mut waiting = Waiting::default();
        at_rest::missing(&self.rest(scope.unit), &topics, seen, scope.now, &mut waiting);
        match waiting.settled() {
            Settled::Yes => {}
            Settled::NotYet { what, current, threshold } => {
                return Err(Refusal::unmeasured(format!("{what}: {current} instead of {threshold}")));
            }
            Settled::Unknown { why } => return Err(Refusal::unmeasured(why)),
            Settled::Cannot { why } => return Err(Refusal::new(why, "end it, and go back again")),
        }
        let probe = self.born(scope, seen)?;
        let sight = Sight(seen);
        let born = sight.born(&probe).map_err(Refusal::unmeasured)?;
        let rest = growth::of(sight, &self.rest(scope.unit), &topics).map_err(Refusal::unmeasured)?;
        let mut moved = Vec::new();
        for at in &rest.partitions {
            let read = born.partitions.iter().find(|of| of.topic == at.topic && of.partition == at.partition);
            match read {
                None => moved.push(format!("{}-{} was not read", at.topic, at.partition)),
                Some(read) if read.end != at.high_watermark[1] => moved.push(format!(
                    "{}-{} went on from {} to {} while it was read",
                    at.topic, at.partition, at.high_watermark[1], read.end
                )),
                Some(_) => {}
            }
        }
        if !moved.is_empty() {
            return Err(Refusal::unmeasured(listed(moved)));
        }
        let mut partitions = born.partitions.clone();
        partitions.retain(|partition| partition.records > 0);
        let at_most = !self.ends(scope, seen)?.1 && !partitions.is_empty();
        let ledger = TargetBorn { partitions, topic_ids: born.topic_ids.clone(), at_most };
        if self.none && ledger.records() > 0 {
            return Err(Refusal::new(
                format!("target_born: none, and there are {}", told(&ledger)),
                "let the plan say what becomes of them: carried, replayed, discarded, or a check that reconciles them",
            ));
        }
        Ok(ledger)
    }
}

/// `3 records, 120 bytes: orders-0 7 to 9`.
fn told(ledger: &TargetBorn) -> String {
    let spans = ledger.partitions.iter().filter_map(|partition| {
        let [first, last] = partition.span?;
        Some(format!("{}-{} {first} to {last}", partition.topic, partition.partition))
    });
    let at_most = if ledger.at_most {
        "at most (the source went on since the cut, copies may be among them) "
    } else {
        ""
    };
    format!("{at_most}{} records, {} bytes: {}", ledger.records(), ledger.bytes(), listed(spans.collect()))
}

impl Action for TargetBornLedger {
    fn ask(&self, scope: &StepScope<'_>, seen: &Observations) -> Vec<Probe> {
        let topics = self.topics(scope.unit);
        let mut probes = landing::probes(&topics);
        probes.push(self.rest(scope.unit));
        if let Ok(ground) = Ground::of(&topics, Sight(seen)) {
            let boundary = Boundary::of(scope, self.from.as_deref(), &ground, Sight(seen));
            probes.extend(boundary.probe(scope.unit));
        }
        probes.extend(self.born(scope, seen).ok());
        probes
    }

    fn propose(&self, scope: &StepScope<'_>, seen: &Observations) -> Result<Changeset, Refusal> {
        let ledger = self.cut(scope, seen)?;
        Ok(Changeset::default().note(match ledger.records() {
            0 => "no record was born on the target".to_owned(),
            _ => format!("born on the target: {}", told(&ledger)),
        }))
    }

    fn look(&self, _: &StepScope<'_>, _: &Changeset, _: &Observations) -> Vec<Probe> {
        Vec::new()
    }

    fn settled(&self, _: &StepScope<'_>, _: &Changeset, _: &Observations) -> Settled {
        Settled::Yes
    }

    fn look_back(&self, _: &StepScope<'_>, _: &Changeset, _: &Observations) -> Vec<Probe> {
        Vec::new()
    }

    fn undone(&self, _: &StepScope<'_>, _: &Changeset, _: &Observations) -> Settled {
        Settled::Yes
    }
}
