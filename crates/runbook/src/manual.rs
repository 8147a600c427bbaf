//! What the manual pages of checks and steps have in common.

use std::fmt::Write;

use serde_json::Value;

/// The module comment of a source file, as Markdown.
pub(crate) fn comment(source: &str) -> String {
    source
        .lines()
        .take_while(|line| line.starts_with("//!"))
        .map(|line| line.trim_start_matches("//!").strip_prefix(' ').unwrap_or(""))
        .collect::<Vec<_>>()
        .join("\n")
}

/// The table of parameters, out of their JSON Schema.
pub(crate) fn parameters(schema: &Value) -> String {
    // Parameters that two kinds share are defined beside the root.
    let shared = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next());
    let root = shared.map_or(schema, |name| &schema["$defs"][name]);
    let required: Vec<&str> =
        root["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let Some(properties) = root["properties"].as_object().filter(|properties| !properties.is_empty()) else {
        return "None.\n".to_owned();
    };
    let mut table = "| parameter | type | default | meaning |\n|---|---|---|---|\n".to_owned();
    for (name, property) in properties {
        let default = match property.get("default") {
            Some(default) if !default.is_null() => format!("`{default}`"),
            _ if required.contains(&name.as_str()) => "required".to_owned(),
            _ => "none".to_owned(),
        };
        let meaning = property["description"].as_str().unwrap_or_default();
        let _ = writeln!(
            table,
            "| `{name}` | {} | {} | {} |",
            type_of(schema, property),
            cell(&default),
            cell(meaning)
        );
    }
    table
}

/// The type of a parameter in a word or two.
fn type_of(schema: &Value, property: &Value) -> String {
    if let Some(name) = property["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
        let words: Vec<&str> = schema["$defs"][name]["enum"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        return if words.is_empty() { name.to_lowercase() } else { words.join(" or ") };
    }
    if let Some(choices) = property["anyOf"].as_array() {
        let not_null = choices.iter().filter(|choice| choice["type"] != "null");
        return not_null.map(|choice| type_of(schema, choice)).collect::<Vec<_>>().join(" or ");
    }
    match &property["type"] {
        Value::String(kind) if kind == "array" => format!("list of {}", type_of(schema, &property["items"])),
        Value::String(kind) if kind == "object" => "map".to_owned(),
        Value::String(kind) if kind == "string" => "text".to_owned(),
        Value::String(kind) => kind.clone(),
        Value::Array(kinds) => {
            let words = kinds.iter().filter_map(Value::as_str).filter(|kind| *kind != "null");
            words.map(|kind| if kind == "string" { "text" } else { kind }).collect::<Vec<_>>().join(" or ")
        }
        _ => "any".to_owned(),
    }
}

/// One cell of a Markdown table.
pub(crate) fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}
