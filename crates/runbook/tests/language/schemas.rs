//! The JSON Schemas for editors.

use runbook::schemas::schemas;

use crate::folder::Folder;

/// Every shipped document fits its schema, and a misspelt key does not.
#[test]
fn shipped_documents_fit_their_schemas() {
    let folder = Folder::of_repository("runbooks").0;
    for (kind, path) in [
        ("site", "site.yaml"),
        ("slice", "settlement.yaml"),
        ("runbook", "settlement-expanded.yaml"),
        ("library", "library/standard.yaml"),
        ("library", "library/measurable.yaml"),
    ] {
        let (_, schema) = schemas().into_iter().find(|(name, _)| *name == kind).expect("there is one");
        let validator = jsonschema::validator_for(schema.as_value()).expect("a sound schema");
        let text = std::fs::read_to_string(folder.join(path)).expect("readable");
        let mut document: serde_json::Value = serde_saphyr::from_str(&text).expect("YAML");
        let errors: Vec<String> = validator
            .iter_errors(&document)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{path}: {errors:#?}");
        document["metadata"]["nmae"] = "x".into();
        assert!(!validator.is_valid(&document), "{path}");
    }
}

#[test]
fn schemas_are_draft_07_and_keep_no_marks_of_ours() {
    for (name, schema) in schemas() {
        assert!(
            schema
                .get("$schema")
                .and_then(|draft| draft.as_str())
                .is_some_and(|draft| draft.contains("draft-07")),
            "{name}"
        );
        let text = schema.as_value().to_string();
        assert!(!text.contains("x-optional") && !text.contains("$span"), "{name}");
    }
}
