use std::ops::Range;

use super::Value;

/// A part of an expression, with its place in the text (bytes).
#[derive(Clone, Debug)]
pub(super) struct Term {
    pub at: Range<usize>,
    pub kind: TermKind,
}

#[derive(Clone, Debug)]
pub(super) enum TermKind {
    Fact(String),
    Literal(Value),
    List(Vec<Term>),
    Not(Box<Term>),
    Negative(Box<Term>),
    And(Box<Term>, Box<Term>),
    Or(Box<Term>, Box<Term>),
    Arithmetic(Arithmetic, Box<Term>, Box<Term>),
    /// A chain: `a < b <= c`.
    Compare(Box<Term>, Vec<(Comparison, Term)>),
    If {
        condition: Box<Term>,
        then: Box<Term>,
        otherwise: Box<Term>,
    },
    Filter {
        name: String,
        of: Box<Term>,
        arguments: Vec<Term>,
    },
    Test {
        name: String,
        of: Box<Term>,
        arguments: Vec<Term>,
    },
    Attribute(Box<Term>, Box<Term>),
    Call {
        name: String,
        arguments: Vec<Term>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    FloorDivide,
    Remainder,
    Power,
    Concatenate,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    NotIn,
}

impl Arithmetic {
    pub fn sign(self) -> &'static str {
        match self {
            Arithmetic::Add => "+",
            Arithmetic::Subtract => "-",
            Arithmetic::Multiply => "*",
            Arithmetic::Divide => "/",
            Arithmetic::FloorDivide => "//",
            Arithmetic::Remainder => "%",
            Arithmetic::Power => "**",
            Arithmetic::Concatenate => "~",
        }
    }
}

impl Comparison {
    pub fn sign(self) -> &'static str {
        match self {
            Comparison::Equal => "==",
            Comparison::NotEqual => "!=",
            Comparison::Less => "<",
            Comparison::LessOrEqual => "<=",
            Comparison::Greater => ">",
            Comparison::GreaterOrEqual => ">=",
            Comparison::In => "in",
            Comparison::NotIn => "not in",
        }
    }
}

impl Term {
    /// Calls `each` for this term and all within it.
    pub fn visit<'t>(&'t self, each: &mut impl FnMut(&'t Term)) {
        each(self);
        match &self.kind {
            TermKind::Fact(_) | TermKind::Literal(_) => {}
            TermKind::List(items) => items.iter().for_each(|item| item.visit(each)),
            TermKind::Not(of) | TermKind::Negative(of) => of.visit(each),
            TermKind::And(left, right) | TermKind::Or(left, right) | TermKind::Arithmetic(_, left, right) => {
                left.visit(each);
                right.visit(each);
            }
            TermKind::Compare(first, rest) => {
                first.visit(each);
                rest.iter().for_each(|(_, term)| term.visit(each));
            }
            TermKind::If { condition, then, otherwise } => {
                condition.visit(each);
                then.visit(each);
                otherwise.visit(each);
            }
            TermKind::Filter { of, arguments, .. } | TermKind::Test { of, arguments, .. } => {
                of.visit(each);
                arguments.iter().for_each(|argument| argument.visit(each));
            }
            TermKind::Attribute(of, key) => {
                of.visit(each);
                key.visit(each);
            }
            TermKind::Call { arguments, .. } => arguments.iter().for_each(|argument| argument.visit(each)),
        }
    }
}
