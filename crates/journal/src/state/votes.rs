use super::{Execution, RunState, Voted};
use crate::{Says, Signed};

impl RunState {
    /// A signed vote counts from when it was signed: one that was kept back is not a word to a later question. Nor is one
    /// whose signer's clock is ahead: it was said when it was journalled, at the latest.
    pub(super) fn hear_signed(&mut self, signed: &Signed) {
        let said = &signed.statement;
        if let Says::Vote { at, vote } = &said.says {
            self.execution.voted(Voted {
                at: at.clone(),
                role: said.role.clone(),
                person: said.by.clone(),
                vote: *vote,
                signature: Some(signed.sha256.clone()),
                said: signed.said_at(),
            });
        }
    }
}

impl Execution {
    /// The latest word of a person in a role at a place replaces the one before.
    pub(super) fn voted(&mut self, vote: Voted) {
        let same = |told: &Voted| told.at == vote.at && told.person == vote.person && told.role == vote.role;
        self.votes.retain(|told| !same(told));
        self.votes.push(vote);
    }
}
