use jiff::Timestamp;
use minijinja::value::{Value, ValueKind};
use minijinja::{Environment, Error, ErrorKind, HtmlEscape, State};
use runbook::verdict::Level;

use super::escape::{NONE, Sink};
use crate::human::{self, Separator};
use crate::inert;

/// Adds the filters that `docs/guides/templates.md` documents.
pub(super) fn install(environment: &mut Environment<'_>) {
    environment.add_filter("count", count);
    environment.add_filter("offset", offset);
    environment.add_filter("bytes", bytes);
    environment.add_filter("duration", duration);
    environment.add_filter("age", age);
    environment.add_filter("moment", moment);
    environment.add_filter("sign", sign);
    environment.add_filter("short", short);
    environment.add_filter("code", code);
    environment.add_filter("url", url);
    environment.add_filter("tojson", tojson);
}

fn wrong(what: &str, value: &Value) -> Error {
    Error::new(ErrorKind::InvalidOperation, format!("{what}, not {} `{value}`", value.kind()))
}

fn whole(value: &Value) -> Result<i128, Error> {
    i128::try_from(value.clone()).map_err(|_| wrong("this filter takes a whole number", value))
}

fn count(state: &State<'_, '_>, value: Value) -> Result<Value, Error> {
    if value.is_none() {
        return Ok(Value::from(NONE));
    }
    // A list or a map is counted, as the filter of that name does everywhere.
    let number = match value.kind() {
        ValueKind::Number => whole(&value)?,
        _ => value
            .len()
            .map(|len| len as i128)
            .ok_or_else(|| wrong("this filter takes a number or a list", &value))?,
    };
    Ok(match Sink::of(state) {
        // Programs read these two, and a program wants digits.
        Sink::Json | Sink::Csv => Value::from(number),
        _ => Value::from(human::count(number, Separator::Thin)),
    })
}

/// An offset: read like [`count`], but in HTML the digits are parted by spans, so that what is copied out of the page
/// into a command is the bare number.
fn offset(state: &State<'_, '_>, value: Value) -> Result<Value, Error> {
    if value.is_none() || Sink::of(state) != Sink::Html {
        return count(state, value);
    }
    let text = human::count(whole(&value)?, Separator::Comma);
    let (first, rest) = text.split_once(',').unwrap_or((&text, ""));
    let groups: String = rest
        .split(',')
        .filter(|group| !group.is_empty())
        .map(|group| format!("<span>{group}</span>"))
        .collect();
    Ok(Value::from_safe_string(format!("<span class=\"n\">{first}{groups}</span>")))
}

fn bytes(value: Value) -> Result<String, Error> {
    if value.is_none() {
        return Ok(NONE.to_owned());
    }
    u64::try_from(whole(&value)?).map(human::bytes).map_err(|_| wrong("bytes are zero or more", &value))
}

fn duration(value: Value) -> Result<String, Error> {
    if value.is_none() {
        return Ok(NONE.to_owned());
    }
    i64::try_from(whole(&value)?).map(human::duration).map_err(|_| wrong("too long for a duration", &value))
}

fn age(value: Value) -> Result<String, Error> {
    if value.is_none() {
        return Ok(NONE.to_owned());
    }
    u64::try_from(whole(&value)?).map(human::age).map_err(|_| wrong("an age is zero or more seconds", &value))
}

fn moment(value: Value) -> Result<String, Error> {
    if value.is_none() {
        return Ok(NONE.to_owned());
    }
    let at: Option<Timestamp> = value.as_str().and_then(|text| text.parse().ok());
    at.map(human::moment).ok_or_else(|| wrong("this filter takes a moment", &value))
}

fn sign(value: Value) -> Result<String, Error> {
    let levels = [Level::Green, Level::Yellow, Level::Unknown, Level::Red];
    let level = levels.into_iter().find(|level| value.as_str() == Some(level.word()));
    level.map(|level| level.sign().to_string()).ok_or_else(|| wrong("this filter takes a level", &value))
}

/// The first twelve characters of a digest: enough to compare by eye.
fn short(value: Value) -> String {
    if value.is_none() { NONE.to_owned() } else { value.to_string().chars().take(12).collect() }
}

/// An identifier set as code: `<code>` in HTML, back quotes in Markdown, as it is elsewhere.
fn code(state: &State<'_, '_>, value: Value) -> Value {
    let text = value.to_string();
    match Sink::of(state) {
        Sink::Html => Value::from_safe_string(format!("<code>{}</code>", HtmlEscape(&text))),
        Sink::Markdown => Value::from_safe_string(inert::markdown_code(&text)),
        _ => Value::from(text),
    }
}

/// An address that is safe to follow; anything else (`javascript:`, `data:`, a path) becomes `#`.
fn url(value: Value) -> String {
    let text = value.to_string();
    let lower = text.to_ascii_lowercase();
    let web = ["https://", "http://", "mailto:"].iter().any(|scheme| lower.starts_with(scheme));
    if web && !text.contains(char::is_whitespace) { text } else { "#".to_owned() }
}

/// JSON as text, then escaped like all text: in HTML it may stand in an attribute.
fn tojson(state: &State<'_, '_>, value: Value) -> Result<Value, Error> {
    let text =
        inert::json(&value).map_err(|error| Error::new(ErrorKind::BadSerialization, error.to_string()))?;
    let text = text.trim_end().to_owned();
    Ok(match Sink::of(state) {
        Sink::Json => Value::from_safe_string(text),
        _ => Value::from(text),
    })
}
