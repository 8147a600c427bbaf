//! The parts of a runbook by name, and what follows from their order. Lint and plan both read it.

mod checks;
pub(crate) mod commit;
mod people;
pub(crate) mod steps;
mod units;

pub(crate) use checks::CheckEntry;
pub(crate) use people::RoleEntry;
pub(crate) use steps::StepEntry;
pub(crate) use units::UnitParts;

use std::collections::HashMap;

use crate::load::{Document, Loaded};
use crate::model::{RollbackDef, RunbookDoc, SiteDoc, SliceDoc};
use crate::plan::StepGraph;
use crate::syntax::Span;

/// A runbook or slice, outlined.
pub(crate) struct Outline<'a> {
    pub loaded: &'a Loaded,
    pub site: Option<&'a SiteDoc>,
    /// `None`: a slice.
    pub runbook: Option<&'a RunbookDoc>,
    pub slice: Option<&'a SliceDoc>,
    pub units: Vec<UnitParts<'a>>,
    pub checks: Vec<CheckEntry<'a>>,
    check_index: HashMap<&'a str, usize>,
    unit_index: HashMap<&'a str, usize>,
    pub roles: Vec<RoleEntry<'a>>,
    pub steps: Vec<StepEntry<'a>>,
    pub graph: StepGraph,
    /// Index of the gate that is the commit point, computed.
    pub commit: Option<usize>,
    /// Steps that come after the commit point, or after one that cannot be undone.
    pub past: Vec<bool>,
}

impl<'a> Outline<'a> {
    pub fn of(loaded: &'a Loaded) -> Option<Outline<'a>> {
        let (runbook, slice) = match loaded.document.as_ref()? {
            Document::Runbook(runbook) => (Some(&**runbook), None),
            Document::Slice(slice) => (None, Some(&**slice)),
            Document::Site(_) | Document::Library(_) | Document::Shape(_) => return None,
        };
        let steps = steps::of(runbook);
        let graph = StepGraph::new(steps.iter().map(|step| (step.id, step.needs.clone())));
        let commit = commit::commit_point(&steps, &graph);
        let past = commit::past(&steps, &graph, commit);
        let units = units::of(runbook, slice);
        let checks = checks::of(loaded, runbook, slice);
        // Of two with one name the first counts; lint draws the second.
        let check_index = checks.iter().enumerate().rev().map(|(index, check)| (check.id, index)).collect();
        let unit_index = units.iter().enumerate().rev().map(|(index, unit)| (unit.name, index)).collect();
        Some(Outline {
            loaded,
            site: loaded.site.as_ref(),
            runbook,
            slice,
            units,
            checks,
            check_index,
            unit_index,
            roles: people::of(loaded.site.as_ref(), runbook, slice),
            steps,
            graph,
            commit,
            past,
        })
    }

    pub fn check(&self, id: &str) -> Option<&CheckEntry<'a>> {
        self.check_index.get(id).map(|index| &self.checks[*index])
    }

    pub fn step(&self, id: &str) -> Option<&StepEntry<'a>> {
        self.graph.index(id).map(|index| &self.steps[index])
    }

    pub fn unit(&self, name: &str) -> Option<&UnitParts<'a>> {
        self.unit_index.get(name).map(|index| &self.units[*index])
    }

    /// The unit of a step: its own, or the only one.
    pub fn unit_of(&self, step: &StepEntry<'_>) -> Option<&UnitParts<'a>> {
        match step.def.unit.get() {
            Some(name) => self.unit(name.as_str()),
            None => match self.units.as_slice() {
                [only] => Some(only),
                _ => None,
            },
        }
    }

    pub fn rollback(&self) -> Option<&'a RollbackDef> {
        self.runbook?.rollback.get()
    }

    pub fn role(&self, name: &str) -> Option<&RoleEntry<'a>> {
        self.roles.iter().find(|role| role.name == name)
    }

    /// Where the document's own name stands; for problems of the whole.
    pub fn place(&self) -> Span {
        let metadata = self.runbook.map(|r| &r.metadata).or(self.slice.map(|s| &s.metadata));
        metadata.map_or(Span::default(), |metadata| match metadata.get() {
            Some(inner) if inner.name.is_written() => inner.name.span(),
            _ => metadata.span(),
        })
    }
}
