//! What the rollback owner signs: from where the groups go on, and what becomes of what was done on the target.

use std::collections::BTreeMap;

use jiff::Timestamp;
use journal::{Ending, Event, Header, Moment, Run, RunFolder, Runs, StepOutcome, Unwinding};
use report::{Format, KnownBy, Options, Reached, ReportInput, render};
use runbook::action::{Change, Changeset};
use runbook::plan::{BackPlan, PlannedStep};
use runbook::verdict::Level;
use runbook::world::*;
use serde_json::{Value, json};

use crate::fixture::{back_to_aws, settlement, switched};

fn moment(second: i64) -> Moment {
    let wall = Timestamp::from_second(1_796_000_000 + second).unwrap();
    Moment { wall, mono_ms: 1_000 * u64::try_from(second).unwrap(), boot: "b".to_owned() }
}

fn step(id: &str, kind: &str) -> PlannedStep {
    PlannedStep {
        id: id.into(),
        kind: kind.into(),
        unit: Some("settlement".into()),
        ..PlannedStep::default()
    }
}

/// A run of the settlement slice, second by second.
struct Switch {
    run: Run,
    second: i64,
}

impl Switch {
    fn begun(runs: &Runs, mirrored: &str) -> Switch {
        let mut plan = settlement();
        plan.checks.clear();
        plan.rollback_plans = back_to_aws(mirrored, &json!("discarded"));
        plan.steps = vec![step("final-position", "capture-positions"), step("last-look", "gate")];
        plan.steps[1].commit_point = true;
        plan.commit_point = Some("last-look".to_owned());
        let between = vec![step("back-to-aws/offsets-back", "commit-offsets-back")];
        plan.backs =
            BTreeMap::from([("back-to-aws".to_owned(), BackPlan { between, ..BackPlan::default() })]);
        let at = moment(0).wall;
        Switch { run: Run::create(runs, Header::new(plan, "run", at), at).unwrap(), second: 0 }
    }

    fn append(&mut self, event: Event) {
        self.second += 1;
        self.run.append(moment(self.second).wall, event).unwrap();
    }

    fn now(&self) -> Moment {
        moment(self.second + 1)
    }

    fn begin(&mut self, step: &str) {
        let moment = self.now();
        self.append(Event::StepStarted { step: step.to_owned(), attempt: 1, moment });
    }

    fn end(&mut self, step: &str) {
        let moment = self.now();
        self.append(Event::StepEnded { step: step.to_owned(), outcome: StepOutcome::Done, moment });
    }

    fn see(&mut self, probe: Probe, measured: Measured) -> String {
        self.second += 1;
        let at = moment(self.second).wall;
        self.run.append(at, Event::ProbeStarted { probe: probe.clone(), round: 1 }).unwrap();
        self.run.observed(at, 1, &Observation { probe, at, took_ms: 10, partial: None, measured }).unwrap()
    }

    /// Where the group stands: offsets of `orders-0` and `accounts-0`.
    fn stands(&mut self, side: Side, offsets: [i64; 2]) -> String {
        let commit = |topic: &str, offset| {
            let commit = json!({ "topic": topic, "partition": 0, "offset": offset });
            serde_json::from_value(commit).unwrap()
        };
        let [orders, accounts] = offsets;
        let group = GroupSeen {
            group: "settlement".to_owned(),
            kind: GroupKind::Classic,
            state: "Empty".to_owned(),
            members: Vec::new(),
            commits: vec![commit("accounts", accounts), commit("orders", orders)],
            moved: BTreeMap::new(),
            unread: None,
        };
        let groups = vec!["settlement".to_owned()];
        self.see(
            Probe::Groups { side, groups, over_ms: 2_000 },
            Measured::Groups(GroupsSeen { groups: vec![group] }),
        )
    }

    /// Captured at 100 and 40, and handed over.
    fn handed_over(mut self) -> Switch {
        self.begin("final-position");
        let evidence = vec![self.stands(Side::Source, [100, 40])];
        self.append(Event::Kept { step: "final-position".to_owned(), evidence });
        self.end("final-position");
        self.begin("last-look");
        self.end("last-look");
        self
    }

    /// Seen on the target at 175, which is 170 on the source, and at 60, which is not proved there.
    fn followed(mut self) -> Switch {
        let groups = self.stands(Side::Target, [175, 60]);
        let place = |topic: &str, offset| Place { topic: topic.to_owned(), partition: 0, offset };
        let (orders, accounts) = (place("orders", 175), place("accounts", 60));
        let places = vec![orders.clone(), accounts.clone()];
        let (isolation, toward) = (Isolation::ReadCommitted, Side::Source);
        let twins = vec![
            Twin { place: orders, target: Some(170), proved: true, why: None },
            Twin { place: accounts, target: Some(55), proved: false, why: Some("alike".to_owned()) },
        ];
        let twins = self.see(
            Probe::Twins { places, isolation, toward, without: Vec::new() },
            Measured::Twins(TwinsSeen { twins }),
        );
        let moment = self.now();
        self.append(Event::Followed {
            unit: "settlement".to_owned(),
            step: "back-to-aws/offsets-back".to_owned(),
            evidence: vec![groups, twins],
            born: Some(0),
            proved: false,
            measured_at: Some(moment.wall),
            moment,
        });
        self
    }

    /// Taken back: `orders` is landed at 180, `accounts` left as it is.
    fn taken_back(mut self) -> Switch {
        let how = Unwinding::Rollback { plan: "back-to-aws".to_owned() };
        let moment = self.now();
        self.append(Event::UnwindStarted { how, why: "ana asked for it".to_owned(), moment });
        let step = "back-to-aws/offsets-back".to_owned();
        self.begin(&step);
        let held = |offset| Some(serde_json::from_value(json!({ "offset": offset })).unwrap());
        let commits =
            vec![CommitChange { topic: "orders".to_owned(), partition: 0, from: held(100), to: held(180) }];
        let command = Command::SetCommits { side: Side::Source, group: "settlement".to_owned(), commits };
        let changes = Changeset { changes: vec![Change::guarded(command).unwrap()], ..Changeset::default() };
        self.append(Event::Proposed { step: step.clone(), changes });
        self.append(Event::CommandStarted { step: step.clone(), index: 0 });
        let receipt = Receipt::Applied { said: None };
        self.append(Event::CommandEnded { step: step.clone(), index: 0, receipt });
        self.end(&step);
        self
    }

    fn is_over(mut self, ending: Ending) -> Switch {
        self.append(Event::RunEnded { overall: Level::Unknown, exit: 5, ending: Some(ending) });
        self
    }

    fn report(mut self) -> (ReportInput, String) {
        self.run.sync().unwrap();
        let folder = RunFolder::open(self.run.folder().path()).unwrap();
        let reading = folder.read().unwrap();
        let input = ReportInput::of_run(&reading, folder.runs(), |digest| folder.evidence(digest)).unwrap();
        let md = render(Format::Markdown, &input, &Options::default()).unwrap();
        (input, md)
    }
}

fn points(input: &ReportInput) -> Vec<(&str, Option<i64>, &KnownBy)> {
    let points = input.recovery_points.iter();
    points.map(|point| (point.topic.as_str(), point.offset, &point.known_by)).collect()
}

#[test]
fn after_a_return_groups_go_on_where_it_landed_them() {
    let top = tempfile::tempdir().unwrap();
    let runs = Runs::at(top.path().join("runs"));
    let switch = Switch::begun(&runs, "translate-back").handed_over().followed().taken_back();
    let (input, md) = switch.is_over(Ending::RolledBack).report();
    let captured = KnownBy::Captured("final-position".to_owned());
    let landed = KnownBy::Landed("back-to-aws/offsets-back".to_owned());
    assert_eq!(points(&input), [("accounts", Some(40), &captured), ("orders", Some(180), &landed)]);
    for said in [
        "Group settlement: offset 180 of orders, partition 0, landed on the source by back-to-aws/offsets-back, which ended 2026-11-30",
        "Group settlement: offset 40 of accounts, partition 0, captured by final-position at",
        "| 180 | landed by back-to-aws/offsets-back, 2026-11-30",
    ] {
        assert!(md.contains(said), "{said}: {md}");
    }
    assert!(!md.contains("Past the commit point:") && !md.contains("on the target at"), "{md}");
}

#[test]
fn before_a_return_it_is_told_that_translated_positions_lie_further() {
    let top = tempfile::tempdir().unwrap();
    let runs = Runs::at(top.path().join("runs"));
    let (input, md) = Switch::begun(&runs, "translate-back").handed_over().followed().report();
    let reached: Vec<Option<&Reached>> =
        input.recovery_points.iter().map(|point| point.reached.as_ref()).collect();
    let on = |reached: Option<&Reached>| reached.map(|reached| (reached.on_target, reached.on_source));
    assert_eq!(reached.into_iter().map(on).collect::<Vec<_>>(), [Some((60, None)), Some((175, Some(170)))]);
    for said in [
        "Group settlement: not before 2 partitions of accounts, orders, each in the report's table, captured by final-position at",
        "Past the commit point: by plan back-to-aws further, by what it has done on the target; where it stood when it was looked at last, 2026-11-30",
        "; on the target at 175, here 170, 2026-11-30",
        "; on the target at 60, 2026-11-30",
    ] {
        assert!(md.contains(said), "{said}: {md}");
    }

    let runs = Runs::at(top.path().join("point"));
    let (_, md) = Switch::begun(&runs, "recovery-point").handed_over().followed().report();
    assert!(md.contains("Group settlement: 2 partitions of accounts, orders, each"), "{md}");
    assert!(!md.contains("not before") && !md.contains("on the target at"), "{md}");

    // What was completed is not taken back by this run, so nothing takes its groups further.
    let runs = Runs::at(top.path().join("over"));
    let run = Switch::begun(&runs, "translate-back").handed_over().followed();
    let (_, md) = run.is_over(Ending::Completed).report();
    assert!(!md.contains("not before") && !md.contains("on the target at"), "{md}");
}
