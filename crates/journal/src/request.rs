use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What another process asks of the conductor of a run. It comes through the inbox, is journalled and then deleted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "request", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Request {
    /// Nothing new is begun until `resume`.
    Hold {
        by: String,
    },
    Resume {
        by: String,
    },
    /// Undo everything and end; before the commit point.
    StandDown {
        by: String,
    },
    /// Run a rollback plan; `None`: the only one.
    Rollback {
        plan: Option<String>,
        by: String,
    },
    /// A `manual` step is done.
    Done {
        step: String,
        facts: BTreeMap<String, serde_json::Value>,
        by: String,
    },
    /// Go, no-go or wait, at a gate, a sign-off or a trigger; `at: None`: wherever one is waited for.
    Vote {
        at: Option<String>,
        role: String,
        person: String,
        vote: Vote,
        signature: Option<String>,
    },
    /// Something a person signed, with its signature in armour.
    Sign {
        document: String,
        signature: String,
    },
    /// One of the two voices that open a gate against its checks.
    Override {
        gate: String,
        role: String,
        person: String,
        reason: String,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Vote {
    Go,
    NoGo,
    /// Not yet: takes an earlier vote of the same person back.
    Wait,
}

impl Request {
    /// For a line a person reads: `hold by ilse`.
    pub fn title(&self) -> String {
        match self {
            Request::Hold { by } => format!("hold, asked by {by}"),
            Request::Resume { by } => format!("resume, asked by {by}"),
            Request::StandDown { by } => format!("stand down, asked by {by}"),
            Request::Rollback { plan: Some(plan), by } => format!("rollback by {plan}, asked by {by}"),
            Request::Rollback { plan: None, by } => format!("rollback, asked by {by}"),
            Request::Done { step, by, .. } => format!("step {step} is done, says {by}"),
            Request::Vote { at, role, person, vote, .. } => {
                let at = at.as_ref().map_or(String::new(), |at| format!(" at {at}"));
                format!("{} by {person} as {role}{at}", vote.word())
            }
            Request::Sign { document, .. } => match crate::Statement::read(document) {
                Ok(statement) => statement.title(),
                Err(_) => "a signature".to_owned(),
            },
            Request::Override { gate, role, person, .. } => {
                format!("override of {gate} by {person} as {role}")
            }
        }
    }
}

impl Vote {
    pub fn word(self) -> &'static str {
        match self {
            Vote::Go => "go",
            Vote::NoGo => "no-go",
            Vote::Wait => "wait",
        }
    }
}
