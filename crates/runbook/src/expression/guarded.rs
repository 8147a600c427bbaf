use crate::check::{Condition, FactSpec, Facts};

use super::{Expression, Fault, FaultKind, Want};

/// A boolean expression over declared facts: what a runbook writes under `green`, `yellow`, `when`, `until`.
///
/// It runs only when every fact it names is present, not null, finite and of its declared type; else the result is
/// unknown, naming the fact.
#[derive(Clone, Debug)]
pub struct Guarded {
    expression: Expression,
    specs: Vec<FactSpec>,
}

impl Guarded {
    /// `Err`: everything wrong with it.
    pub fn new(text: &str, specs: Vec<FactSpec>) -> Result<Guarded, Vec<Fault>> {
        let expression = Expression::parse(text).map_err(|fault| vec![fault])?;
        let faults: Vec<Fault> = expression
            .check(&specs, Want::Boolean)
            .into_iter()
            .filter(|fault| fault.kind != FaultKind::BareNumber)
            .collect();
        if faults.is_empty() { Ok(Guarded { expression, specs }) } else { Err(faults) }
    }
}

impl Condition for Guarded {
    fn text(&self) -> &str {
        self.expression.text()
    }

    fn holds(&self, facts: &Facts) -> Result<bool, String> {
        for name in self.expression.facts_used() {
            let spec = self.specs.iter().find(|spec| spec.name == name);
            let kind = spec.map(|spec| spec.kind).ok_or_else(|| format!("there is no fact `{name}`"))?;
            match facts.get(name) {
                None | Some(serde_json::Value::Null) => return Err(format!("fact `{name}` is missing")),
                Some(value) if !kind.fits(value) => {
                    return Err(format!("fact `{name}` is {value}, not {}", kind.word()));
                }
                Some(_) => {}
            }
        }
        self.expression.eval_bool(facts)
    }
}
