use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::Options;
use crate::model::text::Written;
use crate::model::{Duration, Id, Parameter, ParameterType, Size};
use crate::plan::ParameterUsed;
use crate::syntax::decode::decode_lenient;
use crate::syntax::{Code, Diagnostic, Diagnostics, Span, Table, Tree, quoted};

/// The value of every parameter of a document (from `--set`, else from the environment, else its default), and the names
/// of all that are declared, those whose value is wrong included.
pub(super) fn values(
    tree: &Tree,
    environment: Option<&BTreeMap<String, (Json, Span)>>,
    options: &Options,
    found: &Diagnostics,
) -> (Vec<ParameterUsed>, Vec<String>) {
    let entry = tree.root().and_then(|root| tree.entry(root, "parameters"));
    let declared: Option<Table<Id, Parameter>> =
        entry.and_then(|(_, node)| decode_lenient(tree, node, found));
    let place = entry.map_or(Span::new(tree.source, 0, 0), |(key, _)| key.span);
    let mut used = Vec::new();
    for (name, parameter) in declared.iter().flatten() {
        let (name, span, parameter) = (name.value.as_str(), name.span, &parameter.value);
        let Some(kind) = parameter.kind.get().copied() else { continue };
        let set = options.set.iter().rev().find(|(key, _)| key == name);
        let set = set.map(|(_, text)| (from_text(text, kind), "--set", span));
        let value = set.or_else(|| {
            let (json, at) = environment?.get(name)?;
            Some((from_json(json, kind), "environment", *at))
        });
        let value = value.or_else(|| {
            let raw = parameter.default.get()?;
            Some((from_json(&tree.json(raw.0.node, false), kind), "default", parameter.default.span()))
        });
        let (value, from, at) = match value {
            Some((Ok(value), from, at)) => (value, from, at),
            Some((Err(why), from, at)) => {
                let message = format!("the value of `{name}` ({from}) {why}");
                found.add(
                    Diagnostic::new(Code::OutOfBounds, at, message)
                        .help(format!("its type is {}", kind.word())),
                );
                continue;
            }
            None => {
                if !parameter.default.is_written() {
                    let message = format!("the parameter `{name}` has no value");
                    let help = format!("give it a default, or set it: --set {name}=…");
                    found.add(Diagnostic::new(Code::OutOfBounds, span, message).help(help));
                }
                continue;
            }
        };
        if let Some(why) = outside(tree, parameter, kind, &value, found) {
            found.add(
                Diagnostic::new(Code::OutOfBounds, at, format!("the value of `{name}` ({from}) {why}")).help(
                    parameter.why.get().map_or_else(
                        || "choose another value".to_owned(),
                        |why| format!("the bound is there because: {}", why.as_str()),
                    ),
                ),
            );
            continue;
        }
        let why = parameter.why.get().map(|why| why.as_str().to_owned());
        used.push(ParameterUsed { name: name.to_owned(), value, from: from.to_owned(), why });
    }
    for (name, _) in &options.set {
        let known = || declared.iter().flatten().map(|(key, _)| key.value.as_str());
        if !known().any(|key| key == name) {
            let diagnostic = Diagnostic::new(
                Code::UnknownParameter,
                place,
                format!("--set names no parameter of this runbook: {}", quoted(name)),
            );
            found.add(diagnostic.known(name, known()));
        }
    }
    let names = declared.iter().flatten().map(|(key, _)| key.value.as_str().to_owned()).collect();
    (used, names)
}

/// Why a value is outside the parameter's bounds.
fn outside(
    tree: &Tree,
    parameter: &Parameter,
    kind: ParameterType,
    value: &Json,
    found: &Diagnostics,
) -> Option<String> {
    let bound = |raw: Option<&crate::model::Raw>, span: Span| {
        let json = tree.json(raw?.0.node, false);
        match from_json(&json, kind) {
            Ok(value) => Some(value),
            Err(why) => {
                let diagnostic = Diagnostic::new(Code::OutOfBounds, span, format!("the bound {why}"));
                found.add(diagnostic.help(format!("the parameter's type is {}", kind.word())));
                None
            }
        }
    };
    let number = |json: &Json| json.as_f64();
    if let Some(min) = bound(parameter.min.get(), parameter.min.span())
        && number(value)? < number(&min)?
    {
        return Some(format!("is {value}, below the least allowed, {min}"));
    }
    if let Some(max) = bound(parameter.max.get(), parameter.max.span())
        && number(value)? > number(&max)?
    {
        return Some(format!("is {value}, above the most allowed, {max}"));
    }
    let allowed: Vec<Json> = parameter
        .one_of
        .get()
        .into_iter()
        .flatten()
        .filter_map(|raw| bound(Some(&raw.value), raw.span))
        .collect();
    if !allowed.is_empty() && !allowed.contains(value) {
        let allowed: Vec<String> = allowed.iter().map(Json::to_string).collect();
        return Some(format!("is {value}, not one of {}", allowed.join(", ")));
    }
    None
}

/// A value as `--set` writes it.
fn from_text(text: &str, kind: ParameterType) -> Result<Json, String> {
    let wrong = || format!("is {}, not {}", quoted(text), kind.word());
    match kind {
        ParameterType::Integer => text.parse::<i64>().map(Json::from).map_err(|_| wrong()),
        ParameterType::Number => {
            text.parse::<f64>().ok().filter(|number| number.is_finite()).map(Json::from).ok_or_else(wrong)
        }
        ParameterType::Boolean => text.parse::<bool>().map(Json::from).map_err(|_| wrong()),
        ParameterType::Text => Ok(text.into()),
        ParameterType::Duration => {
            Duration::parse(text).map(|duration| duration.0.into()).map_err(|_| wrong())
        }
        ParameterType::Size => Size::parse(text).map(|size| size.0.into()).map_err(|_| wrong()),
    }
}

/// A value as a file writes it.
fn from_json(json: &Json, kind: ParameterType) -> Result<Json, String> {
    let fits = match kind {
        ParameterType::Integer => json.is_i64() || json.is_u64(),
        ParameterType::Number => json.is_number(),
        ParameterType::Boolean => json.is_boolean(),
        ParameterType::Text => json.is_string(),
        ParameterType::Duration | ParameterType::Size => {
            return match json {
                Json::String(text) => from_text(text, kind),
                other => Err(format!("is {other}, not a {} with a unit", kind.word())),
            };
        }
    };
    if fits { Ok(json.clone()) } else { Err(format!("is {json}, not {}", kind.word())) }
}
