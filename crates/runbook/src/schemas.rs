//! JSON Schemas of the documents, draft-07 for editors.

use schemars::transform::{Transform, transform_subschemas};
use schemars::{JsonSchema, Schema, SchemaGenerator, generate::SchemaSettings};
use serde_json::Value;

use crate::model::{Library, RunbookDoc, SiteDoc, SliceDoc};
use crate::syntax::OPTIONAL_MARK;

/// Name and schema of every document.
pub fn schemas() -> Vec<(&'static str, Schema)> {
    vec![
        ("library", schema::<Library>()),
        ("runbook", schema::<RunbookDoc>()),
        ("site", schema::<SiteDoc>()),
        ("slice", schema::<SliceDoc>()),
    ]
}

fn schema<T: JsonSchema>() -> Schema {
    let generator: SchemaGenerator = SchemaSettings::draft07().with_transform(Optionals).into_generator();
    generator.into_root_schema_for::<T>()
}

/// Takes the marks of optional keys away, and the keys out of `required`. A template may stand wherever a number or a
/// truth value does.
#[derive(Clone, Debug)]
struct Optionals;

impl Transform for Optionals {
    fn transform(&mut self, schema: &mut Schema) {
        let mut optional = Vec::new();
        if let Some(Value::Object(properties)) = schema.get_mut("properties") {
            for (name, property) in properties.iter_mut() {
                if let Value::Object(property) = property
                    && property.remove(OPTIONAL_MARK).is_some()
                {
                    optional.push(name.clone());
                }
            }
        }
        if let Some(Value::Array(required)) = schema.get_mut("required") {
            required.retain(|name| !optional.iter().any(|optional| name == optional));
            if required.is_empty() {
                schema.remove("required");
            }
        }
        schema.remove(OPTIONAL_MARK);
        let number =
            matches!(schema.get("type").and_then(Value::as_str), Some("integer" | "number" | "boolean"));
        if number {
            let plain = schema.clone().to_value();
            let template = serde_json::json!({ "type": "string", "pattern": "\\{\\{" });
            *schema = schemars::json_schema!({ "anyOf": [plain, template] });
            return;
        }
        transform_subschemas(self, schema);
    }
}
