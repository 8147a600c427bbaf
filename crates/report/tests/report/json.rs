//! `scorecard.json` and its schema.

use crate::fixture;

use std::path::Path;

use report::{Format, Options, render, scorecard_schema};
use runbook::verdict::Scorecard;

#[test]
fn it_is_the_scorecard_as_it_is() {
    for (name, input) in fixture::all() {
        let text = render(Format::Json, &input, &Options::default()).unwrap();
        assert_eq!(serde_json::from_str::<Scorecard>(&text).unwrap(), input.scorecard, "{name}");
    }
}

#[test]
fn it_keeps_the_documented_names() {
    let text = render(Format::Json, &fixture::lagging(), &Options::default()).unwrap();
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(json["format"], "cutover/scorecard/v1");
    let check = &json["units"][0]["dimensions"][0]["checks"][3];
    let names: Vec<&String> = check.as_object().unwrap().keys().collect();
    let documented =
        ["check", "proof", "verdict", "why", "findings", "evidence", "age_seconds", "due", "waived_by"];
    assert_eq!(names, documented);
    assert_eq!(check["findings"][0]["code"], "CUT2203");
}

#[test]
fn the_schema_accepts_every_fixture_and_refuses_others() {
    let schema: serde_json::Value = serde_json::from_str(&scorecard_schema()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for (name, input) in fixture::all() {
        let text = render(Format::Json, &input, &Options::default()).unwrap();
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert!(validator.is_valid(&json), "{name}");
        let mut wrong = json.clone();
        wrong["overall"] = "blue".into();
        assert!(!validator.is_valid(&wrong), "{name}: no such level");
        wrong = json;
        wrong.as_object_mut().unwrap().remove("units");
        assert!(!validator.is_valid(&wrong), "{name}: units are required");
    }
}

/// `UPDATE_SCHEMAS=1 cargo test -p cutover-report` writes it anew.
#[test]
fn the_committed_schema_is_fresh() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/scorecard.schema.json");
    if std::env::var_os("UPDATE_SCHEMAS").is_some() {
        std::fs::write(&path, scorecard_schema()).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == scorecard_schema(),
        "schemas/scorecard.schema.json is stale: UPDATE_SCHEMAS=1 writes it"
    );
}
