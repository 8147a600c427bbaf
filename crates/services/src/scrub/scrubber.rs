use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, RwLock, RwLockReadGuard};

use serde_json::Value;

use super::known::Known;
use super::plain::plain;
use super::{MASK, shapes};
use crate::limits;

/// Masks secrets in text. Clones share what they know; whoever reads a secret tells it with [`learn`](Self::learn).
#[derive(Clone, Default)]
#[expect(missing_debug_implementations, reason = "it knows every secret")]
pub struct Scrubber(Arc<RwLock<Known>>);

impl Scrubber {
    /// From now on masks `value` in every form. Values shorter than four characters are not learned: they would mask
    /// ordinary text.
    pub fn learn(&self, value: &str) {
        if value.trim().len() < limits::SECRET_LEAST {
            return;
        }
        // What is behind the lock only grows; a panic of another thread cannot have spoilt it.
        self.0.write().unwrap_or_else(|poisoned| poisoned.into_inner()).learn(value);
    }

    /// Learns what looks like a credential in a text that holds some, such as a JAAS configuration.
    pub(crate) fn learn_credentials_in(&self, text: &str) {
        let found = shapes::find(text).into_iter().chain(shapes::userinfo(text));
        // What is as short as a word might be one.
        found.filter(|range| range.len() >= limits::SECRET_SHORT).for_each(|range| self.learn(&text[range]));
    }

    /// Masks known secrets and the user part of URLs. For our own text.
    pub fn mask<'t>(&self, text: &'t str) -> Cow<'t, str> {
        cover(text, self.ranges(text))
    }

    /// Masks that and everything that looks like a credential. For text others wrote.
    pub fn mask_foreign<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut ranges = self.ranges(text);
        ranges.append(&mut shapes::find(text));
        cover(text, ranges)
    }

    /// The first lines of foreign output: harmless to a terminal, masked, at most 2 KiB. `cut`: `bytes` are only the
    /// beginning; a secret may then be cut at their end, so the end is masked as well.
    pub fn excerpt(&self, bytes: &[u8], cut: bool) -> String {
        let text = plain(bytes);
        let text = text.trim();
        let mut ranges = self.ranges(text);
        ranges.append(&mut shapes::find(text));
        if cut {
            ranges.push(text.len().saturating_sub(self.known().tail())..text.len());
        }
        shorten(&cover(text, ranges), limits::EXCERPT)
    }

    /// Facts with every secret masked, in names, texts and digits; text under a name like `token` whole.
    pub(crate) fn facts(&self, facts: BTreeMap<String, Value>) -> BTreeMap<String, Value> {
        facts
            .into_iter()
            .map(|(name, value)| {
                let value = match value {
                    Value::String(_) if shapes::is_secret_name(&name) => MASK.into(),
                    Value::String(text) => Value::from(self.mask_foreign(&text).into_owned()),
                    Value::Number(number) => match self.mask(&number.to_string()) {
                        Cow::Borrowed(_) => Value::Number(number),
                        Cow::Owned(masked) => masked.into(),
                    },
                    other => other,
                };
                (self.mask(&name).into_owned(), value)
            })
            .collect()
    }

    fn known(&self) -> RwLockReadGuard<'_, Known> {
        self.0.read().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn ranges(&self, text: &str) -> Vec<Range<usize>> {
        let mut ranges = shapes::userinfo(text);
        ranges.append(&mut self.known().find(text));
        ranges
    }
}

/// `text` with the ranges, which may overlap and touch, each replaced by one mask.
fn cover(text: &str, mut ranges: Vec<Range<usize>>) -> Cow<'_, str> {
    ranges.retain(|range| !range.is_empty());
    if ranges.is_empty() {
        return Cow::Borrowed(text);
    }
    ranges.sort_by_key(|range| range.start);
    let mut out = String::with_capacity(text.len());
    let mut shown = 0;
    let mut masked_to = None;
    for range in ranges {
        // A pattern of bytes may begin or end inside a character.
        let (start, end) = (boundary_before(text, range.start), boundary_after(text, range.end));
        if masked_to.is_none_or(|to| start > to) {
            out.push_str(&text[shown..start]);
            out.push_str(MASK);
        }
        shown = shown.max(end);
        masked_to = Some(shown);
    }
    out.push_str(&text[shown..]);
    Cow::Owned(out)
}

/// At most `most` bytes, cut between characters.
fn shorten(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    format!("{}…", &text[..boundary_before(text, most - '…'.len_utf8())])
}

fn boundary_before(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn boundary_after(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at += 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlapping_and_touching_ranges_are_one_mask() {
        assert_eq!(cover("abcdef", vec![1..3, 2..4, 4..5]), "a***f");
        assert_eq!(cover("abcdef", vec![4..6, 0..1]), "***bcd***");
        assert_eq!(cover("aäbc", vec![2..3, 4..5]), "a***b***");
        assert_eq!(cover("abc", vec![]), "abc");
    }

    #[test]
    fn a_secret_cut_at_the_end_of_the_kept_bytes_is_not_shown() {
        let scrubber = Scrubber::default();
        scrubber.learn("Tr0ub4dor&3-horse");
        for cut in 1..17 {
            let text = format!("see {}", &"Tr0ub4dor&3-horse"[..cut]);
            let excerpt = scrubber.excerpt(text.as_bytes(), true);
            assert!(!excerpt.contains('T'), "{excerpt}");
        }
        assert_eq!(scrubber.excerpt(b"see Tr0u", false), "see Tr0u");
    }

    #[test]
    fn the_excerpt_is_bounded_after_masking() {
        let scrubber = Scrubber::default();
        scrubber.learn("Tr0ub4dor&3");
        let text = "Tr0ub4dor&3 ä ".repeat(20_000);
        let excerpt = scrubber.excerpt(text.as_bytes(), true);
        assert!(
            excerpt.len() <= limits::EXCERPT && excerpt.starts_with("*** ä ***") && excerpt.ends_with('…')
        );
    }

    #[test]
    fn facts_lose_secrets_and_nothing_else() {
        let scrubber = Scrubber::default();
        scrubber.learn("Tr0ub4dor&3");
        scrubber.learn("12345678");
        let facts = serde_json::json!({
            "missing": 0, "rate": 0.25, "ok": true, "text": "see Tr0ub4dor&3", "pin": 12345678, "none": null,
            "session_token": "nobody told us", "token_count": 3, "k_Tr0ub4dor&3": 1
        });
        let Value::Object(facts) = facts else { unreachable!() };
        let masked = serde_json::to_value(scrubber.facts(facts.into_iter().collect())).unwrap();
        assert_eq!(
            masked,
            serde_json::json!({
                "missing": 0, "rate": 0.25, "ok": true, "text": "see ***", "pin": "***", "none": null,
                "session_token": "***", "token_count": 3, "k_***": 1
            })
        );
    }

    #[test]
    fn what_is_too_short_to_hide_is_not_learned() {
        let scrubber = Scrubber::default();
        scrubber.learn("abc");
        scrubber.learn("  a\n");
        assert_eq!(scrubber.mask("abc a"), "abc a");
    }
}
