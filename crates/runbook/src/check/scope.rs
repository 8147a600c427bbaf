use jiff::Timestamp;

use crate::plan::Plan;
use crate::unit::Unit;
use crate::world::Side;

/// What a check is applied to: one unit of one plan, at one moment.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    pub plan: &'a Plan,
    pub unit: &'a Unit,
    /// The runbook's id of this check.
    pub check: &'a str,
    /// `on:` of the check; `None`: both sides.
    pub on: Option<Side>,
    /// The moment of judging; comes from outside, so that judging stays pure.
    pub now: Timestamp,
}

impl Scope<'_> {
    /// The sides this check looks at.
    pub fn sides(&self) -> Vec<Side> {
        match self.on {
            Some(side) => vec![side],
            None => Side::BOTH.to_vec(),
        }
    }
}
