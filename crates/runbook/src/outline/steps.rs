use crate::model::{Effect, RunbookDoc, StepDef, Undo};
use crate::plan::StepEffect;
use crate::steps::{StepKind, Undoes, step_kind};
use crate::syntax::{List, Spanned};
use crate::world::Side;

/// A step as written, with what it waits for.
pub(crate) struct StepEntry<'a> {
    pub id: &'a str,
    pub def: &'a StepDef,
    pub kind: Option<&'static StepKind>,
    /// Ids; the step before when not written.
    pub needs: Vec<&'a str>,
}

/// Steps of a list, in order; those without an id are left out.
pub(crate) fn listed<'a>(steps: &'a List<StepDef>) -> Vec<StepEntry<'a>> {
    let mut entries: Vec<StepEntry<'a>> = Vec::with_capacity(steps.len());
    for Spanned { value: def, .. } in steps {
        let Some(id) = def.id.get() else { continue };
        let needs = match def.needs.get() {
            Some(needs) => needs.iter().map(|need| need.value.as_str()).collect(),
            None if def.needs.is_written() => Vec::new(),
            None => entries.last().map(|before| before.id).into_iter().collect(),
        };
        let kind = def.kind.get().and_then(|kind| step_kind(kind.as_str()));
        entries.push(StepEntry { id: id.as_str(), def, kind, needs });
    }
    // Indices of the outline and of its graph are the same: a repeated id counts once.
    let mut seen = std::collections::HashSet::new();
    entries.retain(|entry| seen.insert(entry.id));
    entries
}

pub(super) fn of(runbook: Option<&RunbookDoc>) -> Vec<StepEntry<'_>> {
    runbook.and_then(|runbook| runbook.steps.get()).map(listed).unwrap_or_default()
}

impl StepEntry<'_> {
    pub fn is(&self, kind: &str) -> bool {
        self.kind.is_some_and(|known| known.name == kind)
    }

    pub fn effect(&self) -> StepEffect {
        match self.def.effect.get() {
            Some(Effect::None) => StepEffect::None,
            Some(Effect::Idempotent) => StepEffect::Idempotent,
            Some(Effect::Guarded) => StepEffect::Guarded,
            Some(Effect::Once) => StepEffect::Once,
            None => self.kind.and_then(|kind| kind.effect).unwrap_or_default(),
        }
    }

    /// `undo: none` is written.
    pub fn cannot_be_undone(&self) -> bool {
        matches!(self.def.undo.get(), Some(Undo::None))
    }

    /// It changes the world, and nothing says how to change it back.
    pub fn lacks_undo(&self) -> bool {
        self.effect() != StepEffect::None
            && self.kind.is_some_and(|kind| kind.undoes == Undoes::Written)
            && !self.def.undo.is_written()
    }

    /// The side it works on.
    pub fn side(&self) -> Option<Side> {
        match self.def.on.get() {
            Some(side) => Some(*side),
            // Without `on`, a fence is on the source and offsets are landed on the target.
            None => match self.kind?.name {
                "fence-writes" | "capture-positions" | "commit-offsets-back" => Some(Side::Source),
                "commit-offsets" | "sync-acls" | "target-born-ledger" => Some(Side::Target),
                _ => None,
            },
        }
    }

    /// How long it may take, in milliseconds: as written, else by what it is made of, else the kind's default.
    pub fn timeout_ms(&self) -> u64 {
        if let Some(total) = self.def.timeout.get().and_then(|timeout| timeout.total.get()) {
            return total.0;
        }
        let ms = |duration: Option<&crate::model::Duration>| duration.map_or(0, |duration| duration.0);
        let kind = self.kind.map_or(0, |kind| kind.timeout_ms);
        let holds = ms(self.def.hold.get().and_then(|hold| hold.for_.get()));
        let asks = ms(self.def.poll.get().and_then(|poll| poll.answer_within.get())).saturating_add(ms(self
            .def
            .decide
            .get()
            .and_then(|decide| decide.answer_within.get())));
        match (self.def.for_.get(), holds, asks) {
            // A watch takes what it watches.
            (Some(watched), ..) => watched.0,
            (None, 0, 0) => kind,
            // What it asks people for is measured in as much time at most: they wait for it.
            (None, 0, asks) => asks,
            // Before it holds, and after every miss, it measures: without time beside it, it could never open.
            (None, holds, asks) => kind.saturating_add(holds).saturating_add(asks),
        }
    }

    /// How long it is expected to take: as written, or the time a watch watches.
    pub fn est_ms(&self) -> Option<u64> {
        let own = self.def.est.get().or(if self.is("watch") { self.def.for_.get() } else { None });
        own.map(|duration| duration.0)
    }
}
