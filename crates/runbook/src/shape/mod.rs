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
