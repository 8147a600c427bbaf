use super::Cx;
use crate::load::environment::LAB;
use crate::model::WorkloadKind;
use crate::outline::Outline;
use crate::syntax::{Code, Diagnostic, Spanned, quoted};

pub(super) fn lint(cx: &Cx<'_>, outline: &Outline<'_>) {
    let rehearsal = outline.runbook.map(|r| &r.rehearsal).or(outline.slice.map(|s| &s.rehearsal));
    let Some(rehearsal) = rehearsal else { return };
    let Some(rehearsal) = rehearsal.get() else {
        if !rehearsal.is_written() && outline.rollback().is_some() {
            cx.say(
                Code::NoRehearsal,
                outline.place(),
                "nothing is rehearsed: the rollback dimension cannot be green",
                "add a rehearsal in staging or lab",
            );
        }
        return;
    };
    if let (Some(name), Some(site)) = (rehearsal.environment.spanned(), outline.site) {
        let known = || site.environments.get().into_iter().flatten().map(|(name, _)| name.value.as_str());
        if name.value.as_str() != LAB && !known().any(|known| known == name.value.as_str()) {
            let message = format!("there is no environment {}", quoted(name.value.as_str()));
            cx.add(
                Diagnostic::new(Code::UnknownEnvironment, name.span, message)
                    .known(name.value.as_str(), known().chain([LAB])),
            );
        }
    }
    for step in rehearsal.rollback_from.get().into_iter().flatten() {
        cx.step(outline, Spanned { span: step.span, value: &step.value });
    }
    if let Some(kind) = rehearsal.workload.get().and_then(|workload| workload.kind.spanned())
        && *kind.value == WorkloadKind::Synthetic
    {
        cx.say(
            Code::SyntheticWorkload,
            kind.span,
            "a synthetic workload caps what the rehearsal proves at yellow",
            "mirror production's records where that is possible",
        );
    }
}
