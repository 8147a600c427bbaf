use serde_json::json;

use super::*;
use crate::check::{Condition, FactType};

fn facts() -> Facts {
    Facts::new()
        .with("lag", 9)
        .with("rate", 0.25)
        .with("ok", true)
        .with("state", "Stable")
        .with("age", 90_000)
        .with("value", r#"{"order_id": 7, "none": null, "text": "5"}"#)
        .with("zero", 0)
}

fn specs() -> Vec<FactSpec> {
    vec![
        FactSpec::new("lag", FactType::Integer, ""),
        FactSpec::new("rate", FactType::Number, ""),
        FactSpec::new("ok", FactType::Boolean, ""),
        FactSpec::new("state", FactType::Text, ""),
        FactSpec::new("age", FactType::Duration, ""),
        FactSpec::new("bytes", FactType::Size, ""),
        FactSpec::new("value", FactType::Text, ""),
        FactSpec::new("zero", FactType::Integer, ""),
    ]
}

fn eval(text: &str) -> Result<bool, String> {
    Expression::parse(text).map_err(|fault| fault.message)?.eval_bool(&facts())
}

#[test]
fn what_holds_and_what_does_not() {
    for (text, expected) in [
        ("lag < 10", true),
        ("lag < 10 and rate <= 0.25", true),
        ("not ok or lag > 100", false),
        ("0 <= lag < 9", false),
        ("state == 'Stable'", true),
        ("state in ['Empty', 'Dead']", false),
        ("state not in ['Empty', 'Dead']", true),
        ("age <= duration('90s')", true),
        ("size('1KiB') == 1024", true),
        ("lag * 2 + 1 == 19", true),
        ("lag // 2 == 4 and lag % 2 == 1", true),
        ("(1 if ok else 2) == 1", true),
        ("state | lower == 'stable'", true),
        ("(value | fromjson).order_id == 7", true),
        ("value | fromjson | attr('text') | int == 5", true),
        ("lag is odd", true),
        ("[1, 2, 3] | sum == 6", true),
        ("-lag < 0", true),
        ("lag / 2 == 4.5", true),
    ] {
        assert_eq!(eval(text), Ok(expected), "{text}");
    }
}

/// What would be green over nothing elsewhere is unknown here.
#[test]
fn what_cannot_be_told_is_never_true_or_false() {
    for text in [
        "missing < 1",
        "ok or missing < 1",
        "rate < '5'",
        "state < 3",
        "lag / zero < 1",
        "zero / zero < 1",
        "1 / zero > 1",
        "value | fromjson | attr('none') < 1",
        "value | fromjson | attr('nothing') == 0",
        "value | fromjson | attr('none') | int < 1",
        "state | int < 1",
        "lag",
        "'x'",
        "ok == 1",
        "[] | sum == 0",
        "[] | max < 1",
        "2 ** 200 > 1",
        "state | fromjson == 1",
        "lag and ok",
    ] {
        assert!(eval(text).is_err(), "{text}: {:?}", eval(text));
    }
    for text in [
        "none < 1",
        "lag < none",
        "lag is defined",
        "lag | default(0) < 1",
        "x.y()",
        "range(3) == 1",
        "{'a': 1}",
        "lag <",
        "1 if ok",
    ] {
        assert!(Expression::parse(text).is_err(), "{text}");
    }
}

#[test]
fn null_and_infinite_facts_are_unknown() {
    let expression = Expression::parse("x < 1").expect("parses");
    for json in [json!({ "x": null }), json!({})] {
        let facts: Facts = serde_json::from_value(json).expect("facts");
        assert_eq!(expression.eval_bool(&facts), Err("fact `x` is missing".to_owned()));
    }
}

#[test]
fn lint_finds_names_types_and_results() {
    let kinds = |text: &str| {
        let faults = Expression::parse(text).expect(text).check(&specs(), Want::Boolean);
        faults.into_iter().map(|fault| (fault.kind, fault.help.unwrap_or_default())).collect::<Vec<_>>()
    };
    assert_eq!(kinds("lag < 10 and ok"), vec![]);
    assert_eq!(kinds("lagg < 10"), vec![(FaultKind::UnknownFact, "did you mean `lag`?".to_owned())]);
    assert_eq!(kinds("lag")[0].0, FaultKind::Result);
    assert_eq!(
        kinds("lag < '10'")[0],
        (FaultKind::Operands, "remove the quotes around the number".to_owned())
    );
    assert_eq!(kinds("ok < 1")[0].0, FaultKind::Operands);
    assert_eq!(kinds("age < bytes")[0].0, FaultKind::Operands);
    assert_eq!(kinds("age < 90")[0].0, FaultKind::BareNumber);
    assert_eq!(kinds("age < 0"), vec![]);
    assert_eq!(kinds("age < duration('90')")[0].0, FaultKind::Operands);
    assert_eq!(kinds("value | fromjson | attr('x') < 1")[0].0, FaultKind::Operands);
    assert_eq!(kinds("value | fromjson | attr('x') | int < 1"), vec![]);
    assert_eq!(kinds("a < 1 and b < 1").len(), 2);
}

#[test]
fn guarded_conditions_check_the_declared_type() {
    let guarded = Guarded::new("lag < 10", specs()).expect("sound");
    assert_eq!(guarded.holds(&facts()), Ok(true));
    let wrong = Facts::new().with("lag", 2.5);
    assert_eq!(guarded.holds(&wrong), Err("fact `lag` is 2.5, not integer".to_owned()));
    assert!(Guarded::new("lag <", specs()).is_err());
}

#[test]
fn templates_keep_the_type_of_a_whole_expression() {
    let fill = |text: &str| Template::parse(text).expect(text).expect(text).fill(&facts());
    assert_eq!(fill("{{ lag }}"), Ok(Fill::Value(Value::Integer(9))));
    assert_eq!(fill("{{ duration('5s') }}"), Ok(Fill::Value(Value::Integer(5000))));
    assert_eq!(fill("at most {{ lag }} of {{ state }}"), Ok(Fill::Text("at most 9 of Stable".to_owned())));
    assert_eq!(fill("{{ '}}' }}x"), Ok(Fill::Text("}}x".to_owned())));
    assert!(fill("{{ nothing }}").is_err());
    assert!(Template::parse("{{ lag").is_err());
    assert!(Template::parse("no template").expect("fine").is_none());
}

/// The parser recurses; the longest expression that is read must not run out of stack in a thread of the usual size.
#[test]
fn deep_expressions_end_without_harm() {
    for unit in
        ["-", "not ", "(", "[", "a.", "a|int|", "1+", "1<", "a if b else ", "a[", "f(", "2**", "{{", "'", "~"]
    {
        for count in [
            20,
            crate::limits::MAX_EXPRESSION_DEPTH,
            60,
            120,
            240,
            crate::limits::MAX_EXPRESSION_BYTES / unit.len(),
        ] {
            let text = format!("{}1", unit.repeat(count - 1));
            if let Ok(expression) = Expression::parse(&text) {
                let _ = expression.check(&specs(), Want::Boolean);
                let _ = expression.eval_bool(&facts());
            }
        }
    }
}
