//! The forms in which a secret turns up in other text: as it is, escaped, encoded.
//!
//! Letters are compared without regard to case, so upper and lower hex and percent signs are one form.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};

/// A shorter pattern would be found by chance in ordinary text.
pub const LEAST: usize = 4;
/// Forms of this length and more are searched in overlapping pieces, since encoders wrap long lines (base64 at 64 or 76) and
/// programs cut them.
const LONG: usize = 40;
pub const PIECE: usize = 12;
/// So every run of `PIECE + STRIDE - 1` characters of a long form holds a piece.
pub const STRIDE: usize = 4;

/// Every pattern that gives `value` away.
pub fn of(value: &str) -> BTreeSet<Vec<u8>> {
    let mut patterns = BTreeSet::new();
    whole(value, &mut patterns);
    whole(value.trim(), &mut patterns);
    if value.contains('\n') {
        // A PEM key is quoted line by line; its armour is no secret.
        let lines = || value.lines().map(str::trim).filter(|line| !line.starts_with("-----"));
        lines().filter(|line| line.len() >= 2 * LEAST).for_each(|line| whole(line, &mut patterns));
        whole(&lines().collect::<String>(), &mut patterns);
    }
    patterns
}

fn whole(value: &str, patterns: &mut BTreeSet<Vec<u8>>) {
    let json = json(value);
    let percent = percent(value, b"-._~");
    let mut forms = BTreeSet::from([
        value.to_owned(),
        json_ascii(value),
        self::json(&json),
        json.replace('/', "\\/"),
        json,
        percent.replace("%20", "+"),
        self::percent(&percent, b"-._~"),
        percent,
        self::percent(value, b"-._~!*'()"),
        self::percent(value, b"-._~!*'();/?:@&=+$,#"),
        html(value, "&#39;"),
        html(value, "&#x27;"),
        html(value, "&apos;"),
        value.escape_debug().to_string(),
        value.escape_default().to_string(),
        value.replace('\'', "'\\''"),
        java(value),
        hex(value.as_bytes()),
        value.bytes().map(|byte| format!("%{byte:02x}")).collect(),
        STANDARD.encode(value),
        URL_SAFE.encode(value),
    ]);
    for shift in 0..3 {
        forms.insert(base64(value.as_bytes(), shift, &STANDARD_NO_PAD));
        forms.insert(base64(value.as_bytes(), shift, &URL_SAFE_NO_PAD));
    }
    forms.iter().for_each(|form| add(form.as_bytes(), patterns));
}

fn add(form: &[u8], patterns: &mut BTreeSet<Vec<u8>>) {
    if form.len() >= LONG {
        let last = form.len() - PIECE;
        let starts = (0..last).step_by(STRIDE).chain([last]);
        patterns.extend(starts.map(|start| form[start..start + PIECE].to_vec()));
    } else if form.len() >= LEAST {
        patterns.insert(form.to_vec());
    }
}

fn json(value: &str) -> String {
    let quoted = serde_json::Value::from(value).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

/// JSON as encoders write it that keep to ASCII.
fn json_ascii(value: &str) -> String {
    let mut units = [0; 2];
    json(value)
        .chars()
        .map(|c| match c {
            ' '..='~' => c.to_string(),
            c => c.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")).collect(),
        })
        .collect()
}

/// Percent encoding of everything but letters, digits and `keep`.
fn percent(value: &str, keep: &[u8]) -> String {
    let mut text = String::new();
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || keep.contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

fn html(value: &str, apostrophe: &str) -> String {
    let value = value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    value.replace('"', "&quot;").replace('\'', apostrophe)
}

/// As a `.properties` file escapes it.
fn java(value: &str) -> String {
    value.chars().flat_map(|c| ":=#!\\ ".contains(c).then_some('\\').into_iter().chain([c])).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The part of `bytes` in base64 that does not depend on what stands before and after, when `shift` bytes stand before
/// it in a group of three (`user:` before a password in a Basic header).
fn base64(bytes: &[u8], shift: usize, engine: &impl Engine) -> String {
    let mut padded = vec![0; shift];
    padded.extend_from_slice(bytes);
    let text = engine.encode(&padded);
    let from = [0, 2, 3][shift];
    let to = text.len() - usize::from(!padded.len().is_multiple_of(3));
    text.get(from..to).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_found_at_every_alignment() {
        for before in ["", "u", "us", "use", "user:"] {
            for after in ["", "x", "xy", "xyz"] {
                let text = STANDARD.encode(format!("{before}Tr0ub4dor&3{after}"));
                let found = of("Tr0ub4dor&3").into_iter().any(|pattern| {
                    text.as_bytes().windows(pattern.len()).any(|window| window == pattern.as_slice())
                });
                assert!(found, "{before}|{after}: {text}");
            }
        }
    }

    #[test]
    fn nothing_short_becomes_a_pattern() {
        for value in ["", "a", "abc", "   ", "\n\n"] {
            assert!(of(value).iter().all(|pattern| pattern.len() >= LEAST), "{value:?}");
        }
    }
}
