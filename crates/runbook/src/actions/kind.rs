use schemars::{JsonSchema, Schema};

/// A line of the registry of actions.
#[derive(Debug)]
pub struct ActionKind {
    /// `do:`
    pub name: &'static str,
    source: &'static str,
    parameters: fn() -> Schema,
}

impl ActionKind {
    pub(super) const fn new<A: JsonSchema>(name: &'static str, source: &'static str) -> ActionKind {
        ActionKind { name, source, parameters: parameters_of::<A> }
    }

    /// The manual: the module comment of the kind's file, as Markdown.
    pub fn manual(&self) -> String {
        crate::manual::comment(self.source)
    }

    /// JSON Schema of `with:`.
    pub fn parameters(&self) -> Schema {
        (self.parameters)()
    }
}

fn parameters_of<A: JsonSchema>() -> Schema {
    schemars::schema_for!(A)
}
