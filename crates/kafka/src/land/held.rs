use crate::{Commit, NewCommit};

/// A commit without its leader epoch, which belongs to one cluster and is never written by us.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Held {
    /// The next record to read.
    pub offset: i64,
    /// What the client wrote beside it.
    pub metadata: String,
}

impl From<&Commit> for Held {
    fn from(commit: &Commit) -> Held {
        Held { offset: commit.offset, metadata: commit.metadata.clone() }
    }
}

impl From<&Held> for NewCommit {
    fn from(held: &Held) -> NewCommit {
        NewCommit { offset: held.offset, metadata: held.metadata.clone() }
    }
}
