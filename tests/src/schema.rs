use serde_json::Value;

/// Fails unless `document` is what `schemas/NAME.schema.json` says.
///
/// # Panics
/// With every place where it is not.
#[track_caller]
pub fn matches_schema(name: &str, document: &Value) {
    let path = crate::repository().join("schemas").join(format!("{name}.schema.json"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let schema: Value =
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let validator = jsonschema::validator_for(&schema).unwrap_or_else(|error| panic!("{name}: {error}"));
    let wrong: Vec<String> =
        validator.iter_errors(document).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(wrong.is_empty(), "not as schemas/{name}.schema.json says:\n{}\n{document:#}", wrong.join("\n"));
}
