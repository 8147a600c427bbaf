//! The one expression language: minijinja's syntax, without I/O, and without its silence.
//!
//! minijinja itself evaluates `none < 1` and `3 < '5'` to true, and a division by zero to infinity; either would turn a
//! check green over nothing. So the syntax is parsed by minijinja and evaluated here: an operation whose operands are
//! null, not finite or of different kinds is not false, it is unknown, with the reason. Filters that are pure text and
//! list work are minijinja's own, run with fuel.

mod builtin;
mod business_key;
mod check;
mod eval;
mod fault;
mod functions;
mod guarded;
mod parse;
mod template;
mod term;
mod value;

use std::collections::BTreeSet;

use crate::check::{FactSpec, Facts};

pub use business_key::BusinessKey;
pub use check::{Type, Want};
pub use fault::{Fault, FaultKind};
pub use guarded::Guarded;
pub use template::{Fill, Piece, Template};
pub use value::Value;

use term::{Term, TermKind};

/// An expression, parsed.
#[derive(Clone, Debug)]
pub struct Expression {
    text: String,
    root: Term,
}

impl Expression {
    /// Parses; the fault has a place within `text`.
    pub fn parse(text: &str) -> Result<Expression, Fault> {
        Ok(Expression { text: text.to_owned(), root: parse::parse(text)? })
    }

    /// As written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Names of all facts it reads, sorted, each once.
    pub fn facts_used(&self) -> Vec<&str> {
        let mut names = BTreeSet::new();
        self.root.visit(&mut |term| {
            if let TermKind::Fact(name) = &term.kind {
                names.insert(name.as_str());
            }
        });
        names.into_iter().collect()
    }

    /// Members it reads of a table, written out: `endpoints.connect`.
    pub fn members_of(&self, table: &str) -> Vec<&str> {
        let mut names = BTreeSet::new();
        self.root.visit(&mut |term| {
            if let TermKind::Attribute(of, key) = &term.kind
                && matches!(&of.kind, TermKind::Fact(name) if name == table)
                && let TermKind::Literal(Value::Text(name)) = &key.kind
            {
                names.insert(name.as_str());
            }
        });
        names.into_iter().collect()
    }

    /// Everything wrong with it over these facts: unknown names, operands of the wrong type, a result that is not what
    /// is wanted.
    pub fn check(&self, specs: &[FactSpec], want: Want) -> Vec<Fault> {
        check::check(&self.root, specs, want)
    }

    /// Its value. `Err` says which fact, or which operation, cannot be told.
    pub fn eval(&self, facts: &Facts) -> Result<Value, String> {
        // A fact that is named and not there makes the whole unknown, even where `and` or `or` would not look at it.
        for name in self.facts_used() {
            match facts.get(name) {
                None | Some(serde_json::Value::Null) => return Err(format!("fact `{name}` is missing")),
                Some(fact) => {
                    Value::from_json(fact).map_err(|why| format!("fact `{name}` {why}"))?;
                }
            }
        }
        eval::eval(&self.root, facts)
    }

    /// Its value as a boolean; any other value is `Err`.
    pub fn eval_bool(&self, facts: &Facts) -> Result<bool, String> {
        match self.eval(facts)? {
            Value::Boolean(boolean) => Ok(boolean),
            other => Err(format!(
                "`{}` gives {}, not true or false",
                crate::syntax::shortened(&self.text),
                other.describe()
            )),
        }
    }
}

#[cfg(test)]
mod tests;
