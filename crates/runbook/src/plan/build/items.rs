//! `for_each`: a list fixed when the plan is made, ids `id[item]`.

use serde_json::Value as Json;

use crate::check::Facts;
use crate::expression::{Fill, Template, Value};
use crate::load::Loaded;
use crate::model::Text;
use crate::syntax::{List, Optional};

/// The items, or one without a name.
pub(super) fn of(for_each: &Optional<List<Text>>) -> Vec<Option<&str>> {
    match for_each.get() {
        Some(items) => items.iter().map(|item| Some(item.value.as_str())).collect(),
        None => vec![None],
    }
}

pub(super) fn id(id: &str, item: Option<&str>) -> String {
    item.map_or_else(|| id.to_owned(), |item| format!("{id}[{item}]"))
}

/// Fills `{{ item }}` into every text of a value. With `written`, texts that read the environment stay as they are.
pub(super) fn fill(json: Json, item: Option<&str>, loaded: &Loaded, written: bool) -> Json {
    let Some(item) = item.filter(|_| holds(&json)) else { return json };
    let mut values = Facts::new().with("item", item);
    for used in &loaded.parameters {
        values.set(&used.name, used.value.clone());
    }
    if let Some(chosen) = &loaded.environment {
        let endpoints =
            chosen.endpoints.iter().map(|(name, url)| (name.clone(), Json::from(url.clone()))).collect();
        values.set("endpoints", Json::Object(endpoints));
    }
    each(json, &values, written)
}

fn each(json: Json, values: &Facts, written: bool) -> Json {
    match json {
        Json::String(text) => match Template::parse(&text) {
            Ok(Some(template)) if !(written && template.names().contains(&"endpoints")) => {
                match template.fill(values) {
                    Ok(Fill::Text(text) | Fill::Value(Value::Text(text))) => text.into(),
                    Ok(Fill::Value(value)) => value.to_json(),
                    Err(_) => text.into(),
                }
            }
            _ => text.into(),
        },
        Json::Array(items) => items.into_iter().map(|item| each(item, values, written)).collect(),
        Json::Object(entries) => Json::Object(
            entries.into_iter().map(|(key, value)| (key, each(value, values, written))).collect(),
        ),
        other => other,
    }
}

/// Whether any text within has a template left.
fn holds(json: &Json) -> bool {
    match json {
        Json::String(text) => text.contains("{{"),
        Json::Array(items) => items.iter().any(holds),
        Json::Object(entries) => entries.values().any(holds),
        _ => false,
    }
}
