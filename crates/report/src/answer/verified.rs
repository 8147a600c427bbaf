use std::fmt::Write;

use schemars::JsonSchema;
use serde::Serialize;

/// What a run is, read offline (`cutover verify`). There is an answer only when everything that is there fits.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct VerifiedAnswer {
    pub run: String,
    /// The run came to its end: then no record but signatures can be missing behind it.
    pub whole: bool,
    /// `ended`, `no end: …`.
    pub end: String,
    pub records: u64,
    /// Hash (hex) of the last record. Kept elsewhere, it is the witness of all before it.
    pub head: String,
    /// Pieces of evidence that fit.
    pub evidence: usize,
    /// Copies of runbook files that fit the plan.
    pub copies: usize,
    /// Files of the plan whose copy is not there: the run is not whole.
    pub uncopied: Vec<String>,
    pub signatures: Vec<SignatureAnswer>,
    /// Records after the last signature: nobody's key stands for them.
    pub unsigned: u64,
    /// Files of evidence no record names.
    pub unnamed: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct SignatureAnswer {
    /// Number of its record.
    pub record: u64,
    /// `accept by mina as app_owner, signed`
    pub what: String,
    /// Why it counts for nothing in this run: it was carried over from an earlier one, and the plan does not declare this
    /// key for who says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undeclared: Option<String>,
}

impl VerifiedAnswer {
    pub fn text(&self) -> String {
        let mut text = format!(
            "{}\n{} records, {} pieces of evidence, {} copies: all fit\n",
            self.run, self.records, self.evidence, self.copies
        );
        for signature in &self.signatures {
            let _ =
                writeln!(text, "  record {}: {}", signature.record, crate::inert::terminal(&signature.what));
            if let Some(why) = &signature.undeclared {
                let _ = writeln!(
                    text,
                    "    carried over, and counts for nothing here: {}",
                    crate::inert::terminal(why)
                );
            }
        }
        let _ = match self.signatures.len() {
            0 => writeln!(text, "nobody has signed"),
            _ => writeln!(text, "{} records after the last signature", self.unsigned),
        };
        for path in &self.uncopied {
            let _ = writeln!(text, "the copy of {} is missing", crate::inert::terminal(path));
        }
        for name in &self.unnamed {
            let _ = writeln!(text, "evidence/{} is named by no record", crate::inert::terminal(name));
        }
        let _ = writeln!(text, "{}\nhead {}", crate::inert::terminal(&self.end), self.head);
        text.push_str("reports and scorecards are no part of it: `cutover report` renders them anew from what was read\n");
        text
    }
}
