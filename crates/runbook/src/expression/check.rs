use super::term::{Arithmetic, Comparison, Term, TermKind};
use super::{Fault, FaultKind, Value, builtin, functions};
use crate::check::{FactSpec, FactType};
use crate::syntax::nearest;

/// The type of a part of an expression, as far as it is known before anything is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    Boolean,
    Integer,
    Number,
    Text,
    /// Milliseconds.
    Duration,
    /// Bytes.
    Size,
    List,
    /// From JSON: known only when it runs.
    Any,
    /// Of a filter: the type it is given.
    Same,
}

/// What an expression is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Want {
    /// `green`, `yellow`, `when`, `until`.
    Boolean,
    /// `business_key`: text or a number.
    Key,
    Anything,
}

impl Type {
    fn word(self) -> &'static str {
        match self {
            Type::Boolean => "true or false",
            Type::Integer => "an integer",
            Type::Number => "a number",
            Type::Text => "text",
            Type::Duration => "a duration",
            Type::Size => "a size",
            Type::List => "a list",
            Type::Any | Type::Same => "a value from JSON",
        }
    }

    fn is_number(self) -> bool {
        matches!(self, Type::Integer | Type::Number | Type::Duration | Type::Size)
    }
}

impl From<FactType> for Type {
    fn from(fact: FactType) -> Type {
        match fact {
            FactType::Boolean => Type::Boolean,
            FactType::Integer => Type::Integer,
            FactType::Number => Type::Number,
            FactType::Text => Type::Text,
            FactType::Duration => Type::Duration,
            FactType::Size => Type::Size,
        }
    }
}

pub(super) fn check(root: &Term, specs: &[FactSpec], want: Want) -> Vec<Fault> {
    let mut checker = Checker { specs, faults: Vec::new() };
    let found = checker.term(root);
    if let Some(found) = found {
        let fits = match want {
            Want::Boolean => found == Type::Boolean,
            Want::Key => matches!(found, Type::Text | Type::Integer | Type::Number | Type::Any),
            Want::Anything => true,
        };
        if !fits {
            let wanted = if want == Want::Boolean { "true or false" } else { "text or a number" };
            checker.faults.push(
                Fault::new(
                    FaultKind::Result,
                    &root.at,
                    format!("the expression gives {}, and {wanted} is needed", found.word()),
                )
                .help(if want == Want::Boolean {
                    "compare it with something: … < 10"
                } else {
                    "name one field: value | fromjson | attr('id')"
                }),
            );
        }
    }
    checker.faults
}

struct Checker<'a> {
    specs: &'a [FactSpec],
    faults: Vec<Fault>,
}

impl Checker<'_> {
    /// `None`: something within is wrong and recorded.
    fn term(&mut self, term: &Term) -> Option<Type> {
        match &term.kind {
            TermKind::Fact(name) => self.fact(name, term),
            TermKind::Literal(value) => Some(match value {
                Value::Boolean(_) => Type::Boolean,
                Value::Integer(_) => Type::Integer,
                Value::Number(_) => Type::Number,
                Value::Text(_) => Type::Text,
                Value::Json(_) => Type::List,
            }),
            TermKind::List(items) => {
                let known = items.iter().filter(|item| self.term(item).is_some()).count();
                (known == items.len()).then_some(Type::List)
            }
            TermKind::Not(of) => self.boolean(of, "not"),
            TermKind::And(left, right) => self.both(left, right, "and"),
            TermKind::Or(left, right) => self.both(left, right, "or"),
            TermKind::Negative(of) => {
                let found = self.term(of)?;
                if found.is_number() {
                    return Some(found);
                }
                self.operands(term, format!("`-` needs a number, not {}", found.word()), found)
            }
            TermKind::Arithmetic(operation, left, right) => self.arithmetic(term, *operation, left, right),
            TermKind::Compare(first, rest) => self.compare(first, rest),
            TermKind::If { condition, then, otherwise } => {
                self.boolean(condition, "if");
                let (then, otherwise) = (self.term(then)?, self.term(otherwise)?);
                if then == otherwise {
                    return Some(then);
                }
                self.operands(
                    term,
                    format!("the branches give {} and {}", then.word(), otherwise.word()),
                    then,
                )
            }
            TermKind::Filter { name, of, arguments } => {
                for argument in arguments {
                    self.term(argument);
                }
                let found = self.term(of)?;
                let filter = builtin::FILTERS.iter().find(|filter| filter.name == name)?;
                if !filter.takes.contains(&found) {
                    return self.operands(term, format!("`{name}` does not work on {}", found.word()), found);
                }
                Some(if filter.gives == Type::Same { found } else { filter.gives })
            }
            TermKind::Test { of, arguments, .. } => {
                for argument in arguments {
                    self.term(argument);
                }
                self.term(of)?;
                Some(Type::Boolean)
            }
            TermKind::Attribute(of, key) => {
                self.term(key);
                let found = self.term(of)?;
                if matches!(found, Type::Any | Type::List) {
                    return Some(Type::Any);
                }
                self.operands(term, format!("{} has no members", found.word()), found)
            }
            TermKind::Call { name, arguments } => self.call(term, name, arguments),
        }
    }

    fn fact(&mut self, name: &str, term: &Term) -> Option<Type> {
        if let Some(spec) = self.specs.iter().find(|spec| spec.name == name) {
            return Some(spec.kind.into());
        }
        let names = || self.specs.iter().map(|spec| spec.name.as_ref());
        let help = match nearest(name, names()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if self.specs.is_empty() => "there are no facts here".to_owned(),
            None => format!("facts: {}", names().collect::<Vec<_>>().join(", ")),
        };
        let message = format!("there is no fact `{}` here", crate::syntax::shortened(name));
        self.faults.push(Fault::new(FaultKind::UnknownFact, &term.at, message).help(help));
        None
    }

    fn operands<T>(&mut self, term: &Term, message: String, found: Type) -> Option<T> {
        let mut fault = Fault::new(FaultKind::Operands, &term.at, message);
        if found == Type::Any {
            fault = fault.help("say what it is: `| int`, `| float` or `| string`");
        }
        self.faults.push(fault);
        None
    }

    fn boolean(&mut self, term: &Term, word: &str) -> Option<Type> {
        let found = self.term(term)?;
        if found == Type::Boolean {
            return Some(found);
        }
        self.operands(term, format!("`{word}` needs true or false, not {}", found.word()), found)
    }

    fn both(&mut self, left: &Term, right: &Term, word: &str) -> Option<Type> {
        let (left, right) = (self.boolean(left, word), self.boolean(right, word));
        left.and(right)
    }

    fn arithmetic(&mut self, term: &Term, operation: Arithmetic, left: &Term, right: &Term) -> Option<Type> {
        let (a, b) = (self.term(left), self.term(right));
        let (a, b) = (a?, b?);
        let sign = operation.sign();
        if (a, b) == (Type::Text, Type::Text)
            && matches!(operation, Arithmetic::Add | Arithmetic::Concatenate)
        {
            return Some(Type::Text);
        }
        if !a.is_number() || !b.is_number() || operation == Arithmetic::Concatenate {
            let found = if a == Type::Any { a } else { b };
            return self.operands(
                term,
                format!("`{sign}` does not work on {} and {}", a.word(), b.word()),
                found,
            );
        }
        let unit = |found: Type| matches!(found, Type::Duration | Type::Size);
        let result = match (operation, a, b) {
            (Arithmetic::Divide, ..) if a == b => Type::Number,
            (Arithmetic::Multiply | Arithmetic::Power, ..) if unit(a) && unit(b) => {
                return self.operands(
                    term,
                    format!("`{sign}` does not work on {} and {}", a.word(), b.word()),
                    a,
                );
            }
            (Arithmetic::Multiply, a, b) if unit(a) || unit(b) => {
                if unit(a) {
                    a
                } else {
                    b
                }
            }
            (Arithmetic::Divide | Arithmetic::FloorDivide, a, b) if unit(a) && !unit(b) => a,
            (_, a, b) if unit(a) && unit(b) && a != b => {
                return self.operands(
                    term,
                    format!("`{sign}` does not work on {} and {}", a.word(), b.word()),
                    a,
                );
            }
            (_, a, b) if unit(a) || unit(b) => {
                self.bare(left, a, right, b);
                if unit(a) { a } else { b }
            }
            (Arithmetic::Divide, ..) => Type::Number,
            (_, Type::Integer, Type::Integer) => Type::Integer,
            _ => Type::Number,
        };
        Some(result)
    }

    fn compare(&mut self, first: &Term, rest: &[(Comparison, Term)]) -> Option<Type> {
        let mut sound = true;
        let (mut left, mut a) = (first, self.term(first));
        for (comparison, right) in rest {
            let b = self.term(right);
            sound &= match (a, b) {
                (Some(a), Some(b)) => self.pair(*comparison, left, a, right, b),
                _ => false,
            };
            (left, a) = (right, b);
        }
        sound.then_some(Type::Boolean)
    }

    fn pair(&mut self, comparison: Comparison, left: &Term, a: Type, right: &Term, b: Type) -> bool {
        let at = left.at.start..right.at.end;
        let fits = match comparison {
            Comparison::In | Comparison::NotIn => b == Type::List || (a, b) == (Type::Text, Type::Text),
            Comparison::Equal | Comparison::NotEqual => {
                a == b && a != Type::Any || a.is_number() && b.is_number()
            }
            _ => a.is_number() && b.is_number() || (a, b) == (Type::Text, Type::Text),
        };
        let units = matches!((a, b), (Type::Duration, Type::Size) | (Type::Size, Type::Duration));
        if !fits || units {
            let sign = comparison.sign();
            let mut fault = Fault::new(
                FaultKind::Operands,
                &at,
                format!("`{sign}` does not work on {} and {}", a.word(), b.word()),
            );
            if a == Type::Any || b == Type::Any {
                fault = fault.help("say what the value from JSON is: `| int`, `| float` or `| string`");
            } else if let (Type::Text, other) | (other, Type::Text) = (a, b) {
                fault = fault.help(if other.is_number() {
                    "remove the quotes around the number"
                } else {
                    "both sides must be of one kind"
                });
            }
            self.faults.push(fault);
            return false;
        }
        if !matches!(comparison, Comparison::In | Comparison::NotIn) {
            self.bare(left, a, right, b);
        }
        true
    }

    /// A bare number beside a duration or size is likely meant in another unit; zero is the same in all.
    fn bare(&mut self, left: &Term, a: Type, right: &Term, b: Type) {
        let (number, unit) = match (a, b) {
            (Type::Duration | Type::Size, Type::Integer | Type::Number) => (right, a),
            (Type::Integer | Type::Number, Type::Duration | Type::Size) => (left, b),
            _ => return,
        };
        let TermKind::Literal(value) = &number.kind else { return };
        if matches!(value, Value::Integer(0)) || matches!(value, Value::Number(number) if *number == 0.0) {
            return;
        }
        let (units, function) =
            if unit == Type::Duration { ("milliseconds", "duration") } else { ("bytes", "size") };
        self.faults.push(
            Fault::new(
                FaultKind::BareNumber,
                &number.at,
                format!("the bare number {} counts {units} here", value.describe()),
            )
            .help(format!("write the unit: {}", functions::example(function))),
        );
    }

    fn call(&mut self, term: &Term, name: &str, arguments: &[Term]) -> Option<Type> {
        let values: Option<Vec<Value>> = arguments
            .iter()
            .map(|argument| match &argument.kind {
                TermKind::Literal(value) => Some(value.clone()),
                _ => None,
            })
            .collect();
        let result = match values {
            Some(values) => functions::call(name, &values),
            None => Err(format!("`{name}` takes a text written out")),
        };
        match result {
            Ok(_) => Some(if name == "size" { Type::Size } else { Type::Duration }),
            Err(why) => {
                let fault = Fault::new(FaultKind::Operands, &term.at, why);
                self.faults.push(fault.help(format!("for example {}", functions::example(name))));
                None
            }
        }
    }
}
