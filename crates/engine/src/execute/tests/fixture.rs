//! A world of keys and values, actions that set them, checks that look at them, and a clock that stands still until
//! somebody waits.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use journal::{Event, Header, Holder, Moment, Request, Run, RunFolder, RunState, Runs, Tail};
use runbook::action::{Action, Change, Changeset, Refusal, Settled, StepScope, WayBack};
use runbook::check::{Check, FactSpec, FactType, Facts, Ruling, Scope};
use runbook::plan::{BackPlan, Plan, PlannedCheck, PlannedStep, Role, StepEffect};
use runbook::verdict::{Finding, Item};
use runbook::world::{
    Command, ConfigSeen, Found, Measured, Observation, Probe, Reason, Receipt, SettingChange, TopicSeen,
    TopicsSeen, Unobserved,
};
use runbook::{Observations, Side};
use serde_json::{Value as Json, json};

use crate::execute::{Actions, RunEnd, StepOptions, execute};
use crate::measure::tests::fixture::{planned, test_plan};
use crate::{Checks, Limits, Options, Pulse, ReadyCheck, RunError, World};

thread_local! {
    static START: tokio::time::Instant = tokio::time::Instant::now();
    static SLEPT: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
}

/// The machine sleeps: its wall clock goes on, its monotonic clock does not.
pub fn sleeps(seconds: u64) {
    SLEPT.with(|slept| slept.set(slept.get() + seconds * 1_000));
}

/// A clock that goes as fast as the test waits.
pub fn clock() -> Moment {
    let ms = START.with(|start| start.elapsed().as_millis());
    let ms = u64::try_from(ms).unwrap();
    let slept = SLEPT.with(std::cell::Cell::get);
    let wall = Timestamp::from_millisecond(1_800_000_000_000 + i64::try_from(ms + slept).unwrap()).unwrap();
    Moment { wall, mono_ms: ms, boot: "test".into() }
}

fn wall() -> Timestamp {
    clock().wall
}

/// What goes wrong with one call.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fault {
    /// It works, and the answer is lost.
    LostAnswer,
    /// It does not work, and nobody knows.
    LostCall,
    Refused,
    /// It works after so many seconds.
    Slow(u64),
}

#[derive(Debug, Default)]
pub struct Inner {
    pub values: BTreeMap<String, String>,
    /// How often each `once` command was carried out.
    pub once: BTreeMap<String, u32>,
    /// Faults of the next calls, `None`: none.
    pub faults: VecDeque<Option<Fault>>,
    /// Looks that fail next.
    pub blind: u32,
    pub applied: Vec<String>,
}

#[derive(Debug, Default)]
pub struct KeyWorld(pub Mutex<Inner>);

impl KeyWorld {
    pub fn with<T>(&self, work: impl FnOnce(&mut Inner) -> T) -> T {
        work(&mut self.0.lock().unwrap())
    }

    pub fn value(&self, key: &str) -> Option<String> {
        self.with(|inner| inner.values.get(key).cloned())
    }
}

pub fn look() -> Probe {
    Probe::Topics { side: Side::Target, topics: vec!["world".into()] }
}

impl World for KeyWorld {
    async fn observe(&self, probe: &Probe, _: &Limits, _: Arc<dyn Pulse>) -> Result<Observation, Unobserved> {
        tokio::time::sleep(Duration::from_millis(20)).await;
        let at = wall();
        if self.with(|inner| {
            let blind = inner.blind;
            inner.blind = blind.saturating_sub(1);
            blind
        }) > 0
        {
            let (reason, message) = (Reason::Unreachable, "no broker answers".to_owned());
            return Err(Unobserved { probe: probe.clone(), at, reason, message, hint: None });
        }
        let mut configs: BTreeMap<String, ConfigSeen> = self.with(|inner| {
            let values = inner.values.iter();
            values.map(|(key, value)| (key.clone(), seen(value.clone()))).collect()
        });
        self.with(|inner| {
            for (id, count) in &inner.once {
                configs.insert(id.clone(), seen(count.to_string()));
            }
        });
        let topic = TopicSeen {
            topic: "world".into(),
            found: Found::Present,
            id: None,
            partitions: Vec::new(),
            configs,
            unread: None,
        };
        Ok(Observation {
            probe: probe.clone(),
            at,
            took_ms: 20,
            partial: None,
            measured: Measured::Topics(TopicsSeen { topics: vec![topic] }),
        })
    }

    async fn apply(&self, command: &Command, _: Duration) -> Receipt {
        let fault = self.with(|inner| inner.faults.pop_front()).flatten();
        tokio::time::sleep(Duration::from_millis(30)).await;
        match fault {
            Some(Fault::Refused) => return Receipt::Refused { why: "the world says no".into() },
            Some(Fault::LostCall) => return Receipt::Unknown { why: "connection lost".into() },
            Some(Fault::Slow(seconds)) => tokio::time::sleep(Duration::from_secs(seconds)).await,
            Some(Fault::LostAnswer) | None => {}
        }
        let receipt = self.with(|inner| {
            inner.applied.push(command.title());
            match command {
                Command::SetTopicConfigs { settings, .. } => {
                    let SettingChange { name, from, to, .. } = &settings[0];
                    let now = inner.values.get(name).cloned();
                    if now == *to {
                        return Receipt::Already;
                    }
                    if now != *from {
                        return Receipt::Refused { why: format!("{name} is {now:?}, not {from:?}") };
                    }
                    match to {
                        Some(to) => drop(inner.values.insert(name.clone(), to.clone())),
                        None => drop(inner.values.remove(name)),
                    }
                    Receipt::Applied { said: None }
                }
                Command::Exec { argv, .. } => {
                    *inner.once.entry(argv[1].clone()).or_default() += 1;
                    Receipt::Applied { said: None }
                }
                Command::Http(request) => {
                    let name = request.url.rsplit('/').next().unwrap_or_default();
                    *inner.once.entry(name.to_owned()).or_default() += 1;
                    Receipt::Applied { said: None }
                }
                other => panic!("unknown command {other:?}"),
            }
        });
        match fault {
            Some(Fault::LostAnswer) => Receipt::Unknown { why: "answer lost".into() },
            _ => receipt,
        }
    }
}

fn seen(value: String) -> ConfigSeen {
    ConfigSeen { value: Some(value), origin: "topic".into() }
}

fn value(seen: &Observations, key: &str) -> Result<Option<String>, String> {
    Ok(seen.topics(&look())?.topics[0].config(key).map(str::to_owned))
}

/// Sets a key; refuses where the key `after` of its step is not set.
#[derive(Debug)]
pub struct SetKey {
    pub key: String,
    pub to: String,
}

impl Action for SetKey {
    fn ask(&self, _: &StepScope<'_>, _: &Observations) -> Vec<Probe> {
        vec![look()]
    }

    fn propose(&self, scope: &StepScope<'_>, seen: &Observations) -> Result<Changeset, Refusal> {
        let now = value(seen, &self.key).map_err(Refusal::unmeasured)?;
        if let Some(after) = scope.step.with["with"]["after"].as_str()
            && value(seen, after).map_err(Refusal::unmeasured)?.is_none()
        {
            return Err(Refusal::new(format!("{after} is not done"), "do it first"));
        }
        if now.as_deref() == Some(&self.to) {
            return Ok(Changeset::default());
        }
        let change = SettingChange {
            name: self.key.clone(),
            from: now,
            to: Some(self.to.clone()),
            entries: Vec::new(),
        };
        let command =
            Command::SetTopicConfigs { side: Side::Target, topic: "world".into(), settings: vec![change] };
        Ok(Changeset::new([Change::guarded(command)?]))
    }

    fn look(&self, _: &StepScope<'_>, _: &Changeset, _: &Observations) -> Vec<Probe> {
        vec![look()]
    }

    fn settled(&self, _: &StepScope<'_>, _: &Changeset, seen: &Observations) -> Settled {
        match value(seen, &self.key) {
            Err(why) => Settled::Unknown { why },
            Ok(Some(now)) if now == self.to => Settled::Yes,
            Ok(now) => Settled::not_yet(&self.key, format!("{now:?}"), &self.to),
        }
    }

    fn look_back(&self, _: &StepScope<'_>, _: &Changeset, _: &Observations) -> Vec<Probe> {
        vec![look()]
    }

    fn undone(&self, _: &StepScope<'_>, changes: &Changeset, seen: &Observations) -> Settled {
        let before = changes.changes.first().map(|change| match &change.command {
            Command::SetTopicConfigs { settings, .. } => settings[0].from.clone(),
            _ => None,
        });
        match (value(seen, &self.key), before) {
            (Err(why), _) => Settled::Unknown { why },
            (Ok(now), Some(before)) if now == before => Settled::Yes,
            (Ok(now), before) => Settled::not_yet(&self.key, format!("{now:?}"), format!("{before:?}")),
        }
    }
}

/// Does something once that cannot be undone.
#[derive(Debug)]
pub struct Once(pub String);

impl Action for Once {
    fn ask(&self, _: &StepScope<'_>, _: &Observations) -> Vec<Probe> {
        vec![look()]
    }

    fn propose(&self, _: &StepScope<'_>, seen: &Observations) -> Result<Changeset, Refusal> {
        value(seen, &self.0).map_err(Refusal::unmeasured)?;
        let command = Command::Exec {
            argv: vec!["once".into(), self.0.clone()],
            env: BTreeMap::new(),
            timeout_ms: 1_000,
        };
        Ok(Changeset::new([Change { command, undo: WayBack::None { why: "letters are sent".into() } }]))
    }

    fn look(&self, _: &StepScope<'_>, _: &Changeset, _: &Observations) -> Vec<Probe> {
        vec![look()]
    }

    fn settled(&self, _: &StepScope<'_>, _: &Changeset, seen: &Observations) -> Settled {
        match value(seen, &self.0) {
            Err(why) => Settled::Unknown { why },
            Ok(Some(_)) => Settled::Yes,
            Ok(None) => Settled::not_yet(&self.0, "not sent", "sent"),
        }
    }

    fn look_back(&self, _: &StepScope<'_>, _: &Changeset, _: &Observations) -> Vec<Probe> {
        vec![look()]
    }

    fn undone(&self, _: &StepScope<'_>, _: &Changeset, _: &Observations) -> Settled {
        Settled::Cannot { why: "letters are sent".into() }
    }
}

/// Green when the key has the value, yellow when it is `almost`.
#[derive(Debug)]
pub struct KeyIs(pub String, pub String);

impl Check for KeyIs {
    fn ask(&self, _: &Scope<'_>, _: &Observations) -> Vec<Probe> {
        vec![look()]
    }

    fn facts_of(&self) -> Vec<FactSpec> {
        vec![FactSpec::new("value", FactType::Text, "what the key holds")]
    }

    fn items(&self, _: &Scope<'_>, seen: &Observations) -> Result<Vec<Item>, String> {
        let now = value(seen, &self.0)?.unwrap_or_default();
        Ok(vec![Item::new(format!("key {}", self.0), Facts::new().with("value", now))])
    }

    fn rule(&self, _: &Scope<'_>, subject: &str, facts: &Facts) -> Ruling {
        let mut ruling = Ruling::green();
        if facts.text("value") == Some("almost") {
            ruling.yellow(Finding::new("CUT2000", subject, &self.1, "almost", "look"));
        } else if facts.text("value") != Some(&self.1) {
            ruling.red(Finding::new("CUT2000", subject, &self.1, "another", "look"));
        }
        ruling
    }
}

/// A plan, a world, and a place for its run.
pub struct Bench {
    top: tempfile::TempDir,
    pub plan: Plan,
    pub checks: Checks,
    pub actions: Actions,
    pub world: Arc<KeyWorld>,
    pub options: StepOptions,
}

pub fn step(id: &str, kind: &str, needs: &[&str], with: Json) -> PlannedStep {
    PlannedStep {
        id: id.into(),
        kind: kind.into(),
        needs: needs.iter().map(|need| (*need).to_owned()).collect(),
        timeout_ms: Some(60_000),
        with,
        ..PlannedStep::default()
    }
}

impl Bench {
    pub fn new() -> Bench {
        START.with(|_| {});
        let mut plan = test_plan();
        for (role, person) in [("conductor", "ilse"), ("rollback_owner", "ana"), ("app_owner", "mina")] {
            plan.roles.insert(role.into(), Role { people: vec![person.into()], ..Role::default() });
        }
        plan.rollback.plans = vec!["back".into()];
        let measuring = Options { wall, ..Options::default() };
        Bench {
            // In memory where there is such a place: these runs sync thousands of lines.
            top: tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap(),
            plan,
            checks: Checks::new(),
            actions: Actions::new(),
            world: Arc::new(KeyWorld::default()),
            options: StepOptions { measuring, clock, ..StepOptions::default() },
        }
    }

    pub fn step(mut self, step: PlannedStep) -> Bench {
        self.plan.steps.push(step);
        self
    }

    /// A step that sets key `id` to `done`.
    pub fn sets(self, id: &str, needs: &[&str], with: Json) -> Bench {
        let mut bench = self;
        bench.actions.insert(id.into(), Arc::new(SetKey { key: id.into(), to: "done".into() }));
        bench.step(PlannedStep { effect: StepEffect::Guarded, ..step(id, "topic-config", needs, with) })
    }

    /// The gate behind which the plan `back` leads over these steps, each of which sets its key to `done`.
    pub fn commit_point(mut self, gate: &str, between: &[&str]) -> Bench {
        self.plan.commit_point = Some(gate.into());
        let mut back = BackPlan { target_born: Some("discarded".into()), ..BackPlan::default() };
        back.authority_after = Some("source".into());
        for key in between {
            let id = format!("back/{key}");
            let needs: Vec<String> = back.between.last().map(|step| step.id.clone()).into_iter().collect();
            let needs: Vec<&str> = needs.iter().map(String::as_str).collect();
            self.actions.insert(id.clone(), Arc::new(SetKey { key: (*key).into(), to: "done".into() }));
            let step = step(&id, "topic-config", &needs, json!({}));
            back.between.push(PlannedStep { effect: StepEffect::Guarded, on: Some(Side::Target), ..step });
        }
        self.plan.rollback.authority_before = Some("source".into());
        self.plan.rollback.authority_after_switch = Some("target".into());
        self.plan.backs.insert("back".into(), back);
        self
    }

    /// The last step works on the target.
    pub fn on_target(mut self) -> Bench {
        self.plan.steps.last_mut().unwrap().on = Some(Side::Target);
        self
    }

    /// A step that is done once.
    pub fn once(self, id: &str, needs: &[&str], with: Json) -> Bench {
        let mut bench = self;
        bench.actions.insert(id.into(), Arc::new(Once(id.into())));
        bench.step(PlannedStep { effect: StepEffect::Once, ..step(id, "exec", needs, with) })
    }

    /// A command of one's own, as its kind carries it out.
    pub fn own(mut self, step: PlannedStep) -> Bench {
        let action = runbook::actions::action(&step).unwrap().unwrap();
        self.actions.insert(step.id.clone(), Arc::from(action));
        self.step(step)
    }

    /// A check `id` that key `key` has `value`; its kind is a live one.
    pub fn check(mut self, id: &str, key: &str, value: &str) -> Bench {
        let check = Box::new(KeyIs(key.into(), value.into()));
        self.checks.insert(id.into(), ReadyCheck { check, rule: None });
        let planned = planned(id);
        self.plan.checks.push(PlannedCheck { kind: "cluster-health".into(), ..planned });
        self
    }

    /// The last check is of this kind.
    pub fn of_kind(mut self, kind: &str) -> Bench {
        self.plan.checks.last_mut().unwrap().kind = kind.into();
        self
    }

    pub fn gate(self, id: &str, needs: &[&str], with: Json) -> Bench {
        self.step(step(id, "gate", needs, with))
    }

    pub fn runs(&self) -> Runs {
        Runs::at(self.top.path().join("runs"))
    }

    pub fn start(&self) -> Run {
        Run::create(&self.runs(), self.header(), wall()).unwrap()
    }

    pub fn header(&self) -> Header {
        Header::new(self.plan.clone(), "run", wall())
    }

    /// A run whose journal breaks at its `n`th line, which is written in part or not at all.
    pub fn start_breaking(&self, n: usize, torn: bool) -> Option<Run> {
        let breaking = |file| Box::new(Breaking { file, left: n, torn }) as Box<dyn Tail>;
        Run::create_with(&self.runs(), self.header(), wall(), breaking).ok()
    }

    pub fn reopen(&self, run: Run) -> Run {
        let path = run.folder().path().to_owned();
        drop(run);
        let folder = RunFolder::open(&path).unwrap();
        Run::reopen(folder, Holder::this_process(wall()), wall()).unwrap()
    }

    /// As [`reopen`](Bench::reopen), onto a disk that breaks at a line counted from here.
    pub fn reopen_breaking(&self, run: Run, crash: Option<(usize, bool)>) -> Run {
        let Some((line, torn)) = crash else { return self.reopen(run) };
        let path = run.folder().path().to_owned();
        drop(run);
        let folder = RunFolder::open(&path).unwrap();
        let holder = Holder::this_process(wall());
        let breaking = |file| Box::new(Breaking { file, left: line, torn }) as Box<dyn Tail>;
        Run::reopen_with(folder, holder, wall(), breaking).unwrap()
    }

    pub async fn go(&self, run: &mut Run) -> Result<RunEnd, RunError> {
        let end = execute(run, &self.checks, &self.actions, self.world.clone(), self.options.clone()).await?;
        assert_eq!(&run.folder().read().unwrap().state, run.state(), "the fold of the journal is the state");
        Ok(end)
    }

    /// Runs to its end, which must be a good one.
    pub async fn run(&self) -> (RunEnd, RunState) {
        let mut run = self.start();
        let end = self.go(&mut run).await.unwrap();
        (end, run.state().clone())
    }
}

/// A journal whose disk fails.
#[derive(Debug)]
struct Breaking {
    file: std::fs::File,
    left: usize,
    torn: bool,
}

impl Tail for Breaking {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.left == 0 {
            if self.torn {
                self.file.append(&bytes[..bytes.len() / 2])?;
            }
            return Err(io::Error::other("no space left on device"));
        }
        self.left -= 1;
        self.file.append(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The words of what a run did, in order: `step-started a`.
pub fn story(run: &Run) -> Vec<String> {
    let mut story = Vec::new();
    run.folder()
        .read_each(|record, _| {
            let step = match &record.event {
                Event::StepStarted { step, .. }
                | Event::Proposed { step, .. }
                | Event::CommandStarted { step, .. }
                | Event::CommandEnded { step, .. }
                | Event::UndoStarted { step, .. }
                | Event::UndoEnded { step, .. }
                | Event::StepUndone { step, .. } => step.clone(),
                Event::StepEnded { step, outcome, .. } => format!("{step} {}", outcome.word()),
                Event::GateEntered { step, phase, .. } => format!("{step} {}", phase.word()),
                Event::Held { .. } | Event::Released { .. } | Event::UnwindStarted { .. } => String::new(),
                _ => return,
            };
            story.push(format!("{} {step}", record.event.word()).trim().to_owned());
        })
        .unwrap();
    story
}

/// Why requests were declined, in order.
pub fn declined(run: &Run) -> Vec<String> {
    let mut declined = Vec::new();
    run.folder()
        .read_each(|record, _| {
            if let Event::Declined { why } = &record.event {
                declined.push(why.clone());
            }
        })
        .unwrap();
    declined
}

/// Parameters of a gate that requires a check.
pub fn requires(check: &str) -> Json {
    json!({ "require": { "check": check } })
}

/// Somebody asks the run for something after so many seconds.
pub fn post(run: &Run, after: u64, request: Request) {
    let path = run.folder().path().to_owned();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(after)).await;
        RunFolder::open(&path).unwrap().post(clock().wall, &request).unwrap();
    });
}
