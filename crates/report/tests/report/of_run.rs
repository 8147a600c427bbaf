//! From a real journal on disk to a report.

use std::collections::BTreeMap;

use jiff::Timestamp;
use journal::{Event, Header, JournalError, Moment, Run, RunFolder, Runs, StepOutcome};
use report::{Format, ObservationOutcome, Options, ReportInput, Terminal, render, terminal};
use runbook::check::Facts;
use runbook::plan::{Plan, PlannedStep};
use runbook::verdict::{Item, ItemVerdict, Judgement, Level};
use runbook::world::*;

use crate::fixture::{lagging, not_accepted, settlement};

fn time(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_796_000_000 + seconds).unwrap()
}

/// The settlement plan with only two checks, so that a short journal can complete it.
fn plan() -> Plan {
    let mut plan = settlement();
    plan.checks.retain(|check| ["offset-boundary", "rollback-anchor"].contains(&check.id.as_str()));
    plan
}

fn observe(run: &mut Run, at: i64, probe: Probe, measured: Measured) -> String {
    observe_again(run, 1, at, probe, measured)
}

fn observe_again(run: &mut Run, round: u32, at: i64, probe: Probe, measured: Measured) -> String {
    run.append(time(at), Event::ProbeStarted { probe: probe.clone(), round }).unwrap();
    let observation = Observation { probe, at: time(at), took_ms: 1_500, partial: None, measured };
    run.observed(time(at + 2), round, &observation).unwrap()
}

fn judge(run: &mut Run, at: i64, check: &str, judgement: Judgement) {
    let (unit, check) = ("settlement".to_owned(), check.to_owned());
    run.append(time(at), Event::Judged { unit, check, judgement, provisional: false }).unwrap();
}

/// A run that saw the source, the positions, and not the target.
fn journal(runs: &Runs) -> RunFolder {
    let mut header = Header::new(plan(), "check", time(0));
    header.clusters = BTreeMap::from([(Side::Source, "5L6g3nShT-eMCtK--X86sw".to_owned())]);
    let mut run = Run::create(runs, header, time(0)).unwrap();
    let broker = BrokerSeen { id: 1, address: "b-1.aws.internal:9094".to_owned(), rack: None };
    let cluster = ClusterSeen {
        cluster_id: "5L6g3nShT-eMCtK--X86sw".to_owned(),
        controller: Some(1),
        brokers: vec![broker],
        topics: 2,
        partitions: 24,
        offline: Vec::new(),
        under_replicated: Vec::new(),
        under_min_isr: Vec::new(),
    };
    observe(&mut run, 1, Probe::Cluster { side: Side::Source }, Measured::Cluster(cluster));
    let target = Probe::Cluster { side: Side::Target };
    run.append(time(1), Event::ProbeStarted { probe: target.clone(), round: 1 }).unwrap();
    let unobserved = Unobserved {
        probe: target,
        at: time(1),
        reason: Reason::Unreachable,
        message: "no broker answered".to_owned(),
        hint: None,
    };
    run.append(time(9), Event::Unobserved { round: 1, unobserved }).unwrap();
    let seen = lagging().positions[0].seen.clone();
    let probe = Probe::Positions {
        group: "settlement".to_owned(),
        topics: vec!["orders".to_owned()],
        isolation: seen.isolation,
        without: Vec::new(),
        begins: None,
    };
    let evidence = observe(&mut run, 10, probe, Measured::Positions(seen));
    let item = Item::new("group settlement", Facts::new().with("records", 123_456));
    let red = Judgement {
        level: Level::Red,
        why: None,
        findings: Vec::new(),
        items: vec![ItemVerdict { item, level: Level::Red }],
        evidence: vec![evidence],
        measured_at: Some(time(10)),
        incomplete: false,
    };
    judge(&mut run, 13, "offset-boundary", red);
    judge(
        &mut run,
        14,
        "rollback-anchor",
        Judgement::unknown("health of the target cluster: no broker answered"),
    );
    run.append(time(20), Event::RunEnded { overall: Level::Red, exit: 1, ending: None }).unwrap();
    run.sync().unwrap();
    RunFolder::open(run.folder().path()).unwrap()
}

fn input(folder: &RunFolder) -> Result<ReportInput, JournalError> {
    ReportInput::of_run(&folder.read()?, folder.runs(), |digest| folder.evidence(digest))
}

#[test]
fn the_journal_alone_makes_the_report() {
    let top = tempfile::tempdir().unwrap();
    let folder = journal(&Runs::at(top.path().join("runs")));
    let input = input(&folder).unwrap();
    assert_eq!(input.scorecard.overall, Level::Red);
    let report = input.scorecard.next_steps.last().unwrap();
    let place = format!(" --runs-dir {}", top.path().join("runs").display());
    assert!(report.starts_with("cutover report ") && report.ends_with(&place), "{report}");
    assert_eq!(input.positions[0].unit.as_deref(), Some("settlement"));
    assert_eq!(input.source.brokers, ["b-1.aws.internal:9094"]);
    assert_eq!(input.target.observed_id, None, "the target was never reached");
    assert_eq!(input.run.ended, Some(time(20)));
    assert_eq!(input.run.interrupted, None);
    assert_eq!(input.observations.len(), 3);
    let unmeasured =
        |meta: &&report::ObservationMeta| matches!(meta.outcome, ObservationOutcome::Unmeasured { .. });
    assert_eq!(input.observations.iter().filter(unmeasured).count(), 1);
    let text = terminal(&input, Terminal::default());
    assert!(text.contains("replay of 123,456 records, 24.7 MB, 1 h 30 min"), "{text}");
    assert!(text.contains("measured 10 s ago"), "ages count to the last record, not to today: {text}");
}

/// A run that found `settlement` behind, landed it, and passed its commit point; `looked`: with a look between the two.
fn switch(runs: &Runs, looked: bool) -> ReportInput {
    let mut plan = plan();
    let step =
        |id: &str, kind: &str| PlannedStep { id: id.into(), kind: kind.into(), ..PlannedStep::default() };
    plan.steps = vec![step("land-offsets", "commit-offsets"), step("last-look", "gate")];
    plan.steps[1].commit_point = true;
    plan.commit_point = Some("last-look".to_owned());
    let mut run = Run::create(runs, Header::new(plan, "run", time(0)), time(0)).unwrap();
    let (behind, exact) = (lagging().positions.remove(0).seen, not_accepted().positions.remove(0).seen);
    let mut own = exact.clone();
    own.partitions[0].outcome = Outcome::Skip;
    own.partitions[0].records = Some(9);
    let (group, isolation) = ("settlement".to_owned(), exact.isolation);
    let topics = vec!["orders".to_owned()];
    let probe = Probe::Positions { group, topics, isolation, without: Vec::new(), begins: None };
    observe(&mut run, 1, probe.clone(), Measured::Positions(behind));
    let passes = |run: &mut Run, step: &str, at: i64| {
        let moment = |at| Moment { wall: time(at), mono_ms: 1_000 * at as u64, boot: "b".to_owned() };
        let step = step.to_owned();
        let begins = Event::StepStarted { step: step.clone(), attempt: 1, moment: moment(at) };
        run.append(time(at), begins).unwrap();
        let ends = Event::StepEnded { step, outcome: StepOutcome::Done, moment: moment(at + 1) };
        run.append(time(at + 1), ends).unwrap();
    };
    passes(&mut run, "land-offsets", 10);
    if looked {
        observe_again(&mut run, 2, 20, probe.clone(), Measured::Positions(exact));
    }
    passes(&mut run, "last-look", 30);
    observe_again(&mut run, if looked { 3 } else { 2 }, 40, probe, Measured::Positions(own));
    run.sync().unwrap();
    input(&RunFolder::open(run.folder().path()).unwrap()).unwrap()
}

#[test]
fn a_group_that_was_switched_is_told_from_the_last_look_before_its_own_progress() {
    let top = tempfile::tempdir().unwrap();
    let seen = switch(&Runs::at(top.path().join("looked")), true);
    let [table] = &seen.positions[..] else { panic!("one group: {:?}", seen.positions) };
    assert_eq!((table.at, table.found.as_ref().unwrap().at), (time(20), time(1)));
    assert_eq!(seen.observations.len(), 3, "each look is in the list of evidence");
    let md = render(Format::Markdown, &seen, &Options::default()).unwrap();
    for said in [
        "Where each group went on",
        "Forward, group settlement: no record again, none skipped; measured 2026-11-30 00:53:40 UTC, the last look before the switch.",
        "left as found 2026-11-30 00:53:21 UTC: exact in 2 of 4 partitions; 123,456 records again (24.7 MB), 1 partition is not proved",
    ] {
        assert!(md.contains(said), "{said}: {md}");
    }

    let unseen = switch(&Runs::at(top.path().join("not")), false);
    assert_eq!(unseen.positions[0].at, time(40), "before the landing is not where it went on");
    let md = render(Format::Markdown, &unseen, &Options::default()).unwrap();
    assert!(md.contains("nobody looked between what was landed and the switch"), "{md}");
    assert!(!md.contains("Where each group went on"), "{md}");
}

#[test]
fn rendered_again_it_is_the_same() {
    let top = tempfile::tempdir().unwrap();
    let folder = journal(&Runs::at(top.path().join("runs")));
    for format in Format::ALL {
        let once = render(format, &input(&folder).unwrap(), &Options::default()).unwrap();
        let again = render(format, &input(&folder).unwrap(), &Options::default()).unwrap();
        assert_eq!(once, again, "{format:?}");
    }
}

#[test]
fn an_unfinished_run_says_so_and_shows_nothing_green() {
    let top = tempfile::tempdir().unwrap();
    let runs = Runs::at(top.path().join("runs"));
    let mut run = Run::create(&runs, Header::new(plan(), "check", time(0)), time(0)).unwrap();
    run.append(time(1), Event::ProbeStarted { probe: Probe::Cluster { side: Side::Source }, round: 1 })
        .unwrap();
    run.sync().unwrap();
    let input = input(run.folder()).unwrap();
    assert!(input.run.interrupted.is_some());
    assert_eq!(input.run.ended, None);
    let text = terminal(&input, Terminal::default());
    assert!(!text.contains("✓ green"), "{text}");
    assert!(text.contains("still being measured"), "{text}");
}

#[test]
fn changed_evidence_makes_no_report() {
    let top = tempfile::tempdir().unwrap();
    let folder = journal(&Runs::at(top.path().join("runs")));
    let evidence = folder.path().join("evidence");
    for entry in std::fs::read_dir(evidence).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap().replace("123457", "123458");
        std::fs::write(path, text).unwrap();
    }
    assert!(matches!(input(&folder), Err(JournalError::Damaged(_))));
}
