//! What minijinja brings along, and which of it is offered.

use std::sync::OnceLock;

use minijinja::value::{Value as Jinja, ValueKind};
use minijinja::{Environment, UndefinedBehavior};

use super::{Type, Value};
use crate::limits::EXPRESSION_FUEL;

/// A filter: what it takes and gives. `default` is not offered: a missing fact is unknown, never a default.
pub(super) struct Filter {
    pub name: &'static str,
    pub takes: &'static [Type],
    pub gives: Type,
}

const ANY: &[Type] = &[
    Type::Any,
    Type::Boolean,
    Type::Integer,
    Type::Number,
    Type::Text,
    Type::Duration,
    Type::Size,
    Type::List,
];
const NUMBERS: &[Type] = &[Type::Integer, Type::Number, Type::Duration, Type::Size, Type::Any];
const TEXTS: &[Type] = &[Type::Text, Type::Any];
const LISTS: &[Type] = &[Type::List, Type::Any];
const SEQUENCES: &[Type] = &[Type::List, Type::Text, Type::Any];

/// Sorted by name. [`Type::Same`] gives what it takes.
pub(super) static FILTERS: &[Filter] = &[
    Filter { name: "abs", takes: NUMBERS, gives: Type::Same },
    Filter { name: "attr", takes: &[Type::Any], gives: Type::Any },
    Filter { name: "capitalize", takes: TEXTS, gives: Type::Text },
    Filter { name: "count", takes: SEQUENCES, gives: Type::Integer },
    Filter { name: "first", takes: LISTS, gives: Type::Any },
    Filter { name: "float", takes: ANY, gives: Type::Number },
    Filter { name: "fromjson", takes: TEXTS, gives: Type::Any },
    Filter { name: "int", takes: ANY, gives: Type::Integer },
    Filter { name: "join", takes: LISTS, gives: Type::Text },
    Filter { name: "last", takes: LISTS, gives: Type::Any },
    Filter { name: "length", takes: SEQUENCES, gives: Type::Integer },
    Filter { name: "lower", takes: TEXTS, gives: Type::Text },
    Filter { name: "max", takes: LISTS, gives: Type::Any },
    Filter { name: "min", takes: LISTS, gives: Type::Any },
    Filter { name: "replace", takes: TEXTS, gives: Type::Text },
    Filter { name: "round", takes: NUMBERS, gives: Type::Number },
    Filter { name: "sort", takes: LISTS, gives: Type::List },
    Filter { name: "split", takes: TEXTS, gives: Type::List },
    Filter { name: "string", takes: ANY, gives: Type::Text },
    Filter { name: "sum", takes: LISTS, gives: Type::Any },
    Filter { name: "title", takes: TEXTS, gives: Type::Text },
    Filter { name: "trim", takes: TEXTS, gives: Type::Text },
    Filter { name: "unique", takes: LISTS, gives: Type::List },
    Filter { name: "upper", takes: TEXTS, gives: Type::Text },
];

/// Tests (`x is odd`), sorted. `defined` and `none` are not offered: a missing fact is unknown.
pub(super) static TESTS: &[&str] = &["divisibleby", "endingwith", "even", "in", "odd", "startingwith"];

/// Sorted.
pub(super) static FUNCTIONS: &[&str] = &["duration", "size"];

pub(super) fn environment() -> &'static Environment<'static> {
    static ENVIRONMENT: OnceLock<Environment<'static>> = OnceLock::new();
    ENVIRONMENT.get_or_init(|| {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_fuel(Some(EXPRESSION_FUEL));
        environment
    })
}

/// Runs one of minijinja's own filters or tests.
pub(super) fn run(name: &str, test: bool, of: &Value, arguments: &[Value]) -> Result<Value, String> {
    let names: Vec<String> = (0..arguments.len()).map(|index| format!("a{index}")).collect();
    let list = names.join(", ");
    let text = match (test, arguments.is_empty()) {
        (false, _) => format!("v | {name}({list})"),
        (true, true) => format!("v is {name}"),
        (true, false) => format!("v is {name}({list})"),
    };
    let mut context = std::collections::BTreeMap::from([("v".to_owned(), to_jinja(of))]);
    context.extend(names.into_iter().zip(arguments.iter().map(to_jinja)));
    let expression = environment().compile_expression_owned(text).map_err(|error| error.to_string())?;
    let value = expression.eval(Jinja::from(context)).map_err(|error| {
        format!(
            "`{name}` does not work on {}: {}",
            of.describe(),
            error.detail().unwrap_or("wrong kind of value")
        )
    })?;
    from_jinja(&value).map_err(|why| format!("what `{name}` gives {why}"))
}

fn to_jinja(value: &Value) -> Jinja {
    match value {
        Value::Boolean(boolean) => Jinja::from(*boolean),
        Value::Integer(integer) => Jinja::from(*integer),
        Value::Number(number) => Jinja::from(*number),
        Value::Text(text) => Jinja::from(text.clone()),
        Value::Json(json) => json_to_jinja(json),
    }
}

fn json_to_jinja(json: &serde_json::Value) -> Jinja {
    match json {
        serde_json::Value::Null => Jinja::from(()),
        serde_json::Value::Bool(boolean) => Jinja::from(*boolean),
        serde_json::Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(integer), _) => Jinja::from(integer),
            (_, Some(number)) => Jinja::from(number),
            _ => Jinja::from(()),
        },
        serde_json::Value::String(text) => Jinja::from(text.clone()),
        serde_json::Value::Array(items) => items.iter().map(json_to_jinja).collect(),
        serde_json::Value::Object(entries) => {
            let entries: std::collections::BTreeMap<_, _> =
                entries.iter().map(|(key, value)| (key.clone(), json_to_jinja(value))).collect();
            Jinja::from(entries)
        }
    }
}

/// `Err` says why it cannot be used: "is null".
pub(super) fn from_jinja(value: &Jinja) -> Result<Value, String> {
    match value.kind() {
        ValueKind::Undefined => Err("is missing".to_owned()),
        ValueKind::None => Err("is null".to_owned()),
        ValueKind::Bool => Ok(Value::Boolean(value.is_true())),
        ValueKind::Number if value.is_integer() => {
            i128::try_from(value.clone()).map(Value::Integer).map_err(|_| "is too large".to_owned())
        }
        ValueKind::Number => {
            f64::try_from(value.clone()).map_err(|_| "is not a number".to_owned()).and_then(Value::number)
        }
        ValueKind::String => Ok(Value::Text(value.as_str().unwrap_or_default().to_owned())),
        _ => jinja_to_json(value).map(Value::Json),
    }
}

fn jinja_to_json(value: &Jinja) -> Result<serde_json::Value, String> {
    match value.kind() {
        ValueKind::Seq | ValueKind::Iterable => {
            let items = value.try_iter().map_err(|error| error.to_string())?;
            items.map(|item| jinja_to_json(&item)).collect()
        }
        ValueKind::Map => {
            let keys = value.try_iter().map_err(|error| error.to_string())?;
            keys.map(|key| {
                let entry = value.get_item(&key).map_err(|error| error.to_string())?;
                Ok((key.to_string(), jinja_to_json(&entry)?))
            })
            .collect()
        }
        ValueKind::None => Ok(serde_json::Value::Null),
        _ => from_jinja(value).map(|value| value.to_json()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sorted_and_known_to_minijinja() {
        let filters: Vec<&str> = FILTERS.iter().map(|filter| filter.name).collect();
        assert!(filters.is_sorted() && TESTS.is_sorted() && FUNCTIONS.is_sorted());
        for filter in filters.iter().filter(|name| **name != "fromjson") {
            // An unknown filter fails at compile time.
            assert!(environment().compile_expression(&format!("v | {filter}")).is_ok(), "{filter}");
        }
    }
}
