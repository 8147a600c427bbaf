use super::screen::{Screen, Span};
use crate::View;
use crate::view::{RoleView, UnitView};

/// Width of sign and word, and of the longest title of a dimension.
const LEVEL: usize = 11;
const TITLE: usize = 24;

/// Per unit the five dimensions, each with its reason.
pub(super) fn write(screen: &mut Screen, view: &View) {
    if view.units.is_empty() {
        screen.heading("No unit was judged");
        return;
    }
    for unit in &view.units {
        screen.blank();
        let mut head = vec![Span::level(unit.level).wide(LEVEL), Span::strong(&unit.unit)];
        head.extend(owner(unit));
        screen.line(0, 2, &head);
        for dimension in &unit.dimensions {
            let mut spans = vec![Span::level(dimension.level).wide(LEVEL), Span::plain(dimension.title)];
            let hang = if screen.width >= 70 { 2 + LEVEL + TITLE } else { 4 };
            if screen.width >= 70 {
                let title = spans.pop().expect("just pushed").wide(TITLE);
                spans.push(title);
            } else {
                spans.push(Span::plain(": "));
            }
            spans.push(Span::plain(&dimension.reason));
            spans
                .extend(dimension.accepted_by.iter().map(|who| Span::faint(format!(" · accepted by {who}"))));
            screen.line(2, hang, &spans);
        }
    }
}

fn owner(unit: &UnitView) -> Option<Span> {
    let role = unit.owner.as_ref()?;
    Some(Span::faint(format!(" · owner {}", named(role))))
}

/// `app_owner (mina, tomas)`.
pub(super) fn named(role: &RoleView) -> String {
    if role.people.is_empty() {
        format!("{} (nobody)", role.role)
    } else {
        format!("{} ({})", role.role, role.people.join(", "))
    }
}
