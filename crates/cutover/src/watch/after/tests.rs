use journal::{CheckSample, Event, Header, Run, Sample, StepOutcome, Unwinding};

use super::*;

/// A watch beside one run of the demo's runbook.
struct Beside {
    top: tempfile::TempDir,
    run: Run,
    after: After,
    plan: Plan,
}

const START: i64 = 1_796_000_000;

fn moment(second: u64) -> Moment {
    let wall = Timestamp::from_second(START + i64::try_from(second).unwrap()).unwrap();
    Moment { wall, mono_ms: 1_000 * second, boot: "b".to_owned() }
}

fn plan() -> Plan {
    let mut plan = crate::fixture::demo_plan();
    // What comes before the commit point is not what is tested.
    plan.steps.iter_mut().for_each(|step| step.needs.clear());
    // The shipped trigger fires over what cannot be seen, too.
    for trigger in plan.rollback.triggers.iter_mut().filter(|trigger| trigger.id == "sick") {
        trigger.breach = Some("red".to_owned());
    }
    plan
}

impl Beside {
    fn new() -> Beside {
        let (top, plan) = (tempfile::tempdir().unwrap(), plan());
        let runs = Runs::at(top.path());
        let at = moment(0).wall;
        let run = Run::create(&runs, Header::new(plan.clone(), "run", at), at).unwrap();
        let after = After::new(runs, top.path().join("no watch"));
        Beside { after, top, run, plan }
    }

    /// The watch is killed and begun again; it looks every ten seconds, and this is what it had seen.
    fn begins_again(&mut self, looks: &[(u64, Level)]) -> Run {
        let at = moment(1).wall;
        let elsewhere = Runs::at(self.top.path().join("watches"));
        let watch = Run::create(&elsewhere, Header::new(self.plan.clone(), "watch", at), at).unwrap();
        let mut history = watch.folder().history().unwrap();
        for (second, level) in looks {
            let check = CheckSample {
                unit: self.plan.units[0].name.clone(),
                check: "cluster-health".to_owned(),
                level: *level,
                findings: 0,
                first: None,
                why: None,
                numbers: BTreeMap::new(),
            };
            let (at, checks, fired) = (moment(*second).wall, vec![check], Vec::new());
            let sample =
                Sample { at, took_ms: 0, every_ms: 10_000, overall: *level, checks, fired, left_out: 0 };
            history.append(&sample).unwrap();
        }
        self.after = After::new(Runs::at(self.top.path()), watch.folder().path().to_owned());
        watch
    }

    fn append(&mut self, second: u64, event: Event) {
        self.run.append(moment(second).wall, event).unwrap();
    }

    fn begins(&mut self, second: u64, step: &str) {
        let event = Event::StepStarted { step: step.to_owned(), attempt: 1, moment: moment(second) };
        self.append(second, event);
    }

    fn passes(&mut self, second: u64, step: &str) {
        self.begins(second, step);
        let (step, outcome) = (step.to_owned(), StepOutcome::Done);
        self.append(second, Event::StepEnded { step, outcome, moment: moment(second) });
    }

    /// What is said of a look at that second.
    fn look(&mut self, second: u64, health: Level) -> String {
        self.look_at("cluster-health", second, second, health)
    }

    /// What is said at that second of a look that began at another and measured this check.
    fn look_at(&mut self, check: &str, began: u64, second: u64, health: Level) -> String {
        let why = (health != Level::Green).then(|| "as planted".to_owned());
        let stand = Stand { level: health, why, findings: Vec::new() };
        let unit = self.plan.units[0].name.clone();
        let stands = [((unit, check.to_owned()), stand)];
        let own = Header::new(self.plan.clone(), "watch", moment(1).wall).run;
        self.after.look(own.as_str(), &self.plan, &stands, moment(began).wall, &moment(second)).join("\n")
    }
}

#[test]
fn triggers_are_armed_by_the_run_that_handed_over_and_fire_after_their_time() {
    let mut beside = Beside::new();
    let id = beside.run.id().to_string();
    let said = beside.look(1, Level::Red);
    assert_eq!(said, format!("triggers are not armed: run {id} has not passed its commit point"));
    assert_eq!(beside.look(2, Level::Red), "", "said once");
    beside.passes(3, "last-look");
    let said = beside.look(4, Level::Green);
    assert!(said.contains("has handed over: sick is not armed yet"), "{said}");
    assert!(said.contains("trigger call: ") && said.contains("way back of "), "{said}");
    beside.begins(5, "start-consumers");
    let said = beside.look(6, Level::Red);
    assert!(said.contains("sick is armed: check cluster-health red for 1m30s"), "{said}");
    assert!(
        said.contains("trigger sick: check cluster-health is red: ") && said.contains("it fires in 1m30s")
    );
    assert_eq!(beside.look(95, Level::Red), "", "89 s are no 90 s");
    assert_eq!(beside.after.fired(), Vec::<String>::new());
    let said = beside.look(96, Level::Red);
    assert!(said.contains("TRIGGER sick FIRES: check cluster-health is red: "), "{said}");
    assert!(
        said.contains(&format!(
            "rollback_owner (ana, omar) may: cutover rollback {id} --plan back --as PERSON"
        )),
        "{said}"
    );
    assert_eq!(beside.after.fired(), ["sick"]);
    assert_eq!(beside.look(215, Level::Red), "", "there are two minutes to answer");
    // What cannot be seen does not take back that somebody was called.
    let said = beside.look(216, Level::Unknown);
    assert!(said.contains("where nobody answered, the runbook says hold"), "{said}");
    let said = beside.look(300, Level::Green);
    assert!(said.contains("trigger sick: its check cluster-health is green again"), "{said}");
    assert_eq!(beside.after.fired(), Vec::<String>::new());
}

#[test]
fn what_cannot_be_seen_calls_nobody_and_a_good_look_begins_anew() {
    let mut beside = Beside::new();
    beside.passes(3, "last-look");
    beside.begins(4, "start-consumers");
    beside.look(5, Level::Unknown);
    assert_eq!(beside.look(500, Level::Unknown), "");
    beside.look(501, Level::Red);
    beside.look(580, Level::Green);
    let said = beside.look(600, Level::Red);
    assert!(said.contains("it fires in 1m30s"), "{said}");
    // A run that goes back has nothing to be called for.
    let how = Unwinding::Rollback { plan: "back".to_owned() };
    beside.append(601, Event::UnwindStarted { how, why: "asked".to_owned(), moment: moment(601) });
    let said = beside.look(800, Level::Red);
    assert!(said.contains("went back"), "{said}");
    assert!(beside.after.way_back(moment(801).wall).is_none() && beside.after.fired().is_empty());
}

#[test]
fn without_a_run_and_beside_one_that_cannot_be_read_it_is_said() {
    let mut beside = Beside::new();
    beside.passes(3, "last-look");
    beside.begins(4, "start-consumers");
    let journal = beside.run.folder().path().join("journal.jsonl");
    let text = std::fs::read_to_string(&journal).unwrap();
    std::fs::write(&journal, text.replacen("\"seq\":1", "\"seq\":7", 1)).unwrap();
    let said = beside.look(5, Level::Red);
    assert!(said.contains("NOT WATCHED") && said.contains(beside.run.id().as_str()), "{said}");
    std::fs::remove_dir_all(beside.run.folder().path()).unwrap();
    let said = beside.look(6, Level::Red);
    assert_eq!(said, format!("triggers are not armed: no run of {} has begun", beside.plan.name));
    drop(beside.top);
}

#[test]
fn a_trigger_whose_check_is_not_measured_here_is_said_to_be_not_watched() {
    let mut beside = Beside::new();
    beside.passes(3, "last-look");
    beside.begins(4, "start-consumers");
    let said = beside.look_at("durability", 5, 5, Level::Red);
    assert!(said.contains("sick is NOT WATCHED: check cluster-health is not measured here"), "{said}");
    assert!(!said.contains("sick is armed"), "{said}");
    assert!(beside.look(6, Level::Green).contains("sick is armed"));
}

#[test]
fn a_newer_run_that_has_not_handed_over_hides_none_that_has() {
    let mut beside = Beside::new();
    let first = beside.run.id().to_string();
    beside.passes(3, "last-look");
    beside.begins(4, "start-consumers");
    beside.look(5, Level::Red);
    let at = moment(50).wall;
    let newer = Run::create(&Runs::at(beside.top.path()), Header::new(beside.plan.clone(), "run", at), at);
    let handed_over = std::mem::replace(&mut beside.run, newer.unwrap());
    let said = beside.look(96, Level::Red);
    assert!(said.contains("TRIGGER sick FIRES") && said.contains(&first), "{said}");
    // It is read again when there is more in it: once it has handed over, it is the one.
    beside.passes(97, "last-look");
    let said = beside.look(98, Level::Red);
    assert!(
        said.contains(&format!("run {} has handed over: sick is not armed yet", beside.run.id())),
        "{said}"
    );
    drop(handed_over);
}

#[test]
fn runs_that_cannot_be_listed_are_said_and_nothing_is_forgotten() {
    let mut beside = Beside::new();
    beside.passes(3, "last-look");
    beside.begins(4, "start-consumers");
    beside.look(5, Level::Red);
    beside.look(96, Level::Red);
    assert_eq!(beside.after.fired(), ["sick"]);
    // A file where the folder of runs is expected: an error, and not "no runs".
    let file = beside.top.path().join("file");
    std::fs::write(&file, "").unwrap();
    let runs = std::mem::replace(&mut beside.after.runs, Runs::at(&file));
    let said = beside.look(97, Level::Red);
    assert!(said.contains("triggers are NOT WATCHED: the runs cannot be listed: "), "{said}");
    assert_eq!(beside.after.fired(), ["sick"]);
    beside.after.runs = runs;
    beside.look(98, Level::Red);
    assert_eq!(beside.after.fired(), ["sick"], "it has not begun anew");
}

#[test]
fn a_look_that_began_before_it_was_armed_or_released_calls_nobody() {
    let mut beside = Beside::new();
    beside.passes(3, "last-look");
    beside.begins(10, "start-consumers");
    let said = beside.look_at("cluster-health", 9, 11, Level::Red);
    assert!(said.contains("sick is armed") && !said.contains("it fires in"), "{said}");
    assert!(beside.look_at("cluster-health", 12, 13, Level::Red).contains("it fires in 1m30s"));
    assert!(beside.look(103, Level::Red).contains("FIRES"));
    let held = Event::Held { why: "sick".to_owned(), step: None, asked_by: None, moment: moment(104) };
    beside.append(104, held);
    beside.append(110, Event::Released { by: "ana".to_owned() });
    // Somebody answered that; what a look saw that began before is answered with it.
    assert_eq!(beside.look_at("cluster-health", 109, 111, Level::Red), "");
    assert_eq!(beside.after.fired(), Vec::<String>::new());
    let said = beside.look(112, Level::Red);
    assert!(said.contains("it fires in 1m30s") && !said.contains("FIRES"), "{said}");
}

#[test]
fn a_watch_that_is_begun_again_counts_from_what_it_had_seen() {
    let mut beside = Beside::new();
    beside.passes(3, "last-look");
    beside.begins(10, "start-consumers");
    let seen = [(9, Level::Red), (15, Level::Red), (25, Level::Unknown), (35, Level::Red)];
    let _watch = beside.begins_again(&seen);
    // Nobody looked for 20 s, as long as a look that is late: it is bad since the first that counts, armed and bad.
    let said = beside.look(55, Level::Red);
    assert!(
        said.contains("trigger sick: check cluster-health is red") && said.contains("fires in 50s"),
        "{said}"
    );
    assert_eq!(beside.look(104, Level::Red), "");
    assert!(beside.look(105, Level::Red).contains("TRIGGER sick FIRES"));
    // A look that cannot see forgets nothing; the next one that sees goes on.
    let _watch = beside.begins_again(&seen);
    assert!(!beside.look(55, Level::Unknown).contains("fires in"));
    assert!(beside.look(105, Level::Red).contains("TRIGGER sick FIRES"));
    // Longer than that it may have been good meanwhile.
    let _watch = beside.begins_again(&seen);
    assert!(beside.look(56, Level::Red).contains("it fires in 1m30s"));
}
