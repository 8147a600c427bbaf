use super::Value;

/// What a plain scalar means: YAML's core schema, narrowed where the core schema surprises.
///
/// `yes`, `on`, `n` are text, as is a number with leading zeros or underscores. `Err` says why a number cannot be held.
pub(super) fn resolve(text: &str) -> Result<Value, String> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Ok(Value::Null),
        "true" | "True" | "TRUE" => return Ok(Value::Boolean(true)),
        "false" | "False" | "FALSE" => return Ok(Value::Boolean(false)),
        _ => {}
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let first = unsigned.as_bytes().first().copied().unwrap_or(b' ');
    if !(first.is_ascii_digit() || first == b'.') {
        return Ok(Value::Text(text.to_owned()));
    }
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return Err(format!("{text} is not a finite number"));
    }
    let radix = match text.get(..2) {
        Some("0x") => Some(16),
        Some("0o") => Some(8),
        _ => None,
    };
    if let Some(radix) = radix {
        let digits = &text[2..];
        if !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(radix)) {
            return i64::from_str_radix(digits, radix).map(Value::Integer).map_err(|_| too_large(text));
        }
        return Ok(Value::Text(text.to_owned()));
    }
    if unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
        if unsigned.len() > 1 && unsigned.starts_with('0') {
            return Ok(Value::Text(text.to_owned()));
        }
        return text.parse().map(Value::Integer).map_err(|_| too_large(text));
    }
    if is_float(unsigned) {
        return match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Value::Number(number)),
            _ => Err(too_large(text)),
        };
    }
    Ok(Value::Text(text.to_owned()))
}

/// Whether a plain scalar is read as text.
pub(crate) fn plain_is_text(text: &str) -> bool {
    matches!(resolve(text), Ok(Value::Text(_)))
}

fn too_large(text: &str) -> String {
    format!("the number {} is beyond what can be held (64 bits)", super::shortened(text))
}

/// `[0-9]+(\.[0-9]*)?` or `\.[0-9]+`, with an optional exponent.
fn is_float(text: &str) -> bool {
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    };
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let mantissa_ok = match mantissa.split_once('.') {
        Some((whole, fraction)) => {
            digits(whole) && digits(fraction) && !(whole.is_empty() && fraction.is_empty())
        }
        None => digits(mantissa) && !mantissa.is_empty(),
    };
    mantissa_ok
        && exponent.is_none_or(|exponent| {
            let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
            !exponent.is_empty() && digits(exponent)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_yaml_1_1_are_text() {
        for word in [
            "yes", "no", "on", "off", "y", "n", "Yes", "1_000", "0755", "12:30:45", "0x", "1.2.3", "5m", "-",
            ".",
        ] {
            assert_eq!(resolve(word), Ok(Value::Text(word.to_owned())), "{word}");
        }
    }

    #[test]
    fn numbers_of_the_core_schema() {
        for (text, value) in [
            ("0", Value::Integer(0)),
            ("-7", Value::Integer(-7)),
            ("+7", Value::Integer(7)),
            ("0x1F", Value::Integer(31)),
            ("0o17", Value::Integer(15)),
            ("1.50", Value::Number(1.5)),
            (".5", Value::Number(0.5)),
            ("1e3", Value::Number(1000.0)),
            ("~", Value::Null),
            ("TRUE", Value::Boolean(true)),
        ] {
            assert_eq!(resolve(text), Ok(value), "{text}");
        }
        for text in ["99999999999999999999", "-.inf", ".nan", "1e999", "0xFFFFFFFFFFFFFFFFFF"] {
            assert!(resolve(text).is_err(), "{text}");
        }
    }
}
