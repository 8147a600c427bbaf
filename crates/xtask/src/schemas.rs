use std::collections::BTreeMap;
use std::path::Path;

use report::answer::{
    ExplainAnswer, GroupsAnswer, LandAnswer, StatusAnswer, TopicsAnswer, VerifiedAnswer, WhereAnswer,
};
use runbook::load::LintReport;
use runbook::plan::PlanReport;
use schemars::JsonSchema;

/// Writes `schemas/*.schema.json`: one for each thing that is printed as JSON or kept on disk.
pub fn generate(top: &Path) -> std::io::Result<()> {
    let folder = top.join("schemas");
    std::fs::create_dir_all(&folder)?;
    for (name, text) in all() {
        std::fs::write(folder.join(format!("{name}.schema.json")), text)?;
    }
    Ok(())
}

/// Name and text of every schema.
pub fn all() -> Vec<(&'static str, String)> {
    let mut all = vec![
        ("explain", schema::<ExplainAnswer>()),
        ("history", schema::<journal::Sample>()),
        ("journal", schema::<journal::Record>()),
        ("lab-ledger", schema::<lab::Ledger>()),
        ("lab-status", schema::<lab::Status>()),
        ("lab-up", schema::<lab::Description>()),
        ("land", schema::<LandAnswer>()),
        ("lint", schema::<LintReport>()),
        ("parity-group", schema::<GroupsAnswer>()),
        ("parity-topic", schema::<TopicsAnswer>()),
        ("plan", schema::<PlanReport>()),
        ("rehearsal", schema::<runbook::rehearsal::Rehearsed>()),
        ("scorecard", report::scorecard_schema()),
        ("statement", schema::<journal::Statement>()),
        ("status", schema::<StatusAnswer>()),
        ("target-born", schema::<BTreeMap<String, runbook::actions::TargetBorn>>()),
        ("verify", schema::<VerifiedAnswer>()),
        ("where", schema::<WhereAnswer>()),
    ];
    // What people write: for their editors.
    all.extend(runbook::schemas::schemas().into_iter().map(|(name, schema)| (name, text(&schema))));
    all
}

fn schema<T: JsonSchema>() -> String {
    text(&schemars::schema_for!(T))
}

fn text(schema: &schemars::Schema) -> String {
    let mut text = serde_json::to_string_pretty(schema).expect("a schema is plain data and serialises");
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_schemas_are_fresh() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas");
        for (name, text) in all() {
            let committed =
                std::fs::read_to_string(folder.join(format!("{name}.schema.json"))).unwrap_or_default();
            assert!(committed == text, "schemas/{name}.schema.json is stale: run `make generate`");
        }
    }
}
