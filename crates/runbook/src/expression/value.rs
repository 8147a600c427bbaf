use serde_json::Value as Json;

/// A value of an expression. Never null, never a number that is not finite.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Boolean(bool),
    Integer(i128),
    Number(f64),
    Text(String),
    /// A list or a table, from `fromjson` or a literal.
    Json(Json),
}

impl Value {
    /// `Err` says why it cannot be used: it is null, or too large.
    pub fn from_json(json: &Json) -> Result<Value, String> {
        match json {
            Json::Null => Err("is null".to_owned()),
            Json::Bool(boolean) => Ok(Value::Boolean(*boolean)),
            Json::Number(number) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
                (Some(integer), ..) => Ok(Value::Integer(integer.into())),
                (_, Some(integer), _) => Ok(Value::Integer(integer.into())),
                (.., Some(number)) => Value::number(number),
                _ => Err("is not a number that can be held".to_owned()),
            },
            Json::String(text) => Ok(Value::Text(text.clone())),
            Json::Array(_) | Json::Object(_) => Ok(Value::Json(json.clone())),
        }
    }

    /// A finite number.
    pub fn number(number: f64) -> Result<Value, String> {
        if number.is_finite() { Ok(Value::Number(number)) } else { Err("is not a finite number".to_owned()) }
    }

    pub fn to_json(&self) -> Json {
        match self {
            Value::Boolean(boolean) => (*boolean).into(),
            Value::Integer(integer) => match i64::try_from(*integer) {
                Ok(integer) => integer.into(),
                #[expect(clippy::cast_precision_loss, reason = "beyond 64 bits JSON has only floating point")]
                Err(_) => Json::from(*integer as f64),
            },
            Value::Number(number) => (*number).into(),
            Value::Text(text) => text.clone().into(),
            Value::Json(json) => json.clone(),
        }
    }

    /// What it is, for messages.
    pub fn describe(&self) -> String {
        match self {
            Value::Boolean(boolean) => boolean.to_string(),
            Value::Integer(integer) => integer.to_string(),
            Value::Number(number) => number.to_string(),
            Value::Text(text) => format!("\"{}\"", crate::syntax::shortened(text)),
            Value::Json(Json::Array(_)) => "a list".to_owned(),
            Value::Json(_) => "a table".to_owned(),
        }
    }
}
