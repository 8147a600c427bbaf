use std::collections::BTreeMap;

use serde::Serialize;

use super::{checks, digest, execution, rollback, steps, units};
use crate::outline::Outline;
use crate::plan::Rehearsal;
use crate::unit::Unit;

/// The rehearsal as written; `None`: there is none.
pub(super) fn rehearsal(outline: &Outline<'_>) -> Option<Rehearsal> {
    let def = outline.runbook?.rehearsal.get()?;
    let points = def.rollback_from.get().into_iter().flatten();
    let faults = def.faults.get().into_iter().flatten();
    Some(Rehearsal {
        environment: def.environment.get()?.as_str().to_owned(),
        workload: def.workload.get()?.kind.get()?.word().to_owned(),
        rollback_from: points.map(|point| point.value.as_str().to_owned()).collect(),
        faults: faults.map(|fault| fault.value.word().to_owned()).collect(),
        valid_for_ms: def.valid_for.get()?.0,
        parts: parts(outline)?,
        leg: None,
    })
}

/// Digests of what the plan digest is made of, each under a name people know.
fn parts(outline: &Outline<'_>) -> Option<BTreeMap<String, String>> {
    let mut parts = BTreeMap::new();
    let mut add = |name: String, value: &dyn Fn() -> serde_json::Value| {
        parts.insert(name, digest::of(&value()));
    };
    fn json<T: Serialize>(value: &T) -> serde_json::Value {
        serde_json::to_value(value).unwrap_or(serde_json::Value::Null)
    }
    for unit in units::units(outline)? {
        // What an earlier run left on the target is no part of what is rehearsed: a copy made afresh has none.
        let unit = Unit { target_born: Vec::new(), ..unit };
        add(format!("unit {}", unit.name), &|| json(&unit));
    }
    for check in checks::checks(outline, true)? {
        add(format!("check {}", check.id), &|| json(&check));
    }
    for step in steps::steps(outline, true)? {
        add(format!("step {}", step.id), &|| json(&step));
    }
    for key in ["budgets", "rollback"] {
        add(key.to_owned(), &|| rollback::written(outline, key));
    }
    if let Some(site) = outline.site {
        add("apps".to_owned(), &|| json(&execution::apps(outline, site)));
    }
    for parameter in &outline.loaded.parameters {
        add(format!("parameter {}", parameter.name), &|| parameter.value.clone());
    }
    Some(parts)
}
