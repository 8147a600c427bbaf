use super::{Value, builtin};
use crate::model::text::Written;
use crate::model::{Duration, Size};

/// `duration('90s')` in milliseconds, `size('50MB')` in bytes.
pub(super) fn call(name: &str, arguments: &[Value]) -> Result<Value, String> {
    let [Value::Text(text)] = arguments else {
        return Err(format!("`{name}` takes one text, for example {}", example(name)));
    };
    let units = match name {
        "duration" => Duration::parse(text).map(|duration| duration.0),
        "size" => Size::parse(text).map(|size| size.0),
        other => return Err(format!("there is no function `{other}`")),
    };
    units.map(|units| Value::Integer(units.into())).map_err(|refusal| refusal.message)
}

pub(super) fn example(name: &str) -> &'static str {
    if name == "size" { "size('50MB')" } else { "duration('90s')" }
}

/// Filters whose own silence would be dangerous are done here, the others are minijinja's.
pub(super) fn filter(name: &str, of: Value, arguments: &[Value]) -> Result<Value, String> {
    match (name, &of) {
        ("fromjson", Value::Text(text)) => {
            let json: serde_json::Value =
                serde_json::from_str(text).map_err(|error| format!("`fromjson`: not JSON ({error})"))?;
            Value::from_json(&json).map_err(|why| format!("what `fromjson` gives {why}"))
        }
        ("attr", _) => match arguments {
            [key] => attribute(&of, key),
            _ => Err("`attr` takes one name, for example attr('id')".to_owned()),
        },
        ("int", Value::Text(text)) => text
            .trim()
            .parse()
            .map(Value::Integer)
            .map_err(|_| format!("{} is not a whole number", of.describe())),
        ("int", Value::Integer(_)) => Ok(of),
        #[expect(clippy::cast_possible_truncation, reason = "the bound is checked")]
        ("int", Value::Number(number)) if number.abs() < 9e15 => Ok(Value::Integer(number.trunc() as i128)),
        ("float", Value::Text(text)) => match text.trim().parse::<f64>() {
            Ok(number) => Value::number(number).map_err(|why| format!("{} {why}", of.describe())),
            Err(_) => Err(format!("{} is not a number", of.describe())),
        },
        #[expect(clippy::cast_precision_loss, reason = "asked for")]
        ("float", Value::Integer(integer)) => Ok(Value::Number(*integer as f64)),
        ("float", Value::Number(_)) => Ok(of),
        ("int" | "float", _) => Err(format!("{} is not a number", of.describe())),
        ("first" | "last" | "min" | "max" | "sum", Value::Json(serde_json::Value::Array(items)))
            if items.is_empty() =>
        {
            Err(format!("`{name}` of an empty list cannot be told"))
        }
        _ => builtin::run(name, false, &of, arguments),
    }
}

/// A member of a table or list.
pub(super) fn attribute(of: &Value, key: &Value) -> Result<Value, String> {
    let Value::Json(json) = of else { return Err(format!("{} has no members", of.describe())) };
    let (found, name) = match key {
        Value::Text(name) => (json.get(name.as_str()), format!("`{}`", crate::syntax::shortened(name))),
        Value::Integer(index) => {
            (usize::try_from(*index).ok().and_then(|index| json.get(index)), format!("item {index}"))
        }
        other => return Err(format!("{} is not a name", other.describe())),
    };
    match found {
        Some(value) => Value::from_json(value).map_err(|why| format!("{name} {why}")),
        None => Err(format!("{name} is missing")),
    }
}
