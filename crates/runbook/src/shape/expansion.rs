use std::ops::Range;

use super::part::Origin;
use crate::syntax::{Diagnostic, SourceId, Span};

/// The explicit runbook of a slice.
#[derive(Clone, Debug)]
pub struct Expansion {
    /// What `cutover plan --expand` prints.
    pub text: String,
    /// Name of the shape.
    pub shape: &'static str,
    /// The text, as read.
    pub(crate) source: SourceId,
    pub(super) places: Vec<Place>,
}

/// A range of the text, and where it came from.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub range: Range<usize>,
    pub origin: Origin,
}

impl Expansion {
    /// The problem at its place in the slice. What the slice did not write itself is drawn where it names the shape, and
    /// says what of the shape it is.
    pub(crate) fn drawn_in_slice(&self, mut diagnostic: Diagnostic) -> Diagnostic {
        for label in &mut diagnostic.labels {
            if let Some((span, of_shape)) = self.origin(label.span) {
                label.span = span;
                if let Some(what) = of_shape {
                    label.text = format!("{what} of the shape: {}", label.text);
                }
            }
        }
        if let Some((span, of_shape)) = self.origin(diagnostic.span) {
            diagnostic.span = span;
            if let Some(what) = of_shape {
                diagnostic.message = format!("{what} of the shape `{}`: {}", self.shape, diagnostic.message);
            }
        }
        // A label at the place of the problem itself shows nothing more.
        let at = diagnostic.span;
        diagnostic.labels.retain(|label| label.span != at);
        diagnostic
    }

    /// Where a span of the text came from; `None`: it is of another file.
    fn origin(&self, span: Span) -> Option<(Span, Option<&str>)> {
        if span.source != self.source {
            return None;
        }
        let (start, end) = (span.start as usize, span.end as usize);
        let around = self.places.iter().filter(|place| place.range.start <= start && end <= place.range.end);
        let place = around.min_by_key(|place| place.range.len())?;
        let origin = place.origin.span;
        // A part of a value, of a value that is written here as there.
        let same_length = place.range.len() == origin.len();
        let exact = if place.origin.of_shape.is_none() && same_length {
            let offset = start - place.range.start;
            let from = origin.start as usize + offset;
            Span::new(origin.source, from, from + (end - start))
        } else if start == place.range.start && end < place.range.end {
            // The beginning of a table, for what concerns all of it.
            Span { end: origin.end.min(origin.start + 1), ..origin }
        } else {
            origin
        };
        Some((exact, place.origin.of_shape.as_deref()))
    }
}
