use std::collections::BTreeMap;

use jiff::Timestamp;
use runbook::Level;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::limits;

/// One look of a watch: a line of `history/YYYY-MM-DD.jsonl`, at most 64 KiB long.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sample {
    /// When the look began.
    pub at: Timestamp,
    /// From its beginning to the last verdict, in milliseconds.
    pub took_ms: u64,
    /// How often it was asked to look, in milliseconds; a look that takes longer makes the next one late.
    pub every_ms: u64,
    /// As the scorecard of this look says.
    pub overall: Level,
    /// Every check that was asked for, in the plan's order.
    pub checks: Vec<CheckSample>,
    /// Rollback triggers that have fired and whose check is still bad.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fired: Vec<String>,
    /// Checks that did not fit into the line; green ones go first.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub left_out: u32,
}

/// A check of one unit in one look.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckSample {
    pub unit: String,
    pub check: String,
    pub level: Level,
    /// Number of findings.
    pub findings: u32,
    /// Code and subject of the first finding.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<String>,
    /// Why it is unknown, or why it is no better; at most 200 bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// The largest value of each numeric fact over all that was looked at (`lag`, `behind`); milliseconds and bytes are
    /// whole numbers.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub numbers: BTreeMap<String, i64>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_zero(count: &u32) -> bool {
    *count == 0
}

impl Sample {
    /// For how many milliseconds after its beginning it tells how things are: a look that begins later follows a gap.
    pub fn trusted_ms(&self) -> u64 {
        self.every_ms.saturating_mul(2).saturating_add(self.took_ms)
    }

    /// The sample as its line, with the line end. What does not fit is left out in this order: numbers, reasons, checks
    /// that are green, the rest from the end.
    pub fn line(&self) -> String {
        let mut sample = self.clone();
        for check in &mut sample.checks {
            for text in [&mut check.first, &mut check.why].into_iter().flatten() {
                cut(text, limits::SAMPLE_TEXT);
            }
        }
        let fits = |sample: &Sample| Some(text(sample)).filter(|line| line.len() <= limits::SAMPLE);
        if let Some(line) = fits(&sample) {
            return line;
        }
        sample.checks.iter_mut().for_each(|check| check.numbers.clear());
        if let Some(line) = fits(&sample) {
            return line;
        }
        for check in &mut sample.checks {
            (check.first, check.why) = (None, None);
        }
        if let Some(line) = fits(&sample) {
            return line;
        }
        let all = sample.checks.len();
        sample.checks.sort_by_key(|check| std::cmp::Reverse(check.level));
        loop {
            sample.checks.truncate(sample.checks.len() / 2);
            sample.left_out = u32::try_from(all - sample.checks.len()).unwrap_or(u32::MAX);
            if let Some(line) = fits(&sample) {
                return line;
            }
        }
    }
}

fn text(sample: &Sample) -> String {
    let mut line = serde_json::to_string(sample).expect("a sample is plain data and always serialises");
    line.push('\n');
    line
}

/// Cuts a text to so many bytes, at a character.
fn cut(text: &mut String, most: usize) {
    if text.len() > most {
        let end = (0..=most - 3).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
        text.truncate(end);
        text.push('…');
    }
}
