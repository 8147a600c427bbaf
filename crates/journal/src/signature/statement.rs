use std::collections::BTreeMap;

use jiff::Timestamp;
use runbook::Dimension;
use runbook::verdict::Decision;
use runbook::verdict::scorecard::AcceptedCheck;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{RunId, Vote};

/// The format this version writes.
const FORMAT: &str = "cutover/statement/v1";

/// What a person signs. It names the run, the journal up to where it was read, plan and environment, so it fits nowhere
/// else.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    pub format: String,
    pub run: RunId,
    pub journal: Anchor,
    /// The runbook's name.
    pub runbook: String,
    pub environment: String,
    pub plan_digest: String,
    pub environment_digest: String,
    pub role: String,
    pub by: String,
    pub at: Timestamp,
    pub says: Says,
}

/// The journal as the signer saw it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Anchor {
    /// Number of records; at least one.
    pub records: u64,
    /// Hash of the last of them.
    pub head: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "what", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Says {
    /// Yes or no to what was found.
    Scorecard {
        decision: Decision,
        reason: Option<String>,
        expires: Option<Timestamp>,
        /// The `sign-off` step it answers.
        sign_off: Option<String>,
        accepts: Vec<Accepts>,
    },
    /// A vote at a gate, a sign-off or a trigger.
    Vote { at: Option<String>, vote: Vote },
}

/// One dimension of one unit as it was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Accepts {
    pub unit: String,
    pub dimension: Dimension,
    pub checks: BTreeMap<String, AcceptedCheck>,
    /// SHA-256 (hex) of the evidence seen, sorted.
    pub evidence: Vec<String>,
}

impl Statement {
    pub fn format() -> String {
        FORMAT.to_owned()
    }

    /// What is signed: indented JSON, with a line end, so that a person can read what they sign.
    pub fn document(&self) -> String {
        let mut text =
            serde_json::to_string_pretty(self).expect("a statement is plain data and always serialises");
        text.push('\n');
        text
    }

    /// The statement of a document, which must be in the very form [`document`](Statement::document) writes: nothing in
    /// it may be read in two ways.
    pub fn read(document: &str) -> Result<Statement, String> {
        let statement: Statement =
            serde_json::from_str(document).map_err(|error| format!("it is no statement: {error}"))?;
        if statement.format != FORMAT {
            return Err(format!("it has the format `{}`", statement.format));
        }
        if statement.document() != document {
            return Err("it is not written as statements are".to_owned());
        }
        Ok(statement)
    }

    /// For a line a person reads: `accept by ilse as app_owner`.
    pub fn title(&self) -> String {
        let (what, place) = match &self.says {
            Says::Scorecard { decision, sign_off: Some(step), .. } => {
                (decision.word(), format!(" at {step}"))
            }
            Says::Scorecard { decision, .. } => (decision.word(), String::new()),
            Says::Vote { at: Some(at), vote } => (vote.word(), format!(" at {at}")),
            Says::Vote { at: None, vote } => (vote.word(), String::new()),
        };
        format!("{what} by {} as {}{place}, signed", self.by, self.role)
    }
}
