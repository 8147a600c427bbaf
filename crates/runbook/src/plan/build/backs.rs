//! Rollback plans, made explicit: what follows from the unit, from the way there and from what the plan says.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::people::names;
use crate::model::{Mirrored, RollbackPlan, TargetBorn};
use crate::outline::Outline;
use crate::plan::{BackPlan, PlannedStep, StepEffect};
use crate::steps::step_kind;
use crate::unit::Unit;
use crate::world::Side;

pub(super) fn backs(
    outline: &Outline<'_>,
    units: &[Unit],
    steps: &[PlannedStep],
) -> Option<BTreeMap<String, BackPlan>> {
    let plans = outline.rollback().and_then(|rollback| rollback.plans.get());
    let mut backs = BTreeMap::new();
    for (name, plan) in plans.into_iter().flatten() {
        let name = name.value.as_str();
        let back = Back { outline, name, plan: &plan.value, units, steps };
        backs.insert(name.to_owned(), back.compiled()?);
    }
    Some(backs)
}

struct Back<'a> {
    outline: &'a Outline<'a>,
    name: &'a str,
    plan: &'a RollbackPlan,
    units: &'a [Unit],
    steps: &'a [PlannedStep],
}

impl Back<'_> {
    fn compiled(&self) -> Option<BackPlan> {
        let written = self.plan.target_progress.get().and_then(|progress| progress.target_born.get());
        Some(BackPlan {
            authority_after: self.plan.authority_after.get().map(|side| side.word().to_owned()),
            target_born: written.map(|born| word(born).to_owned()),
            between: if self.outline.commit.is_some() { self.between() } else { Vec::new() },
            additions: self.additions()?,
            observation: self.observation(),
        })
    }

    /// What is not said is not there: then the ledger has to prove it.
    fn born(&self) -> &TargetBorn {
        let progress = self.plan.target_progress.get();
        progress.and_then(|progress| progress.target_born.get()).unwrap_or(&TargetBorn::None)
    }

    fn between(&self) -> Vec<PlannedStep> {
        let mut between: Vec<PlannedStep> = Vec::new();
        for unit in self.units {
            for mut step in self.of_unit(unit) {
                step.needs = between.last().map(|before| before.id.clone()).into_iter().collect();
                between.push(step);
            }
        }
        between
    }

    fn of_unit(&self, unit: &Unit) -> Vec<PlannedStep> {
        let of_unit = |step: &&PlannedStep| step.unit.as_deref().is_none_or(|name| name == unit.name);
        let capture = self.capture(unit);
        let mut made = Vec::new();
        let mut stop = serde_json::Map::new();
        if !unit.producers.is_empty() {
            stop.insert("producers".to_owned(), "unit".into());
        }
        if !unit.groups.is_empty() {
            stop.insert("groups".to_owned(), "unit".into());
        }
        let starts = |step: &PlannedStep| step.kind == "start-app" && step.on == Some(Side::Target);
        if !stop.is_empty() && self.steps.iter().filter(of_unit).any(starts) {
            made.push(self.step(unit, "stop-target", "stop-app", Some(Side::Target), Json::Object(stop)));
        }
        made.push(self.step(unit, "fence-target", "fence-writes", Some(Side::Target), self.fence(unit)));
        let mut ledger = json!({ "topics": "unit" });
        if let Some(capture) = &capture {
            ledger["from"] = capture.as_str().into();
        }
        if *self.born() == TargetBorn::None {
            ledger["none"] = true.into();
        }
        made.push(self.step(unit, "ledger", "target-born-ledger", Some(Side::Target), ledger));
        made.push(self.asks_the_owner(unit));
        if !unit.groups.is_empty() {
            let mut with =
                json!({ "groups": "unit", "mirrored": self.mirrored(), "target_born": word(self.born()) });
            if let Some(capture) = &capture {
                with["from"] = capture.as_str().into();
            }
            made.push(self.step(unit, "offsets-back", "commit-offsets-back", Some(Side::Source), with));
        }
        made
    }

    /// Before any position is landed the unit's owner answers for what was born on the target: where the plan gives it up or
    /// leaves it to people, as soon as there is any; else only where nobody could count it.
    fn asks_the_owner(&self, unit: &Unit) -> PlannedStep {
        let (id, title) = match self.born() {
            TargetBorn::Discarded => ("discard", "Give up what was born on the target"),
            TargetBorn::Carried | TargetBorn::Reconcile(_) => {
                ("carry", "Bring over to the source what was born on the target, or give it up")
            }
            TargetBorn::None | TargetBorn::Replayed => {
                ("uncounted", "Leave behind what nobody could count on the target")
            }
        };
        let mut asks = self.step(unit, id, "sign-off", None, Json::Null);
        asks.title = Some(title.to_owned());
        asks.with = json!({ "roles": [unit.owner] });
        asks.owner = Some(unit.owner.clone());
        asks
    }

    fn mirrored(&self) -> &'static str {
        let mirrored = self.plan.target_progress.get().and_then(|progress| progress.mirrored.get());
        match mirrored {
            Some(Mirrored::RecoveryPoint) => "recovery-point",
            Some(Mirrored::TranslateBack) | None => "translate-back",
        }
    }

    /// The step that captured the positions which were landed: the last before the commit point that is about the unit.
    fn capture(&self, unit: &Unit) -> Option<String> {
        let about = |step: &&PlannedStep| step.unit.as_deref().is_none_or(|name| name == unit.name);
        let landed = self.steps.iter().filter(about).filter(|step| step.kind == "commit-offsets");
        let named = landed.filter_map(|step| step.with.get("with")?.get("from")?.as_str()).next_back();
        named.map(str::to_owned)
    }

    /// As the source is fenced on the way there: with the same backstop, and nobody refused who was only stopped there.
    fn fence(&self, unit: &Unit) -> Json {
        let about = |step: &&PlannedStep| step.unit.as_deref().is_none_or(|name| name == unit.name);
        let there = self.steps.iter().filter(about).find(|step| step.kind == "fence-writes");
        let there = there.and_then(|step| step.with.get("with"));
        let mut with = json!({ "topics": "unit", "backstop": "none" });
        let by_acl = there.is_some_and(|there| there.get("by") == Some(&"acl".into()));
        let backstop = there.and_then(|there| there.get("backstop"));
        if there.is_some() && (by_acl || backstop != Some(&"none".into())) {
            with["backstop"] = "acl".into();
            for key in ["super_users", "allow_everyone"] {
                if let Some(told) = there.and_then(|there| there.get(key)) {
                    with[key] = told.clone();
                }
            }
        }
        with
    }

    fn step(&self, unit: &Unit, id: &str, kind: &str, on: Option<Side>, with: Json) -> PlannedStep {
        let known = step_kind(kind);
        PlannedStep {
            id: self.id(id, Some(unit)),
            kind: kind.to_owned(),
            unit: Some(unit.name.clone()),
            on,
            effect: known.and_then(|kind| kind.effect).unwrap_or(StepEffect::None),
            timeout_ms: known.map(|kind| kind.timeout_ms),
            with: if with.is_null() { json!({}) } else { json!({ "with": with }) },
            ..PlannedStep::default()
        }
    }

    fn id(&self, id: &str, unit: Option<&Unit>) -> String {
        match unit.filter(|_| self.units.len() > 1) {
            Some(unit) => format!("{}/{id}[{}]", self.name, unit.name),
            None => format!("{}/{id}", self.name),
        }
    }

    fn additions(&self) -> Option<Vec<PlannedStep>> {
        let Some(additions) = self.plan.steps.get() else { return Some(Vec::new()) };
        let span = self.plan.steps.span();
        let mut planned = super::steps::of_back(self.outline, self.name, additions, span)?;
        for step in &mut planned {
            step.id = self.id(&step.id, None);
            step.needs.iter_mut().for_each(|need| *need = self.id(need, None));
        }
        Some(planned)
    }

    fn observation(&self) -> Vec<PlannedStep> {
        let plain = |id: &str, kind: &str, with: Json, timeout_ms: u64| PlannedStep {
            id: self.id(id, None),
            kind: kind.to_owned(),
            timeout_ms: Some(timeout_ms),
            with,
            ..PlannedStep::default()
        };
        let mut made = Vec::new();
        if let TargetBorn::Reconcile(check) = self.born() {
            let timeout = step_kind("check").map_or(0, |kind| kind.timeout_ms);
            made.push(plain("reconcile", "check", json!({ "checks": [check.as_str()] }), timeout));
        }
        if let Some(observe) = self.plan.observe.get() {
            let for_ms = observe.for_.get().map_or(0, |time| time.0);
            let checks = super::steps::every_item(self.outline, names(&observe.checks));
            let checks = if checks.is_empty() { json!("all") } else { json!(checks) };
            let mut watch = plain("observe", "watch", Json::Null, for_ms);
            watch.with = json!({ "for": format!("{for_ms}ms"), "checks": checks });
            watch.est_ms = Some(for_ms);
            watch.needs = made.last().map(|before: &PlannedStep| before.id.clone()).into_iter().collect();
            made.push(watch);
        }
        made
    }
}

fn word(born: &TargetBorn) -> &'static str {
    match born {
        TargetBorn::None => "none",
        TargetBorn::Carried => "carried",
        TargetBorn::Replayed => "replayed",
        TargetBorn::Discarded => "discarded",
        TargetBorn::Reconcile(_) => "reconcile",
    }
}
