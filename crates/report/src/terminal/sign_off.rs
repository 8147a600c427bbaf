use super::screen::{Screen, Span};
use crate::View;

/// The four questions of whoever is woken at night; the rest of what is signed stands in the report.
pub(super) fn write(screen: &mut Screen, view: &View) {
    if view.units.is_empty() {
        return;
    }
    screen.heading("Way back");
    for one in &view.sign_off.answers {
        let mark = if one.known { "" } else { " (not known, or not rehearsed)" };
        screen.line(2, 4, &[Span::strong(one.about), Span::plain(mark)]);
        for sentence in &one.sentences {
            screen.line(4, 6, &[Span::plain(sentence)]);
        }
    }
}
