//! What people sign: a document in JSON, and beside it a signature in OpenSSH's form that `ssh-keygen -Y verify` reads.

mod asking;
mod proof;
mod refusal;
mod signer;
mod statement;

#[cfg(test)]
mod tests;

pub use proof::{NAMESPACE, verified_key};
pub(crate) use refusal::{refusal, signed_by};
pub use signer::{KeyError, Signer};
pub use statement::{Accepts, Anchor, Says, Statement};

use jiff::Timestamp;
use runbook::verdict::scorecard::Acceptance;

/// A statement as it stands in the journal, its signature verified.
#[derive(Clone, Debug, PartialEq)]
pub struct Signed {
    pub statement: Statement,
    /// SHA-256 (hex) of the document, which is the name of its file in `signatures/`.
    pub sha256: String,
    /// Byte for byte what was signed.
    pub document: String,
    /// In armour.
    pub signature: String,
    /// The public key that signed: kind and base64.
    pub key: String,
    /// When it was journalled.
    pub recorded: Timestamp,
}

impl Signed {
    /// The statement of a document whose signature fits.
    ///
    /// # Errors
    /// It is no statement of a known form, or the signature is not of these bytes.
    pub fn of(document: &str, signature: &str, recorded: Timestamp) -> Result<Signed, String> {
        let key = verified_key(document, signature)?;
        let statement = Statement::read(document)?;
        let sha256 = crate::sha256(document.as_bytes());
        let (document, signature) = (document.to_owned(), signature.to_owned());
        Ok(Signed { statement, sha256, document, signature, key, recorded })
    }

    /// When it was said: as signed, and no later than it was journalled, since the clocks of signer and writer may differ
    /// a little.
    pub fn said_at(&self) -> Timestamp {
        self.statement.at.min(self.recorded)
    }

    /// What it says of each dimension it names.
    pub fn acceptances(&self) -> Vec<Acceptance> {
        let Says::Scorecard { decision, reason, expires, accepts, .. } = &self.statement.says else {
            return Vec::new();
        };
        let said = &self.statement;
        let one = |of: &Accepts| Acceptance {
            unit: of.unit.clone(),
            dimension: of.dimension,
            role: said.role.clone(),
            by: said.by.clone(),
            decision: *decision,
            reason: reason.clone(),
            at: self.said_at(),
            expires: *expires,
            plan_digest: said.plan_digest.clone(),
            environment_digest: said.environment_digest.clone(),
            checks: of.checks.clone(),
            evidence: of.evidence.clone(),
            key: self.key.clone(),
            statement: self.sha256.clone(),
        };
        accepts.iter().map(one).collect()
    }
}
