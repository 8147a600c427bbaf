//! The applications a step names, and the calls that stop and start them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value as Json;

use super::Names;
use super::waiting::listed;
use crate::action::{Change, Changeset, Refusal, StepScope, WayBack};
use crate::check::{Facts, Millis};
use crate::expression::{Fill, Template, Value};
use crate::plan::AppCall;
use crate::steps::StepSpec;
use crate::unit::Unit;
use crate::world::{Command, HttpRequest, Side};

/// Parameters: the applications of groups, of producers, or both.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StartStop {
    /// `unit`, or names of groups.
    #[serde(default)]
    pub groups: Option<Names>,
    /// `unit`, or names of producers.
    #[serde(default)]
    pub producers: Option<Names>,
}

/// One application, and what of the unit it is.
#[derive(Debug)]
pub(super) struct Application {
    pub(super) name: String,
    /// Groups it reads as, sorted.
    pub(super) groups: Vec<String>,
    /// Producers it writes as, sorted.
    pub(super) producers: Vec<String>,
    pub(super) replicas: Option<u32>,
}

/// Which way an application is brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bring {
    Up,
    Down,
}

impl StartStop {
    /// Sorted; none where the step names none.
    pub(super) fn group_names(&self, unit: &Unit) -> Vec<String> {
        let all = || unit.groups.keys().map(String::as_str);
        self.groups.as_ref().map(|names| names.among(all())).unwrap_or_default()
    }

    /// Sorted; none where the step names none.
    pub(super) fn producer_names(&self, unit: &Unit) -> Vec<String> {
        let all = || unit.producers.keys().map(String::as_str);
        self.producers.as_ref().map(|names| names.among(all())).unwrap_or_default()
    }

    /// Every application the step names on that side, once; sorted by name.
    pub(super) fn applications(&self, unit: &Unit, side: Side) -> Result<Vec<Application>, Refusal> {
        let mut found: BTreeMap<String, Application> = BTreeMap::new();
        let mut wrong = Vec::new();
        for group in self.group_names(unit) {
            let declared = unit.groups.get(&group);
            let apps = declared.map(|of| (of.app.as_deref(), of.source_app.as_deref(), of.replicas));
            add(&mut found, &mut wrong, side, "group", &group, apps);
        }
        for producer in self.producer_names(unit) {
            let declared = unit.producers.get(&producer);
            let apps = declared.map(|of| (of.app.as_deref(), of.source_app.as_deref(), of.replicas));
            add(&mut found, &mut wrong, side, "producer", &producer, apps);
        }
        if !wrong.is_empty() {
            return Err(Refusal::new(
                listed(wrong),
                "correct the unit, or stop and start it with an `exec` or `http` step",
            ));
        }
        if found.is_empty() {
            return Err(Refusal::new(
                format!("the step names no group and no producer of unit {}", unit.name),
                "write groups, producers, or both",
            ));
        }
        Ok(found.into_values().collect())
    }

    /// Every call of the step, whatever runs now: for a walk through.
    pub(super) fn foreseen(&self, scope: &StepScope<'_>, bring: Bring) -> Changeset {
        let apps = self.applications(scope.unit, scope.side(Side::Source)).unwrap_or_default();
        Changeset::new(apps.iter().filter_map(|app| change(scope, app, bring).ok()))
    }
}

type Declared<'a> = (Option<&'a str>, Option<&'a str>, Option<u32>);

fn add(
    found: &mut BTreeMap<String, Application>,
    wrong: &mut Vec<String>,
    side: Side,
    what: &str,
    name: &str,
    declared: Option<Declared<'_>>,
) {
    let Some((app, source_app, replicas)) = declared else {
        wrong.push(format!("the unit has no {what} {name}"));
        return;
    };
    let of_side = match side {
        Side::Source => source_app.or(app),
        Side::Target => app.or(source_app),
    };
    let Some(of_side) = of_side else {
        wrong.push(format!("{what} {name} names no application: neither `app` nor `source_app`"));
        return;
    };
    let application = found.entry(of_side.to_owned()).or_insert_with(|| Application {
        name: of_side.to_owned(),
        groups: Vec::new(),
        producers: Vec::new(),
        replicas: None,
    });
    match (application.replicas, replicas) {
        (Some(one), Some(other)) if one != other => {
            wrong.push(format!("application {of_side} has {one} replicas and, as {what} {name}, {other}"));
        }
        (None, Some(_)) => application.replicas = replicas,
        _ => {}
    }
    let list = if what == "group" { &mut application.groups } else { &mut application.producers };
    list.push(name.to_owned());
}

/// One change: the call that brings the application that way, and the opposite call as its way back.
pub(super) fn change(scope: &StepScope<'_>, app: &Application, bring: Bring) -> Result<Change, Refusal> {
    let there = call(scope, app, bring)?;
    let back = match bring {
        Bring::Up => call(scope, app, Bring::Down)?,
        Bring::Down => call(scope, app, Bring::Up)?,
    };
    Ok(Change { command: there, undo: WayBack::Command(back) })
}

/// How long one call may take where the step does not say: a deployment system answers before it has deployed.
const CALL_MS: u64 = 30_000;

fn call(scope: &StepScope<'_>, app: &Application, bring: Bring) -> Result<Command, Refusal> {
    let apps = scope.plan.apps.as_ref().ok_or_else(|| {
        Refusal::new(
            format!("application {} cannot be stopped or started: the site has no `apps`", app.name),
            "say under `apps` of the site how applications are stopped and started, or use an `exec` step",
        )
    })?;
    let (word, template) = match bring {
        Bring::Up => ("start", &apps.start),
        Bring::Down => ("stop", &apps.stop),
    };
    let n = match bring {
        Bring::Up => app.replicas,
        Bring::Down => Some(0),
    };
    let mut values = Facts::new().with("app", app.name.as_str());
    if let Some(n) = n {
        values.set("n", n);
    }
    for used in &scope.plan.parameters {
        values.set(&used.name, used.value.clone());
    }
    let endpoints = scope.plan.endpoints.iter().map(|(name, url)| (name.clone(), Json::from(url.as_str())));
    values.set("endpoints", Json::Object(endpoints.collect()));
    let spec = StepSpec::of(scope.step).map_err(|why| Refusal::new(why, "make the plan again"))?;
    let timeout_ms = spec.timeout.attempt.map_or(CALL_MS, Millis::as_probe);
    command(template, &values, timeout_ms).map_err(|why| {
        let lacks = app.replicas.is_none() && why.contains("`n`");
        let next =
            if lacks { "declare `replicas` of the group or producer" } else { "correct `apps` of the site" };
        Refusal::new(format!("the {word} call of application {} cannot be made: {why}", app.name), next)
    })
}

fn command(template: &AppCall, values: &Facts, timeout_ms: u64) -> Result<Command, String> {
    if !template.argv.is_empty() {
        let argv = template.argv.iter().map(|part| text(part, values)).collect::<Result<_, _>>()?;
        return Ok(Command::Exec { argv, env: BTreeMap::new(), timeout_ms });
    }
    let url = template.url.as_deref().ok_or("it has neither a command nor an address")?;
    let body = template.json.as_ref().map(|json| filled(json, values)).transpose()?;
    Ok(Command::Http(HttpRequest {
        method: template.method.clone().unwrap_or_else(|| "PUT".to_owned()),
        url: text(url, values)?,
        headers: BTreeMap::new(),
        body: body.map(|body| body.to_string()),
        bearer: template.bearer.clone(),
        timeout_ms,
    }))
}

fn text(template: &str, values: &Facts) -> Result<String, String> {
    match filled(&Json::from(template), values)? {
        Json::String(text) => Ok(text),
        other => Ok(other.to_string()),
    }
}

/// Fills every text; one that is a whole `{{ … }}` keeps the expression's type.
fn filled(json: &Json, values: &Facts) -> Result<Json, String> {
    Ok(match json {
        Json::String(text) => match Template::parse(text).map_err(|fault| fault.message)? {
            None => Json::from(text.as_str()),
            Some(template) => match template.fill(values)? {
                Fill::Text(text) | Fill::Value(Value::Text(text)) => Json::from(text),
                Fill::Value(value) => value.to_json(),
            },
        },
        Json::Array(items) => {
            Json::Array(items.iter().map(|item| filled(item, values)).collect::<Result<_, _>>()?)
        }
        Json::Object(entries) => Json::Object(
            entries
                .iter()
                .map(|(key, value)| Ok((key.clone(), filled(value, values)?)))
                .collect::<Result<_, String>>()?,
        ),
        other => other.clone(),
    })
}
