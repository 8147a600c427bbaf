/// `bytes` as text that does nothing to a terminal or a page: no escape sequences, no control characters but line ends
/// and tabs, no bidirectional overrides. Colour codes go first, since they could stand inside a secret.
pub fn plain(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\u{1b}' => skip_sequence(&mut chars),
            '\r' if chars.peek() == Some(&'\n') => {}
            '\r' => out.push('\n'),
            '\n' | '\t' => out.push(c),
            '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' => {}
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

/// Skips what follows an ESC: a control sequence, an operating system command up to its end, or one character.
fn skip_sequence(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    match chars.next() {
        Some('[') => while chars.next().is_some_and(|c| !('@'..='~').contains(&c)) {},
        Some(']' | 'P' | 'X' | '^' | '_') => loop {
            match chars.next() {
                None | Some('\u{7}') => break,
                Some('\u{1b}') => {
                    chars.next();
                    break;
                }
                Some(_) => {}
            }
        },
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_letters_lines_and_tabs_remain() {
        let hostile = b"a\x1b[31mb\x1b[0m\x1b]0;title\x07c\x1b]8;;http://x\x1b\\d\x00\x08\te\r\nf\rg\xffh\xe2\x80\xaei\x1b";
        assert_eq!(plain(hostile), "abcd\te\nf\ng\u{fffd}hi");
    }
}
