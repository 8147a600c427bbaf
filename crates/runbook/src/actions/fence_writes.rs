//! Closes topics of the unit for writing on one side, and proves that nobody writes.
//!
//! ## What it does
//! With `by: stop` (the default) producers have been stopped before, so that they flushed and closed, and the fence is
//! the proof; an ACL is the backstop (`backstop: acl`, the default): a DENY of WRITE on each topic, literal, for each
//! principal of the unit's producers. With `backstop: none` nothing is changed. With `by: acl` the DENY alone fences.
//! `on` is the source unless said otherwise.
//!
//! ## Why it matters
//! What is written behind the fence is on one side only, for good. Standing still alone proves nothing: an ACL applies
//! some time after the call has returned, and a transaction that is open may still be committed. An ACL alone loses what
//! a producer has in flight: a refusal is not retried.
//!
//! ## How it is settled
//! Every partition of the topics is at rest: ends are the same at two looks, 2 s apart (5 s with `backstop: none`, where
//! nothing else keeps a writer out), the last stable offset is the high watermark, and no transaction is open. With an ACL also: every binding is there, and no fenced principal may
//! write, from any host. An open transaction is named with its producer; one that is open longer than brokers allow
//! (`transaction.max.timeout.ms`, 15 minutes unless set otherwise) hangs and will not end by waiting.
//!
//! ## Its way back
//! Exactly the bindings that were created are deleted; one that was there before stays.
//!
//! ## What it refuses
//! With an ACL: producers without a principal of their own; a super user, whom no DENY stops; a cluster without
//! authoriser; one of which neither itself nor the step tells super users and `allow.everyone.if.no.acl.found`; bindings that would change
//! any right of anybody but that of the fenced to write, judged for everybody a binding, the unit or the cluster names
//! and for all others: on a topic without any ACL, where everybody is allowed, one DENY locks out everybody else; on the
//! source, MirrorMaker 2 with its ACL sync on (it copies the DENY to the target and never removes it), or in dedicated
//! mode, where that is not known. `by: acl` also refuses producers that neither buffer nor retry.
//!
//! ## What it does not do
//! It does not stop producers ([CUT0520](../codes/CUT0520.md) where no step does), and it fences only those the unit names: whoever else may write to the topics is listed.
//! Retry and dead-letter topics are written by the unit's consumers, who are not fenced: while those run and write, the
//! topics are not at rest; name the others, or stop the consumers first. A producer that is silent between the looks and
//! not fenced is not seen; ends stay watched until the hand-over.
//!
//! ## Example
//! ```yaml
//! id: fence
//! do: fence-writes
//! with: { topics: unit, backstop: acl }
//! timeout: { total: 90s }
//! ```

use schemars::JsonSchema;
use serde::Deserialize;

use super::sight::Sight;
use super::waiting::{Waiting, listed};
use super::{Names, at_rest, denied_writes, exclusion, flow, growth, locked_out};
use crate::acl::{Authority, PerSide, Request, hosts, told};
use crate::action::{Action, Change, Changeset, Refusal, Settled, StepScope};
use crate::check::spoken;
use crate::unit::Unit;
use crate::world::{AclBinding, AclsSeen, Command, Observations, Operation, Probe, ResourceType, Side};

/// Parameters.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FenceWrites {
    /// `unit`, or names of topics.
    topics: Names,
    /// Whether producers were stopped before, or are refused.
    #[serde(default)]
    by: By,
    /// What stops a producer that runs all the same.
    #[serde(default)]
    backstop: Backstop,
    /// Super users of a cluster that does not tell them, for example `{source: [User:admin]}`.
    #[serde(default)]
    super_users: PerSide<Vec<String>>,
    /// `allow.everyone.if.no.acl.found` of a cluster that does not tell it.
    #[serde(default)]
    allow_everyone: PerSide<bool>,
}

/// What closes the topics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum By {
    #[default]
    Stop,
    Acl,
}

/// What holds where a producer was not stopped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Backstop {
    #[default]
    Acl,
    None,
}

/// The switch of MirrorMaker's ACL sync, which is on by default.
const ACL_SYNC: &str = "sync.topic.acls.enabled";

impl FenceWrites {
    fn topics(&self, unit: &Unit) -> Vec<String> {
        let all = unit.all_topics();
        self.topics.among(all.iter().map(String::as_str))
    }

    fn side(scope: &StepScope<'_>) -> Side {
        scope.side(Side::Source)
    }

    fn rest(&self, scope: &StepScope<'_>) -> Probe {
        let over = if self.has_acl() { growth::REST_MS } else { growth::REST_UNFENCED_MS };
        growth::probe(Self::side(scope), &self.topics(scope.unit), over)
    }

    fn has_acl(&self) -> bool {
        self.by == By::Acl || self.backstop == Backstop::Acl
    }

    fn acls(&self, scope: &StepScope<'_>) -> Option<Probe> {
        self.has_acl().then(|| Probe::Acls { side: Self::side(scope) })
    }

    fn bindings(&self, unit: &Unit) -> Result<Vec<AclBinding>, Refusal> {
        Ok(denied_writes::bindings(&denied_writes::principals(unit)?, &self.topics(unit)))
    }

    /// The ACLs of that side, with what the runbook declares where the cluster does not tell.
    fn told(&self, side: Side, seen: &Observations) -> Result<AclsSeen, String> {
        let seen = Sight(seen).acls(&Probe::Acls { side })?;
        Ok(told(side, seen, &self.super_users, &self.allow_everyone))
    }

    /// A DENY that the replicator copies stays on the target when the source is opened again.
    fn stays_here(&self, scope: &StepScope<'_>, seen: &Observations) -> Result<(), Refusal> {
        if Self::side(scope) == Side::Target || !flow::is_mirrored(scope) {
            return Ok(());
        }
        let sources = flow::sources(scope, seen, "whether the replicator copies ACLs");
        let sources = sources.map_err(|refusal| Refusal {
            next: "look into the replicator's configuration; with sync.topic.acls.enabled=false or without, write backstop: none and stop the producers".to_owned(),
            ..refusal
        })?;
        let copying: Vec<String> = sources
            .iter()
            .filter(|connector| flow::is_on(connector, ACL_SYNC))
            .filter(|connector| {
                !self.topics(scope.unit).iter().all(|topic| exclusion::TOPICS.leaves_out(connector, topic))
            })
            .map(|connector| {
                let said = connector.settings.get(ACL_SYNC).map_or("not set, which is true", String::as_str);
                format!("connector {} has {ACL_SYNC} {said}", connector.connector)
            })
            .collect();
        if copying.is_empty() {
            return Ok(());
        }
        Err(Refusal::new(
            format!(
                "the replicator copies ACLs: {}; the DENY would arrive on the target and stay there",
                listed(copying)
            ),
            format!("set {ACL_SYNC}=false on it first, or write backstop: none"),
        ))
    }

    fn by_acl(&self, scope: &StepScope<'_>, seen: &Observations) -> Result<Changeset, Refusal> {
        let (unit, side) = (scope.unit, Self::side(scope));
        if self.by == By::Acl {
            retried(unit)?;
        }
        let principals = denied_writes::principals(unit)?;
        let acls = &self.told(side, seen).map_err(Refusal::unmeasured)?;
        locked_out::enforceable(side, acls, &principals)?;
        self.stays_here(scope, seen)?;
        let mut create = self.bindings(unit)?;
        create.retain(|binding| !acls.bindings.contains(binding));
        locked_out::nobody_else(side, unit, acls, &create, &principals)?;
        let mut changes = Changeset::default();
        for topic in self.topics(unit) {
            if let Some(others) = locked_out::still_writing(unit, acls, &topic, &principals) {
                changes.notes.push(format!("not fenced, may write to {topic} on {side}: {others}"));
            }
        }
        if !create.is_empty() {
            changes.changes.push(Change::guarded(Command::SetAcls { side, create, delete: Vec::new() })?);
        }
        Ok(changes)
    }

    /// Adds bindings that are not there, and fenced principals who may write all the same.
    fn acl_missing(&self, scope: &StepScope<'_>, seen: &Observations, waiting: &mut Waiting) {
        let side = Self::side(scope);
        let Some(acls) = &waiting.need(self.told(side, seen)) else { return };
        let bindings = match self.bindings(scope.unit) {
            Ok(bindings) => bindings,
            Err(refusal) => return waiting.cannot(refusal.why),
        };
        let topics = self.topics(scope.unit);
        for binding in bindings {
            let (whom, topic) = (&binding.principal, &binding.name);
            if !acls.bindings.contains(&binding) {
                waiting.not_yet(
                    format!("DENY of Write for {whom} on topic {topic} on {side}"),
                    "absent",
                    "there",
                );
            }
            for host in may_write(acls, &topics, whom, topic) {
                let from = if host.is_empty() { String::new() } else { format!(" from {host}") };
                waiting.not_yet(
                    format!("right of {whom} to write to {topic} on {side}{from}"),
                    "allowed or not told",
                    "refused",
                );
            }
        }
    }
}

/// Hosts from which it is not sure to be refused.
fn may_write<'a>(acls: &'a AclsSeen, topics: &'a [String], principal: &str, topic: &str) -> Vec<&'a str> {
    let authority = Authority::new(acls, topics, None, None);
    let (resource, operation) = (ResourceType::Topic, Operation::Write);
    let mut hosts = hosts(principal, resource, [&authority, &authority]);
    hosts.retain(|host| {
        let request = Request { principal, host, resource, name: topic, operation };
        authority.decide(&request).allowed() != Some(false)
    });
    hosts
}

/// A producer that is refused loses what it has in flight, unless it is known to keep it.
fn retried(unit: &Unit) -> Result<(), Refusal> {
    let losing = unit
        .producers
        .iter()
        .filter(|(_, producer)| !matches!(producer.on_refusal.as_deref(), Some("buffers" | "retries")));
    let losing: Vec<String> = losing
        .map(|(name, producer)| match producer.on_refusal.as_deref() {
            Some(word) => format!("producer {name}: {word}"),
            None => format!("producer {name} does not say"),
        })
        .collect();
    if losing.is_empty() {
        return Ok(());
    }
    Err(Refusal::new(
        format!(
            "by ACL alone, records in flight are lost unless the producer buffers or retries: {}",
            listed(losing)
        ),
        "declare on_refusal: buffers or retries where that is so, or stop the producers and fence with by: stop",
    ))
}

impl Action for FenceWrites {
    fn ask(&self, scope: &StepScope<'_>, _: &Observations) -> Vec<Probe> {
        let flow = self.has_acl().then(|| flow::probe(scope)).flatten();
        let flow = flow.filter(|_| Self::side(scope) == Side::Source);
        [self.rest(scope)].into_iter().chain(self.acls(scope)).chain(flow).collect()
    }

    fn propose(&self, scope: &StepScope<'_>, seen: &Observations) -> Result<Changeset, Refusal> {
        let topics = self.topics(scope.unit);
        growth::of(Sight(seen), &self.rest(scope), &topics).map_err(Refusal::unmeasured)?;
        if self.has_acl() {
            return self.by_acl(scope, seen);
        }
        let note = format!(
            "nothing is changed on {}, and no ACL closes it: the fence is that producers were stopped and no end moves for {}",
            Self::side(scope),
            spoken(growth::REST_UNFENCED_MS.cast_signed())
        );
        Ok(Changeset::default().note(note))
    }

    fn look(&self, scope: &StepScope<'_>, _: &Changeset, _: &Observations) -> Vec<Probe> {
        [self.rest(scope)].into_iter().chain(self.acls(scope)).collect()
    }

    fn settled(&self, scope: &StepScope<'_>, _: &Changeset, seen: &Observations) -> Settled {
        let mut waiting = Waiting::default();
        if self.has_acl() {
            self.acl_missing(scope, seen, &mut waiting);
        }
        at_rest::missing(&self.rest(scope), &self.topics(scope.unit), seen, scope.now, &mut waiting);
        waiting.settled()
    }

    fn look_back(&self, scope: &StepScope<'_>, _: &Changeset, _: &Observations) -> Vec<Probe> {
        self.acls(scope).into_iter().collect()
    }

    fn undone(&self, _: &StepScope<'_>, changes: &Changeset, seen: &Observations) -> Settled {
        super::bindings::undone(changes, seen)
    }
}
