use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::rehearsal::Rehearsed;

/// What the file holds that `cutover rehearse` wrote.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RehearsalSeen {
    /// `None`: it could not be read as a rehearsal.
    pub rehearsed: Option<Box<Rehearsed>>,
    /// Why there is none (`it is not JSON: …`), else `None`.
    pub unreadable: Option<String>,
    #[serde(default)]
    pub journals: JournalsSeen,
}

/// Whether what the file says follows from the journals of the runs it names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum JournalsSeen {
    /// It does, to the last value.
    Fit,
    /// One is not there, or cannot be read.
    Unread { why: String },
    /// They say something else. `why` names the first thing.
    Differ { why: String },
}

impl Default for JournalsSeen {
    fn default() -> JournalsSeen {
        JournalsSeen::Unread { why: "its runs were not looked at".to_owned() }
    }
}
