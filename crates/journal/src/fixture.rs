//! A small plan and its events for the tests of this crate.

use std::collections::BTreeMap;

use jiff::Timestamp;
use runbook::check::Facts;
use runbook::plan::{ClusterRef, Person, Plan, PlannedCheck, Role, Rollback};
use runbook::unit::Unit;
use runbook::verdict::scorecard::{AcceptedCheck, findings_digest};
use runbook::verdict::{Decision, Item, ItemVerdict, Judgement};
use runbook::world::{EndsSeen, Measured, PartitionEnds, Probe, Reason, Replicator, Unobserved};
use runbook::{Dimension, Level, Observation, Proof, Severity, Side};

use crate::{
    Accepts, Anchor, Event, Header, Holder, JournalError, Run, RunFolder, Runs, Says, Signer, Statement,
};

pub fn time(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_796_000_000 + seconds).unwrap()
}

pub fn plan() -> Plan {
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
        replicator: Replicator {
            tool: "mirrormaker2".into(),
            source_alias: "a".into(),
            target_alias: "b".into(),
            connect: None,
        },
        endpoints: BTreeMap::new(),
        people: BTreeMap::new(),
        roles: BTreeMap::new(),
        acceptance_max_ms: None,
        window: None,
        parameters: Vec::new(),
        units: vec![Unit { name: "orders".into(), ..Unit::default() }],
        checks: vec![check("ends"), check("health")],
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

pub fn check(id: &str) -> PlannedCheck {
    PlannedCheck {
        id: id.into(),
        kind: id.into(),
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

pub fn probe() -> Probe {
    Probe::Ends { side: Side::Source, topics: vec!["orders".into()] }
}

pub fn observation(high_watermark: i64) -> Observation {
    let ends = PartitionEnds { topic: "orders".into(), partition: 0, log_start: 0, lso: 7, high_watermark };
    Observation {
        probe: probe(),
        at: time(1),
        took_ms: 12,
        partial: None,
        measured: Measured::Ends(EndsSeen { partitions: vec![ends] }),
    }
}

pub fn unobserved() -> Unobserved {
    Unobserved {
        probe: probe(),
        at: time(1),
        reason: Reason::Unreachable,
        message: "no broker of source answers".into(),
        hint: None,
    }
}

pub fn judgement(level: Level, evidence: &[String]) -> Judgement {
    let facts = Facts::new().with("lag", 0.1).with("note", "naïve \u{1F600} \"quoted\"");
    let item = Item::new("topic orders", facts);
    Judgement {
        level,
        why: (level == Level::Unknown).then(|| "not measured".to_owned()),
        findings: Vec::new(),
        items: vec![ItemVerdict { item, level }],
        evidence: evidence.to_vec(),
        measured_at: Some(time(1)),
        incomplete: level == Level::Unknown,
    }
}

pub fn judged(check: &str, judgement: Judgement) -> Event {
    Event::Judged { unit: "orders".into(), check: check.into(), judgement, provisional: false }
}

pub fn runs() -> (tempfile::TempDir, Runs) {
    let top = tempfile::tempdir().unwrap();
    let runs = Runs::at(top.path().join("runs"));
    (top, runs)
}

pub fn start(runs: &Runs) -> Run {
    Run::create(runs, Header::new(plan(), "check", time(0)), time(0)).unwrap()
}

/// A run from its start to its end, every kind of event but an interruption in it.
pub fn complete(runs: &Runs) -> RunFolder {
    let mut run = start(runs);
    run.folder().keep_copy("runbook.yaml", b"kind: Runbook\n").unwrap();
    run.append(time(1), Event::ProbeStarted { probe: probe(), round: 1 }).unwrap();
    run.append(time(2), Event::Unobserved { round: 1, unobserved: unobserved() }).unwrap();
    run.append(time(2), judged("health", judgement(Level::Unknown, &[]))).unwrap();
    run.append(time(3), Event::ProbeStarted { probe: probe(), round: 2 }).unwrap();
    let evidence = run.observed(time(4), 2, &observation(9)).unwrap();
    run.append(time(5), judged("ends", judgement(Level::Green, &[evidence]))).unwrap();
    run.append(time(6), Event::RunEnded { overall: Level::Unknown, exit: 3, ending: None }).unwrap();
    run.sync().unwrap();
    RunFolder::open(run.folder().path()).unwrap()
}

/// A key made of a number, as the text of its file.
pub fn key(number: u8) -> String {
    let pair = ssh_key::private::Ed25519Keypair::from_seed(&[number; 32]);
    ssh_key::PrivateKey::from(pair).to_openssh(ssh_key::LineEnding::LF).unwrap().to_string()
}

pub fn signer(number: u8) -> Signer {
    Signer::read(key(number).as_bytes(), None).unwrap()
}

/// The plan with an owner, mina (key 1), her backup omar (key 2), and lena (key 3), who holds no role.
pub fn owned() -> Plan {
    let person = |number| Person { key: None, public_key: Some(signer(number).public_key()) };
    let people = [("mina", person(1)), ("omar", person(2)), ("lena", person(3)), ("ana", Person::default())];
    let app_owner = Role {
        people: vec!["mina".into(), "ana".into()],
        backup: vec!["omar".into()],
        accepts: vec![Dimension::OffsetParity],
    };
    Plan {
        people: people.map(|(name, person)| (name.to_owned(), person)).into(),
        roles: BTreeMap::from([("app_owner".to_owned(), app_owner)]),
        ..plan()
    }
}

/// What `mina` as `app_owner` says of the run as it stands on disk, at `at`.
pub fn says(run: &RunFolder, decision: Decision, at: Timestamp) -> Statement {
    let reading = run.read().unwrap();
    let header = reading.state.header();
    let verdicts = reading.state.verdicts();
    let evidence = reading.state.evidence().map(str::to_owned).collect();
    let checks = header.pairs().filter_map(|(unit, check)| {
        let judgement = &verdicts.get(&(unit.to_owned(), check.to_owned()))?.judgement;
        let accepted = AcceptedCheck {
            rule_digest: "r".repeat(64),
            level: judgement.level,
            findings: findings_digest(&judgement.findings),
        };
        Some((check.to_owned(), accepted))
    });
    let accepts = Accepts {
        unit: "orders".into(),
        dimension: Dimension::OffsetParity,
        checks: checks.collect(),
        evidence,
    };
    Statement {
        format: Statement::format(),
        run: header.run.clone(),
        journal: Anchor { records: reading.records, head: reading.head.clone() },
        runbook: header.plan.name.clone(),
        environment: header.plan.environment.clone(),
        plan_digest: header.plan.digest.clone(),
        environment_digest: header.plan.environment_digest.clone(),
        role: "app_owner".into(),
        by: "mina".into(),
        at,
        says: Says::Scorecard {
            decision,
            reason: (decision == Decision::Reject).then(|| "not convinced".to_owned()),
            expires: None,
            sign_off: None,
            accepts: vec![accepts],
        },
    }
}

/// Takes the run again and journals the statement, signed with key `number`.
pub fn sign(run: &RunFolder, statement: &Statement, number: u8) -> Result<(), JournalError> {
    let document = statement.document();
    let signature = signer(number).sign(&document).unwrap();
    let folder = RunFolder::open(run.path()).unwrap();
    let at = statement.at.max(time(7));
    Run::reopen_to_add(folder, &Holder::this_process(at))?.sign(at, &document, &signature)
}

/// A run of checks that ended, and that its owner has accepted.
pub fn accepted(runs: &Runs) -> RunFolder {
    let mut run = Run::create(runs, Header::new(owned(), "check", time(0)), time(0)).unwrap();
    run.append(time(1), Event::ProbeStarted { probe: probe(), round: 1 }).unwrap();
    let evidence = run.observed(time(4), 1, &observation(9)).unwrap();
    for check in ["ends", "health"] {
        run.append(time(5), judged(check, judgement(Level::Green, std::slice::from_ref(&evidence)))).unwrap();
    }
    run.append(time(6), Event::RunEnded { overall: Level::Yellow, exit: 4, ending: None }).unwrap();
    run.sync().unwrap();
    let folder = RunFolder::open(run.folder().path()).unwrap();
    drop(run);
    sign(&folder, &says(&folder, Decision::Accept, time(8)), 1).unwrap();
    folder
}
