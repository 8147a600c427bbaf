//! A serde deserializer over a [`Tree`](super::Tree).
//!
//! Mistakes are recorded where they are, in one run: an unknown or missing key does not end a table, a value that
//! cannot be decoded is dropped from a [`List`](super::List) or [`Table`](super::Table), or leaves a
//! [`Field`](super::Field) empty.
//!
//! Two kinds of types can be decoded. Documents of this crate hold their values in `Field`s; a struct that also has a
//! field renamed [`SPAN`] learns its own place and is told which of its keys are missing. Ordinary derives (parameters
//! of a kind) know nothing of this module: they are read again without the value that failed, until no further
//! mistake is found.

mod context;
mod enums;
mod error;
mod key;
mod node;
mod seq;
mod table;

use serde::Deserialize;
use serde::de::value::MapDeserializer;

pub(super) use context::Context;
pub use error::{DecodeError, Refusal};
pub use node::NodeDeserializer;

use super::{Code, Diagnostic, Diagnostics, NodeId, Span, Tree};
use crate::limits::MAX_DECODE_ROUNDS;

/// Name of a field that receives the table's own span, and marks the struct as one of this crate's documents.
pub const SPAN: &str = "$span";

/// Newtype names that ask for a value together with its span; see [`Field`](super::Field).
pub(super) const REQUIRED: &str = "$required";
pub(super) const OPTIONAL: &str = "$optional";
/// Newtype name that asks for the node itself, to decode it later.
pub(crate) const NODE: &str = "$node";
/// Newtype name of values written with a unit: a computed integer is taken as a number of base units.
pub(crate) const UNIT: &str = "$unit";

/// Decodes a node. `None`: something was wrong, and recorded.
pub fn decode<'t, T: Deserialize<'t>>(tree: &'t Tree, node: NodeId, found: &'t Diagnostics) -> Option<T> {
    decode_with(tree, node, found, |deserializer| T::deserialize(deserializer))
}

/// Decodes a node with a reader of its own, as [`decode`] does.
pub fn decode_with<'t, T>(
    tree: &'t Tree,
    node: NodeId,
    found: &'t Diagnostics,
    read: impl for<'c> Fn(NodeDeserializer<'c, 't>) -> Result<T, DecodeError>,
) -> Option<T> {
    let context = Context::new(tree, found);
    for _ in 0..MAX_DECODE_ROUNDS {
        match read(NodeDeserializer::new(&context, node)) {
            Ok(value) => return (!context.any()).then_some(value),
            Err(_) if context.narrow() => {}
            Err(_) => return None,
        }
    }
    None
}

/// Decodes a table that is not written, as if it were empty; what is missing is drawn at `place`, under `key`.
pub fn decode_empty<T>(
    place: Span,
    found: &Diagnostics,
    key: &str,
    read: impl Fn(
        MapDeserializer<'static, std::iter::Empty<(&'static str, &'static str)>, DecodeError>,
    ) -> Result<T, DecodeError>,
) -> Option<T> {
    match read(MapDeserializer::new(std::iter::empty())) {
        Ok(value) => return Some(value),
        Err(DecodeError::Missing(missing)) => found.add(
            Diagnostic::new(Code::MissingKey, place, format!("`{key}: {{ {missing}: … }}` is missing here"))
                .help(format!("add `{key}` with `{missing}`")),
        ),
        Err(error) => {
            found.add(Diagnostic::new(Code::MissingKey, place, format!("`{key}` is missing here: {error}")))
        }
    }
    None
}

/// Decodes a document of this crate: its fields keep what is right beside what is wrong.
pub fn decode_lenient<'t, T: Deserialize<'t>>(
    tree: &'t Tree,
    node: NodeId,
    found: &'t Diagnostics,
) -> Option<T> {
    let context = Context::new(tree, found);
    T::deserialize(NodeDeserializer::new(&context, node)).ok()
}

#[cfg(test)]
mod tests;
