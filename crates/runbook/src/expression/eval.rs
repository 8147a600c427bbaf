use std::cmp::Ordering;

use super::term::{Arithmetic, Comparison, Term, TermKind};
use super::{Value, builtin, functions};
use crate::check::Facts;

/// `Err` says what cannot be told. Bounded by the size of the expression: there are no loops.
pub(super) fn eval(term: &Term, facts: &Facts) -> Result<Value, String> {
    match &term.kind {
        TermKind::Fact(name) => match facts.get(name) {
            Some(fact) => Value::from_json(fact).map_err(|why| format!("fact `{name}` {why}")),
            None => Err(format!("fact `{name}` is missing")),
        },
        TermKind::Literal(value) => Ok(value.clone()),
        TermKind::List(items) => {
            let items =
                items.iter().map(|item| Ok(eval(item, facts)?.to_json())).collect::<Result<_, String>>()?;
            Ok(Value::Json(serde_json::Value::Array(items)))
        }
        TermKind::Not(of) => Ok(Value::Boolean(!truth(of, facts)?)),
        TermKind::Negative(of) => match eval(of, facts)? {
            Value::Integer(integer) => Ok(Value::Integer(-integer)),
            Value::Number(number) => Ok(Value::Number(-number)),
            other => Err(format!("{} cannot be negative", other.describe())),
        },
        // Both sides are looked at, so that an operation that cannot be told is never hidden by the other side.
        TermKind::And(left, right) => {
            let (left, right) = (truth(left, facts), truth(right, facts));
            Ok(Value::Boolean(left? & right?))
        }
        TermKind::Or(left, right) => {
            let (left, right) = (truth(left, facts), truth(right, facts));
            Ok(Value::Boolean(left? | right?))
        }
        TermKind::Arithmetic(operation, left, right) => {
            arithmetic(*operation, &eval(left, facts)?, &eval(right, facts)?)
        }
        TermKind::Compare(first, rest) => {
            let mut left = eval(first, facts)?;
            let mut holds = true;
            for (comparison, right) in rest {
                let right = eval(right, facts)?;
                holds &= compare(*comparison, &left, &right)?;
                left = right;
            }
            Ok(Value::Boolean(holds))
        }
        TermKind::If { condition, then, otherwise } => {
            if truth(condition, facts)? {
                eval(then, facts)
            } else {
                eval(otherwise, facts)
            }
        }
        TermKind::Filter { name, of, arguments } => {
            functions::filter(name, eval(of, facts)?, &all(arguments, facts)?)
        }
        TermKind::Test { name, of, arguments } => {
            builtin::run(name, true, &eval(of, facts)?, &all(arguments, facts)?)
        }
        TermKind::Attribute(of, key) => functions::attribute(&eval(of, facts)?, &eval(key, facts)?),
        TermKind::Call { name, arguments } => functions::call(name, &all(arguments, facts)?),
    }
}

fn all(terms: &[Term], facts: &Facts) -> Result<Vec<Value>, String> {
    terms.iter().map(|term| eval(term, facts)).collect()
}

fn truth(term: &Term, facts: &Facts) -> Result<bool, String> {
    match eval(term, facts)? {
        Value::Boolean(boolean) => Ok(boolean),
        other => Err(format!("{} is not true or false", other.describe())),
    }
}

#[expect(clippy::cast_precision_loss, reason = "a number beside an integer is compared as a number")]
fn float(integer: i128) -> f64 {
    integer as f64
}

fn arithmetic(operation: Arithmetic, left: &Value, right: &Value) -> Result<Value, String> {
    let cannot = || format!("{} {} {} cannot be told", left.describe(), operation.sign(), right.describe());
    match (left, right) {
        (Value::Integer(a), Value::Integer(b)) => {
            let result = match operation {
                Arithmetic::Add => a.checked_add(*b),
                Arithmetic::Subtract => a.checked_sub(*b),
                Arithmetic::Multiply => a.checked_mul(*b),
                Arithmetic::FloorDivide => a.checked_div_euclid(*b),
                Arithmetic::Remainder => a.checked_rem_euclid(*b),
                Arithmetic::Power => u32::try_from(*b).ok().and_then(|b| a.checked_pow(b)),
                Arithmetic::Divide => return numbers(operation, float(*a), float(*b)).ok_or_else(cannot),
                Arithmetic::Concatenate => return Err(cannot()),
            };
            // Beyond 64 bits nothing that was measured remains meaningful.
            result.filter(|result| i64::try_from(*result).is_ok()).map(Value::Integer).ok_or_else(cannot)
        }
        (Value::Integer(a), Value::Number(b)) => numbers(operation, float(*a), *b).ok_or_else(cannot),
        (Value::Number(a), Value::Integer(b)) => numbers(operation, *a, float(*b)).ok_or_else(cannot),
        (Value::Number(a), Value::Number(b)) => numbers(operation, *a, *b).ok_or_else(cannot),
        (Value::Text(a), Value::Text(b))
            if matches!(operation, Arithmetic::Add | Arithmetic::Concatenate) =>
        {
            Ok(Value::Text(format!("{a}{b}")))
        }
        _ => Err(cannot()),
    }
}

fn numbers(operation: Arithmetic, a: f64, b: f64) -> Option<Value> {
    let result = match operation {
        Arithmetic::Add => a + b,
        Arithmetic::Subtract => a - b,
        Arithmetic::Multiply => a * b,
        Arithmetic::Divide => a / b,
        Arithmetic::FloorDivide => (a / b).floor(),
        Arithmetic::Remainder => a.rem_euclid(b),
        Arithmetic::Power => a.powf(b),
        Arithmetic::Concatenate => return None,
    };
    Value::number(result).ok()
}

fn compare(comparison: Comparison, left: &Value, right: &Value) -> Result<bool, String> {
    if matches!(comparison, Comparison::In | Comparison::NotIn) {
        let held = contains(right, left)?;
        return Ok(held == (comparison == Comparison::In));
    }
    let cannot = || format!("{} {} {} cannot be told", left.describe(), comparison.sign(), right.describe());
    if let (Value::Boolean(_), Value::Boolean(_)) | (Value::Json(_), Value::Json(_)) = (left, right) {
        return match comparison {
            Comparison::Equal => Ok(left == right),
            Comparison::NotEqual => Ok(left != right),
            _ => Err(cannot()),
        };
    }
    let order = match (left, right) {
        (Value::Integer(a), Value::Integer(b)) => a.cmp(b),
        (Value::Integer(a), Value::Number(b)) => float(*a).partial_cmp(b).ok_or_else(cannot)?,
        (Value::Number(a), Value::Integer(b)) => a.partial_cmp(&float(*b)).ok_or_else(cannot)?,
        (Value::Number(a), Value::Number(b)) => a.partial_cmp(b).ok_or_else(cannot)?,
        (Value::Text(a), Value::Text(b)) => a.cmp(b),
        _ => return Err(cannot()),
    };
    Ok(match comparison {
        Comparison::Equal => order == Ordering::Equal,
        Comparison::NotEqual => order != Ordering::Equal,
        Comparison::Less => order == Ordering::Less,
        Comparison::LessOrEqual => order != Ordering::Greater,
        Comparison::Greater => order == Ordering::Greater,
        Comparison::GreaterOrEqual => order != Ordering::Less,
        Comparison::In | Comparison::NotIn => return Err(cannot()),
    })
}

fn contains(whole: &Value, part: &Value) -> Result<bool, String> {
    match (whole, part) {
        (Value::Text(whole), Value::Text(part)) => Ok(whole.contains(part.as_str())),
        (Value::Json(serde_json::Value::Array(items)), part) => {
            for item in items {
                let item = Value::from_json(item).map_err(|why| format!("an item of the list {why}"))?;
                if compare(Comparison::Equal, &item, part)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        (Value::Json(serde_json::Value::Object(entries)), Value::Text(key)) => Ok(entries.contains_key(key)),
        _ => Err(format!("whether {} holds {} cannot be told", whole.describe(), part.describe())),
    }
}
