//! The syntax of a Java `.properties` file: comments, separators, continuation lines, escapes.

use super::limits;

/// One `key = value`, decoded, with the line it starts on (1-based).
#[derive(Clone, PartialEq, Eq)]
pub struct Entry {
    /// The decoded key.
    pub key: String,
    /// The decoded value. It may be a secret, so this type has no `Debug`.
    pub value: String,
    /// 1-based line of the key.
    pub line: u32,
}

/// Why a text is no `.properties` file. Says nothing about what the line holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Malformed {
    /// 1-based line.
    pub line: u32,
    /// What is wrong, without any of the text.
    pub what: &'static str,
}

/// Splits a text into its entries, in order, duplicates kept. Every malformed line is reported, not only the first.
pub fn entries(text: &str) -> (Vec<Entry>, Vec<Malformed>) {
    let mut found = Vec::new();
    let mut wrong = Vec::new();
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    for (line, logical) in logical_lines(text) {
        if found.len() >= limits::ENTRIES {
            wrong.push(Malformed { line, what: "more entries than a client configuration can have" });
            break;
        }
        let (key, value) = split(&logical);
        match (unescape(key), unescape(value)) {
            (Ok(key), Ok(value)) => {
                if key.contains('\0') || value.contains('\0') {
                    wrong.push(Malformed { line, what: "a NUL character" });
                } else {
                    found.push(Entry { key, value, line });
                }
            }
            (Err(what), _) | (_, Err(what)) => wrong.push(Malformed { line, what }),
        }
    }
    (found, wrong)
}

/// Joins continuation lines; drops blank lines and comments. A comment line cannot be continued.
fn logical_lines(text: &str) -> Vec<(u32, String)> {
    let mut logical: Vec<(u32, String)> = Vec::new();
    let mut open = false;
    for (index, natural) in natural_lines(text).enumerate() {
        let line = u32::try_from(index + 1).unwrap_or(u32::MAX);
        let body = natural.trim_start_matches([' ', '\t', '\x0c']);
        if !open && (body.is_empty() || body.starts_with(['#', '!'])) {
            continue;
        }
        let continues = ends_in_odd_backslashes(body);
        let body = if continues { &body[..body.len() - 1] } else { body };
        match logical.last_mut().filter(|_| open) {
            Some((_, joined)) => joined.push_str(body),
            None => logical.push((line, body.to_owned())),
        }
        open = continues;
    }
    logical
}

/// Lines ended by CR, LF or CR LF.
fn natural_lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        match text.find(['\n', '\r']) {
            Some(at) => {
                let skip = if text[at..].starts_with("\r\n") { 2 } else { 1 };
                rest = Some(&text[at + skip..]);
                Some(&text[..at])
            }
            None => {
                rest = None;
                Some(text)
            }
        }
    })
}

fn ends_in_odd_backslashes(body: &str) -> bool {
    body.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1
}

/// Splits at the first unescaped `=`, `:` or blank; blanks around one `=` or `:` belong to neither side.
fn split(logical: &str) -> (&str, &str) {
    let blank = |c: char| matches!(c, ' ' | '\t' | '\x0c');
    let mut escaped = false;
    let mut end = logical.len();
    for (at, c) in logical.char_indices() {
        if escaped {
            escaped = false;
        } else if c == '\\' {
            escaped = true;
        } else if blank(c) || c == '=' || c == ':' {
            end = at;
            break;
        }
    }
    let rest = logical[end..].trim_start_matches(blank);
    let rest = rest.strip_prefix(['=', ':']).map_or(rest, |after| after.trim_start_matches(blank));
    (&logical[..end], rest)
}

/// Resolves `\t \n \r \f \uXXXX`; any other escaped character stands for itself.
fn unescape(raw: &str) -> Result<String, &'static str> {
    if !raw.contains('\\') {
        return Ok(raw.to_owned());
    }
    let mut units: Vec<u16> = Vec::with_capacity(raw.len());
    let push = |c: char, units: &mut Vec<u16>| units.extend_from_slice(c.encode_utf16(&mut [0; 2]));
    let mut chars = raw.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            push(c, &mut units);
            continue;
        }
        match chars.next() {
            Some('t') => push('\t', &mut units),
            Some('n') => push('\n', &mut units),
            Some('r') => push('\r', &mut units),
            Some('f') => push('\x0c', &mut units),
            Some('u') => {
                let mut unit = 0u16;
                for _ in 0..4 {
                    let digit = chars.next().and_then(|c| c.to_digit(16));
                    let digit = digit.ok_or("a \\u escape needs four hexadecimal digits")?;
                    unit = unit << 4 | u16::try_from(digit).expect("a hexadecimal digit is below 16");
                }
                units.push(unit);
            }
            Some(other) => push(other, &mut units),
            None => {}
        }
    }
    String::from_utf16(&units).map_err(|_| "half of a surrogate pair in \\u escapes")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(String, String, u32)> {
        let (found, wrong) = entries(text);
        assert_eq!(wrong, []);
        found.into_iter().map(|entry| (entry.key, entry.value, entry.line)).collect()
    }

    fn pair(text: &str) -> (String, String) {
        let mut all = read(text);
        assert_eq!(all.len(), 1);
        let (key, value, _) = all.remove(0);
        (key, value)
    }

    #[test]
    fn separators() {
        for text in ["a=b", "a:b", "a b", "a = b", "a : b", "a\tb", "  a  =  b", "a\x0cb"] {
            assert_eq!(pair(text), ("a".into(), "b".into()), "{text:?}");
        }
        assert_eq!(pair("a==b"), ("a".into(), "=b".into()));
        assert_eq!(pair("a = = b"), ("a".into(), "= b".into()));
        assert_eq!(pair("a\\=b\\:c\\ d=e"), ("a=b:c d".into(), "e".into()));
        assert_eq!(pair("only"), ("only".into(), String::new()));
        assert_eq!(pair("a=b  "), ("a".into(), "b  ".into()), "trailing blanks belong to the value");
    }

    #[test]
    fn comments_blank_lines_and_line_ends() {
        let text = "# one\r\n! two\n\n   # three \\\na=1\rb=2\r\n\tc=3";
        let all = read(text);
        assert_eq!(
            all.iter().map(|(k, _, l)| (k.as_str(), *l)).collect::<Vec<_>>(),
            [("a", 5), ("b", 6), ("c", 7)]
        );
    }

    #[test]
    fn continuation() {
        assert_eq!(pair("a=one,\\\n   two,\\\r\n\tthree"), ("a".into(), "one,two,three".into()));
        assert_eq!(
            pair("a=one\\\\"),
            ("a".into(), "one\\".into()),
            "an even number of backslashes ends the line"
        );
        assert_eq!(pair("a=one\\\n# not a comment"), ("a".into(), "one# not a comment".into()));
        assert_eq!(pair("a=one\\"), ("a".into(), "one".into()), "a continuation with nothing after it");
        assert_eq!(pair("a=one\\\n\n"), ("a".into(), "one".into()));
    }

    #[test]
    fn escapes() {
        assert_eq!(pair(r"a=\t\n\r\f\\\q\u0041\ud83d\ude00"), ("a".into(), "\t\n\r\x0c\\qA😀".into()));
    }

    #[test]
    fn malformed_is_named_by_line_and_never_quoted() {
        let (found, wrong) = entries("ok=1\nb=hunter2\\u12\nc=\\ud800\nd=\\u0000\n");
        assert_eq!(found.len(), 1);
        assert_eq!(wrong.iter().map(|w| w.line).collect::<Vec<_>>(), [2, 3, 4]);
        assert!(wrong.iter().all(|w| !w.what.contains("hunter2")));
    }

    #[test]
    fn hostile_sizes() {
        let many = "k=v\n".repeat(limits::ENTRIES + 10);
        let (found, wrong) = entries(&many);
        assert_eq!((found.len(), wrong.len()), (limits::ENTRIES, 1));
        let deep = format!("a={}", "\\\n".repeat(200_000));
        assert_eq!(pair(&deep), ("a".into(), String::new()));
        let (found, _) = entries(&"\\".repeat(100_001));
        assert_eq!(found.len(), 1);
    }
}
