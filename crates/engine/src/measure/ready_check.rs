use std::collections::BTreeMap;

use runbook::check::{Check, Rule};

/// A check of the plan, ready to ask: its kind with parameters, and the runbook's own rule where it has one.
#[derive(Debug)]
pub struct ReadyCheck {
    pub check: Box<dyn Check>,
    pub rule: Option<Rule>,
}

/// Ready checks by their id in the plan.
pub type Checks = BTreeMap<String, ReadyCheck>;
