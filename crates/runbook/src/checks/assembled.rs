use serde_json::Value;

use super::build;
use crate::check::{Check, OWN_RULE, Rule, Scope, judge};
use crate::expression::Guarded;
use crate::plan::PlannedCheck;
use crate::verdict::Judgement;
use crate::world::Observations;

/// A check of the plan, ready to ask and to judge: the kind with its parameters, and the runbook's own rule.
#[derive(Debug)]
pub struct Assembled {
    pub check: Box<dyn Check>,
    /// `None`: the kind's built-in rule.
    pub rule: Option<Rule>,
}

/// Makes a planned check ready. `Err` says why it cannot be judged: the verdict is then unknown with these words.
pub fn assemble(planned: &PlannedCheck) -> Result<Assembled, String> {
    let with = match &planned.with {
        Value::Null => Value::Object(serde_json::Map::new()),
        with => with.clone(),
    };
    let check = build(&planned.kind, with)
        .ok_or_else(|| format!("kind {} not in this version", planned.kind))?
        .map_err(|error| format!("parameters of {}: {error}", planned.kind))?;
    let condition = |text: &str| {
        Guarded::new(text, check.facts_of()).map_err(|faults| {
            let faults: Vec<String> = faults.iter().map(|fault| fault.message.clone()).collect();
            format!("rule `{text}`: {}", faults.join("; "))
        })
    };
    let rule = match (&planned.green, &planned.yellow) {
        (None, None) => None,
        (None, Some(_)) => return Err("`yellow` stands without `green`".to_owned()),
        (Some(green), yellow) => Some(Rule {
            green: Box::new(condition(green)?),
            yellow: match yellow {
                Some(yellow) => Some(Box::new(condition(yellow)?)),
                None => None,
            },
            code: OWN_RULE.to_owned(),
            help: planned.help.clone(),
        }),
    };
    Ok(Assembled { check, rule })
}

impl Assembled {
    /// The verdict on what was seen.
    pub fn judge(&self, scope: &Scope<'_>, seen: &Observations) -> Judgement {
        judge(self.check.as_ref(), self.rule.as_ref(), scope, seen)
    }
}
