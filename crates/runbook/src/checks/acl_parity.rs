//! Everybody of the unit may do on the target what they may do on the source, no less and no more.
//!
//! ## What it judges
//! Effective permissions, not lists of bindings: for every principal of the unit (its `principals` and those of its
//! producers) on every topic and group of the unit, on the transactional ids that bindings or `transactional_ids` name,
//! and on the cluster, each operation is decided on both sides as Kafka's authoriser decides it (literal and prefixed
//! names, wildcards, hosts, DENY before ALLOW, implied DESCRIBE and DESCRIBE_CONFIGS, IDEMPOTENT_WRITE with WRITE on any
//! topic as brokers since 2.8 have it, super users, `allow.everyone.if.no.acl.found`).
//!
//! ## Why it matters
//! MirrorMaker 2 copies ACLs of literal topic names only: no groups, no prefixes, no WRITE. A topic that got its first
//! binding that way is no longer open to everyone, and producers are refused minutes after the switch. A DENY that was
//! copied while the source was fenced stays on the target for good.
//!
//! ## Green, yellow, red
//! Green: the same. Yellow: more is allowed on the target; an administrative operation is not, which the source allows
//! only because nothing restricts it. Red: an operation that the source grants, or a read, write or describe that it
//! lets through, is refused on the target. Unknown: a cluster does not tell its super users or its default and nobody
//! declared them; a principal that may do nothing on the source.
//!
//! ## What it does not prove
//! That the credentials work (`access-as`), that the network lets anybody through, quotas, or roles kept outside ACLs.
//!
//! ## Example
//! ```yaml
//! acls:
//!   use: acl-parity
//!   severity: blocker
//! ```

use schemars::JsonSchema;
use serde::Deserialize;

use super::Declared;
use crate::acl::{Authority, PerSide, Right, Rights, resource_word, resources};
use crate::check::{Check, FactSpec, FactType, Facts, Ruling, Scope};
use crate::verdict::scorecard::quoted;
use crate::verdict::{Dimension, Finding, Item, Proof};
use crate::world::{Observations, Probe, ResourceType, Side};

/// Parameters.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AclParity {
    /// Transactional ids the unit uses, beside those that bindings name.
    #[serde(default)]
    transactional_ids: Vec<String>,
    /// Super users of a cluster that does not tell them, for example `{target: []}`.
    #[serde(default)]
    super_users: PerSide<Vec<String>>,
    /// `allow.everyone.if.no.acl.found` of a cluster that does not tell it.
    #[serde(default)]
    allow_everyone: PerSide<bool>,
}

impl Declared for AclParity {
    const DIMENSION: Option<Dimension> = Some(Dimension::Governance);
    const PROOF: Option<Proof> = Some(Proof::Diff);

    fn facts() -> Vec<FactSpec> {
        vec![
            FactSpec::new("principal", FactType::Text, "whose rights"),
            FactSpec::new("resource", FactType::Text, "`topic`, `group`, `transactional-id` or `cluster`"),
            FactSpec::new("name", FactType::Text, "name of the resource"),
            FactSpec::new(
                "source_rights",
                FactType::Text,
                "operations allowed on the source, comma-separated",
            ),
            FactSpec::new("target_rights", FactType::Text, "the same on the target"),
            FactSpec::new("missing", FactType::Text, "needed on the target and refused there; empty: none"),
            FactSpec::new("denied", FactType::Text, "those of `missing` that a DENY takes away"),
            FactSpec::new(
                "missing_by_default",
                FactType::Text,
                "administrative operations refused on the target that nothing restricts on the source",
            ),
            FactSpec::new("excess", FactType::Text, "allowed on the target only"),
        ]
    }
}

impl Check for AclParity {
    fn ask(&self, scope: &Scope<'_>, _: &Observations) -> Vec<Probe> {
        if scope.unit.all_principals().is_empty() {
            return Vec::new();
        }
        Side::BOTH.into_iter().map(|side| Probe::Acls { side }).collect()
    }

    fn facts_of(&self) -> Vec<FactSpec> {
        Self::facts()
    }

    fn items(&self, scope: &Scope<'_>, seen: &Observations) -> Result<Vec<Item>, String> {
        let [source, target] =
            Side::BOTH.map(|side| Ok::<_, String>((side, seen.acls(&Probe::Acls { side })?)));
        let topics = scope.unit.all_topics();
        let [source, target] = [source?, target?].map(|(side, acls)| {
            let super_users = self.super_users.of(side).map(Vec::as_slice);
            Authority::new(acls, &topics, super_users, self.allow_everyone.of(side).copied())
        });
        let mut items = Vec::new();
        for principal in scope.unit.all_principals() {
            items.extend(self.items_of(scope, &principal, &source, &target));
        }
        Ok(items)
    }

    fn rule(&self, _: &Scope<'_>, subject: &str, facts: &Facts) -> Ruling {
        let texts = [
            "principal",
            "resource",
            "name",
            "missing",
            "denied",
            "missing_by_default",
            "excess",
            "source_rights",
            "target_rights",
        ];
        let [
            Some(principal),
            Some(resource),
            Some(name),
            Some(missing),
            Some(denied),
            Some(by_default),
            Some(excess),
            Some(source),
            Some(target),
        ] = texts.map(|text| facts.text(text))
        else {
            return Ruling::unknown("the facts of a principal's rights are not there");
        };
        let whom = Whom { principal, resource, name };
        let or_none = |rights: &str| if rights.is_empty() { "nothing".to_owned() } else { rights.to_owned() };
        let mut ruling = Ruling::green();
        for right in words(missing) {
            let taken_away = words(denied).any(|word| word == right);
            let (code, actual, hint) = if taken_away {
                ("CUT2402", "denied by a DENY".to_owned(), whom.list())
            } else {
                (
                    "CUT2401",
                    format!("allowed there: {}", or_none(target)),
                    whom.command("--add --allow", right),
                )
            };
            ruling.red(Finding::new(
                code,
                format!("{subject}, {right}"),
                format!("{right} allowed as on the source"),
                actual,
                hint,
            ));
        }
        if !by_default.is_empty() {
            ruling.yellow(Finding::new(
                "CUT2403",
                subject,
                format!("{by_default} allowed as on the source, where nothing restricts it"),
                format!("allowed there: {}", or_none(target)),
                "nothing, if the application does not administer; else grant it",
            ));
        }
        if !excess.is_empty() {
            ruling.yellow(Finding::new(
                "CUT2404",
                subject,
                format!("no more than on the source: {}", or_none(source)),
                format!("also allowed: {excess}"),
                "take it away, or have the owner of governance accept it",
            ));
        }
        ruling
    }
}

impl AclParity {
    fn items_of(
        &self,
        scope: &Scope<'_>,
        principal: &str,
        source: &Authority<'_>,
        target: &Authority<'_>,
    ) -> Vec<Item> {
        let mut items: Vec<Item> = Vec::new();
        let mut may_anything = false;
        for (resource, name) in resources(scope.unit, principal, &self.transactional_ids, [source, target]) {
            let rights = Rights::compare(principal, resource, &name, source, target);
            may_anything |= resource != ResourceType::Cluster && !rights.source.is_empty();
            let subject = format!("principal {principal}, {} {name}", resource_word(resource));
            if !rights.not_told.is_empty() {
                let why = format!(
                    "whether {} is allowed depends on super users or on allow.everyone.if.no.acl.found, which a cluster does not tell: declare `super_users` and `allow_everyone`",
                    texts(&rights.not_told)
                );
                items.push(Item::unknown(format!("{subject}, not told"), why));
            }
            items.push(Item::new(subject, facts(&rights, principal, resource, &name)));
        }
        if !may_anything && items.iter().all(|item| item.unknown.is_none()) {
            let why =
                "it may do nothing in this unit on the source: misspelt, or its rights come from elsewhere";
            return vec![Item::unknown(format!("principal {principal}"), why)];
        }
        for (side, authority) in [(Side::Source, source), (Side::Target, target)] {
            let count = authority.authorizer.not_understood(principal).count();
            if count > 0 {
                let why = format!("{count} of its bindings use words this version does not know");
                items.push(Item::unknown(format!("principal {principal}, on {side}"), why));
            }
        }
        items
    }
}

fn facts(rights: &Rights, principal: &str, resource: ResourceType, name: &str) -> Facts {
    Facts::new()
        .with("principal", principal)
        .with("resource", resource_word(resource))
        .with("name", name)
        .with("source_rights", texts(&rights.source))
        .with("target_rights", texts(&rights.target))
        .with("missing", texts(&rights.missing))
        .with("denied", texts(&rights.denied))
        .with("missing_by_default", texts(&rights.missing_by_default))
        .with("excess", texts(&rights.excess))
}

fn texts(rights: &[Right]) -> String {
    rights.iter().map(Right::to_string).collect::<Vec<_>>().join(", ")
}

fn words(list: &str) -> impl Iterator<Item = &str> {
    list.split(", ").filter(|word| !word.is_empty())
}

/// Whose right on what, for commands.
struct Whom<'a> {
    principal: &'a str,
    resource: &'a str,
    name: &'a str,
}

impl Whom<'_> {
    fn on(&self) -> String {
        match self.resource {
            "cluster" => "--cluster".to_owned(),
            other => format!("--{other} {}", quoted(self.name)),
        }
    }

    fn command(&self, how: &str, right: &str) -> String {
        let (operation, host) =
            right.split_once(" from ").map_or((right, None), |(op, host)| (op, Some(host)));
        let host = host.map_or_else(String::new, |host| format!(" --allow-host {}", quoted(host)));
        format!(
            "kafka-acls --bootstrap-server TARGET {how}-principal {}{host} --operation {operation} {}",
            quoted(self.principal),
            self.on()
        )
    }

    fn list(&self) -> String {
        format!("find the DENY with kafka-acls --bootstrap-server TARGET --list {}, and remove it", self.on())
    }
}
