//! What of a check people are told when it changes.

use std::collections::BTreeSet;

use runbook::Level;
use runbook::verdict::{CheckCell, Finding};

/// A check of one unit as one look found it.
#[derive(Clone, Debug, PartialEq)]
pub struct Stand {
    pub level: Level,
    pub why: Option<String>,
    pub findings: Vec<Finding>,
}

impl Stand {
    pub fn of(cell: &CheckCell) -> Stand {
        Stand { level: cell.verdict, why: cell.why.clone(), findings: cell.findings.clone() }
    }

    /// Whether this is another state of things than `before`: another level, other findings, another reason why it is
    /// unknown. Numbers alone (a lag that grows, a time that was waited) are no change.
    pub fn differs(&self, before: &Stand) -> bool {
        self.level != before.level
            || self.places() != before.places()
            || (self.level == Level::Unknown && self.reason() != before.reason())
    }

    /// The change in words, without the check's name; `None`: nothing to tell.
    pub fn told(&self, before: &Stand) -> Option<String> {
        if !self.differs(before) {
            return None;
        }
        if self.level != before.level {
            let said = self.said().map_or(String::new(), |said| format!(": {said}"));
            return Some(format!("{} -> {}{said}", before.level, self.level));
        }
        let (now, then) = (self.places(), before.places());
        let mut parts = Vec::new();
        let new: Vec<&Finding> =
            self.findings.iter().filter(|finding| !then.contains(&place(finding))).collect();
        if let Some(first) = new.first() {
            parts.push(format!("new: {}{}", found(first), more(new.len())));
        }
        let gone: Vec<String> =
            then.difference(&now).map(|(code, subject)| format!("{code} {subject}")).collect();
        if let Some(first) = gone.first() {
            parts.push(format!("gone: {first}{}", more(gone.len())));
        }
        if parts.is_empty() {
            parts.extend(self.said());
        }
        Some(format!("still {}: {}", self.level, parts.join("; ")))
    }

    /// The first finding, or the reason.
    pub fn said(&self) -> Option<String> {
        match self.findings.first() {
            Some(first) => Some(format!("{}{}", found(first), more(self.findings.len()))),
            None => self.why.clone().filter(|_| self.level != Level::Green),
        }
    }

    fn places(&self) -> BTreeSet<(&str, &str)> {
        self.findings.iter().map(place).collect()
    }

    /// The reason without its numbers.
    fn reason(&self) -> String {
        self.why.iter().flat_map(|why| why.chars()).filter(|c| !c.is_ascii_digit()).collect()
    }
}

fn place(finding: &Finding) -> (&str, &str) {
    (&finding.code, &finding.subject)
}

fn found(finding: &Finding) -> String {
    let Finding { code, subject, expected, actual, .. } = finding;
    format!("{code} {subject}: expected {expected}, found {actual}")
}

fn more(of: usize) -> String {
    if of > 1 { format!(" (and {} more)", of - 1) } else { String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn red(subjects: &[(&str, u32)]) -> Stand {
        let finding = |(subject, lag): &(&str, u32)| {
            Finding::new("CUT2121", *subject, "a lag below 10", format!("a lag of {lag}"), "wait")
        };
        Stand { level: Level::Red, why: None, findings: subjects.iter().map(finding).collect() }
    }

    fn green() -> Stand {
        Stand { level: Level::Green, why: None, findings: Vec::new() }
    }

    fn unknown(why: &str) -> Stand {
        Stand { level: Level::Unknown, why: Some(why.to_owned()), findings: Vec::new() }
    }

    #[test]
    fn another_level_is_told_with_its_first_finding() {
        assert_eq!(
            red(&[("group g", 500), ("group h", 7)]).told(&green()).unwrap(),
            "green -> red: CUT2121 group g: expected a lag below 10, found a lag of 500 (and 1 more)"
        );
        assert_eq!(green().told(&red(&[("group g", 1)])).unwrap(), "red -> green");
        assert_eq!(
            unknown("no broker of target answers").told(&green()).unwrap(),
            "green -> unknown: no broker of target answers"
        );
    }

    #[test]
    fn numbers_alone_are_no_change_and_other_places_are() {
        let before = red(&[("group g", 500)]);
        assert_eq!(red(&[("group g", 900)]).told(&before), None);
        assert_eq!(unknown("timed out after 12 s").told(&unknown("timed out after 9 s")), None);
        assert_eq!(
            red(&[("group h", 3)]).told(&before).unwrap(),
            "still red: new: CUT2121 group h: expected a lag below 10, found a lag of 3; gone: CUT2121 group g"
        );
        assert_eq!(
            unknown("not authorised").told(&unknown("timed out")).unwrap(),
            "still unknown: not authorised"
        );
        // A finding that went while the level stayed is told, although nothing new is there to show.
        assert_eq!(
            red(&[("group g", 1)]).told(&red(&[("group g", 1), ("group h", 1)])).unwrap(),
            "still red: gone: CUT2121 group h"
        );
    }
}
