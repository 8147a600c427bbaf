use std::borrow::Cow;

use serde_json::Value;

/// Writes every character that is invisible, moves the cursor, reorders text or is illegal in XML as `\u{…}`, and line
/// breaks and tabs as `\n`, `\r`, `\t`: one value stays one line, and what is there can be seen. Idempotent.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match character {
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            hidden if is_hidden(hidden) => shown.push_str(&format!("\\u{{{:x}}}", u32::from(hidden))),
            plain => shown.push(plain),
        }
    }
    Cow::Owned(shown)
}

/// A JSON value with `inert` applied to every string and key.
pub fn each_text(value: Value, inert: &impl Fn(&str) -> String) -> Value {
    match value {
        Value::String(text) => Value::String(inert(&text)),
        Value::Array(values) => {
            Value::Array(values.into_iter().map(|value| each_text(value, inert)).collect())
        }
        Value::Object(fields) => Value::Object(
            fields.into_iter().map(|(name, value)| (inert(&name), each_text(value, inert))).collect(),
        ),
        plain => plain,
    }
}

/// Control, format, separator and non-characters. Ordinary spaces, letters of all scripts and emoji stay.
pub(super) fn is_hidden(character: char) -> bool {
    matches!(character,
        '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}'          // C0, DEL, C1 (8-bit escape sequences)
        | '\u{ad}' | '\u{34f}' | '\u{61c}'                // soft hyphen, grapheme joiner, Arabic letter mark
        | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' // Hangul fillers: letters without a shape
        | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}'                         // zero width, direction marks
        | '\u{2028}'..='\u{202e}'                         // line and paragraph separators, direction overrides
        | '\u{2060}'..='\u{206f}'                         // invisible operators, direction isolates
        | '\u{feff}' | '\u{fff0}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}'                       // tags: text inside text
        | '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}' // private use: shows whatever a font wants
    ) || (u32::from(character) & 0xfffe) == 0xfffe
        || matches!(character, '\u{fdd0}'..='\u{fdef}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_characters_are_written_out_and_others_stay() {
        assert_eq!(visible("a\u{1b}]0;x\u{7}b"), "a\\u{1b}]0;x\\u{7}b");
        assert_eq!(visible("one\ntwo\tthree\r"), "one\\ntwo\\tthree\\r");
        assert_eq!(visible("pay\u{202e}tnem"), "pay\\u{202e}tnem");
        assert_eq!(visible("\u{9b}31m\u{e0041}\u{1fffe}"), "\\u{9b}31m\\u{e0041}\\u{1fffe}");
        for plain in ["orders", "größe", "注文", "заказы", "👍🏽", "a b", "<script>"] {
            assert_eq!(visible(plain), plain);
        }
    }

    #[test]
    fn twice_is_once() {
        let once = visible("\u{1b}[2J\n").into_owned();
        assert_eq!(visible(&once), once);
    }
}
