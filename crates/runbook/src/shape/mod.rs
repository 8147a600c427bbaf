//! From a slice to the explicit runbook of its shape.
//!
//! An expansion is text: it is read, filled in, linted and planned as if a person had written it, so that a slice and its
//! printed expansion are one plan. Where each part of the text came from is kept, and problems are drawn there: in the
//! slice, never in a text its author has not seen.

mod adjust;
mod expand;
mod expansion;
mod part;
mod print;

pub(crate) use expand::expand;
pub use expansion::Expansion;

use crate::model::Shape;
use crate::syntax::{Code, Diagnostic, Diagnostics, Sources, Span, Tree, quoted};

/// The shapes, embedded, so that a slice works wherever the program is.
const SHAPES: [(Shape, &str, &str); 3] = [
    (
        Shape::ConsumersFirst,
        "consumers-first",
        include_str!("../../../../runbooks/shapes/consumers-first.yaml"),
    ),
    (Shape::FullSwitch, "full-switch", include_str!("../../../../runbooks/shapes/full-switch.yaml")),
    (
        Shape::ProducersFirst,
        "producers-first",
        include_str!("../../../../runbooks/shapes/producers-first.yaml"),
    ),
];

/// The library the shapes include.
const LIBRARY: (&str, &str) =
    ("library/measurable.yaml", include_str!("../../../../runbooks/library/measurable.yaml"));

/// Name and text of a shape.
fn text_of(shape: Shape) -> (&'static str, &'static str) {
    SHAPES.into_iter().find(|(known, ..)| *known == shape).map_or(("", ""), |(_, name, text)| (name, text))
}

/// Says what a file that holds a shape is for: slices get the shapes that are built in, whatever stands in a file. Its
/// content is linted with each slice, where its names mean something. The place is that of `kind`.
pub(crate) fn of_file(tree: &Tree, sources: &Sources, found: &Diagnostics) -> Span {
    let root = tree.root();
    let entry = |node, key: &str| tree.entry(node, key).map(|(_, value)| value);
    let span = root.and_then(|root| entry(root, "kind")).map_or(Span::default(), |kind| tree.node(kind).span);
    let name =
        root.and_then(|root| entry(root, "metadata")).and_then(|metadata| tree.text_of(metadata, "name"));
    let text = sources.get(tree.source).map(|source| source.text.clone());
    let known = SHAPES.iter().find(|(_, known, _)| Some(*known) == name);
    let message = match (known, name) {
        (Some((_, name, built_in)), _) if text.as_deref() == Some(built_in) => {
            format!(
                "this is the shape {} of this version, linted with each slice that names it",
                quoted(name)
            )
        }
        (Some((_, name, _)), _) => format!(
            "this is not the shape {} that this version has built in: no slice reads this file",
            quoted(name)
        ),
        (None, Some(name)) => {
            format!("this version has no shape {}: no slice reads this file", quoted(name))
        }
        (None, None) => "a shape without a name: no slice reads this file".to_owned(),
    };
    let help = "a slice names one: `shape: full-switch`; `cutover plan SLICE --expand` prints its runbook, to go on from";
    found.add(Diagnostic::new(Code::ShapeFile, span, message).help(help));
    span
}
