use super::Cx;
use crate::load::environment::LAB;
use crate::model::{AppCall, Environment, Secret, SiteDoc, TopicNames, Via};
use crate::outline::Outline;
use crate::syntax::{Code, Diagnostic, Span, quoted};

/// Names of roles and steps in a site resolve in the runbook that uses it; alone they are passed over.
pub(super) fn lint(cx: &Cx<'_>, site: &SiteDoc, outline: Option<&Outline<'_>>) {
    let environments = site.environments.get();
    if environments.is_some_and(|environments| environments.is_empty()) {
        cx.say(
            Code::NothingGiven,
            site.environments.span(),
            "a site needs at least one environment",
            "for example production",
        );
    }
    for (name, environment) in environments.into_iter().flatten() {
        // A site that describes a running lab and nothing else is the lab's own.
        if name.value.as_str() == LAB && environments.is_some_and(|all| all.len() > 1) {
            cx.say(
                Code::EnvironmentReserved,
                name.span,
                "the environment `lab` is reserved: the running lab supplies it",
                "choose another name",
            );
        }
        clusters(cx, &environment.value);
    }
    for (_, person) in site.people.get().into_iter().flatten() {
        if let Some(key) = person.value.key.spanned() {
            cx.must_exist(key.value.as_str(), key.span);
        }
    }
    flow(cx, site);
    apps(cx, site);
    secrets(cx, site.secrets.get().into_iter().flatten().map(|(_, secret)| &secret.value), outline);
    if let (Some(policy), Some(outline)) = (site.policy.get(), outline) {
        cx.role_list(outline, &policy.poll);
    }
}

fn clusters(cx: &Cx<'_>, environment: &Environment) {
    let Some(clusters) = environment.clusters.get() else { return };
    let (source, target) = (clusters.source.get(), clusters.target.get());
    for cluster in [source, target].into_iter().flatten() {
        if let Some(properties) = cluster.properties.spanned() {
            cx.must_exist(properties.value.as_str(), properties.span);
        }
    }
    let (Some(source), Some(target)) = (source, target) else { return };
    let twice = |what: &str, first: Span, span: Span| {
        cx.add(
            Diagnostic::new(Code::SameCluster, span, format!("source and target have the same {what}"))
                .label(first, "the source")
                .help("they are two clusters; look which of the two is wrong"),
        );
    };
    if let (Some(a), Some(b)) = (source.cluster_id.spanned(), target.cluster_id.spanned())
        && a.value == b.value
    {
        twice("cluster id", a.span, b.span);
    }
    if let (Some(a), Some(b)) = (source.properties.spanned(), target.properties.spanned())
        && a.value == b.value
    {
        twice("client properties", a.span, b.span);
    }
}

fn flow(cx: &Cx<'_>, site: &SiteDoc) {
    if let Some(names) = site.replication.get().and_then(|replication| replication.topic_names.spanned())
        && *names.value == TopicNames::Prefixed
    {
        cx.say(
            Code::NamesChange,
            names.span,
            "this version compares topics of the same name on both sides",
            "replicate with identity names, or wait for a version that maps them",
        );
    }
    let Some(flow) = site.replication.get().and_then(|replication| replication.flow.spanned()) else {
        return;
    };
    let names = flow.value.as_str().split_once("->");
    let sound = names.is_some_and(|(source, target)| {
        let name = |name: &str| !name.trim().is_empty() && !name.trim().contains([' ', '>']);
        name(source) && name(target) && source.trim() != target.trim()
    });
    if !sound {
        cx.say(
            Code::BadValue,
            flow.span,
            format!("{} is not a flow", quoted(flow.value.as_str())),
            "write SOURCE->TARGET with the replicator's own cluster names, for example aws->gcp",
        );
    }
}

fn apps(cx: &Cx<'_>, site: &SiteDoc) {
    let Some(apps) = site.apps.get() else { return };
    for call in [&apps.stop, &apps.start].into_iter().filter_map(|call| call.get()) {
        match apps.via.get() {
            Some(Via::Http) => {
                let written =
                    [&call.put, &call.post, &call.patch].iter().filter(|url| url.is_written()).count();
                one_of(cx, call, written, "put, post, patch");
                if call.argv.is_written() {
                    cx.say(
                        Code::KeyOfOtherKind,
                        call.argv.span(),
                        "`argv` is for `via: exec`",
                        "remove it, or write `via: exec`",
                    );
                }
            }
            Some(Via::Exec) => {
                one_of(cx, call, usize::from(call.argv.is_written()), "argv");
                for url in [&call.put, &call.post, &call.patch].into_iter().filter(|url| url.is_written()) {
                    cx.say(
                        Code::KeyOfOtherKind,
                        url.span(),
                        "an address is for `via: http`",
                        "remove it, or write `via: http`",
                    );
                }
            }
            None => {}
        }
        if let Some(bearer) = call.bearer.get() {
            secret(cx, Some(site), None, bearer);
        }
    }
}

fn one_of(cx: &Cx<'_>, call: &AppCall, written: usize, keys: &str) {
    if written != 1 {
        cx.say(
            Code::OneOf,
            first_line(call.span),
            format!("exactly one of {keys} is needed here"),
            "say how the application is reached",
        );
    }
}

/// Of a table, its beginning.
fn first_line(span: Span) -> Span {
    Span { end: span.end.min(span.start + 1), ..span }
}

/// A reference to a secret must name one.
pub(super) fn secret(
    cx: &Cx<'_>,
    site: Option<&SiteDoc>,
    outline: Option<&Outline<'_>>,
    reference: &crate::model::SecretRef,
) {
    let Some(name) = reference.secret.spanned() else { return };
    let of_runbook = outline.and_then(|outline| outline.runbook?.secrets.get());
    let known = || {
        let of_site = site.and_then(|site| site.secrets.get());
        of_site
            .into_iter()
            .flatten()
            .chain(of_runbook.into_iter().flatten())
            .map(|(name, _)| name.value.as_str())
    };
    if site.is_some() && !known().any(|known| known == name.value.as_str()) {
        let message = format!("there is no secret {}", quoted(name.value.as_str()));
        cx.add(Diagnostic::new(Code::UnknownSecret, name.span, message).known(name.value.as_str(), known()));
    }
}

pub(super) fn secrets<'a>(
    cx: &Cx<'_>,
    secrets: impl Iterator<Item = &'a Secret>,
    outline: Option<&Outline<'_>>,
) {
    for secret in secrets {
        let written = [secret.env.is_written(), secret.file.is_written(), secret.exec.is_written()];
        if written.iter().filter(|written| **written).count() != 1 {
            cx.say(
                Code::OneOf,
                first_line(secret.span),
                "a secret is read from exactly one of env, file, exec",
                "keep one of them",
            );
        }
        if let (Some(gate), Some(outline)) = (secret.unlock_at.spanned(), outline)
            && outline.slice.is_none()
            && !outline.steps.is_empty()
            && cx.step(outline, gate)
            && outline.step(gate.value.as_str()).is_some_and(|step| !step.is("gate"))
        {
            let message = format!("{} is a step, not a gate", quoted(gate.value.as_str()));
            cx.say(Code::UnknownStep, gate.span, message, "a secret is unlocked by a gate that opens");
        }
    }
}
