use crate::limits::MAX_QUOTED_CHARS;

/// The user's own text, safe to print: control and direction characters escaped, long text cut.
pub fn shortened(text: &str) -> String {
    let mut out = String::new();
    for (count, character) in text.chars().enumerate() {
        if count == MAX_QUOTED_CHARS {
            out.push('…');
            break;
        }
        if character.is_control() || is_direction(character) || matches!(character, '\u{2028}' | '\u{2029}') {
            out.extend(character.escape_unicode());
        } else {
            out.push(character);
        }
    }
    out
}

/// [`shortened`] between backquotes.
pub fn quoted(text: &str) -> String {
    format!("`{}`", shortened(text))
}

/// Characters that change the direction or are not seen at all: text with them may read differently from what it says.
pub(super) fn is_direction(character: char) -> bool {
    matches!(character, '\u{061c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}
