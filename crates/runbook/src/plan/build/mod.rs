//! From a document without errors to its plan.

mod backs;
mod built_in;
mod checks;
mod digest;
mod execution;
mod items;
mod people;
mod rehearsal;
mod rollback;
mod steps;
mod units;

use serde_json::json;

use super::{ClusterRef, OutOfScope, Plan, Window};
use crate::limits::{MAX_PLANNED_NEEDS, MAX_PLANNED_STEPS};
use crate::load::{Document, Loaded};
use crate::model::{ClusterDef, SiteDoc, Tool};
use crate::outline::Outline;
use crate::syntax::{Code, Diagnostic, DiagnosticSeverity, Span, join};
use crate::world::Replicator;

/// Makes the plan. `Err`: why there is none, the errors of the document included.
pub fn plan(loaded: &Loaded) -> Result<Plan, Vec<Diagnostic>> {
    let errors: Vec<Diagnostic> =
        loaded.diagnostics.iter().filter(|d| d.severity() == DiagnosticSeverity::Error).cloned().collect();
    if !errors.is_empty() {
        return Err(errors);
    }
    let refuse = |code: Code, span: Span, message: &str, help: &str| {
        Err(vec![Diagnostic::new(code, span, message).help(help)])
    };
    match &loaded.document {
        Some(Document::Runbook(_)) => {}
        Some(Document::Site(site)) => {
            return refuse(
                Code::NotPlannable,
                site.kind.span(),
                "a Site has no steps to plan",
                "name a Runbook",
            );
        }
        Some(Document::Library(library)) => {
            return refuse(
                Code::NotPlannable,
                library.kind.span(),
                "a Library has no steps to plan",
                "name a Runbook",
            );
        }
        Some(Document::Shape(span)) => {
            return refuse(
                Code::NotPlannable,
                *span,
                "a Shape is planned with the slice that names it",
                "write a Slice with `shape: NAME`; `cutover plan SLICE --expand` prints its runbook",
            );
        }
        // A slice without errors was expanded, and is then a runbook.
        Some(Document::Slice(_)) | None => {
            return refuse(
                Code::NotPlannable,
                Span::default(),
                "there is no document to plan",
                "name a Runbook",
            );
        }
    }
    // Whatever is missing below was an error above, had it been linted; a gap here is not planned over.
    let incomplete = || {
        let diagnostic = Diagnostic::new(Code::NotPlannable, Span::default(), "the document is not complete");
        vec![diagnostic.help("run `cutover lint` on it")]
    };
    let outline = Outline::of(loaded).ok_or_else(incomplete)?;
    let (count, needs) = steps::extent(&outline);
    if count > MAX_PLANNED_STEPS || needs > MAX_PLANNED_NEEDS {
        let message = format!(
            "`for_each` unfolds into {count} steps with {needs} needs; at most {MAX_PLANNED_STEPS} and {MAX_PLANNED_NEEDS} are planned"
        );
        return refuse(
            Code::NotPlannable,
            outline.place(),
            &message,
            "shorten the lists, or put a gate between them",
        );
    }
    build(loaded, &outline).ok_or_else(incomplete)
}

fn build(loaded: &Loaded, outline: &Outline<'_>) -> Option<Plan> {
    let runbook = outline.runbook?;
    let site = outline.site?;
    let chosen = loaded.environment.as_ref()?;
    let metadata = runbook.metadata.get()?;
    let name = metadata.name.get()?.as_str().to_owned();
    let (source, target) = clusters(loaded, site)?;
    let replicator = replicator(site);
    let roles = people::roles(outline);
    let digest_of_environment = digest::of(&json!({
        "name": chosen.name, "source": source, "target": target, "endpoints": chosen.endpoints, "replicator": replicator,
        "roles": roles,
    }));
    let units = units::units(outline)?;
    let mut digest = digest::Many::new("cutover/plan-digest/v1");
    digest.part("units", units.iter());
    digest.part("checks", checks::checks(outline, true)?.into_iter());
    digest.part("steps", steps::steps(outline, true)?.into_iter());
    digest.part("budgets", std::iter::once(rollback::written(outline, "budgets")));
    digest.part("rollback", std::iter::once(rollback::written(outline, "rollback")));
    digest.part("parameters", loaded.parameters.iter().map(|used| (&used.name, &used.value)));
    let digest = digest.hex();
    let checks = checks::checks(outline, false)?;
    let steps = steps::steps(outline, false)?;
    let mut rollback = rollback::rollback(outline);
    built_in::add(&mut rollback, &units, &checks, &steps);
    let backs = backs::backs(outline, &units, &steps)?;
    Some(Plan {
        title: metadata.title.get().map_or_else(|| name.clone(), |title| title.as_str().to_owned()),
        name,
        change: metadata.change.get().map(|change| change.as_str().to_owned()),
        revision: metadata.revision.get().copied(),
        environment: chosen.name.clone(),
        digest,
        environment_digest: digest_of_environment,
        source,
        target,
        replicator,
        endpoints: chosen.endpoints.clone(),
        people: people::people(loaded, site),
        roles,
        acceptance_max_ms: site.policy.get().and_then(|policy| Some(policy.acceptance_max.get()?.0)),
        window: window(runbook),
        parameters: loaded.parameters.clone(),
        commit_point: outline.commit.map(|commit| outline.steps[commit].id.to_owned()),
        no_way_back: steps.iter().filter(|step| step.no_undo.is_some()).map(|step| step.id.clone()).collect(),
        units,
        checks,
        waivers: people::waivers(outline)?,
        steps,
        rollback,
        apps: execution::apps(outline, site),
        budgets: execution::budgets(outline)?,
        lease: execution::lease(outline),
        secrets: execution::secrets(loaded),
        rollback_plans: execution::rollback_plans(outline),
        backs,
        rehearsal: rehearsal::rehearsal(outline),
        out_of_scope: runbook
            .out_of_scope
            .get()
            .into_iter()
            .flatten()
            .filter_map(|promise| {
                let watch = promise.value.watch.get().map(|watch| watch.as_str().to_owned());
                Some(OutOfScope { what: promise.value.what.get()?.as_str().to_owned(), watch })
            })
            .collect(),
        files: loaded.files.clone(),
    })
}

fn clusters(loaded: &Loaded, site: &SiteDoc) -> Option<(ClusterRef, ClusterRef)> {
    let chosen = loaded.environment.as_ref()?;
    if let Some(lab) = &chosen.lab {
        let of = |cluster: &crate::load::LabCluster| ClusterRef {
            properties: cluster.properties.clone(),
            cluster_id: Some(cluster.cluster_id.clone()),
            read_budget: None,
        };
        return Some((of(&lab.source), of(&lab.target)));
    }
    let environments = site.environments.get()?;
    let (_, environment) = environments.iter().find(|(name, _)| name.value.as_str() == chosen.name)?;
    let clusters = environment.value.clusters.get()?;
    Some((cluster(loaded, clusters.source.get()?)?, cluster(loaded, clusters.target.get()?)?))
}

fn cluster(loaded: &Loaded, def: &ClusterDef) -> Option<ClusterRef> {
    let properties = def.properties.spanned()?;
    Some(ClusterRef {
        properties: beside(loaded, properties.span, properties.value.as_str()),
        cluster_id: Some(def.cluster_id.get()?.as_str().to_owned()),
        read_budget: def.read_budget.get().map(|rate| rate.0),
    })
}

/// A path as seen from where the program runs: relative names are relative to the file that holds them.
fn beside(loaded: &Loaded, span: Span, written: &str) -> String {
    join(loaded.sources.get(span.source).map_or("", |source| &source.name), written)
}

fn replicator(site: &SiteDoc) -> Replicator {
    let replication = site.replication.get();
    let flow = replication
        .and_then(|replication| replication.flow.get())
        .and_then(|flow| flow.as_str().split_once("->"));
    let (source, target) = flow.unwrap_or(("source", "target"));
    let tool = match replication.and_then(|replication| replication.tool.get()) {
        Some(Tool::Mirrormaker2) => "mirrormaker2",
        Some(Tool::OffsetPreserving) => "offset-preserving",
        Some(Tool::DualWrite) => "dual-write",
        Some(Tool::None) | None => "none",
    };
    Replicator {
        tool: tool.to_owned(),
        source_alias: source.trim().to_owned(),
        target_alias: target.trim().to_owned(),
        connect: replication
            .and_then(|replication| replication.connect.get())
            .map(|url| url.as_str().to_owned()),
    }
}

fn window(runbook: &crate::model::RunbookDoc) -> Option<Window> {
    let window = runbook.window.get()?;
    Some(Window {
        opens: window.opens.get()?.0,
        closes: window.closes.get()?.0,
        keep_for_rollback_ms: window.keep_for_rollback.get().map(|keep| keep.0),
    })
}
