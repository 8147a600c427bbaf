use std::collections::BTreeSet;
use std::rc::Rc;

use super::adjust;
use super::expansion::Expansion;
use super::part::{Body, Entry, Origin, Part};
use super::print::Printer;
use super::{LIBRARY, text_of};
use crate::model::{SliceDoc, SliceWindow};
use crate::syntax::{Diagnostics, NodeId, Source, SourceId, Sources, Tree, Value, read};

/// What a slice says of its unit, and the key it has there.
const UNIT: [(&str, &str); 15] = [
    ("topics", "topics"),
    ("retry", "retry"),
    ("dead_letter", "dead_letter"),
    ("consumers", "groups"),
    ("producers", "producers"),
    ("principals", "principals"),
    ("stays_behind", "stays_behind"),
    ("connectors", "connectors"),
    ("streams_application", "streams_application"),
    ("schemas", "schemas"),
    ("external_positions", "external_positions"),
    ("tolerates", "tolerates"),
    ("business_key", "business_key"),
    ("recovery", "recovery"),
    ("target_born", "target_born"),
];

/// The runbook of a slice without mistakes. `written`: the slice as written, its templates not filled in; `included`: ids
/// of the checks of its own libraries, which stand before the shape's. `None`: what cannot be adjusted was recorded.
pub(crate) fn expand(
    slice: &SliceDoc,
    written: &Tree,
    included: &BTreeSet<String>,
    found: &Diagnostics,
) -> Option<Expansion> {
    let (name, text) = text_of(*slice.shape.get()?);
    let shape = embedded(name, text)?;
    let library = embedded(LIBRARY.0, LIBRARY.1)?;
    let slice = Slice { doc: slice, tree: written, root: written.root()? };
    let shape = Shape { tree: &shape, root: shape.root()?, here: slice.shaped("the shape") };
    let mut runbook = Part::table(&slice.here(), Vec::new());
    let steps = adjust::steps(&slice, &shape, name, found)?;
    slice.copy(&mut runbook, "apiVersion", "apiVersion");
    runbook.set("kind", Part::text(&slice.here(), "Runbook"));
    for key in ["site", "metadata", "include", "parameters"] {
        slice.copy(&mut runbook, key, key);
    }
    runbook.set("roles", roles(&slice, &shape)?);
    if let Some(window) = slice.doc.window.get() {
        runbook.set("window", window_of(&slice, window)?);
    }
    runbook.set("units", unit(&slice)?);
    runbook.set("checks", checks(&slice, &shape, &library, included));
    slice.copy(&mut runbook, "waivers", "waivers");
    runbook.set("steps", steps);
    if let Some(budgets) = budgets(&slice, &shape) {
        runbook.set("budgets", budgets);
    }
    runbook.set("rollback", shape.rollback()?);
    slice.copy(&mut runbook, "rehearsal", "rehearsal");
    match slice.get("report") {
        Some(report) => runbook.set("report", report),
        None => runbook.set("report", shape.part("report", "the report")?),
    }
    let mut printer = Printer::default();
    printer.document(&runbook);
    Some(Expansion { text: printer.text, shape: name, source: SourceId::default(), places: printer.places })
}

/// A file of the program. `None`: it is not YAML, which a test excludes.
fn embedded(name: &str, text: &str) -> Option<Tree> {
    let (mut sources, silent) = (Sources::default(), Diagnostics::default());
    let id = sources.add(Source::new(name, text));
    read(&sources, id, &silent)
}

/// The slice that is expanded.
pub(super) struct Slice<'a> {
    pub doc: &'a SliceDoc,
    pub tree: &'a Tree,
    pub root: NodeId,
}

impl Slice<'_> {
    /// The slice itself, for tables that only the runbook has.
    pub fn here(&self) -> Origin {
        let span = self.doc.shape.span();
        Origin { span, of_shape: None }
    }

    /// Where the shape is named.
    pub fn shaped(&self, what: &str) -> Origin {
        Origin { span: self.doc.shape.span(), of_shape: Some(Rc::from(what)) }
    }

    pub fn get(&self, key: &str) -> Option<Part> {
        let (_, node) = self.tree.entry(self.root, key)?;
        Some(Part::of_slice(self.tree, node))
    }

    fn copy(&self, to: &mut Part, from: &str, key: &str) {
        let (Some((name, node)), Body::Table(entries)) = (self.tree.entry(self.root, from), &mut to.body)
        else {
            return;
        };
        let origin = Origin { span: name.span, of_shape: None };
        entries.push(Entry { key: key.to_owned(), origin, value: Part::of_slice(self.tree, node) });
    }
}

/// A shape as read.
pub(super) struct Shape<'a> {
    pub tree: &'a Tree,
    pub root: NodeId,
    here: Origin,
}

impl Shape<'_> {
    /// A part under its key.
    fn part(&self, key: &str, what: &str) -> Option<Part> {
        let (_, node) = self.tree.entry(self.root, key)?;
        Some(Part::of_shape(self.tree, node, &self.named(what)))
    }

    fn named(&self, what: &str) -> Origin {
        Origin { of_shape: Some(Rc::from(what)), ..self.here.clone() }
    }

    /// The items of a list, each named by its `id` or `name`.
    pub fn each(&self, key: &str, what: &str) -> Vec<Part> {
        let Some((_, list)) = self.tree.entry(self.root, key) else { return Vec::new() };
        self.each_of(list, what)
    }

    fn each_of(&self, list: NodeId, what: &str) -> Vec<Part> {
        let Value::List(items) = &self.tree.node(list).value else { return Vec::new() };
        items
            .iter()
            .map(|item| {
                let id = self.tree.text_of(*item, "id").or_else(|| self.tree.text_of(*item, "name"));
                let what = format!("{what} `{}`", id.unwrap_or_default());
                Part::of_shape(self.tree, *item, &self.named(&what))
            })
            .collect()
    }

    /// The way back, whose triggers are named one by one.
    fn rollback(&self) -> Option<Part> {
        let mut rollback = self.part("rollback", "the way back")?;
        let (_, node) = self.tree.entry(self.root, "rollback")?;
        let (_, triggers) = self.tree.entry(node, "triggers")?;
        let triggers = self.each_of(triggers, "the trigger");
        rollback.set("triggers", Part::list(&self.named("the way back"), triggers));
        Some(rollback)
    }
}

/// The slice's owner becomes the role that the shape gives dimensions to accept.
fn roles(slice: &Slice<'_>, shape: &Shape<'_>) -> Option<Part> {
    let mut roles = shape.part("roles", "the roles")?;
    let owner = slice.get("owner")?;
    if let Body::Table(entries) = &mut roles.body {
        for role in entries.iter_mut().filter(|role| role.key == "app_owner") {
            if let Body::Table(entries) = &mut role.value.body {
                let people = Part::list(&owner.origin, vec![owner.clone()]);
                entries.insert(
                    0,
                    Entry { key: "people".to_owned(), origin: owner.origin.clone(), value: people },
                );
            }
        }
        if let Some(Part { body: Body::Table(own), .. }) = slice.get("roles") {
            // One of the same name is then drawn as what it is: a key that stands there twice.
            entries.extend(own);
        }
    }
    Some(roles)
}

fn window_of(slice: &Slice<'_>, window: &SliceWindow) -> Option<Part> {
    let mut part = slice.get("window")?;
    let Body::Table(entries) = &mut part.body else { return None };
    if let (Some(opens), Some(length)) = (window.opens.get(), window.length.spanned()) {
        let closes =
            opens.0.checked_add(jiff::SignedDuration::from_millis(i64::try_from(length.value.0).ok()?));
        let offset = entries.iter().find(|entry| entry.key == "opens")?.value.as_text().map(offset_of)?;
        let closes = jiff::fmt::temporal::DateTimePrinter::new()
            .timestamp_with_offset_to_string(&closes.ok()?, offset);
        let entry = entries.iter_mut().find(|entry| entry.key == "length")?;
        "closes".clone_into(&mut entry.key);
        entry.value = Part::text(&entry.value.origin, closes);
    }
    Some(part)
}

/// The offset a moment is written with; UTC where it comes from a parameter.
fn offset_of(written: &str) -> jiff::tz::Offset {
    let parsed = written.get(written.len().saturating_sub(6)..).and_then(|tail| {
        let (hours, minutes) = tail.get(1..)?.split_once(':')?;
        let minutes = hours.parse::<i32>().ok()? * 60 + minutes.parse::<i32>().ok()?;
        let sign = match tail.get(..1)? {
            "+" => 1,
            "-" => -1,
            _ => return None,
        };
        jiff::tz::Offset::from_seconds(sign * minutes * 60).ok()
    });
    parsed.unwrap_or(jiff::tz::Offset::UTC)
}

fn unit(slice: &Slice<'_>) -> Option<Part> {
    let name = slice.get("metadata")?.get("name")?.clone();
    let mut unit = Part::table(&slice.here(), Vec::new());
    let owner = slice.get("owner")?;
    unit.set("owner", Part::text(&owner.origin, "app_owner"));
    for (from, key) in UNIT {
        slice.copy(&mut unit, from, key);
    }
    if let Some(max) = slice.get("stall").and_then(|stall| stall.get("max").cloned()) {
        let mut tolerates = unit.get("tolerates").cloned().unwrap_or(Part::table(&max.origin, Vec::new()));
        if tolerates.get("stall").is_none() {
            tolerates.set("stall", max);
            unit.set("tolerates", tolerates);
        }
    }
    let entry = Entry { key: name.as_text()?.to_owned(), origin: name.origin.clone(), value: unit };
    Some(Part::table(&slice.here(), vec![entry]))
}

/// The library's checks as the shape has them, then the slice's; of two with one id the slice's.
fn checks(slice: &Slice<'_>, shape: &Shape<'_>, library: &Tree, included: &BTreeSet<String>) -> Part {
    let own = slice.get("checks");
    let own = || own.iter().flat_map(Part::entries);
    let mut checks = Part::table(&slice.here(), Vec::new());
    let mut add = |tree: &Tree, root: NodeId| {
        let Some((_, table)) = tree.entry(root, "checks") else { return };
        let Value::Table(entries) = &tree.node(table).value else { return };
        for (key, node) in entries {
            if included.contains(&key.text) || own().any(|entry| entry.key == key.text) {
                continue;
            }
            checks.set(
                &key.text,
                Part::of_shape(tree, *node, &shape.named(&format!("the check `{}`", key.text))),
            );
        }
    };
    if let Some(root) = library.root() {
        add(library, root);
    }
    add(shape.tree, shape.root);
    if let Body::Table(entries) = &mut checks.body {
        entries.extend(own().cloned());
    }
    checks
}

/// The spans the shape watches, with the time the slice gives them; none where it gives none.
fn budgets(slice: &Slice<'_>, shape: &Shape<'_>) -> Option<Part> {
    let stall = slice.get("stall")?;
    let mut budgets = shape.each("budgets", "the budget");
    for budget in &mut budgets {
        for key in ["warn", "max"] {
            if let Some(time) = stall.get(key) {
                budget.set(key, time.clone());
            }
        }
    }
    Some(Part::list(&stall.origin, budgets))
}
