use serde_json::Value as Json;

use super::people::names;
use crate::Level;
use crate::model::{Act, Id, TriggerDef, Triggers};
use crate::outline::Outline;
use crate::plan::{Rollback, Trigger};

pub(super) fn rollback(outline: &Outline<'_>) -> Rollback {
    let Some(def) = outline.rollback() else { return Rollback::default() };
    let (triggers, none) = match def.triggers.get() {
        Some(Triggers::Listed(list)) => {
            (list.iter().filter_map(|trigger| one(&trigger.value)).collect(), false)
        }
        Some(Triggers::None) => (Vec::new(), true),
        None => (Vec::new(), false),
    };
    let authority = def.authority.get();
    Rollback {
        authority_before: authority
            .and_then(|authority| authority.before.get())
            .map(|side| side.word().to_owned()),
        authority_after_switch: authority
            .and_then(|authority| authority.after_switch.get())
            .map(|side| side.word().to_owned()),
        triggers,
        no_triggers: none.then(|| def.why.get().map_or_else(String::new, |why| why.as_str().to_owned())),
        plans: def
            .plans
            .get()
            .into_iter()
            .flatten()
            .map(|(name, _)| name.value.as_str().to_owned())
            .collect(),
    }
}

fn one(def: &TriggerDef) -> Option<Trigger> {
    let text = |id: Option<&Id>| id.map(|id| id.as_str().to_owned());
    let armed = def.armed.get();
    Some(Trigger {
        id: text(def.id.get())?,
        check: text(def.check.get()),
        breach: def.breach.get().map(|level: &Level| level.word().to_owned()),
        for_ms: def.for_.get().map(|duration| duration.0),
        armed_from: armed.and_then(|armed| text(armed.from.get())),
        armed_until: armed.and_then(|armed| text(armed.until.get())),
        act: def.act.get().map(|act: &Act| act.word().to_owned()),
        ask_role: def.ask.get().and_then(|ask| text(ask.role.get())),
        ask_within_ms: def.ask.get().and_then(|ask| Some(ask.answer_within.get()?.0)),
        silence_is: def.ask.get().and_then(|ask| Some(ask.silence_is.get()?.into())),
        called_by: names(&def.called_by),
        plan: text(def.plan.get()),
        built_in: false,
        closed_source: None,
    })
}

/// A part of the runbook as written, templates of the environment as templates.
pub(super) fn written(outline: &Outline<'_>, key: &str) -> Json {
    let Some(runbook) = outline.runbook else { return Json::Null };
    let tree = outline.loaded.trees.iter().find(|tree| tree.source == runbook.span.source);
    tree.and_then(|tree| Some(tree.json(tree.entry(tree.root()?, key)?.1, true))).unwrap_or(Json::Null)
}
