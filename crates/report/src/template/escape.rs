use std::borrow::Cow;

use minijinja::value::Value;
use minijinja::{AutoEscape, Environment, Error, Output, State, escape_formatter};

use crate::inert;

const MARKDOWN: &str = "markdown";
const CSV: &str = "csv";
/// How `none` is read; the context says with it that there is no such thing.
pub(super) const NONE: &str = "–";

/// What a value is written into, known from the template's file name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sink {
    /// HTML, XML and SVG.
    Html,
    Markdown,
    Csv,
    Json,
    Plain,
}

impl Sink {
    /// A last `.j2`, `.jinja` or `.jinja2` does not count.
    pub fn of_name(name: &str) -> Sink {
        let lower = name.to_ascii_lowercase();
        let endings = [".j2", ".jinja2", ".jinja"];
        let bare = endings.iter().find_map(|ending| lower.strip_suffix(ending)).unwrap_or(&lower);
        match bare.rsplit('.').next() {
            Some("html" | "htm" | "xhtml" | "xml" | "svg") => Sink::Html,
            Some("md" | "markdown") => Sink::Markdown,
            Some("csv" | "tsv") => Sink::Csv,
            Some("json") => Sink::Json,
            _ => Sink::Plain,
        }
    }

    pub fn of(state: &State<'_, '_>) -> Sink {
        match state.auto_escape() {
            AutoEscape::Html => Sink::Html,
            AutoEscape::Json => Sink::Json,
            AutoEscape::Custom(name) if name == MARKDOWN => Sink::Markdown,
            AutoEscape::Custom(name) if name == CSV => Sink::Csv,
            _ => Sink::Plain,
        }
    }

    fn auto_escape(self) -> AutoEscape {
        match self {
            Sink::Html => AutoEscape::Html,
            Sink::Markdown => AutoEscape::Custom(Cow::Borrowed(MARKDOWN)),
            Sink::Csv => AutoEscape::Custom(Cow::Borrowed(CSV)),
            Sink::Json => AutoEscape::Json,
            Sink::Plain => AutoEscape::None,
        }
    }
}

/// Sets escaping by file name.
pub(super) fn install(environment: &mut Environment<'_>) {
    environment.set_auto_escape_callback(|name| Sink::of_name(name).auto_escape());
    environment.set_formatter(format);
}

fn format(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    let escaped = match Sink::of(state) {
        Sink::Csv if value.is_none() => "\"\"".to_owned(),
        Sink::Html | Sink::Markdown | Sink::Plain if value.is_none() => NONE.to_owned(),
        _ if value.is_safe() => value.to_string(),
        Sink::Markdown => inert::markdown(&value.to_string()),
        Sink::Csv => inert::csv(&value.to_string()),
        Sink::Plain => inert::log_commands(&value.to_string()),
        Sink::Html | Sink::Json => return escape_formatter(out, state, value),
    };
    out.write_str(&escaped).map_err(Error::from)
}

#[cfg(test)]
mod tests {
    use super::Sink;

    #[test]
    fn the_file_name_says_what_is_written() {
        for (name, sink) in [
            ("report.html", Sink::Html),
            ("REPORT.HTML.J2", Sink::Html),
            ("drawing.svg", Sink::Html),
            ("change.md.jinja", Sink::Markdown),
            ("offsets.csv", Sink::Csv),
            ("hook.json", Sink::Json),
            ("mail.txt", Sink::Plain),
            ("plain", Sink::Plain),
        ] {
            assert_eq!(Sink::of_name(name), sink, "{name}");
        }
    }
}
