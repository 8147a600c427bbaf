//! What a slice changes about the steps of its shape: steps beside them, other needs, steps left out.

use std::collections::{BTreeMap, BTreeSet};

use super::expand::{Shape, Slice};
use super::part::{Entry, Origin, Part};
use crate::model::{Adjust, Id};
use crate::syntax::{Code, Diagnostic, Diagnostics, Span, quoted};

/// Keys under which a text names something other than a step.
const NO_STEPS: [&str; 9] = ["id", "do", "use", "check", "checks", "plan", "role", "roles", "title"];

/// The steps of the runbook, adjusted. `None`: something could not be, and was recorded.
pub(super) fn steps(slice: &Slice<'_>, shape: &Shape<'_>, name: &str, found: &Diagnostics) -> Option<Part> {
    let list = shape.each("steps", "the step");
    let adjust = slice.doc.adjust.get();
    let changes = Changes::of(slice, adjust);
    let ids: Vec<&str> = list.iter().filter_map(|step| step.get("id")?.as_text()).collect();
    let mut sound = changes.known(adjust, &ids, name, found);
    let mut out = Vec::new();
    // The step of the shape that the next one follows; of a step that is left out, the one before it.
    let mut before: Option<String> = None;
    for step in &list {
        let Some(id) = step.get("id").and_then(Part::as_text) else { continue };
        let replaced = changes.added.contains(id);
        if !changes.dropped.contains_key(id) {
            let mut step = step.clone();
            let needs = match changes.moved.get(id) {
                Some(needs) => Some(needs.clone()),
                None if step.get("needs").is_some() => None,
                None => Some(needs_of(&step.origin, before.as_deref())),
            };
            if let Some(needs) = needs {
                step = with_needs(step, needs);
            }
            out.push(step);
        }
        out.extend(changes.beside(id, before.as_deref()));
        if !changes.dropped.contains_key(id) || replaced {
            before = Some(id.to_owned());
        }
    }
    let rest = ["budgets", "rollback", "checks"];
    let others = rest.iter().filter_map(|key| {
        let (_, node) = shape.tree.entry(shape.root, key)?;
        Some((format!("{key} of the shape"), Part::of_shape(shape.tree, node, &slice.shaped(key))))
    });
    let named: Vec<(String, Part)> = out
        .iter()
        .map(|step| (quoted(step.get("id").and_then(Part::as_text).unwrap_or_default()), step.clone()))
        .chain(others)
        .collect();
    for (id, span) in &changes.dropped {
        if changes.added.contains(id) {
            continue;
        }
        let needed: Vec<&str> =
            named.iter().filter(|(_, part)| names(part, id)).map(|(what, _)| what.as_str()).collect();
        if let Some(first) = needed.first() {
            sound = false;
            let others =
                if needed.len() > 1 { format!(" and {} more", needed.len() - 1) } else { String::new() };
            found.add(
                Diagnostic::new(
                    Code::StepNeeded,
                    *span,
                    format!("the step {} cannot be left out: needed by {first}{others}", quoted(id)),
                )
                .help(format!(
                    "leave out what needs it too, give that other needs under `move`, or add your own step with the id {id} under `after`"
                )),
            );
        }
    }
    sound.then(|| Part::list(&slice.here(), chained(out)))
}

/// What a slice asks for.
struct Changes {
    after: BTreeMap<String, Vec<Part>>,
    moved: BTreeMap<String, Part>,
    dropped: BTreeMap<String, Span>,
    /// Ids of all steps of the slice's own.
    added: BTreeSet<String>,
}

impl Changes {
    fn of(slice: &Slice<'_>, adjust: Option<&Adjust>) -> Changes {
        let written = slice.get("adjust");
        let table = |key: &str| {
            let entries = written.as_ref().and_then(|adjust| adjust.get(key)).map(Part::entries);
            entries.unwrap_or_default().iter().map(|entry: &Entry| (entry.key.clone(), entry.value.clone()))
        };
        let after: BTreeMap<String, Vec<Part>> =
            table("after").map(|(id, steps)| (id, steps.items().to_vec())).collect();
        let added = after.values().flatten().filter_map(|step| step.get("id")?.as_text());
        let added = added.map(str::to_owned).collect();
        let dropped = adjust.and_then(|adjust| adjust.drop.get()).into_iter().flatten();
        let dropped = dropped.map(|id| (id.value.as_str().to_owned(), id.span)).collect();
        Changes { after, moved: table("move").collect(), dropped, added }
    }

    /// Whether every step that is adjusted is one of the shape.
    fn known(&self, adjust: Option<&Adjust>, ids: &[&str], shape: &str, found: &Diagnostics) -> bool {
        let Some(adjust) = adjust else { return true };
        let own = self.added.iter().map(String::as_str);
        let after = adjust.after.get().into_iter().flatten().map(|(id, _)| (id.span, &id.value));
        let moved = adjust.moved.get().into_iter().flatten().map(|(id, _)| (id.span, &id.value));
        let drop = adjust.drop.get().into_iter().flatten().map(|id| (id.span, &id.value));
        let mut sound = true;
        let named: Vec<(Span, &Id)> = after.chain(moved).chain(drop).collect();
        for (span, id) in named.into_iter().filter(|(_, id)| !ids.contains(&id.as_str())) {
            sound = false;
            let message = format!("the shape `{shape}` has no step {}", quoted(id.as_str()));
            found.add(
                Diagnostic::new(Code::UnknownStep, span, message)
                    .known(id.as_str(), ids.iter().copied().chain(own.clone())),
            );
        }
        sound
    }

    /// The steps beside one of the shape: the first waits for it, each next one for the one before. Beside a step that is
    /// left out, they stand in its place.
    fn beside(&self, id: &str, before: Option<&str>) -> Vec<Part> {
        let mut follows = if self.dropped.contains_key(id) { before } else { Some(id) };
        let mut steps = Vec::new();
        for step in self.after.get(id).into_iter().flatten() {
            let step = match step.get("needs") {
                Some(_) => step.clone(),
                None => with_needs(step.clone(), needs_of(&step.origin, follows)),
            };
            steps.push(step);
            follows = self.after[id][steps.len() - 1].get("id").and_then(Part::as_text).or(follows);
        }
        steps
    }
}

fn needs_of(origin: &Origin, before: Option<&str>) -> Part {
    Part::list(origin, before.map(|id| Part::text(origin, id)).into_iter().collect())
}

fn with_needs(mut step: Part, needs: Part) -> Part {
    step.set("needs", needs);
    step
}

/// Needs that are the step before anyhow are not written: people do not write them either.
fn chained(mut steps: Vec<Part>) -> Vec<Part> {
    let ids: Vec<Option<String>> =
        steps.iter().map(|step| step.get("id").and_then(Part::as_text).map(str::to_owned)).collect();
    for (at, step) in steps.iter_mut().enumerate().skip(1) {
        let only = match step.get("needs").map(Part::items) {
            Some([only]) => only.as_text().map(str::to_owned),
            _ => None,
        };
        if only.is_some()
            && only == ids[at - 1]
            && let super::part::Body::Table(entries) = &mut step.body
        {
            entries.retain(|entry| entry.key != "needs");
        }
    }
    steps
}

/// Whether a part names a step: what it needs, where positions come from, from when to when something is watched.
fn names(part: &Part, id: &str) -> bool {
    let scope = |text: &str| text.strip_prefix("since-") == Some(id);
    part.as_text().is_some_and(|text| text == id || scope(text))
        || part.items().iter().any(|item| names(item, id))
        || part
            .entries()
            .iter()
            .any(|entry| !NO_STEPS.contains(&entry.key.as_str()) && names(&entry.value, id))
}
