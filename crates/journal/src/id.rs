use jiff::{Timestamp, tz::TimeZone};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::limits;

/// Name of a run and of its folder: `20261206T004501Z-settlement-k3f9q`. Sorts by time, says what it was, never repeats.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct RunId(String);

impl RunId {
    /// An id for a run of the runbook `name` that starts at `at`. Its end is random, so that two runs of one second
    /// differ.
    pub fn new(at: Timestamp, name: &str) -> RunId {
        let time = at.to_zoned(TimeZone::UTC).strftime("%Y%m%dT%H%M%SZ");
        RunId(format!("{time}-{}-{}", readable(name), random()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether `text` has the form of a run id. Only such names are taken for runs in a runs folder.
    pub fn is_one(text: &str) -> bool {
        let bytes = text.as_bytes();
        bytes.len() > 17
            && bytes[..8].iter().all(u8::is_ascii_digit)
            && bytes[8] == b'T'
            && bytes[9..15].iter().all(u8::is_ascii_digit)
            && &bytes[15..17] == b"Z-"
            && bytes[17..].iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
    }

    /// The part of an id that says when: two ids with the same part started in the same second.
    pub(crate) fn second(text: &str) -> &str {
        text.get(..16).unwrap_or(text)
    }
}

impl std::fmt::Display for RunId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(&self.0)
    }
}

/// `name` in letters that are safe in a file name and a shell.
fn readable(name: &str) -> String {
    let mut text = String::new();
    for letter in name.chars().map(|letter| letter.to_ascii_lowercase()) {
        if letter.is_ascii_alphanumeric() {
            text.push(letter);
        } else if !text.ends_with('-') && !text.is_empty() {
            text.push('-');
        }
        if text.len() == limits::NAME_IN_ID {
            break;
        }
    }
    match text.trim_end_matches('-') {
        "" => "run".to_owned(),
        text => text.to_owned(),
    }
}

/// Five letters and digits without look-alikes.
fn random() -> String {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut bytes = [0_u8; 5];
    // The call can only fall short on a kernel without entropy; the id is then merely less random, and creating the
    // folder refuses one that exists.
    let _ = rustix::rand::getrandom(&mut bytes, rustix::rand::GetRandomFlags::empty());
    bytes.iter().map(|byte| LETTERS[usize::from(byte % 32)] as char).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_readable_sort_by_time_and_differ() {
        let early: Timestamp = "2026-12-06T00:45:01Z".parse().unwrap();
        let late: Timestamp = "2026-12-06T00:45:02Z".parse().unwrap();
        let first = RunId::new(early, "Order settlement / EU");
        assert!(first.as_str().starts_with("20261206T004501Z-order-settlement-eu-"), "{first}");
        assert!(RunId::is_one(first.as_str()));
        assert!(first < RunId::new(late, "a"));
        assert_ne!(first, RunId::new(early, "Order settlement / EU"));
    }

    #[test]
    fn a_hostile_name_makes_no_path() {
        let at: Timestamp = "2026-12-06T00:45:01Z".parse().unwrap();
        for name in ["../../etc", "", "\u{202e}gnp", "a\0b", &"x".repeat(500)] {
            let id = RunId::new(at, name);
            assert!(RunId::is_one(id.as_str()), "{id}");
            assert!(id.as_str().len() < 80, "{id}");
        }
        assert!(!RunId::is_one("20261206T004501Z-../x"));
        assert!(!RunId::is_one("last"));
    }
}
