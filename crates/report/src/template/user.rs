use std::collections::BTreeSet;
use std::io::{self, Write};

use minijinja::machinery::{Token, tokenize};
use minijinja::value::Serde;
use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior, Value};

use super::problem::Kind;
use super::{TemplateProblem, UserTemplate, built_in, escape, filters};
use crate::limits::{TEMPLATE_BYTES, TEMPLATE_FUEL, TEMPLATE_OUTPUT_BYTES, TEMPLATE_RECURSION};

/// Renders a user's template over the documented context. It can reach nothing else: no file, no environment, no
/// network, no other template; and no text of a run can leave its place, because escaping cannot be switched off.
pub(crate) fn user(template: &UserTemplate, context: &serde_json::Value) -> Result<String, TemplateProblem> {
    let problem = |kind, line, message: String| TemplateProblem::new(template, kind, line, message);
    if template.source.len() > TEMPLATE_BYTES {
        let message = format!("it has {} bytes, at most {TEMPLATE_BYTES} are read", template.source.len());
        return Err(problem(Kind::TooMuch, None, message));
    }
    let mut names = BTreeSet::new();
    collect_names(context, &mut names);
    let broken = |error: &Error| TemplateProblem::of(template, error).with_suggestion(names.iter().copied());
    let syntax = built_in::syntax().map_err(|error| broken(&error))?;
    if let Some(line) = autoescape_block(&template.source, syntax.clone()) {
        let message =
            "an `autoescape` block: a report shows text that others wrote, so escaping stays on".to_owned();
        return Err(problem(Kind::Refused, Some(line), message));
    }
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_syntax(syntax);
    // Errors then name the value that was not there.
    environment.set_debug(true);
    environment.set_fuel(Some(TEMPLATE_FUEL));
    environment.set_recursion_limit(TEMPLATE_RECURSION);
    escape::install(&mut environment);
    filters::install(&mut environment);
    environment.add_filter("safe", refuse_safe);
    environment.remove_global("debug");
    environment.add_template(&template.name, &template.source).map_err(|error| broken(&error))?;
    let compiled = environment.get_template(&template.name).map_err(|error| broken(&error))?;
    let mut page = Page(Vec::new());
    match compiled.render_captured_to(Value::from(Serde(context)), &mut page) {
        Ok(_) => Ok(String::from_utf8(page.0).expect("templates and contexts are UTF-8")),
        Err(error) if page.0.len() >= TEMPLATE_OUTPUT_BYTES => {
            let message = format!("it writes more than {TEMPLATE_OUTPUT_BYTES} bytes");
            Err(problem(Kind::TooMuch, error.line(), message))
        }
        Err(error) => Err(broken(&error)),
    }
}

/// Every name the context has somewhere.
fn collect_names<'a>(value: &'a serde_json::Value, names: &mut BTreeSet<&'a str>) {
    match value {
        serde_json::Value::Object(fields) => {
            names.extend(fields.keys().map(String::as_str));
            fields.values().for_each(|value| collect_names(value, names));
        }
        serde_json::Value::Array(values) => values.iter().for_each(|value| collect_names(value, names)),
        _ => {}
    }
}

/// The message [`TemplateProblem::of`] knows a refusal by.
pub(super) const SAFE_REFUSED: &str =
    "the filter `safe`: a report shows text that others wrote, so nothing is taken for safe";

fn refuse_safe(_: Value) -> Result<Value, Error> {
    Err(Error::new(ErrorKind::InvalidOperation, SAFE_REFUSED))
}

/// The line of the first `{% autoescape … %}`.
fn autoescape_block(source: &str, syntax: minijinja::syntax::SyntaxConfig) -> Option<usize> {
    let mut begun = false;
    for token in tokenize(source, false, syntax) {
        // What cannot be read is told by the compiler, with more words.
        let (token, span) = token.ok()?;
        if begun && matches!(token, Token::Ident("autoescape")) {
            return Some(span.start_line as usize);
        }
        begun = matches!(token, Token::BlockStart);
    }
    None
}

/// What was written so far, up to the limit.
struct Page(Vec<u8>);

impl Write for &mut Page {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > TEMPLATE_OUTPUT_BYTES {
            // Filled up, so that whoever reads the error sees what it was.
            self.0.resize(TEMPLATE_OUTPUT_BYTES, b' ');
            return Err(io::Error::other("too much output"));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
