//! A healthy world in one file, and fixtures that plant a defect in it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use jiff::Timestamp;
use runbook::check::{Check, MAX_ROUNDS, Scope};
use runbook::checks::{self, KINDS, Kind};
use runbook::plan::Plan;
use runbook::verdict::Judgement;
use runbook::world::{Observation, Observations, Probe, Reason, Unobserved};
use runbook::{Level, Side};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::plans::{NOW, check, plan_json, read_plan};

/// Where the fixtures are.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kinds")
}

/// One planted defect, or none, and what the kind of its folder has to say.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fixture {
    #[serde(skip)]
    pub kind: String,
    #[serde(skip)]
    pub name: String,
    /// What is wrong, in a sentence.
    pub title: String,
    /// Parameters of the kind, where they are not those of its manual's example.
    #[serde(default)]
    pub with: Option<Value>,
    /// `green` and `yellow` of the check, where they are not those of its manual's example.
    #[serde(default)]
    pub rule: Option<Own>,
    #[serde(default)]
    pub on: Option<Side>,
    /// Pointers into the plan, with new values.
    #[serde(default)]
    pub plan: Vec<(String, Value)>,
    /// Pointers into the world, with new values.
    #[serde(default)]
    pub world: Vec<(String, Value)>,
    /// Pointers into the world to what is taken away.
    #[serde(default)]
    pub without: Vec<String>,
    pub expect: Expected,
}

/// A check's own rule.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Own {
    pub green: Option<String>,
    pub yellow: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    pub level: Level,
    /// `CUT2102 topic orders, partitions`, sorted.
    #[serde(default)]
    pub findings: Vec<String>,
    /// A part of the reason.
    #[serde(default)]
    pub why: Option<String>,
}

/// Every fixture of every kind, sorted.
pub fn fixtures() -> Vec<Fixture> {
    let mut all = Vec::new();
    for kind in entries(&folder()).into_iter().filter(|path| path.is_dir()) {
        for file in entries(&kind) {
            let text = std::fs::read_to_string(&file).unwrap();
            let mut fixture: Fixture =
                serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
            fixture.kind = name_of(&kind);
            fixture.name = name_of(&file);
            all.push(fixture);
        }
    }
    all
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

fn name_of(path: &Path) -> String {
    path.file_stem().unwrap().to_str().unwrap().to_owned()
}

/// The healthy world, as it is written and as it is observed; read once.
static HEALTHY: LazyLock<(Value, BTreeMap<String, Outcome>)> = LazyLock::new(|| {
    let text = std::fs::read_to_string(folder().join("world.json")).unwrap();
    let world: Value = serde_json::from_str(&text).unwrap();
    let outcomes = world.as_object().unwrap().iter();
    let outcomes = outcomes.map(|(name, answer)| (name.clone(), observation(name, answer))).collect();
    (world, outcomes)
});

type Outcome = Result<Observation, Unobserved>;

/// The healthy world: answers by name.
pub fn healthy() -> Value {
    HEALTHY.0.clone()
}

impl Fixture {
    pub fn plan(&self) -> Plan {
        let mut plan = plan_json();
        for (pointer, value) in &self.plan {
            set(&mut plan, pointer, value.clone());
        }
        read_plan(plan)
    }

    pub fn world(&self) -> Value {
        let mut world = healthy();
        for (pointer, value) in &self.world {
            set(&mut world, pointer, value.clone());
        }
        for pointer in &self.without {
            take(&mut world, pointer);
        }
        world
    }

    /// What a kind says about it, with its own parameters if it is the fixture's, else with the manual's.
    pub fn judged_by(&self, kind: &Kind, seen: &Observations) -> Judgement {
        let own = kind.name == self.kind;
        let with = self.with.clone().filter(|_| own).unwrap_or_else(|| example_with(kind));
        let rule = self.rule.clone().filter(|_| own).unwrap_or_else(|| example_rule(kind));
        judged(kind, with, rule, self.on.filter(|_| own), &self.plan(), seen)
    }
}

/// A kind's verdict about the plan's first unit, by way of a planned check.
pub fn judged(
    kind: &Kind,
    with: Value,
    rule: Own,
    on: Option<Side>,
    plan: &Plan,
    seen: &Observations,
) -> Judgement {
    let mut planned = check("checked", kind.name, "operations", "signal");
    planned.with = with;
    (planned.green, planned.yellow) = (rule.green, rule.yellow);
    match checks::assemble(&planned) {
        Ok(ready) => ready.judge(&scope(plan, on), seen),
        Err(why) => Judgement::unknown(why),
    }
}

/// As in the manual's example.
pub fn judged_as_shown(kind: &Kind, plan: &Plan, seen: &Observations) -> Judgement {
    judged(kind, example_with(kind), example_rule(kind), None, plan, seen)
}

pub fn build(kind: &Kind, with: Value) -> Box<dyn Check> {
    checks::build(kind.name, with.clone())
        .unwrap_or_else(|| panic!("{} is not built", kind.name))
        .unwrap_or_else(|error| panic!("{} with {with}: {error}", kind.name))
}

pub fn scope(plan: &Plan, on: Option<Side>) -> Scope<'_> {
    Scope { plan, unit: &plan.units[0], check: "checked", on, now: NOW.parse().unwrap() }
}

/// Everything a check asks for, round by round, as the engine does it.
pub fn asks_of(check: &dyn Check, scope: &Scope<'_>, seen: &Observations) -> Vec<Probe> {
    let mut known = Observations::default();
    let mut all = Vec::new();
    for _ in 0..MAX_ROUNDS {
        all = check.ask(scope, &known);
        for probe in all.iter().filter(|probe| seen.contains(probe)) {
            known.insert(seen.get(probe).unwrap().clone());
        }
    }
    all
}

pub fn observations(world: &Value) -> Observations {
    let (healthy, outcomes) = &*HEALTHY;
    let same = |name: &str, answer: &Value| healthy.get(name) == Some(answer);
    let read = |(name, answer): (&String, &Value)| match outcomes.get(name) {
        Some(outcome) if same(name, answer) => outcome.clone(),
        _ => observation(name, answer),
    };
    world.as_object().unwrap().iter().map(read).collect()
}

pub fn observation(name: &str, answer: &Value) -> Outcome {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Failed {
        reason: Reason,
        message: String,
    }
    let answer = answer.as_object().unwrap_or_else(|| panic!("{name}: not an answer"));
    let part = |key: &str| answer.get(key).cloned().unwrap_or(Value::Null);
    let read = |what: &str, error: serde_json::Error| -> ! { panic!("{name}: {what}: {error}") };
    let probe: Probe = serde_json::from_value(part("probe")).unwrap_or_else(|error| read("probe", error));
    let at: Timestamp = "2026-12-06T00:29:00Z".parse().unwrap();
    if let Some(failed) = answer.get("unobserved") {
        let Failed { reason, message } =
            serde_json::from_value(failed.clone()).unwrap_or_else(|error| read("unobserved", error));
        return Err(Unobserved { probe, at, reason, message, hint: None });
    }
    let measured = json!({ "measured": part("measured"), "data": part("data") });
    Ok(Observation {
        probe,
        at,
        took_ms: 5,
        partial: answer.get("partial").map(|text| text.as_str().unwrap().to_owned()),
        measured: serde_json::from_value(measured).unwrap_or_else(|error| read("data", error)),
    })
}

/// The parameters in the example of a kind's manual: an example that cannot be read is a broken manual.
pub fn example_with(kind: &Kind) -> Value {
    example(kind).remove("with").unwrap_or_else(|| json!({}))
}

fn example_rule(kind: &Kind) -> Own {
    let text = |key: &str| example(kind).get(key).map(|text| text.as_str().unwrap().to_owned());
    Own { green: text("green"), yellow: text("yellow") }
}

/// The check in the example of a kind's manual.
pub fn example(kind: &Kind) -> serde_json::Map<String, Value> {
    static EXAMPLES: LazyLock<BTreeMap<&str, serde_json::Map<String, Value>>> = LazyLock::new(|| {
        KINDS.iter().filter(|kind| kind.built).map(|kind| (kind.name, read_example(kind))).collect()
    });
    EXAMPLES[kind.name].clone()
}

fn read_example(kind: &Kind) -> serde_json::Map<String, Value> {
    let manual = kind.manual();
    let yaml = manual.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next());
    let yaml = yaml.unwrap_or_else(|| panic!("the manual of {} has no example", kind.name));
    let checks: BTreeMap<String, serde_json::Map<String, Value>> = serde_saphyr::from_str(yaml)
        .unwrap_or_else(|error| panic!("the example in the manual of {}: {error}", kind.name));
    checks.into_values().next().expect("an example shows a check")
}

/// Replaces what `pointer` points at; the last part of the path may be new, `-` appends.
pub fn set(tree: &mut Value, pointer: &str, value: Value) {
    let (parent, last) = split(tree, pointer);
    match parent {
        Value::Object(members) => {
            members.insert(last, value);
        }
        Value::Array(list) if last == "-" => list.push(value),
        Value::Array(list) => list[last.parse::<usize>().expect("an index")] = value,
        other => panic!("{pointer}: {other} has no members"),
    }
}

fn take(tree: &mut Value, pointer: &str) {
    let (parent, last) = split(tree, pointer);
    let taken = match parent {
        Value::Object(members) => members.remove(&last),
        Value::Array(list) => Some(list.remove(last.parse().expect("an index"))),
        _ => None,
    };
    assert!(taken.is_some(), "{pointer}: nothing there to take");
}

fn split<'a>(tree: &'a mut Value, pointer: &str) -> (&'a mut Value, String) {
    let (parent, last) = pointer.rsplit_once('/').expect("a pointer starts with a slash");
    let parent = tree.pointer_mut(parent).unwrap_or_else(|| panic!("{pointer}: nothing there"));
    (parent, last.replace("~1", "/").replace("~0", "~"))
}
