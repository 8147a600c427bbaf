//! The JSON Schemas for editors.

use runbook::schemas::{schema_files, schema_of};

use crate::folder::Folder;

/// Every shipped document fits its schema, and a misspelt key does not.
#[test]
fn shipped_documents_fit_their_schemas() {
    let folder = Folder::of_repository("runbooks").0;
    for (kind, path) in [
        ("Site", "site.yaml"),
        ("Slice", "settlement.yaml"),
        ("Runbook", "settlement-expanded.yaml"),
        ("Library", "library/standard.yaml"),
        ("Library", "library/measurable.yaml"),
    ] {
        let schema = schema_of(kind).expect("there is one");
        let validator = jsonschema::validator_for(&schema).expect("a sound schema");
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
    let files = schema_files();
    assert_eq!(files.len(), 4);
    for (name, schema) in files {
        assert!(name.ends_with(".schema.json"), "{name}");
        assert!(schema["$schema"].as_str().is_some_and(|draft| draft.contains("draft-07")), "{name}");
        let text = schema.to_string();
        assert!(!text.contains("x-optional") && !text.contains("$span"), "{name}");
    }
}
