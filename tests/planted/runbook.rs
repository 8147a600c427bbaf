//! The runbook a test writes, and its site.

use std::collections::BTreeMap;

/// What differs between the runbooks of this suite.
#[derive(Clone, Debug)]
pub struct Runbook {
    pub topics: Vec<String>,
    pub groups: Vec<String>,
    pub principal: String,
    /// `tolerates` and `recovery` of the unit.
    pub tolerates: String,
    pub recovery: String,
    /// The checks, by id; the text is the flow mapping of the check.
    pub checks: BTreeMap<&'static str, String>,
    /// `reset` of the groups.
    pub reset: &'static str,
    /// Further keys of the unit.
    pub more: String,
    /// Further keys of the runbook.
    pub top: String,
    /// The whole `triggers` list.
    pub triggers: String,
    /// What is to be rehearsed.
    pub rehearsal: String,
}

/// A check of each kind, as a lab of one broker a side has to be judged.
const CHECKS: [(&str, &str); 24] = [
    ("topic-shape", "use: topic-shape, severity: blocker"),
    ("lag-envelope", "use: lag-envelope, severity: major"),
    ("group-lag", "use: group-lag, severity: major"),
    ("stays-behind", "use: stays-behind, severity: blocker, with: { look: 1s }"),
    ("drained", "use: drained, severity: blocker"),
    ("group-drained", "use: group-drained, severity: major"),
    ("group-resume", "use: group-resume, severity: blocker"),
    ("content-parity", "use: content-parity, severity: blocker, with: { settle: 20s }"),
    ("compacted-parity", "use: compacted-parity, severity: blocker, with: { settle: 20s }"),
    ("position-provable", "use: position-provable, severity: blocker"),
    ("offset-boundary", "use: offset-boundary, severity: blocker"),
    ("single-activity", "use: single-activity, severity: blocker, with: { look: 1s }"),
    ("client-probe", "use: client-probe, on: target, severity: blocker"),
    (
        "api-support",
        "use: api-support, severity: blocker, with: { clients_use: [produce, idempotence, consume] }",
    ),
    ("cluster-health", "use: cluster-health, severity: blocker"),
    (
        "durability",
        "use: durability, severity: blocker, with: { min_replication_factor: 1, min_insync_replicas: 1 }",
    ),
    ("replication-health", "use: replication-health, severity: blocker, with: { over: 2s }"),
    (
        "acl-parity",
        "use: acl-parity, severity: blocker, with: { super_users: { source: [\"User:ANONYMOUS\"], target: [\"User:ANONYMOUS\"] }, allow_everyone: { source: true, target: true } }",
    ),
    ("rollback-anchor", "use: rollback-anchor, severity: blocker"),
    ("triggers-ready", "use: triggers-ready, severity: blocker"),
    ("rehearsal-covered", "use: rehearsal-covered, severity: blocker"),
    ("reviewed", ""),
    ("reconciled", ""),
    ("frozen", ""),
];

const TRIGGERS: &str = "
    - { id: sick, check: cluster-health, breach: red, for: 90s, armed: { from: start-consumers, until: hand-over }, act: ask, ask: { role: rollback_owner, answer_within: 2m, silence_is: hold }, plan: back }
    - { id: call, called_by: [rollback_owner, conductor], plan: back }";

impl Runbook {
    pub fn new(topics: Vec<String>, groups: Vec<String>, principal: String) -> Runbook {
        Runbook {
            topics,
            groups,
            principal,
            tolerates: "{ replayed: 0, skipped: 0, lag: \"{{ duration('2h') }}\", stall: 6m }".to_owned(),
            recovery: "{ switch_back_within: 15m, authority_after: source }".to_owned(),
            checks: CHECKS.into_iter().map(|(id, text)| (id, text.to_owned())).collect(),
            reset: "none",
            more: String::new(),
            top: String::new(),
            triggers: TRIGGERS.to_owned(),
            rehearsal: REHEARSAL.to_owned(),
        }
    }

    /// The document.
    pub fn text(&self) -> String {
        let list = |names: &[String]| names.join(", ");
        let reset = self.reset;
        let groups: String = self.groups.iter().map(|group| format!("
      {group}: {{ app: settlement, source_app: settlement, replicas: 1, isolation: read_committed, reset: {reset}, session_timeout: 45s, commits: manual, truth: committed }}")).collect();
        let checks: String = self.checks.iter().map(|(id, text)| format!("\n  {id}: {{ {text} }}")).collect();
        DOCUMENT
            .replace("<topics>", &list(&self.topics))
            .replace("<groups>", &groups)
            .replace("<principal>", &self.principal)
            .replace("<tolerates>", &self.tolerates)
            .replace("<recovery>", &self.recovery)
            .replace("<more>", &self.more)
            .replace("<top>", &self.top)
            .replace("<checks>", &checks)
            .replace("<triggers>", &self.triggers)
            .replace("<rehearsal>", &self.rehearsal)
    }
}

const DOCUMENT: &str = r#"apiVersion: cutover/v1
kind: Runbook
site: site.yaml
metadata: { name: planted, title: Planted defects, change: TEST-1 }
roles:
  app_owner: { people: [mina], accepts: [offset_parity, platform_compatibility] }
<top>
units:
  settlement:
    owner: app_owner
    topics: [<topics>]
    groups:<groups>
    producers:
      checkout: { app: checkout, source_app: checkout, replicas: 1, principal: "<principal>" }
    tolerates: <tolerates>
    recovery: <recovery>
    <more>
checks:<checks>
steps:
  - { id: baseline, do: check, checks: all, est: 1m }
  - { id: go-no-go, do: gate, require: { scorecard: all, at_least: yellow, guard: { window: 60m } }, fresh: 10m, on_fail: hold, on_timeout: stand-down }
  - { id: stop-producers, do: stop-app, on: source, with: { producers: unit }, timeout: { attempt: 20s, total: 45s } }
  - { id: fence, do: fence-writes, with: { topics: unit, backstop: none }, timeout: { total: 45s } }
  - { id: stop-consumers, do: stop-app, on: source, with: { groups: unit }, timeout: { attempt: 20s, total: 60s } }
  - { id: stop-flow, do: pause-replication, with: { topics: unit, groups: unit, affects_others: accepted }, timeout: { total: 20s } }
  - { id: final-position, do: capture-positions, timeout: { total: 10s } }
  - { id: land-offsets, do: commit-offsets, with: { groups: unit, from: final-position }, timeout: { total: 10s } }
  - id: last-look
    do: gate
    require: { all: [ { check: position-provable }, { check: rollback-anchor } ] }
    fresh: 30s
    commit_point: true
    decide: { role: rollback_owner, answer_within: 30s, silence_is: { rollback: back } }
    on_fail: { rollback: back }
  - { id: start-consumers, do: start-app, on: target, with: { groups: unit }, timeout: { total: 40s } }
  - { id: start-producers, do: start-app, on: target, with: { producers: unit }, timeout: { total: 40s } }
  - { id: soak, do: watch, for: 30m }
  - { id: hand-over, do: sign-off, roles: [app_owner, rollback_owner] }
budgets:
  - { name: stall, from: stop-producers, to: start-consumers, warn: 4m, max: 6m, on_exceed: { before_commit_point: { rollback: back }, after: ask } }
rollback:
  authority: { before: source, after_switch: target }
  triggers:<triggers>
  plans:
    back:
      authority_after: source
      target_progress: { mirrored: translate-back, target_born: discarded }
      observe: { for: 10m, checks: [single-activity] }
rehearsal: <rehearsal>
report: { signers: [app_owner, rollback_owner] }
"#;

/// What the evidence of a bench covers.
pub const REHEARSAL: &str = "{ environment: here, workload: { kind: mirrored }, rollback_from: [last-look, soak], faults: [kill-engine], valid_for: 14d }";

/// One side of the environment.
#[derive(Clone, Debug)]
pub struct SiteCluster {
    pub properties: String,
    pub cluster_id: String,
    /// Further keys of the cluster, each behind a comma.
    pub more: String,
}

/// The site beside it.
#[derive(Clone, Debug)]
pub struct Site {
    pub source: SiteCluster,
    pub target: SiteCluster,
    pub connect: String,
    pub flow: String,
    /// The people, as a flow mapping.
    pub people: String,
}

impl Site {
    /// The document.
    pub fn text(&self) -> String {
        let cluster = |side: &SiteCluster| {
            let SiteCluster { properties, cluster_id, more } = side;
            format!("{{ properties: \"{properties}\", cluster_id: \"{cluster_id}\"{more} }}")
        };
        format!(
            r#"apiVersion: cutover/v1
kind: Site
metadata: {{ name: planted, title: A lab with defects }}
environments:
  here:
    rehearse: true
    clusters:
      source: {}
      target: {}
    endpoints: {{ connect: "{}" }}
replication: {{ tool: mirrormaker2, flow: {}, topic_names: identity, connect: "{{{{ endpoints.connect }}}}" }}
people: {}
roles:
  conductor:      {{ people: [ilse], backup: [omar] }}
  platform_owner: {{ people: [omar], accepts: [operations] }}
  security_owner: {{ people: [tomas], accepts: [governance] }}
  rollback_owner: {{ people: [ana], backup: [omar], accepts: [rollback] }}
apps:
  via: exec
  stop:  {{ argv: [/bin/true, "{{{{ app }}}}"] }}
  start: {{ argv: [/bin/true, "{{{{ app }}}}"] }}
"#,
            cluster(&self.source),
            cluster(&self.target),
            self.connect,
            self.flow,
            self.people
        )
    }
}
