use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::check::counted;
use crate::world::Command;

/// What a step is about to do, as data. It is journalled with every way back before the first command is applied.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Changeset {
    pub changes: Vec<Change>,
    /// What a person should know beside: who else is affected, what was left as it is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// What was running before, by subject (`group settlement`, `producers`, `connector mirror`): what the way back has
    /// to see running again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub running: Vec<String>,
    /// Where groups stood on the target when this was proposed: by group, the offset by `topic-partition`. Whoever goes on
    /// there afterwards is found by it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub stood: BTreeMap<String, BTreeMap<String, i64>>,
    /// A person applies it with Kafka's own tools, which write no text beside a commit.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_hand: bool,
}

/// One command and its way back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Change {
    pub command: Command,
    pub undo: WayBack,
}

/// How a command is taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WayBack {
    Command(Command),
    /// There is none, and the runbook says why.
    None {
        why: String,
    },
}

/// Why an action proposes nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Refusal {
    /// What was seen, with cluster, group, topic, partition and values.
    pub why: String,
    /// What to do.
    pub next: String,
    /// True: it could not be measured, and looking again may help. False: it was measured and stands against it.
    pub unmeasured: bool,
}

impl Changeset {
    pub fn new(changes: impl IntoIterator<Item = Change>) -> Changeset {
        Changeset { changes: changes.into_iter().collect(), ..Changeset::default() }
    }

    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// As a person applies it, with what their tools cannot do.
    pub fn by_hand(mut self) -> Changeset {
        self.by_hand = true;
        for change in &self.changes {
            let Command::SetCommits { side, group, commits } = &change.command else { continue };
            let texts = commits.iter().filter_map(|commit| commit.to.as_ref());
            let lost = texts.filter(|to| !to.metadata.is_empty()).count();
            if lost > 0 {
                let commits = counted(i64::try_from(lost).unwrap_or(i64::MAX), "commit");
                self.notes.push(format!(
                    "the text beside {commits} of group {group} on {side} is lost: kafka-consumer-groups writes none"
                ));
            }
        }
        self
    }

    /// Adds what a person should know.
    pub fn note(mut self, note: impl Into<String>) -> Changeset {
        self.notes.push(note.into());
        self
    }
}

impl Change {
    /// A guarded command, taken back by its inverse.
    ///
    /// # Errors
    /// The command has no inverse.
    pub fn guarded(command: Command) -> Result<Change, Refusal> {
        match command.inverse() {
            Some(back) => Ok(Change { command, undo: WayBack::Command(back) }),
            None => Err(Refusal::new(
                format!("{} has no way back of its own", command.title()),
                "write an `undo` beside it, or `undo: none` with a `why`",
            )),
        }
    }
}

impl Refusal {
    pub fn new(why: impl Into<String>, next: impl Into<String>) -> Refusal {
        Refusal { why: why.into(), next: next.into(), unmeasured: false }
    }

    /// What was needed could not be measured.
    pub fn unmeasured(why: impl Into<String>) -> Refusal {
        Refusal { why: why.into(), next: "see why it cannot be measured".to_owned(), unmeasured: true }
    }
}
