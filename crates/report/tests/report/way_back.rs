//! What the rollback owner signs: from where the groups go on, and what becomes of what was done on the target.

use std::collections::BTreeMap;

use jiff::Timestamp;
use journal::{Ending, Event, Header, Moment, Run, RunFolder, Runs, StepOutcome, Unwinding};
use report::{BornMeta, Format, KnownBy, Options, Reached, ReportInput, render};
use runbook::action::{Change, Changeset};
use runbook::check::Facts;
use runbook::plan::{BackPlan, PlannedStep, Way};
use runbook::verdict::{Item, ItemVerdict, Judgement, Level};
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

    fn turned(mut self, how: Unwinding) -> Switch {
        let moment = self.now();
        self.append(Event::UnwindStarted { how, why: "ana asked for it".to_owned(), moment });
        self
    }

    /// Taken back: `orders` is landed at 180, `accounts` left as it is. `saw_target`: it wrote down where the group stood
    /// there.
    fn taken_back(mut self, saw_target: bool) -> Switch {
        self = self.turned(Unwinding::Rollback { plan: "back-to-aws".to_owned() });
        let step = "back-to-aws/offsets-back".to_owned();
        self.begin(&step);
        let held = |offset| Some(serde_json::from_value(json!({ "offset": offset })).unwrap());
        let commits =
            vec![CommitChange { topic: "orders".to_owned(), partition: 0, from: held(100), to: held(180) }];
        let command = Command::SetCommits { side: Side::Source, group: "settlement".to_owned(), commits };
        let places = BTreeMap::from([("orders-0".to_owned(), 185), ("accounts-0".to_owned(), 60)]);
        let stood = saw_target.then(|| ("settlement".to_owned(), places));
        let changes = Changeset {
            changes: vec![Change::guarded(command).unwrap()],
            stood: stood.into_iter().collect(),
            ..Changeset::default()
        };
        self.append(Event::Proposed { step: step.clone(), changes });
        self.append(Event::CommandStarted { step: step.clone(), index: 0 });
        let receipt = Receipt::Applied { said: None };
        self.append(Event::CommandEnded { step: step.clone(), index: 0, receipt });
        self.end(&step);
        self
    }

    fn ended(mut self, ending: Ending) -> Switch {
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
    let switch = Switch::begun(&runs, "translate-back").handed_over().followed().taken_back(true);
    let (input, md) = switch.ended(Ending::RolledBack).report();
    let captured = KnownBy::Captured("final-position".to_owned());
    let landed = KnownBy::Landed("back-to-aws/offsets-back".to_owned());
    assert_eq!(points(&input), [("accounts", Some(40), &captured), ("orders", Some(180), &landed)]);
    for said in [
        "Group settlement: offset 180 of orders, partition 0, landed on the source by back-to-aws/offsets-back, which ended 2026-11-30",
        ": behind what it did on the target.",
        "Group settlement: offset 40 of accounts, partition 0, captured by final-position at",
        "| 180 | landed by back-to-aws/offsets-back, 2026-11-30",
    ] {
        assert!(md.contains(said), "{said}: {md}");
    }
    assert!(!md.contains("Past the commit point:") && !md.contains("on the target at"), "{md}");
}

#[test]
fn what_was_landed_without_the_target_lies_before_part_of_what_was_done_there() {
    let top = tempfile::tempdir().unwrap();
    let runs = Runs::at(top.path().join("runs"));
    let switch = Switch::begun(&runs, "translate-back").handed_over().followed().taken_back(false);
    let (input, md) = switch.ended(Ending::RolledBack).report();
    let points = points(&input);
    let [_, ("orders", Some(180), KnownBy::LandedUnseen(_, Some(_)))] = points[..] else {
        panic!("{points:?}")
    };
    for said in [
        "when the target did not answer: by where it stood there when that was proved last at 2026-11-30",
        "What it did on the target after that comes again.",
    ] {
        assert!(md.contains(said), "{said}: {md}");
    }
    assert!(!md.contains("behind what it did on the target"), "{md}");
}

#[test]
fn a_plan_that_does_everything_again_lands_nothing_behind_what_was_done() {
    let top = tempfile::tempdir().unwrap();
    let runs = Runs::at(top.path().join("runs"));
    let switch = Switch::begun(&runs, "recovery-point").handed_over().followed().taken_back(true);
    let (_, md) = switch.ended(Ending::RolledBack).report();
    assert!(md.contains("where its rollback plan has it go on after what it did on the target."), "{md}");
    assert!(!md.contains("behind what it did on the target"), "{md}");
}

#[test]
fn the_time_of_standing_down_is_no_time_of_a_return_past_the_commit_point() {
    let top = tempfile::tempdir().unwrap();
    let stood_down = Switch::begun(&Runs::at(top.path().join("before")), "translate-back")
        .turned(Unwinding::StandDown)
        .ended(Ending::StoodDown);
    let told = answer(&stood_down.report().0, "How long does it take?");
    assert!(told.contains("Measured in this run, before the commit point: "), "{told}");
    assert!(told.contains("Past the commit point: not measured: this run has no such return"), "{told}");
    assert!(told.contains(OPEN), "{told}");
    let back = Switch::begun(&Runs::at(top.path().join("past")), "translate-back")
        .handed_over()
        .followed()
        .taken_back(true)
        .ended(Ending::RolledBack);
    let told = answer(&back.report().0, "How long does it take?");
    assert!(told.contains("Measured in this run, past the commit point: "), "{told}");
    assert!(!told.contains("not measured") && !told.contains(OPEN), "{told}");
}

#[test]
fn records_that_may_be_copies_are_counted_as_a_bound() {
    let mut input = switched();
    let born = |at_most| BornMeta { records: 14, bytes: 1_400, at_most };
    for (at_most, said) in [(true, "Of settlement, at most 14 records"), (false, "Of settlement, 14 records")]
    {
        input.born = [("settlement".to_owned(), born(at_most))].into();
        let told = answer(&input, "What becomes of what was done on the target?");
        assert!(told.contains(said), "{told}");
    }
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
        "Group settlement: 2 partitions of accounts, orders, each in the report's table, captured by final-position at",
        "and the source was at rest: not before that.",
        "Past the commit point: by plan back-to-aws further, by what it has done on the target; where it stood when it was looked at last, 2026-11-30",
        "; on the target at 175, on the source 170, 2026-11-30",
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
    let (_, md) = run.ended(Ending::Completed).report();
    assert!(!md.contains("not before") && !md.contains("on the target at"), "{md}");
}

fn md(input: &ReportInput) -> String {
    render(Format::Markdown, input, &Options::default()).unwrap()
}

/// The answer to one question, as it is read.
fn answer(input: &ReportInput, about: &str) -> String {
    let md = md(input);
    let line = md.lines().find(|line| line.starts_with(&format!("| {about}")));
    line.unwrap_or_else(|| panic!("{about}: {md}")).to_owned()
}

const OPEN: &str = "**(not known, or not rehearsed)**";

/// What the sign-off says of a plan with these words: what becomes of the work done on the target, what comes again.
fn of_plan(mirrored: &str, target_born: Value) -> [String; 2] {
    let mut input = switched();
    input.plan.rollback_plans = back_to_aws(mirrored, &target_born);
    ["What becomes of what was done on the target?", "What is processed again?"]
        .map(|about| answer(&input, about))
}

#[test]
fn of_records_born_on_the_target_it_says_what_the_run_does() {
    const AT_THE_END: &str = "groups behind what was copied go on at the end of the source";
    let nothing_again = "Back by plan back-to-aws: nothing of what was copied. Each position is proved";
    let cases = [
        (
            json!("none"),
            "there are to be none, and the ledger has to prove it, else the run is held on its way back; where the target does not answer, app_owner is asked",
            nothing_again,
        ),
        (
            json!("discarded"),
            "app_owner gives them up, by signing, before any position is landed; groups behind",
            nothing_again,
        ),
        (
            json!("carried"),
            "somebody brings them over, the run brings none; before any position is landed, app_owner says that they were brought over, or gives them up; groups behind",
            "what is brought over after the groups were landed, also by a group that has done it there. Each",
        ),
        (
            json!({ "reconcile": "sums" }),
            "the run brings none; before any position is landed, app_owner says that they were brought over, or gives them up; groups behind what was copied go on at the end of the source; check sums has to be good afterwards.",
            "what is brought over after the groups were landed",
        ),
        (
            json!("replayed"),
            "they stay there, and the run writes none of them to the source. A group that has done any goes back to where it left the source, and everything since comes again; where the target",
            "one that has done records born on the target does everything again since its recovery point. Each",
        ),
    ];
    for (word, becomes, again) in cases {
        let [fate, replays] = of_plan("translate-back", word.clone());
        assert!(fate.contains(becomes), "{word}: {becomes}: {fate}");
        assert!(replays.contains(again), "{word}: {again}: {replays}");
        assert!(!fate.contains(OPEN), "{word}: {fate}");
        assert_eq!(replays.contains(OPEN), word == "replayed", "nobody knows how much that is: {replays}");
        let behind = word != "none" && word != "replayed";
        assert_eq!(fate.contains(AT_THE_END), behind, "{word}: {fate}");

        let [fate, replays] = of_plan("recovery-point", word.clone());
        assert!(!fate.contains(AT_THE_END), "{word}: every group goes on where it left the source: {fate}");
        assert!(replays.contains("everything a group processed since its recovery point."), "{replays}");
    }
    let mut input = switched();
    input.plan.rollback_plans = BTreeMap::from([("back".to_owned(), json!({ "authority_after": "source" }))]);
    let fate = answer(&input, "What becomes of what was done on the target?");
    assert!(
        fate.contains(OPEN) && fate.contains("It does not declare what becomes of records born"),
        "{fate}"
    );
}

#[test]
fn a_trigger_that_goes_back_by_itself_does_so_past_the_commit_point_only_where_nothing_was_born() {
    const ABOUT: &str = "What starts it?";
    const HELD: &str = "and past the commit point the run is held instead, and a person decides";
    const PROVED: &str = "and past the commit point only while it is proved that nothing was born on the target; else the run is held";
    let mut input = switched();
    let back = BackPlan { target_born: Some("discarded".to_owned()), ..BackPlan::default() };
    input.plan.backs = BTreeMap::from([("back-to-aws".to_owned(), back)]);
    input.plan.rollback.triggers[0].act = Some("auto".to_owned());
    let told = answer(&input, ABOUT);
    assert!(told.contains(&format!("it goes back without asking, {HELD} (plan back-to-aws)")), "{told}");

    input.plan.backs.get_mut("back-to-aws").unwrap().target_born = Some("none".to_owned());
    let told = answer(&input, ABOUT);
    assert!(told.contains(&format!("it goes back without asking, {PROVED}")), "{told}");

    // Two at work at once are looked at by a person, whatever is proved.
    input.plan.rollback.triggers[0].check = Some("single-activity".to_owned());
    let told = answer(&input, ABOUT);
    assert!(told.contains(&format!("it goes back without asking, {HELD}")), "{told}");

    let trigger = &mut input.plan.rollback.triggers[0];
    (trigger.act, trigger.check) = (Some("ask".to_owned()), Some("consumer-errors".to_owned()));
    trigger.silence_is = Some(Way::Rollback("back-to-aws".to_owned()));
    let told = answer(&input, ABOUT);
    assert!(
        told.contains("silence is: roll back by back-to-aws, and past the commit point only while"),
        "{told}"
    );
    input.plan.rollback.triggers[0].silence_is = Some(Way::StandDown);
    let told = answer(&input, ABOUT);
    assert!(told.contains(HELD), "{told}");
    input.plan.rollback.triggers[0].silence_is = Some(Way::Hold);
    assert!(!answer(&input, ABOUT).contains("commit point"), "it is held in either case");
}

#[test]
fn what_a_group_tolerates_itself_replaces_what_its_unit_does() {
    let mut input = switched();
    let groups = &mut input.plan.units[0].groups;
    groups.insert("ledger".to_owned(), Default::default());
    groups.get_mut("ledger").unwrap().tolerates.replayed = Some(500);
    let told = answer(&input, "What is processed again?");
    for said in [
        "Tolerated by group ledger of settlement: 500 replayed and 0 skipped",
        "Tolerated by group settlement of settlement: 0 replayed and 0 skipped",
    ] {
        assert!(told.contains(said), "{said}: {told}");
    }
    assert!(!told.contains("Tolerated by settlement:"), "{told}");
}

#[test]
fn a_rehearsal_of_another_environment_says_so_and_stays_open() {
    let told_of = |place: &str| {
        let mut input = switched();
        let mut check = input.plan.checks[0].clone();
        (check.id, check.kind) = ("rehearsed".to_owned(), "rehearsal-covered".to_owned());
        input.plan.checks.push(check);
        let item = |subject: &str, facts: Facts| ItemVerdict {
            item: Item::new(subject, facts),
            level: Level::Green,
        };
        let why = format!("rehearsed in lab, counted in production: {place}");
        let environment = Facts::new().with("part", "environment").with("state", "covered").with("why", why);
        let judgement = Judgement {
            level: Level::Green,
            items: vec![item("rehearsal", Facts::new().with("age", 1_000)), item("environment", environment)],
            measured_at: Some(moment(0).wall),
            ..Judgement::unknown("")
        };
        input.judgements.insert(("settlement".to_owned(), "rehearsed".to_owned()), judgement);
        ["Was it tried?", "What was not rehearsed?"].map(|about| answer(&input, about))
    };
    for told in told_of("another: clusters differs") {
        assert!(
            told.contains("rehearsed in lab, counted in production: another: clusters differs."),
            "{told}"
        );
        assert!(told.contains(OPEN), "{told}");
    }
    for told in told_of("the same") {
        assert!(told.contains("counted in production: the same."), "{told}");
        assert!(!told.contains(OPEN), "{told}");
    }
}
