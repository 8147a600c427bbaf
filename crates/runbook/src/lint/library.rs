use super::{Cx, check};
use crate::model::Library;
use crate::outline::CheckEntry;

/// Roles and steps that its checks name resolve in the runbook that includes it.
pub(super) fn lint(cx: &Cx<'_>, library: &Library) {
    for (id, def) in library.checks.get().into_iter().flatten() {
        check::one(cx, None, &CheckEntry::new(id.value.as_str(), id.span, &def.value));
    }
}
