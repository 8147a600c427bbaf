//! The target offers every part of the Kafka protocol that the unit's clients and this cutover use.
//!
//! ## What it judges
//! What each broker of the target says it can do (ApiVersions), against a list of API keys with the version from which
//! they do what is needed. Which lists apply: always what the cutover itself does (read, list offsets, commit, list
//! groups, describe configurations and ACLs, change ACLs or configurations if the plan has such steps), what
//! `clients_use` names, and the group protocols that the unit's groups are seen to use on the source (KIP-848, share,
//! streams). Where the target's lowest version of a client API is above the source's, clients that speak only older ones
//! are refused.
//!
//! ## Why it matters
//! A cluster may speak Kafka's protocol and not all of it: transactions, idempotence, KIP-848 groups or ACLs are what is
//! left out first. Kafka 4 has dropped the protocol versions of clients older than 2.1.
//!
//! ## Green, yellow, red
//! Green: all offered by every broker. Yellow: clients of some age that the source served are refused. Red: an API is not
//! offered, by one broker or by all, or only in versions too old for what is needed.
//!
//! ## What it does not prove
//! That an API works: a claim is not a test (`client-probe`, `real-clients`). How old the clients really are.
//!
//! ## Example
//! ```yaml
//! apis:
//!   use: api-support
//!   severity: blocker
//!   with: { clients_use: [produce, idempotence, consume] }
//! ```

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::Declared;
use super::api_needs::{NEEDS, Need};
use crate::check::{Check, FactSpec, FactType, Facts, Ruling, Scope};
use crate::verdict::{Dimension, Finding, Item, Proof};
use crate::world::{ApiRange, ApisSeen, GroupKind, Observations, Probe, Side};

/// Parameters.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ApiSupport {
    /// What the unit's clients do.
    #[serde(default = "usual")]
    clients_use: Vec<Use>,
}

/// Something a client may do, with the APIs it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Use {
    Produce,
    /// The default of Java producers since 3.0.
    Idempotence,
    Consume,
    Transactions,
    /// Create topics, add partitions, change configurations.
    Admin,
}

fn usual() -> Vec<Use> {
    vec![Use::Produce, Use::Idempotence, Use::Consume]
}

impl Use {
    fn need(self) -> Need {
        match self {
            Use::Produce => Need::Produce,
            Use::Idempotence => Need::Idempotence,
            Use::Consume => Need::Consume,
            Use::Transactions => Need::Transactions,
            Use::Admin => Need::Admin,
        }
    }
}

impl Declared for ApiSupport {
    const DIMENSION: Option<Dimension> = Some(Dimension::PlatformCompatibility);
    const PROOF: Option<Proof> = Some(Proof::Api);

    fn facts() -> Vec<FactSpec> {
        vec![
            FactSpec::new("api", FactType::Text, "name of the API"),
            FactSpec::new("key", FactType::Integer, "its key in the protocol"),
            FactSpec::new("needed_by", FactType::Text, "what needs it"),
            FactSpec::new("needed_version", FactType::Integer, "lowest version that does what is needed"),
            FactSpec::new(
                "by_clients",
                FactType::Boolean,
                "clients of the unit use it, not only the cutover",
            ),
            FactSpec::new("brokers_without", FactType::Integer, "brokers of the target that do not offer it"),
            FactSpec::optional(
                "target_min",
                FactType::Integer,
                "lowest version every broker of the target takes",
            ),
            FactSpec::optional(
                "target_max",
                FactType::Integer,
                "highest version every broker of the target takes",
            ),
            FactSpec::optional("source_min", FactType::Integer, "lowest version the source takes"),
            FactSpec::optional("source_max", FactType::Integer, "highest version the source takes"),
        ]
    }
}

impl ApiSupport {
    fn groups(scope: &Scope<'_>) -> Option<Probe> {
        let groups: Vec<String> = scope.unit.groups.keys().cloned().collect();
        (!groups.is_empty()).then_some(Probe::Groups { side: Side::Source, groups, over_ms: 0 })
    }

    fn needs(&self, scope: &Scope<'_>, seen: &Observations) -> Vec<Need> {
        let mut needs = vec![Need::Cutover];
        needs.extend(self.clients_use.iter().map(|with| with.need()));
        let step = |kinds: &[&str]| scope.plan.steps.iter().any(|step| kinds.contains(&step.kind.as_str()));
        let check = |kind: &str| scope.plan.checks.iter().any(|check| check.kind == kind);
        if check("acl-parity") {
            needs.push(Need::ReadAcls);
        }
        if step(&["sync-acls", "fence-writes"]) {
            needs.push(Need::ChangeAcls);
        }
        if step(&["topic-config"]) {
            needs.push(Need::ChangeConfigs);
        }
        if check("client-probe") {
            needs.push(Need::Scratch);
        }
        let groups = Self::groups(scope).and_then(|probe| seen.groups(&probe).ok());
        for group in groups.into_iter().flat_map(|seen| &seen.groups) {
            needs.extend(match group.kind {
                GroupKind::Consumer => Some(Need::ConsumerProtocol),
                GroupKind::Share => Some(Need::ShareGroups),
                GroupKind::Streams => Some(Need::StreamsGroups),
                GroupKind::Classic | GroupKind::Absent | GroupKind::Other => None,
            });
        }
        needs
    }
}

impl Check for ApiSupport {
    fn ask(&self, scope: &Scope<'_>, _: &Observations) -> Vec<Probe> {
        let apis = Side::BOTH.into_iter().map(|side| Probe::Apis { side });
        apis.chain(Self::groups(scope)).collect()
    }

    fn facts_of(&self) -> Vec<FactSpec> {
        Self::facts()
    }

    fn items(&self, scope: &Scope<'_>, seen: &Observations) -> Result<Vec<Item>, String> {
        let [source, target] = Side::BOTH.map(|side| told(side, seen.apis(&Probe::Apis { side })?));
        let (source, target) = (source?, target?);
        let mut items: BTreeMap<i16, Wanted> = BTreeMap::new();
        let needs = self.needs(scope, seen);
        if let Some(group) = unseen_group(scope, seen) {
            return Err(format!("which protocol group {group} uses on the source was not told"));
        }
        for row in NEEDS.iter().filter(|row| needs.contains(&row.need)) {
            let wanted = items.entry(row.key).or_insert(Wanted {
                api: row.api,
                version: 0,
                by: Vec::new(),
                clients: false,
            });
            wanted.version = wanted.version.max(row.version);
            wanted.clients |= row.need.is_of_clients();
            if !wanted.by.contains(&row.need.word()) {
                wanted.by.push(row.need.word());
            }
        }
        Ok(items.into_iter().map(|(key, wanted)| wanted.item(key, source, target)).collect())
    }

    fn rule(&self, _: &Scope<'_>, subject: &str, facts: &Facts) -> Ruling {
        let (Some(without), Some(needed), Some(by), Some(by_clients)) = (
            facts.integer("brokers_without"),
            facts.integer("needed_version"),
            facts.text("needed_by"),
            facts.boolean("by_clients"),
        ) else {
            return Ruling::unknown("the facts of an API are not there");
        };
        let mut ruling = Ruling::green();
        if without > 0 {
            ruling.red(Finding::new(
                "CUT2221",
                subject,
                format!("offered by every broker of the target, for: {by}"),
                format!("{without} brokers do not offer it"),
                "use a target that has it, or change what needs it",
            ));
            return ruling;
        }
        let (Some(min), Some(max)) = (facts.integer("target_min"), facts.integer("target_max")) else {
            return Ruling::unknown("the versions were not told");
        };
        if max < needed || min > max {
            ruling.red(Finding::new(
                "CUT2222",
                subject,
                format!("version {needed} or later, for: {by}"),
                format!("the target takes {min} to {max}"),
                "use a target that has it, or change what needs it",
            ));
        }
        if let Some(source_min) = facts.integer("source_min").filter(|source| by_clients && min > *source) {
            ruling.yellow(Finding::new(
                "CUT2223",
                subject,
                format!("versions from {source_min}, as on the source"),
                format!("the target takes {min} and later"),
                "find the unit's oldest clients (software name and version in the broker's connection metrics) and update them",
            ));
        }
        ruling
    }
}

/// A group of the unit that the answer passes over; one that was not answered at all is a gap by itself.
fn unseen_group<'a>(scope: &Scope<'a>, seen: &Observations) -> Option<&'a String> {
    let told = seen.groups(&ApiSupport::groups(scope)?).ok()?;
    scope.unit.groups.keys().find(|name| told.groups.iter().all(|group| group.group != **name))
}

/// The brokers' answers, if there are any: an empty one is no claim of having nothing.
fn told(side: Side, apis: &ApisSeen) -> Result<&ApisSeen, String> {
    let silent = apis.brokers.is_empty() || apis.brokers.iter().any(|broker| broker.apis.is_empty());
    if silent { Err(format!("a broker of the {side} cluster did not tell its APIs")) } else { Ok(apis) }
}

struct Wanted {
    api: &'static str,
    version: i16,
    by: Vec<&'static str>,
    clients: bool,
}

impl Wanted {
    fn item(self, key: i16, source: &ApisSeen, target: &ApisSeen) -> Item {
        let (without, target) = common(target, key);
        let (source_without, source) = common(source, key);
        let mut facts = Facts::new()
            .with("api", self.api)
            .with("key", key)
            .with("needed_by", self.by.join(", "))
            .with("needed_version", self.version)
            .with("by_clients", self.clients)
            .with_count("brokers_without", without);
        // What only some brokers of the source offer, no client can have relied on.
        let source = source.filter(|_| source_without == 0);
        for (name, range) in [("target", target), ("source", source)] {
            if let Some(range) = range {
                facts.set(&format!("{name}_min"), range.min);
                facts.set(&format!("{name}_max"), range.max);
            }
        }
        Item::new(format!("API {} ({key})", self.api), facts)
    }
}

/// How many brokers are without an API, and the versions that all others share.
fn common(apis: &ApisSeen, key: i16) -> (u64, Option<ApiRange>) {
    let mut without = 0;
    let mut shared: Option<ApiRange> = None;
    for broker in &apis.brokers {
        match broker.apis.iter().find(|range| range.key == key) {
            None => without += 1,
            Some(range) => {
                let so_far = shared.get_or_insert_with(|| range.clone());
                so_far.min = so_far.min.max(range.min);
                so_far.max = so_far.max.min(range.max);
            }
        }
    }
    (without, shared)
}
