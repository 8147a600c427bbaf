use jiff::Timestamp;

use super::acceptance::Decision;
use super::{Acceptance, CheckCell, SignatureCell};
use crate::plan::Plan;

/// What was signed about one dimension of one unit, and what of it counts.
#[derive(Debug, Default)]
pub(super) struct Accepted {
    /// Who accepted it as it stands.
    pub by: Option<String>,
    /// Who says no, and why, in words.
    pub rejected: Option<String>,
    pub signatures: Vec<SignatureCell>,
}

/// `said`: about this dimension of this unit, the oldest first. In each role an acceptance takes back every
/// rejection before it, and the other way round: what was taken back never counts again, whatever is found later. One
/// rejection is enough.
pub(super) fn accepted(plan: &Plan, said: &[&Acceptance], due: &[&CheckCell], now: Timestamp) -> Accepted {
    let mut all = Accepted::default();
    for (place, one) in said.iter().enumerate() {
        let taken_back = said[place + 1..].iter().find(|later| {
            later.role == one.role && later.decision != one.decision && later.is_foreign(plan, now).is_none()
        });
        let void = match (one.decision, taken_back) {
            (_, Some(later)) => Some(format!("taken back by {}", later.by)),
            (Decision::Accept, None) => one.is_void(plan, due, now),
            (Decision::Reject, None) => one.is_foreign(plan, now),
        };
        match (one.decision, &void) {
            (Decision::Accept, None) => all.by = Some(one.by.clone()),
            (Decision::Reject, None) => {
                let why = one.reason.as_ref().map_or(String::new(), |reason| format!(": {reason}"));
                all.rejected = Some(format!("rejected by {} as {}{why}", one.by, one.role));
            }
            _ => {}
        }
        all.signatures.push(SignatureCell {
            by: one.by.clone(),
            role: one.role.clone(),
            decision: one.decision,
            at: one.at,
            until: match one.decision {
                Decision::Accept => one.until(plan),
                Decision::Reject => None,
            },
            reason: one.reason.clone(),
            statement: one.statement.clone(),
            void,
        });
    }
    if all.rejected.is_some() {
        all.by = None;
    }
    all
}
