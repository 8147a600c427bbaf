//! What only the execution of steps needs: applications, budgets, the lease.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::load::{Document, Loaded};
use crate::model::{AfterCommitPoint, AppCall as AppCallDef, SiteDoc};
use crate::outline::Outline;
use crate::plan::{AppCall, Apps, Lease, SecretReference, SecretSource, SpanBudget};

pub(super) fn apps(outline: &Outline<'_>, site: &SiteDoc) -> Option<Apps> {
    let apps = site.apps.get()?;
    let call = |def: &AppCallDef| {
        let url = |method: &str, url: Option<&crate::model::Url>| {
            url.map(|url| (method.to_owned(), url.as_str().to_owned()))
        };
        let (method, url) = url("PUT", def.put.get())
            .or_else(|| url("POST", def.post.get()))
            .or_else(|| url("PATCH", def.patch.get()))
            .unzip();
        AppCall {
            method,
            url,
            json: def.json.get().map(|raw| outline.loaded.json(raw, false)),
            bearer: def.bearer.get().and_then(|bearer| Some(bearer.secret.get()?.as_str().to_owned())),
            argv: def
                .argv
                .get()
                .into_iter()
                .flatten()
                .map(|argument| argument.value.as_str().to_owned())
                .collect(),
        }
    };
    Some(Apps { stop: call(apps.stop.get()?), start: call(apps.start.get()?) })
}

pub(super) fn budgets(outline: &Outline<'_>) -> Option<Vec<SpanBudget>> {
    let budgets = outline.runbook?.budgets.get().into_iter().flatten();
    budgets
        .map(|budget| {
            let budget = &budget.value;
            let exceed = budget.on_exceed.get()?;
            Some(SpanBudget {
                name: budget.name.get()?.as_str().to_owned(),
                from: budget.from.get()?.as_str().to_owned(),
                to: budget.to.get()?.as_str().to_owned(),
                warn_ms: budget.warn.get().map(|warn| warn.0),
                max_ms: budget.max.get()?.0,
                before_commit_point: exceed.before_commit_point.get()?.into(),
                after: match exceed.after.get()? {
                    AfterCommitPoint::Ask => "ask",
                    AfterCommitPoint::Hold | AfterCommitPoint::Rollback(_) => "hold",
                }
                .to_owned(),
            })
        })
        .collect()
}

pub(super) fn lease(outline: &Outline<'_>) -> Option<Lease> {
    let coordination = outline.runbook?.coordination.get()?;
    Some(Lease {
        cluster: *coordination.cluster.get()?,
        topic: coordination.topic.get()?.as_str().to_owned(),
    })
}

/// The secrets of site and runbook, as references; the runbook's own win.
pub(super) fn secrets(loaded: &Loaded) -> BTreeMap<String, SecretReference> {
    let mut references = BTreeMap::new();
    let of_site = loaded.site.iter().filter_map(|site| site.secrets.get());
    let of_runbook = match &loaded.document {
        Some(Document::Runbook(runbook)) => runbook.secrets.get(),
        _ => None,
    };
    for (name, secret) in of_site.chain(of_runbook).flat_map(|table| table.iter()) {
        let secret = &secret.value;
        let source = if let Some(name) = secret.env.get() {
            SecretSource::Env(name.as_str().to_owned())
        } else if let Some(path) = secret.file.get() {
            SecretSource::File(path.as_str().to_owned())
        } else if let Some(argv) = secret.exec.get() {
            SecretSource::Exec(argv.iter().map(|argument| argument.value.as_str().to_owned()).collect())
        } else {
            continue;
        };
        let unlock_at = secret.unlock_at.get().map(|gate| gate.as_str().to_owned());
        references.insert(name.value.as_str().to_owned(), SecretReference { source, unlock_at });
    }
    references
}

/// The rollback plans as written, by name.
pub(super) fn rollback_plans(outline: &Outline<'_>) -> BTreeMap<String, Json> {
    match super::rollback::written(outline, "rollback").get("plans") {
        Some(Json::Object(plans)) => plans.iter().map(|(name, plan)| (name.clone(), plan.clone())).collect(),
        _ => Default::default(),
    }
}
