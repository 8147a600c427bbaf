use crate::model::{RoleDef, RunbookDoc, SiteDoc, SliceDoc};
use crate::syntax::Span;

/// A role of the site or of the runbook.
pub(crate) struct RoleEntry<'a> {
    pub name: &'a str,
    pub span: Span,
    /// `None`: the role `app_owner` that a slice's owner becomes.
    pub def: Option<&'a RoleDef>,
    /// A slice's owner.
    pub owner: Option<&'a str>,
}

pub(super) fn of<'a>(
    site: Option<&'a SiteDoc>,
    runbook: Option<&'a RunbookDoc>,
    slice: Option<&'a SliceDoc>,
) -> Vec<RoleEntry<'a>> {
    let own = runbook.and_then(|r| r.roles.get()).or(slice.and_then(|s| s.roles.get()));
    let mut roles: Vec<RoleEntry<'a>> = site
        .and_then(|site| site.roles.get())
        .into_iter()
        .flatten()
        .chain(own.into_iter().flatten())
        .map(|(name, def)| RoleEntry {
            name: name.value.as_str(),
            span: name.span,
            def: Some(&def.value),
            owner: None,
        })
        .collect();
    if let Some(slice) = slice {
        let owner = slice.owner.get().map(|owner| owner.as_str());
        roles.push(RoleEntry { name: "app_owner", span: slice.owner.span(), def: None, owner });
    }
    roles
}
