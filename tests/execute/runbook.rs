//! The runbook and the site of a switch, as a test changes them.

/// One step: its id and what else it says.
pub type Step = (&'static str, String);

#[derive(Clone, Debug)]
pub struct Runbook {
    pub unit: String,
    pub topic: String,
    pub group: String,
    pub producer: String,
    /// `manual` or `auto`: how the group commits.
    pub commits: String,
    pub principal: String,
    pub on_refusal: Option<String>,
    /// The topic by which conductors on several machines meet.
    pub coordination: Option<String>,
    pub checks: Vec<&'static str>,
    pub steps: Vec<Step>,
    /// What becomes of records that were born on the target, when the run goes back.
    pub target_born: String,
    /// What an earlier run left on the target, as a unit declares it; lines of their own, or nothing.
    pub declared: String,
    /// How long the source is observed then.
    pub observe: String,
    /// The check that observes it.
    pub observed_by: &'static str,
    /// How long the trigger's check has to be red.
    pub sick_for: &'static str,
    /// The whole `rehearsal` section, if there is one.
    pub rehearsal: String,
}

/// The step at which a run stands still for good.
pub const THE_END: &str = "the-end";

/// A step that a person ends, which gives a test time to plant something.
pub const PAUSE: &str = "do: manual, with: { ask: Go on }, owner: conductor, timeout: { total: 3m }";

/// A switch as the guides describe it, without the measurements that take long.
const STEPS: [(&str, &str); 12] = [
    // The position of a group at work is proved where it has come to rest: at the last look.
    ("baseline", "do: check, checks: [topic-shape, cluster-health], est: 1m"),
    ("stop-producers", "do: stop-app, on: source, with: { producers: unit }, timeout: { total: 60s }"),
    ("fence", "do: fence-writes, with: { topics: unit, backstop: none }, timeout: { total: 45s }"),
    ("stop-consumers", "do: stop-app, on: source, with: { groups: unit }, timeout: { total: 60s }"),
    (
        "drain",
        "do: wait, until: { check: drained }, every: 1s, timeout: { total: 60s }, on_timeout: { rollback: back }",
    ),
    ("stop-flow", "do: pause-replication, with: { topics: unit, groups: unit }, timeout: { total: 60s }"),
    ("final-position", "do: capture-positions, timeout: { total: 30s }"),
    ("verify", "do: check, checks: [content-parity], timeout: { total: 90s }"),
    (
        "land-offsets",
        "do: commit-offsets, with: { groups: unit, from: final-position }, timeout: { total: 60s }",
    ),
    (
        "last-look",
        "do: gate, require: { all: [ { check: offset-boundary }, { check: single-activity }, { check: rollback-anchor } ] }, fresh: 30s, commit_point: true, decide: { role: rollback_owner, answer_within: 120s, silence_is: { rollback: back } }, on_fail: { rollback: back }, timeout: { total: 150s }",
    ),
    ("start-consumers", "do: start-app, on: target, with: { groups: unit }, timeout: { total: 60s }"),
    ("start-producers", "do: start-app, on: target, with: { producers: unit }, timeout: { total: 60s }"),
];

const CHECKS: [&str; 9] = [
    "topic-shape",
    "position-provable",
    "content-parity",
    "drained",
    "single-activity",
    "offset-boundary",
    "group-progress",
    "cluster-health",
    "rollback-anchor",
];

impl Runbook {
    pub fn new(unit: String, topic: String, group: String, producer: String) -> Runbook {
        let mut steps: Vec<Step> = STEPS.map(|(id, text)| (id, text.to_owned())).into();
        steps.push((
            "first-records",
            "do: check, checks: [group-progress], timeout: { total: 2m }".to_owned(),
        ));
        Runbook {
            unit,
            topic,
            group,
            producer,
            commits: "manual".to_owned(),
            principal: "User:checkout".to_owned(),
            on_refusal: None,
            coordination: None,
            checks: CHECKS.into(),
            steps,
            target_born: "discarded".to_owned(),
            declared: String::new(),
            observe: "10m".to_owned(),
            observed_by: "single-activity",
            sick_for: "90s",
            rehearsal: String::new(),
        }
    }

    /// Replaces what a step says.
    #[track_caller]
    pub fn set(&mut self, step: &str, text: impl Into<String>) {
        self.steps.iter_mut().find(|(id, _)| *id == step).expect("the step is there").1 = text.into();
    }

    /// Adds a step before another.
    #[track_caller]
    pub fn insert(&mut self, before: &str, step: &'static str, text: impl Into<String>) {
        let at = self.steps.iter().position(|(id, _)| *id == before).expect("the step is there");
        self.steps.insert(at, (step, text.into()));
    }

    /// Lets the run stand still after this step, at one that nobody answers: lint wants a whole switch.
    #[track_caller]
    pub fn end_with(&mut self, step: &str) {
        let at = self.steps.iter().position(|(id, _)| *id == step).expect("the step is there");
        self.steps.insert(at + 1, (THE_END, PAUSE.to_owned()));
    }

    pub fn text(&self) -> String {
        let checks: String = self
            .checks
            .iter()
            .map(|kind| match *kind {
                "single-activity" => {
                    format!("\n  {kind}: {{ use: {kind}, severity: blocker, with: {{ look: 2s }} }}")
                }
                // Behind a fence the source does not grow: a longer look at it is stall, twice at every gate.
                "rollback-anchor" => {
                    format!("\n  {kind}: {{ use: {kind}, severity: blocker, with: {{ over: 2s }} }}")
                }
                // What the application itself counts.
                "reconciled" => format!(
                    "\n  {kind}: {{ use: exec, dimension: offset_parity, proof: application, severity: blocker, with: {{ argv: [./reconciled.sh], facts: {{ lost: integer }} }}, green: \"lost == 0\" }}"
                ),
                _ => format!("\n  {kind}: {{ use: {kind}, severity: blocker }}"),
            })
            .collect();
        let steps: String =
            self.steps.iter().map(|(id, text)| format!("\n  - {{ id: {id}, {text} }}")).collect();
        let refusal = self.on_refusal.as_ref().map_or(String::new(), |word| format!(", on_refusal: {word}"));
        let coordination = self
            .coordination
            .as_ref()
            .map_or(String::new(), |topic| format!("coordination: {{ cluster: target, topic: {topic} }}\n"));
        let Runbook {
            unit,
            topic,
            group,
            producer,
            commits,
            principal,
            target_born,
            declared,
            observe,
            observed_by,
            sick_for,
            rehearsal,
            ..
        } = self;
        format!(
            r#"apiVersion: cutover/v1
kind: Runbook
site: site.yaml
{coordination}metadata: {{ name: switch, title: Order settlement, change: TEST-1 }}
roles:
  app_owner: {{ people: [mina], accepts: [offset_parity, platform_compatibility] }}
units:
  {unit}:
    owner: app_owner
    topics: [{topic}]
    groups:
      {group}: {{ app: target/{group}, source_app: source/{group}, replicas: 1, isolation: read_committed, reset: none, session_timeout: 45s, commits: {commits}, truth: committed }}
    producers:
      {producer}: {{ app: target/{producer}, source_app: source/{producer}, replicas: 1, principal: "{principal}"{refusal} }}
    principals: ["User:settlement"]
    tolerates: {{ replayed: 0, skipped: 0, lag: "{{{{ duration('2h') }}}}", stall: 6m }}
    recovery: {{ switch_back_within: 15m, authority_after: source }}
{declared}checks:{checks}
steps:{steps}
budgets:
  - {{ name: stall, from: stop-producers, to: start-consumers, warn: 4m, max: 12m, on_exceed: {{ before_commit_point: {{ rollback: back }}, after: ask }} }}
rollback:
  authority: {{ before: source, after_switch: target }}
  triggers:
    - {{ id: sick, check: cluster-health, breach: red, for: {sick_for}, armed: {{ from: start-consumers, until: first-records }}, act: ask, ask: {{ role: rollback_owner, answer_within: 2m, silence_is: hold }}, plan: back }}
    - {{ id: call, called_by: [rollback_owner, conductor], plan: back }}
  plans:
    back:
      authority_after: source
      target_progress: {{ mirrored: translate-back, target_born: {target_born} }}
      observe: {{ for: {observe}, checks: [{observed_by}] }}
{rehearsal}"#
        )
    }
}

/// The site of one lab.
#[derive(Clone, Debug)]
pub struct Site {
    /// Client properties and cluster id of source and target.
    pub clusters: [(String, String); 2],
    pub connect: String,
    pub flow: String,
    /// The `apps` section below its key.
    pub apps: String,
}

impl Site {
    pub fn text(&self) -> String {
        let cluster = |(properties, id): &(String, String)| {
            format!("{{ properties: \"{properties}\", cluster_id: \"{id}\" }}")
        };
        let [source, target] = self.clusters.each_ref().map(cluster);
        let Site { connect, flow, apps, .. } = self;
        format!(
            r#"apiVersion: cutover/v1
kind: Site
metadata: {{ name: here, title: From one lab cluster to the other }}
environments:
  here:
    rehearse: true
    clusters:
      source: {source}
      target: {target}
    endpoints: {{ connect: "{connect}" }}
replication: {{ tool: mirrormaker2, flow: {flow}, topic_names: identity, connect: "{{{{ endpoints.connect }}}}" }}
people: {{ ilse: {{}}, omar: {{}}, mina: {{}}, tomas: {{}}, ana: {{}} }}
roles:
  conductor:      {{ people: [ilse], backup: [omar] }}
  platform_owner: {{ people: [omar], accepts: [operations] }}
  security_owner: {{ people: [tomas], accepts: [governance] }}
  rollback_owner: {{ people: [ana], backup: [omar], accepts: [rollback] }}
apps:
{apps}
"#
        )
    }
}
