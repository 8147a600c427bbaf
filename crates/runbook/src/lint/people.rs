use super::Cx;
use crate::Dimension;
use crate::outline::Outline;
use crate::syntax::{Code, Spanned, quoted};

pub(super) fn lint(cx: &Cx<'_>, outline: &Outline<'_>) {
    cx.unique("roles", outline.roles.iter().map(|role| (role.span, role.name)));
    for role in &outline.roles {
        let Some(def) = role.def else { continue };
        let people = def.people.get();
        if people.is_some_and(|people| people.is_empty()) {
            cx.say(
                Code::RoleWithoutPeople,
                def.people.span(),
                format!("the role {} has no people", quoted(role.name)),
                "name at least one person",
            );
        }
        for person in people.into_iter().flatten() {
            cx.person(outline, Spanned { span: person.span, value: person.value.as_str() });
        }
        for backup in def.backup.get().into_iter().flatten() {
            cx.person(outline, Spanned { span: backup.span, value: backup.value.as_str() });
            if people.into_iter().flatten().any(|person| person.value == backup.value) {
                cx.say(
                    Code::BackupIsSame,
                    backup.span,
                    format!("{} stands in for themselves", quoted(backup.value.as_str())),
                    "name somebody else",
                );
            }
        }
    }
    if let Some(slice) = outline.slice {
        cx.person_field(outline, &slice.owner);
    }
    unsigned(cx, outline);
    let report = outline.runbook.and_then(|r| r.report.get()).or(outline.slice.and_then(|s| s.report.get()));
    if let Some(report) = report {
        cx.role_list(outline, &report.signers);
    }
}

/// Green needs an owner's acceptance.
fn unsigned(cx: &Cx<'_>, outline: &Outline<'_>) {
    // What a slice's owner accepts is the shape's matter.
    if outline.slice.is_some() || outline.site.is_none() || outline.units.is_empty() {
        return;
    }
    let accepted = |dimension: Dimension| {
        let mut accepts = outline.roles.iter().filter_map(|role| role.def?.accepts.get()).flatten();
        accepts.any(|accepts| accepts.value == dimension)
    };
    let missing: Vec<&str> =
        Dimension::ALL.into_iter().filter(|d| !accepted(*d)).map(Dimension::id).collect();
    if !missing.is_empty() {
        cx.say(
            Code::UnsignedDimension,
            outline.place(),
            format!("no role accepts {}: without acceptance these stay yellow at best", missing.join(", ")),
            format!("give a role `accepts: [{}]`", missing.join(", ")),
        );
    }
}
