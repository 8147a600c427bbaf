use crate::verdict::{Finding, Level};

use super::Facts;

/// A boolean expression over facts, as written in a runbook.
pub trait Condition: std::fmt::Debug + Send + Sync {
    /// The text as written, for findings.
    fn text(&self) -> &str;
    /// `Err` names the fact that is missing, not finite or of the wrong type: the item is then unknown.
    fn holds(&self, facts: &Facts) -> Result<bool, String>;
}

/// Code of the findings of a runbook's own rule.
pub const OWN_RULE: &str = "CUT2002";

/// A runbook's own rule; it replaces exactly the built-in one.
#[derive(Debug)]
pub struct Rule {
    pub green: Box<dyn Condition>,
    pub yellow: Option<Box<dyn Condition>>,
    /// Code of the findings it makes.
    pub code: String,
    pub help: Option<String>,
}

impl Rule {
    pub(super) fn apply(&self, subject: &str, facts: &Facts) -> Result<(Level, Vec<Finding>), String> {
        if self.green.holds(facts)? {
            return Ok((Level::Green, Vec::new()));
        }
        let level = match &self.yellow {
            Some(yellow) if yellow.holds(facts)? => Level::Yellow,
            _ => Level::Red,
        };
        let actual =
            facts.iter().map(|(name, value)| format!("{name} = {value}")).collect::<Vec<_>>().join(", ");
        let finding = Finding {
            code: self.code.clone(),
            subject: subject.to_owned(),
            expected: self.green.text().to_owned(),
            actual,
            hint: self.help.clone().unwrap_or_else(|| "see the check's own help in the runbook".to_owned()),
        };
        Ok((level, vec![finding]))
    }
}
