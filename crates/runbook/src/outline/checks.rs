use crate::checks::{Kind, kind};
use crate::load::Loaded;
use crate::model::{CheckDef, RunbookDoc, SliceDoc};
use crate::syntax::Span;

/// A check, of the runbook or of a library it includes.
#[derive(Clone, Copy)]
pub(crate) struct CheckEntry<'a> {
    pub id: &'a str,
    /// Of the id.
    pub span: Span,
    pub def: &'a CheckDef,
    /// `use:`, or the check's own name.
    pub kind_name: &'a str,
    pub kind_span: Span,
    pub kind: Option<&'static Kind>,
}

impl<'a> CheckEntry<'a> {
    pub fn new(id: &'a str, span: Span, def: &'a CheckDef) -> CheckEntry<'a> {
        let (kind_name, kind_span) = match def.kind.spanned() {
            Some(written) => (written.value.as_str(), written.span),
            None => (id, span),
        };
        CheckEntry { id, span, def, kind_name, kind_span, kind: kind(kind_name) }
    }

    pub fn dimension(&self) -> Option<crate::Dimension> {
        self.kind.and_then(|kind| kind.dimension).or(self.def.dimension.get().copied())
    }

    pub fn proof(&self) -> Option<crate::Proof> {
        self.kind.and_then(|kind| kind.proof).or(self.def.proof.get().copied())
    }

    pub fn severity(&self) -> crate::Severity {
        self.def.severity.get().copied().unwrap_or_default()
    }
}

pub(super) fn of<'a>(
    loaded: &'a Loaded,
    runbook: Option<&'a RunbookDoc>,
    slice: Option<&'a SliceDoc>,
) -> Vec<CheckEntry<'a>> {
    let own = runbook.and_then(|r| r.checks.get()).or(slice.and_then(|s| s.checks.get()));
    let own = own.into_iter().flatten();
    let included = loaded.libraries.iter().filter_map(|library| library.checks.get()).flatten();
    own.chain(included).map(|(id, def)| CheckEntry::new(id.value.as_str(), id.span, &def.value)).collect()
}
