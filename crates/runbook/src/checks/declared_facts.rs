//! What `exec` and `http` share: facts that the runbook declares, read from what came back.

use std::collections::BTreeMap;

use crate::check::{FactSpec, FactType, Facts};
use crate::world::OutputSeen;

/// The kind's own fact, and those the runbook declares; a declared one of the same name replaces the kind's.
pub(super) fn specs(own: FactSpec, declared: &BTreeMap<String, FactType>) -> Vec<FactSpec> {
    let declared_specs = declared.iter().map(|(name, kind)| FactSpec {
        name: name.clone().into(),
        kind: *kind,
        doc: "declared by the check".into(),
        optional: false,
    });
    let own = (!declared.contains_key(own.name.as_ref())).then_some(own);
    own.into_iter().chain(declared_specs).collect()
}

/// The declared facts that are there. One that is absent or of another type stays as it is, for `judge` to find.
pub(super) fn read(declared: &BTreeMap<String, FactType>, output: &OutputSeen) -> Facts {
    declared
        .keys()
        .filter_map(|name| Some((name, output.facts.get(name)?)))
        .fold(Facts::new(), |facts, (name, value)| facts.with(name, value.clone()))
}
