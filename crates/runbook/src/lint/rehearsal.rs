use std::collections::BTreeSet;

use super::Cx;
use crate::load::environment::LAB;
use crate::model::{SiteDoc, WorkloadKind};
use crate::outline::Outline;
use crate::rehearsal::POINTS;
use crate::syntax::{Code, Diagnostic, Spanned, quoted};

/// Applications are stopped where it is rehearsed, conductors killed and the commit point is crossed.
const PRODUCTION: &str = "production";

/// Why nothing may be rehearsed in that environment of the site.
fn counts(site: &SiteDoc, name: &str) -> Option<String> {
    if name == PRODUCTION {
        return Some(format!("nothing is rehearsed in {PRODUCTION}"));
    }
    let found = site.environments.get()?.iter().find(|(known, _)| known.value.as_str() == name);
    let (side, other) = site.shares_cluster(name, &found?.1.value.cluster_ids())?;
    Some(format!("the {side} of {name} is a cluster of {other}, too"))
}

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
        if let Some(why) = counts(site, name.value.as_str()) {
            cx.say(
                Code::RehearsedWhereItCounts,
                name.span,
                why,
                "rehearse in an environment with clusters of its own, staging or lab",
            );
        }
    }
    if let Some(points) = rehearsal.rollback_from.spanned() {
        let all: BTreeSet<&str> = points.value.iter().map(|point| point.value.as_str()).collect();
        if all.len() < POINTS {
            cx.say(
                Code::OnePoint,
                points.span,
                format!(
                    "a way back is rehearsed from {POINTS} points at least, and this names {}",
                    all.len()
                ),
                "name one before the commit point and one behind it",
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
