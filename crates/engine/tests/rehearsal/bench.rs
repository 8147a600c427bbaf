//! A runbook, its clusters, its people, and a disk that can break.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use engine::execute::{Actions, RunEnd, StepOptions, execute};
use engine::{Checks, Live, Options, ReadyCheck, RunError};
use jiff::Timestamp;
use journal::{Header, Holder, Moment, Request, Run, RunFolder, Runs, Tail, Vote};
use runbook::plan::Plan;

use crate::clusters::Clusters;

thread_local! {
    static START: Cell<tokio::time::Instant> = Cell::new(tokio::time::Instant::now());
}

/// A clock that goes as fast as the test waits, from the opening of the shipped runbooks' window when the bench was made:
/// of many benches each has the whole window.
pub fn clock() -> Moment {
    let ms = u64::try_from(START.get().elapsed().as_millis()).unwrap();
    let opens: Timestamp = "2026-12-06T00:05:00Z".parse().unwrap();
    let wall = opens.checked_add(jiff::SignedDuration::from_millis(i64::try_from(ms).unwrap())).unwrap();
    Moment { wall, mono_ms: ms, boot: "test".into() }
}

fn wall() -> Timestamp {
    clock().wall
}

pub struct Bench {
    top: tempfile::TempDir,
    pub plan: Plan,
    checks: Checks,
    actions: Actions,
    pub world: Arc<Clusters>,
    /// While the run is at this step somebody calls the rollback.
    pub back_at: Option<&'static str>,
}

impl Bench {
    pub fn new(plan: &Plan) -> Bench {
        START.set(tokio::time::Instant::now());
        START.with(|_| {});
        const CONTROL: &[&str] = &["check", "gate", "manual", "notify", "sign-off", "wait", "watch"];
        let ready = plan.checks.iter().map(|planned| {
            let assembled = runbook::checks::assemble(planned).unwrap();
            (planned.id.clone(), ReadyCheck { check: assembled.check, rule: assembled.rule })
        });
        let backs = plan.backs.values().flat_map(|back| back.steps());
        let acting = plan.steps.iter().chain(backs).filter(|step| !CONTROL.contains(&step.kind.as_str()));
        Bench {
            // In memory where there is such a place: these runs sync thousands of lines.
            top: tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap(),
            plan: plan.clone(),
            checks: ready.collect(),
            actions: acting
                .map(|step| (step.id.clone(), runbook::actions::action(step).unwrap().unwrap().into()))
                .collect(),
            world: Clusters::before(plan),
            back_at: None,
        }
    }

    fn runs(&self) -> Runs {
        Runs::at(self.top.path().join("runs"))
    }

    /// A run whose journal breaks at a line; `None`: never.
    pub fn start(&self, breaks: Option<(usize, bool)>) -> Option<Run> {
        let header = Header::new(self.plan.clone(), "run", wall());
        match breaks {
            None => Some(Run::create(&self.runs(), header, wall()).unwrap()),
            Some((left, torn)) => {
                let breaking = |file| Box::new(Breaking { file, left, torn }) as Box<dyn Tail>;
                Run::create_with(&self.runs(), header, wall(), breaking).ok()
            }
        }
    }

    pub fn reopen(&self, run: Run) -> Run {
        let path = run.folder().path().to_owned();
        drop(run);
        Run::reopen(RunFolder::open(&path).unwrap(), Holder::this_process(wall()), wall()).unwrap()
    }

    /// Carries the run out until it stands still, with people who answer whatever is asked.
    pub async fn go(&self, run: &mut Run) -> Result<RunEnd, RunError> {
        let measuring = Options { wall, ..Options::default() };
        let people = self.people(run.folder().path().to_owned(), &measuring);
        let options = StepOptions { measuring, clock, ..StepOptions::default() };
        let end = execute(run, &self.checks, &self.actions, self.world.clone(), options).await;
        people.abort();
        end
    }

    /// Everybody says go, and does what is asked by hand.
    fn people(&self, path: PathBuf, measuring: &Options) -> tokio::task::JoinHandle<()> {
        const ASKS: [&str; 3] = ["gate", "manual", "sign-off"];
        let mut live = measuring.live.subscribe();
        let backs = self.plan.backs.values().flat_map(|back| back.steps());
        let all = self.plan.steps.iter().chain(backs);
        let kinds: BTreeMap<String, String> = all.map(|step| (step.id.clone(), step.kind.clone())).collect();
        let back_at = self.back_at;
        let world = self.world.clone();
        let roles: Vec<(String, String)> =
            self.plan.roles.iter().map(|(role, held)| (role.clone(), held.people[0].clone())).collect();
        tokio::spawn(async move {
            let mut answered = BTreeSet::new();
            loop {
                let standing = match live.recv().await {
                    Ok(Live::Standing(standing)) => standing,
                    Ok(_) | Err(tokio::sync::broadcast::error::RecvError::Lagged(_)) => continue,
                    Err(_) => return,
                };
                let at = |step: &str| standing.iter().any(|waiting| waiting.step.as_deref() == Some(step));
                if back_at.is_some_and(at) && answered.insert((String::new(), Timestamp::UNIX_EPOCH)) {
                    let rollback = Request::Rollback { plan: None, by: "ana".into() };
                    RunFolder::open(&path).unwrap().post(wall(), &rollback).unwrap();
                }
                for waiting in standing.iter().filter(|waiting| waiting.who.is_some()) {
                    let Some(step) = &waiting.step else { continue };
                    // What is not seen before a hand-over is let go by at its trigger.
                    let blind = waiting.what == "a look at the closed source"
                        && world.with(|state| state.is_silent());
                    let at = if blind { "source-writes" } else { step };
                    if !answered.insert((at.to_owned(), waiting.since)) {
                        continue;
                    }
                    let folder = RunFolder::open(&path).unwrap();
                    let post = |request: Request| folder.post(wall(), &request).unwrap();
                    if !kinds.get(step).is_some_and(|kind| ASKS.contains(&kind.as_str())) {
                        continue;
                    }
                    if kinds[step] == "manual" {
                        post(Request::Done { step: step.clone(), facts: BTreeMap::new(), by: "ilse".into() });
                        continue;
                    }
                    for (role, person) in &roles {
                        post(Request::Vote {
                            at: Some(at.to_owned()),
                            role: role.clone(),
                            person: person.clone(),
                            vote: Vote::Go,
                            signature: None,
                        });
                    }
                }
            }
        })
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

/// How each step of a run ended, and why, for a failure of a test.
pub fn story(run: &Run) -> String {
    let mut story = String::new();
    let mut judged: BTreeMap<String, usize> = BTreeMap::new();
    run.folder()
        .read_each(|record, _| {
            let json = serde_json::to_value(&record.event).unwrap_or_default();
            let word = record.event.word();
            if let Some(check) = json["check"].as_str() {
                *judged.entry(format!("{word} {check} {}", json["judgement"]["level"])).or_default() += 1;
            }
            if !word.starts_with("prob")
                && !word.contains("check")
                && !word.contains("judg")
                && !word.contains("obs")
            {
                let text: String = json.to_string().chars().take(300).collect();
                story.push_str(&format!("{} {word} {text}\n", record.seq));
            }
        })
        .unwrap();
    format!("{story}{judged:#?}")
}
