//! An expansion as YAML: short lists and tables on one line, as people write steps, longer ones as blocks.

use std::fmt::Write;

use super::expansion::Place;
use super::part::{Body, Entry, Part};
use crate::syntax::{Value, plain_is_text};

/// Columns up to which a list or table stands on one line.
const ONE_LINE: usize = 116;

/// What is printed, and where each part of it came from.
#[derive(Default)]
pub(super) struct Printer {
    pub text: String,
    pub places: Vec<Place>,
}

impl Printer {
    /// The document: its entries always stand below each other.
    pub fn document(&mut self, document: &Part) {
        let start = self.text.len();
        self.block(document, 0, true);
        self.place(start, document);
    }

    fn place(&mut self, start: usize, part: &Part) {
        self.places.push(Place { range: start..self.text.len(), origin: part.origin.clone() });
    }

    /// The entries or items, each on lines of its own; the cursor is where the first begins.
    fn block(&mut self, part: &Part, indent: usize, top: bool) {
        match &part.body {
            Body::Table(entries) => {
                for (at, entry) in entries.iter().enumerate() {
                    if at > 0 {
                        self.line(indent);
                    }
                    self.key(entry);
                    self.value(&entry.value, indent, top && entry.value.entries().len() > 1);
                }
            }
            Body::List(items) => {
                for (at, item) in items.iter().enumerate() {
                    if at > 0 {
                        self.line(indent);
                    }
                    self.text.push_str("- ");
                    let start = self.text.len();
                    if width(item) + indent <= ONE_LINE || !opens(item) {
                        self.flow(item);
                    } else {
                        self.block(item, indent + 2, false);
                        self.place(start, item);
                    }
                }
            }
            Body::Scalar(_) => self.flow(part),
        }
        if top {
            self.text.push('\n');
        }
    }

    /// What stands behind a key.
    fn value(&mut self, part: &Part, indent: usize, spread: bool) {
        let one_line = width(part) + indent <= ONE_LINE && !spread && !part.items().iter().any(opens);
        if one_line || !opens(part) {
            self.text.push(' ');
            self.flow(part);
            return;
        }
        self.line(indent + 2);
        let start = self.text.len();
        self.block(part, indent + 2, false);
        self.place(start, part);
    }

    fn line(&mut self, indent: usize) {
        self.text.push('\n');
        self.text.extend(std::iter::repeat_n(' ', indent));
    }

    fn key(&mut self, entry: &Entry) {
        let start = self.text.len();
        self.text.push_str(&scalar(&Value::Text(entry.key.clone())));
        self.places.push(Place { range: start..self.text.len(), origin: entry.origin.clone() });
        self.text.push(':');
    }

    fn flow(&mut self, part: &Part) {
        let start = self.text.len();
        match &part.body {
            Body::Scalar(value) => self.text.push_str(&scalar(value)),
            Body::List(items) => {
                self.text.push('[');
                for (at, item) in items.iter().enumerate() {
                    if at > 0 {
                        self.text.push_str(", ");
                    }
                    self.flow(item);
                }
                self.text.push(']');
            }
            Body::Table(entries) if entries.is_empty() => self.text.push_str("{}"),
            Body::Table(entries) => {
                self.text.push_str("{ ");
                for (at, entry) in entries.iter().enumerate() {
                    if at > 0 {
                        self.text.push_str(", ");
                    }
                    self.key(entry);
                    self.text.push(' ');
                    self.flow(&entry.value);
                }
                self.text.push_str(" }");
            }
        }
        self.place(start, part);
    }
}

/// Whether it is a list or table with something in it.
fn opens(part: &Part) -> bool {
    !part.items().is_empty() || !part.entries().is_empty()
}

fn width(part: &Part) -> usize {
    let mut printer = Printer::default();
    printer.flow(part);
    printer.text.chars().count()
}

fn scalar(value: &Value) -> String {
    match value {
        Value::Boolean(boolean) => boolean.to_string(),
        Value::Integer(integer) => integer.to_string(),
        // With its point or exponent, so that it is read as what it was.
        Value::Number(number) => format!("{number:?}"),
        Value::Text(text) if is_plain(text) => text.clone(),
        Value::Text(text) => quoted(text),
        Value::Null | Value::Refused | Value::List(_) | Value::Table(_) => "null".to_owned(),
    }
}

/// Whether a text stands without quotes, within brackets too, and is read as text.
fn is_plain(text: &str) -> bool {
    let inner = |character: char| {
        character.is_ascii_alphanumeric() || matches!(character, '_' | '.' | '/' | '-' | ' ')
    };
    text.starts_with(|first: char| first.is_ascii_alphanumeric() || matches!(first, '_' | '.' | '/'))
        && !text.ends_with(' ')
        && text.chars().all(inner)
        && plain_is_text(text)
}

fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            // What is invisible, or ends a line in YAML, stays visible.
            _ if character.is_control() || matches!(u32::from(character), 0x200b..=0x206f | 0xfeff) => {
                let _ = write!(out, "\\U{:08x}", u32::from(character));
            }
            _ => out.push(character),
        }
    }
    out.push('"');
    out
}
