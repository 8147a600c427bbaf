use std::collections::BTreeMap;

use runbook::check::{FactSpec, FactType};
use runbook::checks;
use runbook::plan::PlannedCheck;
use runbook::verdict::{ItemVerdict, Judgement, Level};
use serde::Serialize;
use serde_json::Value;

use crate::human;

/// One thing a check looked at.
#[derive(Clone, Debug, Serialize)]
pub struct ItemView {
    pub subject: String,
    pub level: Level,
    pub facts: Vec<FactView>,
    pub evidence: Vec<NamedText>,
    /// Why it could not be judged.
    pub unknown: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
pub struct FactView {
    pub name: String,
    /// As measured: durations in milliseconds, sizes in bytes.
    pub value: Value,
    /// As people read it.
    pub text: String,
    /// What the fact is; empty where the kind is not known to this version.
    pub doc: String,
}

#[derive(Clone, Debug, Serialize)]
pub struct NamedText {
    pub name: String,
    pub text: String,
}

impl ItemView {
    /// The items of a judgement, worst first.
    pub(super) fn all(planned: Option<&PlannedCheck>, judgement: &Judgement) -> Vec<ItemView> {
        let specs = planned.map(specs).unwrap_or_default();
        let mut items: Vec<ItemView> =
            judgement.items.iter().map(|verdict| ItemView::of(verdict, &specs)).collect();
        items.sort_by_key(|item| std::cmp::Reverse(item.level));
        items
    }

    fn of(verdict: &ItemVerdict, specs: &BTreeMap<String, FactSpec>) -> ItemView {
        let facts = verdict.item.facts.iter().map(|(name, value)| FactView {
            name: name.clone(),
            value: value.clone(),
            text: fact_text(value, specs.get(name).map(|spec| spec.kind)),
            doc: specs.get(name).map(|spec| spec.doc.to_string()).unwrap_or_default(),
        });
        let evidence = verdict.item.evidence.iter();
        ItemView {
            subject: verdict.item.subject.clone(),
            level: verdict.level,
            facts: facts.collect(),
            unknown: verdict.item.unknown.clone(),
            evidence: evidence
                .map(|(name, text)| NamedText { name: name.clone(), text: text.clone() })
                .collect(),
        }
    }
}

/// What the kind declares about its facts: units and words. Only presentation hangs on it, so a kind or parameters this
/// version cannot read cost nothing but the units.
fn specs(planned: &PlannedCheck) -> BTreeMap<String, FactSpec> {
    match checks::build(&planned.kind, &planned.with) {
        Some(Ok(check)) => check.facts_of().into_iter().map(|spec| (spec.name.to_string(), spec)).collect(),
        _ => BTreeMap::new(),
    }
}

fn fact_text(value: &Value, kind: Option<FactType>) -> String {
    match (value, kind) {
        (Value::Bool(true), _) => "yes".to_owned(),
        (Value::Bool(false), _) => "no".to_owned(),
        (Value::Number(number), Some(FactType::Duration)) if number.is_i64() => {
            human::duration(number.as_i64().expect("just asked"))
        }
        (Value::Number(number), Some(FactType::Size)) if number.is_u64() => {
            human::bytes(number.as_u64().expect("just asked"))
        }
        (Value::Number(number), _) => match number.as_i128() {
            Some(whole) => human::count(whole, human::Separator::Thin),
            None => number.to_string(),
        },
        (Value::String(text), _) => text.clone(),
        (other, _) => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn facts_are_written_with_their_units() {
        assert_eq!(fact_text(&json!(5_400_000), Some(FactType::Duration)), "1 h 30 min");
        assert_eq!(fact_text(&json!(24_691_200), Some(FactType::Size)), "24.7 MB");
        assert_eq!(fact_text(&json!(123_456), Some(FactType::Integer)), "123\u{202f}456");
        assert_eq!(fact_text(&json!(0.25), None), "0.25");
        assert_eq!(fact_text(&json!(-3), Some(FactType::Size)), "-3");
        assert_eq!(fact_text(&json!(true), None), "yes");
    }
}
