//! A rehearsal that went well, written as its runs write it: two journals, and beside them the evidence as it follows from
//! them. The evidence is put together here by hand, so that the two do not agree because one made the other.

use std::path::Path;

use journal::{Event, Header, Holder, Run, Runs, Watched};
use runbook::Observation;
use runbook::plan::{Answers, Leg, Plan, PlannedStep, StepEffect};
use serde_json::{Value, json};

/// What is out of the ordinary in a rehearsal, and so in its evidence.
#[derive(Clone, Debug)]
pub struct Rehearsed {
    /// Points a run was made for; of those that are wanted the others are left out.
    pub points: Vec<&'static str>,
    /// A point whose run was held and had to be called back.
    pub held: Option<&'static str>,
    pub workload: &'static str,
    pub answers: Answers,
    pub environment: &'static str,
    pub rollback_plan: &'static str,
    /// Digest of the plan; its own when empty.
    pub digest: &'static str,
    /// A part of the plan that was another.
    pub other_part: Option<&'static str>,
    pub days_ago: u32,
    /// Records that were written before the stop, between looks.
    pub written: i64,
    /// The conductor was killed in the fence, each way.
    pub killed: bool,
    /// Nobody went on after the last kill.
    pub left: bool,
}

impl Default for Rehearsed {
    fn default() -> Rehearsed {
        Rehearsed {
            points: vec!["last-look", "soak"],
            held: None,
            workload: "mirrored",
            answers: Answers::People,
            environment: "here",
            rollback_plan: "back",
            digest: "",
            other_part: None,
            days_ago: 0,
            written: 90,
            killed: true,
            left: false,
        }
    }
}

const UNIT: &str = "settlement";
const COMMIT_POINT: &str = "last-look";
/// The one step that changes something in these runs.
const CHANGES: &str = "fence";
const HELD: &str = "drained did not come";

/// One run while it is written, and its part of the evidence.
struct Writing {
    run: Run,
    plan: Plan,
    /// Of everything on the way there, and of everything after it.
    times: [Value; 2],
    back: bool,
    steps: Vec<Value>,
    answers: Vec<Value>,
    /// Step, way and effect of what may change something.
    places: Vec<(String, &'static str, bool)>,
}

impl Writing {
    fn add(&mut self, event: Value) {
        let event: Event = serde_json::from_value(event.clone()).unwrap_or_else(|e| panic!("{e}: {event:#}"));
        let at = &self.times[usize::from(self.back)];
        let word = event.word();
        let added = self.run.append(serde_json::from_value(at.clone()).unwrap(), event);
        added.unwrap_or_else(|error| panic!("{word}: {error}"));
    }

    fn moment(&self) -> Value {
        json!({ "wall": self.times[usize::from(self.back)], "mono_ms": 1, "boot": "b" })
    }

    fn begin(&mut self, step: &str) {
        let moment = self.moment();
        self.add(json!({ "event": "step-started", "step": step, "attempt": 1, "moment": moment }));
    }

    fn done(&mut self, step: &PlannedStep, way: &'static str) {
        let moment = self.moment();
        self.add(json!({ "event": "step-ended", "step": step.id, "outcome": { "outcome": "done" }, "moment": moment }));
        self.steps.push(json!({ "step": step.id, "way": way, "took_ms": 0 }));
        let asks = matches!(step.kind.as_str(), "manual" | "sign-off");
        if asks && self.plan.leg().unwrap().answers == Answers::People {
            self.answers.push(json!({ "step": step.id, "took_ms": 0 }));
        }
        if step.effect != StepEffect::None {
            self.places.push((step.id.clone(), way, step.id == CHANGES));
        }
    }

    fn taken_over(&mut self) {
        let holder = Holder::this_process(serde_json::from_value(self.times[0].clone()).unwrap());
        self.add(json!({ "event": "resumed", "holder": holder, "version": "0", "torn": null }));
    }

    /// A command and, where it is killed in it, the same once more.
    fn changes(&mut self, step: &str, killed: bool) {
        let command = json!({ "command": "exec", "argv": ["true"], "env": {}, "timeout_ms": 1 });
        let change = json!({ "command": command, "undo": { "command": command } });
        self.add(json!({ "event": "proposed", "step": step, "changes": { "changes": [change] } }));
        let started = json!({ "event": "command-started", "step": step, "index": 0 });
        self.add(started.clone());
        if killed {
            self.taken_over();
            self.add(started);
        }
        let receipt = json!({ "receipt": "applied", "said": null });
        self.add(json!({ "event": "command-ended", "step": step, "index": 0, "receipt": receipt }));
    }

    fn taken_back(&mut self, step: &str, killed: bool) {
        let started = json!({ "event": "undo-started", "step": step, "attempt": 1, "index": 0 });
        self.add(started.clone());
        if killed {
            self.taken_over();
            self.add(started);
        }
        let receipt = json!({ "receipt": "applied", "said": null });
        self.add(
            json!({ "event": "undo-ended", "step": step, "attempt": 1, "index": 0, "receipt": receipt }),
        );
        let moment = self.moment();
        self.add(json!({ "event": "step-undone", "step": step, "stuck": null, "moment": moment }));
        self.steps.push(json!({ "step": step, "way": "undo", "took_ms": 0 }));
        self.places.push((step.to_owned(), "undo", true));
    }

    /// Green by a measurement of this moment.
    fn judged(&mut self, check: &str, round: u32) {
        let at = self.times[0].clone();
        let probe = json!({ "probe": "ends", "side": "source", "topics": ["orders"] });
        self.add(json!({ "event": "probe-started", "probe": probe, "round": round }));
        let seen = json!({ "probe": probe, "at": at, "took_ms": round, "partial": null, "measured": { "measured": "ends", "data": { "partitions": [] } } });
        let seen: Observation = serde_json::from_value(seen).unwrap();
        let evidence = self.run.observed(serde_json::from_value(at.clone()).unwrap(), round, &seen).unwrap();
        let judgement = json!({ "level": "green", "why": null, "findings": [], "items": [], "evidence": [evidence], "measured_at": at, "incomplete": false });
        self.add(json!({ "event": "judged", "unit": UNIT, "check": check, "judgement": judgement }));
    }
}

impl Rehearsed {
    /// Writes `rehearsal.runs` beside the evidence, and returns the evidence.
    pub fn write(&self, plan: &Plan, folder: &Path) -> Value {
        let mut plan = plan.clone();
        plan.window = None;
        plan.environment = self.environment.to_owned();
        if !self.digest.is_empty() {
            plan.digest = self.digest.to_owned();
        }
        let wanted = plan.rehearsal.as_mut().unwrap();
        wanted.environment = self.environment.to_owned();
        wanted.workload = self.workload.to_owned();
        if let Some(part) = self.other_part {
            wanted.parts.insert(part.to_owned(), "0".to_owned());
        }
        let times = [ago(self.days_ago, 20), ago(self.days_ago, 10)];
        let out = folder.join("rehearsal.runs");
        std::fs::create_dir_all(&out).unwrap();
        let place = tempfile::tempdir().unwrap();
        let runs = Runs::at(place.path());
        let mut all: Vec<(&str, Writing)> = Vec::new();
        for point in &self.points {
            let mut plan = plan.clone();
            let leg = Leg {
                point: (*point).to_owned(),
                plan: self.rollback_plan.to_owned(),
                answers: self.answers,
            };
            plan.rehearsal.as_mut().unwrap().leg = Some(leg);
            all.push((point, self.there_and_back(&runs, plan, point, &times)));
        }
        let wanted = plan.rehearsal.as_ref().unwrap();
        let left_out: Vec<&String> =
            wanted.rollback_from.iter().filter(|point| !self.points.contains(&point.as_str())).collect();
        let ids: Vec<String> = all.iter().map(|(_, writing)| writing.run.id().to_string()).collect();
        let heads: Vec<String> = all
            .iter_mut()
            .enumerate()
            .map(|(place, (_, writing))| {
                let kills = if place == 0 && self.killed { self.kills() } else { Vec::new() };
                let watched = json!({
                    "runs": ids, "kills": kills,
                    "left_out": left_out.iter().map(|point| json!({ "point": point, "why": "not begun" })).collect::<Vec<_>>(),
                    "writes": {
                        "until_stop": { "records": self.written, "looks": 4, "still": 0 },
                        "after": { "records": 5, "looks": 2, "still": 0 }, "in_all": 95,
                    },
                });
                let watched: Watched = serde_json::from_value(watched).unwrap();
                writing.add(serde_json::to_value(Event::Rehearsed { watched: Box::new(watched) }).unwrap());
                writing.run.sync().unwrap();
                let id = writing.run.id();
                let journal = writing.run.folder().path().join("journal.jsonl");
                std::fs::copy(journal, out.join(format!("{id}.jsonl"))).unwrap();
                writing.run.head().to_owned()
            })
            .collect();
        let mut points: Vec<Value> = Vec::new();
        for ((point, writing), head) in all.iter().zip(&heads) {
            points.push(self.point(point, writing, head));
        }
        let left = left_out.iter().map(|point| {
            let mut left = json!({
                "point": point, "past_commit_point": point.as_str() != COMMIT_POINT, "outcome": "not begun",
                "reached": false, "rolled_back": false, "steps": [], "answers": [], "dirty": [],
            });
            for key in
                ["run", "head", "stall_ms", "stall_back_ms", "replayed", "born_on_target", "rollback_ms"]
            {
                left[key] = Value::Null;
            }
            left
        });
        points.extend(left);
        let good = self.killed && self.survived() == 2;
        json!({
            "format": "cutover/rehearsal/v1", "runbook": "planted", "environment": plan.environment,
            "environment_digest": plan.environment_digest, "environment_parts": plan.environment_parts(),
            "plan_digest": plan.digest, "parts": wanted.parts, "rollback_plan": self.rollback_plan,
            "workload": self.workload, "answers": self.answers, "began": times[0], "ended": times[1],
            "points": points,
            "faults": wanted.faults.iter().map(|fault| json!({
                "fault": fault, "made": self.killed, "survived": good, "why": self.why(),
            })).collect::<Vec<_>>(),
            "elements": self.elements(&plan),
            "crash_matrix": self.matrix(&all),
        })
    }

    fn there_and_back(&self, runs: &Runs, plan: Plan, point: &str, times: &[Value; 2]) -> Writing {
        let begun = serde_json::from_value(times[0].clone()).unwrap();
        let run = Run::create(runs, Header::new(plan.clone(), "rehearse", begun), begun).unwrap();
        let (times, places) = (times.clone(), Vec::new());
        let mut writing =
            Writing { run, plan, times, back: false, steps: Vec::new(), answers: Vec::new(), places };
        let killed = self.killed && point == self.points[0];
        let mut round = 0;
        let mut judged = |writing: &mut Writing, check: &str| {
            if writing.plan.check(check).is_some() {
                round += 1;
                writing.judged(check, round);
            }
        };
        for step in writing.plan.steps.clone() {
            writing.begin(&step.id);
            if step.id == CHANGES {
                writing.changes(&step.id, killed);
            }
            if step.id == point && point == COMMIT_POINT {
                break;
            }
            writing.done(&step, "forward");
            match step.id.as_str() {
                "stop-flow" => judged(&mut writing, "drained"),
                "start-producers" => {
                    judged(&mut writing, "group-progress");
                    judged(&mut writing, "reconciled");
                }
                _ => {}
            }
            if step.id == point {
                break;
            }
        }
        writing.back = true;
        let moment = writing.moment();
        let by_itself = format!("rehearsed: back from {point}");
        let why = match self.held {
            Some(held) if held == point => {
                writing.add(json!({ "event": "held", "why": HELD, "step": null, "moment": moment }));
                "ana asked"
            }
            _ => by_itself.as_str(),
        };
        let how = json!({ "how": "rollback", "plan": "back" });
        writing.add(json!({ "event": "unwind-started", "how": how, "why": why, "moment": moment }));
        writing.taken_back(CHANGES, killed && !self.left);
        let back = writing.plan.backs["back"].clone();
        let past = point != COMMIT_POINT;
        let of_past = |steps: &[PlannedStep]| if past { steps.to_vec() } else { Vec::new() };
        for step in of_past(&back.between).into_iter().chain(back.additions).chain(of_past(&back.observation))
        {
            writing.begin(&step.id);
            writing.done(&step, "back");
        }
        writing
            .add(json!({ "event": "run-ended", "overall": "unknown", "exit": 5, "ending": "rolled-back" }));
        writing
    }

    fn kills(&self) -> Vec<Value> {
        let kill = |way: &str, resumed: u64| json!({ "step": CHANGES, "way": way, "resumed": resumed });
        vec![kill("forward", 0), kill("undo", 1)]
    }

    fn point(&self, point: &str, writing: &Writing, head: &str) -> Value {
        let (past, held) = (point != COMMIT_POINT, self.held == Some(point));
        let outcome = match held {
            true => format!("rolled back: held ({HELD}), and ana asked"),
            false => format!("rolled back: rehearsed: back from {point}"),
        };
        json!({
            "point": point, "past_commit_point": past, "run": writing.run.id(), "head": head, "reached": !held,
            "rolled_back": !held, "outcome": outcome, "steps": writing.steps,
            "stall_ms": if past { json!(0) } else { Value::Null }, "stall_back_ms": null, "replayed": null,
            "born_on_target": null, "rollback_ms": 0, "answers": writing.answers, "dirty": [],
        })
    }

    /// Kills after which somebody went on, in a run that came back as planned.
    fn survived(&self) -> u32 {
        if self.held == Some(self.points[0]) { 0 } else { 2 - u32::from(self.left) }
    }

    fn why(&self) -> String {
        match self.killed {
            true => format!("killed 2 times, {} survived", self.survived()),
            false => "no run came to a step that changes something".to_owned(),
        }
    }

    fn elements(&self, plan: &Plan) -> Value {
        let covered = |why: &str| json!({ "covered": true, "why": why });
        let judged = |check: &str| match plan.check(check) {
            Some(_) => covered(&format!("{check} was judged green for {UNIT}")),
            None => json!({ "covered": false, "why": format!("the runbook has no check: {check}") }),
        };
        let written = format!(
            "the source's logs grew by {} records in 4 looks, 0 of them without growth",
            self.written
        );
        json!({
            "steady-writes": { "covered": self.written > 0, "why": written },
            "catch-up": judged("drained"), "target-start": judged("group-progress"),
            "reconciliation": judged("reconciled"),
            "source-rollback": covered("back from soak, and the source's logs grow again"),
            "observation": covered("back/observe was done"),
        })
    }

    fn matrix(&self, all: &[(&str, Writing)]) -> Vec<Value> {
        let row = |point: &str, step: &str, way: &str, effect, killed, good| {
            json!({
                "point": point, "step": step, "way": way, "effect": effect, "killed": killed,
                "went_on": good, "survived": killed && self.held != Some(point),
            })
        };
        let mut matrix = Vec::new();
        if self.killed {
            matrix.push(row(self.points[0], CHANGES, "forward", true, true, true));
            matrix.push(row(self.points[0], CHANGES, "undo", true, true, !self.left));
        }
        for (point, writing) in all {
            let mut places = writing.places.clone();
            places.sort();
            let killed = self.killed && *point == self.points[0];
            for effect in [true, false] {
                let of = places.iter().filter(|place| place.2 == effect && !(effect && killed));
                matrix.extend(of.map(|(step, way, _)| row(point, step, way, effect, false, false)));
            }
        }
        matrix
    }
}

/// The time so many days and seconds ago, as documents have it.
fn ago(days: u32, seconds: u32) -> Value {
    let wanted = format!("{days} days ago {seconds} seconds ago");
    let out = std::process::Command::new("date").args(["-u", "-d", &wanted, "+%Y-%m-%dT%H:%M:%SZ"]).output();
    json!(String::from_utf8(out.unwrap().stdout).unwrap().trim())
}
