//! A plan whose checks ask what a test wants, and a run of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use journal::{Header, Run, RunState, Runs, Selection};
use runbook::check::{Check, FactSpec, FactType, Facts, Ruling, Scope};
use runbook::plan::{ClusterRef, Plan, PlannedCheck, Rollback};
use runbook::unit::Unit;
use runbook::verdict::{Finding, Item, Judgement};
use runbook::world::{EndsSeen, Measured, PartitionEnds, Probe, Replicator};
use runbook::{Dimension, Level, Observations, Proof, Severity, Side};

use crate::memory::MemoryWorld;
use crate::{CheckEnd, Checks, Options, ReadyCheck, RunError, check_run};

pub const GOOD: i64 = 1;
pub const MIDDLING: i64 = 2;
pub const BAD: i64 = 3;

/// What a test's check does.
#[derive(Clone, Debug)]
pub enum Asks {
    /// One list of probes after the other, each when the one before is answered.
    Rounds(Vec<Vec<Probe>>),
    /// Always something new.
    Endless,
    PanicsAsking,
    PanicsJudging,
}

/// Green when every answer is `GOOD`, yellow when the worst is `MIDDLING`, else red. The verdict of another check
/// counts as good when it is green.
#[derive(Debug)]
pub struct TestCheck(pub Asks);

fn value(measured: &Measured) -> i64 {
    match measured {
        Measured::Ends(ends) => ends.partitions.first().map_or(BAD, |p| p.high_watermark),
        Measured::Plan(seen) if seen.digest == "d".repeat(64) => GOOD,
        Measured::Judgement(seen) if seen.judgement.level == Level::Green => GOOD,
        _ => BAD,
    }
}

impl Check for TestCheck {
    fn ask(&self, _: &Scope<'_>, seen: &Observations) -> Vec<Probe> {
        let answered = |probes: &Vec<Probe>| probes.iter().all(|probe| seen.contains(probe));
        match &self.0 {
            Asks::Rounds(rounds) => {
                let known = rounds.iter().take_while(|probes| answered(probes)).count();
                rounds.iter().take(known + 1).flatten().cloned().collect()
            }
            Asks::Endless => (0..=seen.iter().count()).map(|n| source(&format!("t{n}"))).collect(),
            Asks::PanicsAsking => panic!("asked too much"),
            Asks::PanicsJudging => vec![source("a")],
        }
    }

    fn facts_of(&self) -> Vec<FactSpec> {
        vec![FactSpec::new("value", FactType::Integer, "what was answered")]
    }

    fn items(&self, scope: &Scope<'_>, seen: &Observations) -> Result<Vec<Item>, String> {
        assert!(!matches!(self.0, Asks::PanicsJudging), "judged too much");
        let item = |probe: &Probe| {
            let facts = Facts::new().with("value", value(&seen.of(probe).ok()?.measured));
            Some(Item::new(probe.title(), facts))
        };
        Ok(self.ask(scope, seen).iter().filter_map(item).collect())
    }

    fn rule(&self, _: &Scope<'_>, subject: &str, facts: &Facts) -> Ruling {
        let mut ruling = Ruling::green();
        let finding = || Finding::new("CUT2000", subject, "good", "not good", "look");
        match facts.integer("value") {
            Some(GOOD) => {}
            Some(MIDDLING) => ruling.yellow(finding()),
            _ => ruling.red(finding()),
        }
        ruling
    }
}

pub fn source(topic: &str) -> Probe {
    Probe::Ends { side: Side::Source, topics: vec![topic.into()] }
}

pub fn target(topic: &str) -> Probe {
    Probe::Ends { side: Side::Target, topics: vec![topic.into()] }
}

pub fn verdict_of(check: &str) -> Probe {
    Probe::Judgement { check: check.into(), unit: "orders".into() }
}

pub fn ends(value: i64) -> Measured {
    let ends = PartitionEnds { topic: "t".into(), partition: 0, log_start: 0, lso: 0, high_watermark: value };
    Measured::Ends(EndsSeen { partitions: vec![ends] })
}

pub fn planned(id: &str) -> PlannedCheck {
    PlannedCheck {
        id: id.into(),
        kind: "test".into(),
        built: true,
        title: None,
        help: None,
        dimension: Dimension::OffsetParity,
        proof: Proof::Metadata,
        covers: Vec::new(),
        severity: Severity::Major,
        on: None,
        units: Vec::new(),
        with: serde_json::Value::Null,
        green: None,
        yellow: None,
        no_data: None,
        settle: None,
        sample: None,
        budget: None,
        max_age_ms: None,
        due: None,
        from_rehearsal: false,
        owner: None,
        rule_digest: "r".repeat(64),
    }
}

/// A plan with one unit and nothing to do.
pub fn test_plan() -> Plan {
    let replicator = Replicator {
        tool: "mirrormaker2".into(),
        source_alias: "a".into(),
        target_alias: "b".into(),
        connect: None,
    };
    Plan {
        name: "settlement".into(),
        title: "Order settlement".into(),
        change: None,
        revision: None,
        environment: "production".into(),
        digest: "d".repeat(64),
        environment_digest: "e".repeat(64),
        source: ClusterRef::default(),
        target: ClusterRef::default(),
        replicator,
        endpoints: BTreeMap::new(),
        people: BTreeMap::new(),
        roles: BTreeMap::new(),
        acceptance_max_ms: None,
        window: None,
        parameters: Vec::new(),
        units: vec![Unit { name: "orders".into(), topics: vec!["t".into()], ..Unit::default() }],
        checks: Vec::new(),
        waivers: Vec::new(),
        steps: Vec::new(),
        commit_point: None,
        no_way_back: Vec::new(),
        rollback: Rollback::default(),
        apps: None,
        budgets: Vec::new(),
        lease: None,
        secrets: Default::default(),
        rollback_plans: Default::default(),
        backs: Default::default(),
        rehearsal: None,
        out_of_scope: Vec::new(),
        files: Vec::new(),
    }
}

/// A plan, its ready checks, a world and a place for runs.
pub struct Bench {
    top: tempfile::TempDir,
    pub plan: Plan,
    pub checks: Checks,
    pub world: Arc<MemoryWorld>,
    pub options: Options,
    pub selection: Selection,
}

impl Bench {
    pub fn new() -> Bench {
        Bench {
            top: tempfile::tempdir().unwrap(),
            plan: test_plan(),
            checks: Checks::new(),
            world: Arc::new(MemoryWorld::new()),
            options: Options::default(),
            selection: Selection::default(),
        }
    }

    pub fn unit(mut self, name: &str) -> Bench {
        self.plan.units.push(Unit { name: name.into(), ..Unit::default() });
        self
    }

    pub fn check(self, id: &str, asks: Asks) -> Bench {
        self.check_as(planned(id), asks)
    }

    /// A check that asks one thing.
    pub fn asks(self, id: &str, probe: Probe) -> Bench {
        self.check(id, Asks::Rounds(vec![vec![probe]]))
    }

    pub fn check_as(mut self, planned: PlannedCheck, asks: Asks) -> Bench {
        self.checks.insert(planned.id.clone(), ReadyCheck { check: Box::new(TestCheck(asks)), rule: None });
        self.plan.checks.push(planned);
        self
    }

    pub fn runs(&self) -> Runs {
        Runs::at(self.top.path().join("runs"))
    }

    pub fn start(&self) -> Run {
        let now = jiff::Timestamp::now();
        let header =
            Header { selection: self.selection.clone(), ..Header::new(self.plan.clone(), "check", now) };
        Run::create(&self.runs(), header, now).unwrap()
    }

    pub async fn go(&self, run: &mut Run) -> Result<CheckEnd, RunError> {
        check_run(run, &self.checks, self.world.clone(), self.options.clone()).await
    }

    /// Runs everything to its end, and verifies what is on disk.
    pub async fn run(&self) -> RunState {
        let mut run = self.start();
        assert_eq!(self.go(&mut run).await.unwrap(), CheckEnd::Complete);
        assert!(run.state().is_complete());
        verified(&run)
    }
}

/// The state as somebody else reads it from disk, everything verified.
pub fn verified(run: &Run) -> RunState {
    let verified = journal::verify(run.folder()).unwrap();
    assert_eq!(verified.head, run.head());
    assert!(verified.unnamed.is_empty());
    let state = run.folder().read().unwrap().state;
    assert_eq!(&state, run.state());
    state
}

pub fn level(state: &RunState, check: &str) -> Level {
    state.verdict("orders", check).level
}

/// The verdict, which must be unknown, as the sentence that says why.
pub fn why(state: &RunState, check: &str) -> String {
    let Judgement { level, why, .. } = state.verdict("orders", check);
    assert_eq!(level, Level::Unknown, "{check}: {why:?}");
    why.unwrap()
}
