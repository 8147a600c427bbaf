use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use crate::error::Result;
use crate::files;

/// A Java properties file about to be written; a later value of a key replaces an earlier one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Properties(Vec<(String, String)>);

impl Properties {
    pub(crate) fn set(&mut self, key: &str, value: impl ToString) -> &mut Self {
        let value = value.to_string();
        match self.0.iter_mut().find(|(known, _)| known == key) {
            Some((_, old)) => *old = value,
            None => self.0.push((key.to_owned(), value)),
        }
        self
    }

    pub(crate) fn set_all(&mut self, extra: &BTreeMap<String, String>) -> &mut Self {
        for (key, value) in extra {
            self.set(key, value);
        }
        self
    }

    pub(crate) fn write(&self, path: &Path) -> Result<()> {
        files::write(path, &self.text())
    }

    fn text(&self) -> String {
        let mut text = String::new();
        for (key, value) in &self.0 {
            escape(&mut text, key, true);
            text.push('=');
            escape(&mut text, value, false);
            text.push('\n');
        }
        text
    }
}

/// Java reads these files as Latin-1 and takes a backslash, and in a key also `=`, `:` and blanks, for syntax.
fn escape(out: &mut String, text: &str, key: bool) {
    for (i, c) in text.chars().enumerate() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            ' ' if key || i == 0 => out.push_str("\\ "),
            '=' | ':' | '#' | '!' if key => {
                out.push('\\');
                out.push(c);
            }
            ' '..='~' => out.push(c),
            other => {
                for unit in other.encode_utf16(&mut [0; 2]) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_value_wins_and_java_reads_back_what_was_meant() {
        let mut properties = Properties::default();
        properties.set("a", 1).set("path", "/tmp/lüb c\\d").set("a", 2).set("k:=", " x y");
        assert_eq!(properties.text(), "a=2\npath=/tmp/l\\u00fcb c\\\\d\nk\\:\\==\\ x y\n");
    }
}
