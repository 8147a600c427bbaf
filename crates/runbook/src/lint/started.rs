//! What is stopped or fenced on the source must be started on the target.

use std::collections::{HashMap, HashSet};

use super::{Cx, step_with};
use crate::outline::{Outline, StepEntry, UnitParts};
use crate::syntax::{Code, Diagnostic, Span, quoted};
use crate::world::Side;

/// Which of a unit's things steps name.
#[derive(Default)]
struct Named<'a> {
    /// The first step that names all of them.
    all: Option<usize>,
    /// The first step that names this one.
    each: HashMap<&'a str, usize>,
}

impl<'a> Named<'a> {
    fn add(&mut self, names: &step_with::Named<'a>, step: usize) {
        match names {
            step_with::Named::All => {
                self.all.get_or_insert(step);
            }
            step_with::Named::These(names) => {
                for name in names {
                    self.each.entry(*name).or_insert(step);
                }
            }
        }
    }

    fn by(&self, name: &str) -> Option<usize> {
        self.each.get(name).copied().or(self.all)
    }
}

/// What the steps do to one unit.
#[derive(Default)]
struct Done<'a> {
    stopped: [Named<'a>; 2],
    started: [Named<'a>; 2],
    fenced: Option<usize>,
}

const WHAT: [&str; 2] = ["group", "producer"];

pub(super) fn lint(cx: &Cx<'_>, outline: &Outline<'_>) {
    if outline.slice.is_some() {
        return;
    }
    let mut units: HashMap<&str, Done<'_>> = HashMap::new();
    for (index, step) in outline.steps.iter().enumerate() {
        let Some(unit) = outline.unit_of(step) else { continue };
        let done = units.entry(unit.name).or_default();
        let [groups, producers] = step_with::named(cx, step);
        let lists = match (step.kind.map(|kind| kind.name), step.side()) {
            (Some("stop-app"), Some(Side::Source)) => &mut done.stopped,
            (Some("start-app"), Some(Side::Target)) => &mut done.started,
            (Some("fence-writes"), Some(Side::Source)) => {
                done.fenced.get_or_insert(index);
                continue;
            }
            _ => continue,
        };
        for (list, names) in lists.iter_mut().zip([groups, producers]) {
            if let Some(names) = names {
                list.add(&names, index);
            }
        }
    }
    for unit in &outline.units {
        if let Some(done) = units.get(unit.name) {
            one(cx, outline, unit, done);
        }
    }
}

fn one(cx: &Cx<'_>, outline: &Outline<'_>, unit: &UnitParts<'_>, done: &Done<'_>) {
    let mut told = HashSet::new();
    let mut tell = |what: usize, span: Span, name: &str, by: usize| {
        if done.started[what].by(name).is_some() || !told.insert((what, name.to_owned())) {
            return;
        }
        let step: &StepEntry<'_> = &outline.steps[by];
        let how = if step.is("fence-writes") { "fenced" } else { "stopped" };
        let message = format!("the {} {} is {how} and never started on the target", WHAT[what], quoted(name));
        cx.add(
            Diagnostic::new(Code::FencedNeverStarted, span, message)
                .label(step.def.id.span(), "here")
                .help("add a step: { do: start-app, on: target, … }"),
        );
    };
    for (name, _) in unit.groups() {
        if let Some(by) = done.stopped[0].by(name.value.as_str()) {
            tell(0, name.span, name.value.as_str(), by);
        }
    }
    for (name, _) in unit.producers() {
        if let Some(by) = done.stopped[1].by(name.value.as_str()).or(done.fenced) {
            tell(1, name.span, name.value.as_str(), by);
        }
    }
}
