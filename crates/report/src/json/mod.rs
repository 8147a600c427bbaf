//! `scorecard.json`: the scorecard as it is, for programs.

use runbook::verdict::Scorecard;

use crate::inert;
use crate::{RenderError, ReportInput};

pub(crate) fn render(input: &ReportInput) -> Result<String, RenderError> {
    Ok(inert::json(&input.scorecard)?)
}

/// JSON Schema of `scorecard.json`, as committed under `schemas/`.
pub fn scorecard_schema() -> String {
    let mut schema = schemars::schema_for!(Scorecard).to_value();
    if let Some(object) = schema.as_object_mut() {
        object.insert("title".to_owned(), "cutover/scorecard/v1".into());
    }
    let mut text = serde_json::to_string_pretty(&schema).expect("a schema is plain JSON");
    text.push('\n');
    text
}
