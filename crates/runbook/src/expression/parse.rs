use minijinja::machinery::ast::{BinOpKind, CallArg, CompareOpKind, Expr, UnaryOpKind};
use minijinja::machinery::{self, Span};

use super::term::{Arithmetic, Comparison, Term, TermKind};
use super::{Fault, FaultKind, Value, builtin};
use crate::limits::{MAX_EXPRESSION_BYTES, MAX_EXPRESSION_DEPTH, MAX_EXPRESSION_TOKENS};
use crate::syntax::shortened;

/// The only place that knows minijinja's syntax tree, whose interface may change between its versions.
pub(super) fn parse(text: &str) -> Result<Term, Fault> {
    let too_much = |message: String| Fault {
        kind: FaultKind::Syntax,
        message,
        help: Some("let the command or query compute it, and judge one fact".to_owned()),
        at: None,
    };
    if text.len() > MAX_EXPRESSION_BYTES {
        return Err(too_much(format!(
            "the expression has {} bytes; at most {MAX_EXPRESSION_BYTES} are read",
            text.len()
        )));
    }
    let (tokens, depth) = extent(text);
    if tokens > MAX_EXPRESSION_TOKENS {
        return Err(too_much(format!(
            "the expression has more than {MAX_EXPRESSION_TOKENS} words and signs"
        )));
    }
    if depth > MAX_EXPRESSION_DEPTH {
        return Err(too_much(format!(
            "the expression has brackets nested more than {MAX_EXPRESSION_DEPTH} deep"
        )));
    }
    let tree = machinery::parse_expr(text).map_err(|error| {
        let at = error.range().filter(|range| range.end <= text.len());
        let detail = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
        Fault {
            kind: FaultKind::Syntax,
            message: format!("the expression does not parse: {}", shortened(&detail)),
            help: Some("for example: lag < 10 and errors == 0".to_owned()),
            at,
        }
    })?;
    term(&tree)
}

/// Words and signs, and the deepest nesting of brackets; never less than the parser will see.
fn extent(text: &str) -> (usize, usize) {
    let word = |character: char| character.is_alphanumeric() || character == '_';
    let (mut tokens, mut open, mut deepest, mut prefixes) = (0, 0_usize, 0, 0_usize);
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length =
            if word(first) { rest.find(|c| !word(c)).unwrap_or(rest.len()) } else { first.len_utf8() };
        let token = &rest[..length];
        tokens += 1;
        match token {
            "(" | "[" | "{" => open += 1,
            ")" | "]" | "}" => open = open.saturating_sub(1),
            _ => {}
        }
        // A run of signs nests as brackets do.
        prefixes = if matches!(token, "-" | "not") { prefixes + 1 } else { 0 };
        deepest = deepest.max(open + prefixes);
        rest = rest[length..].trim_start();
    }
    (tokens, deepest)
}

fn term(tree: &Expr<'_>) -> Result<Term, Fault> {
    let span = tree.span();
    let at = range(span);
    let boxed = |tree: &Expr<'_>| term(tree).map(Box::new);
    let refuse = |what: &str, help: &str| Err(Fault::new(FaultKind::Syntax, &at, what).help(help));
    let kind = match tree {
        Expr::Var(var) => match var.id {
            "none" | "None" | "null" => {
                return refuse(
                    "`none` has no meaning here",
                    "a missing fact makes the check unknown; there is nothing to compare with",
                );
            }
            name => TermKind::Fact(name.to_owned()),
        },
        Expr::Const(constant) => TermKind::Literal(literal(&constant.value).map_err(|why| {
            Fault::new(FaultKind::Syntax, &at, why)
                .help("a missing fact makes the check unknown; there is nothing to compare with")
        })?),
        Expr::UnaryOp(unary) => match unary.op {
            UnaryOpKind::Not => TermKind::Not(boxed(&unary.expr)?),
            UnaryOpKind::Neg => TermKind::Negative(boxed(&unary.expr)?),
        },
        Expr::BinOp(binary) => binary_term(binary.op, &binary.left, &binary.right)?,
        Expr::Compare(compare) => {
            let rest = compare
                .ops
                .iter()
                .map(|next| Ok((comparison(next.op), term(&next.expr)?)))
                .collect::<Result<Vec<_>, Fault>>()?;
            TermKind::Compare(boxed(&compare.expr)?, rest)
        }
        Expr::IfExpr(branch) => {
            let Some(otherwise) = &branch.false_expr else {
                return refuse("`if` needs an `else` here", "write: A if CONDITION else B");
            };
            TermKind::If {
                condition: boxed(&branch.test_expr)?,
                then: boxed(&branch.true_expr)?,
                otherwise: boxed(otherwise)?,
            }
        }
        Expr::Filter(filter) => {
            let Some(of) = &filter.expr else {
                return refuse("a filter needs a value before it", "write: value | filter");
            };
            known(filter.name, builtin::FILTERS.iter().map(|filter| filter.name), "filter", &at)?;
            TermKind::Filter {
                name: filter.name.to_owned(),
                of: boxed(of)?,
                arguments: arguments(&filter.args, &at)?,
            }
        }
        Expr::Test(test) => {
            known(test.name, builtin::TESTS.iter().copied(), "test", &at)?;
            TermKind::Test {
                name: test.name.to_owned(),
                of: boxed(&test.expr)?,
                arguments: arguments(&test.args, &at)?,
            }
        }
        Expr::GetAttr(get) => {
            let key = Term { at: at.clone(), kind: TermKind::Literal(Value::Text(get.name.to_owned())) };
            TermKind::Attribute(boxed(&get.expr)?, Box::new(key))
        }
        Expr::GetItem(get) => TermKind::Attribute(boxed(&get.expr)?, boxed(&get.subscript_expr)?),
        Expr::Call(call) => {
            let Expr::Var(name) = &call.expr else {
                return refuse("methods cannot be called here", "filters do the same: value | trim");
            };
            known(name.id, builtin::FUNCTIONS.iter().copied(), "function", &at)?;
            TermKind::Call { name: name.id.to_owned(), arguments: arguments(&call.args, &at)? }
        }
        Expr::List(list) => TermKind::List(list.items.iter().map(term).collect::<Result<_, _>>()?),
        Expr::Tuple(tuple) => TermKind::List(tuple.items.iter().map(term).collect::<Result<_, _>>()?),
        Expr::Slice(_) | Expr::Map(_) => {
            return refuse(
                "slices and tables cannot be written here",
                "use filters such as first, last, attr",
            );
        }
    };
    Ok(Term { at, kind })
}

fn binary_term(op: BinOpKind, left: &Expr<'_>, right: &Expr<'_>) -> Result<TermKind, Fault> {
    let (left, right) = (term(left)?, term(right)?);
    let arithmetic = match op {
        BinOpKind::ScAnd => return Ok(TermKind::And(left.into(), right.into())),
        BinOpKind::ScOr => return Ok(TermKind::Or(left.into(), right.into())),
        BinOpKind::Add => Arithmetic::Add,
        BinOpKind::Sub => Arithmetic::Subtract,
        BinOpKind::Mul => Arithmetic::Multiply,
        BinOpKind::Div => Arithmetic::Divide,
        BinOpKind::FloorDiv => Arithmetic::FloorDivide,
        BinOpKind::Rem => Arithmetic::Remainder,
        BinOpKind::Pow => Arithmetic::Power,
        BinOpKind::Concat => Arithmetic::Concatenate,
        BinOpKind::Eq => return Ok(TermKind::Compare(left.into(), vec![(Comparison::Equal, right)])),
        BinOpKind::Ne => return Ok(TermKind::Compare(left.into(), vec![(Comparison::NotEqual, right)])),
        BinOpKind::Lt => return Ok(TermKind::Compare(left.into(), vec![(Comparison::Less, right)])),
        BinOpKind::Lte => return Ok(TermKind::Compare(left.into(), vec![(Comparison::LessOrEqual, right)])),
        BinOpKind::Gt => return Ok(TermKind::Compare(left.into(), vec![(Comparison::Greater, right)])),
        BinOpKind::Gte => {
            return Ok(TermKind::Compare(left.into(), vec![(Comparison::GreaterOrEqual, right)]));
        }
        BinOpKind::In => return Ok(TermKind::Compare(left.into(), vec![(Comparison::In, right)])),
    };
    Ok(TermKind::Arithmetic(arithmetic, left.into(), right.into()))
}

fn comparison(op: CompareOpKind) -> Comparison {
    match op {
        CompareOpKind::Eq => Comparison::Equal,
        CompareOpKind::Ne => Comparison::NotEqual,
        CompareOpKind::Lt => Comparison::Less,
        CompareOpKind::Lte => Comparison::LessOrEqual,
        CompareOpKind::Gt => Comparison::Greater,
        CompareOpKind::Gte => Comparison::GreaterOrEqual,
        CompareOpKind::In => Comparison::In,
        CompareOpKind::NotIn => Comparison::NotIn,
    }
}

fn arguments(arguments: &[CallArg<'_>], at: &std::ops::Range<usize>) -> Result<Vec<Term>, Fault> {
    arguments
        .iter()
        .map(|argument| match argument {
            CallArg::Pos(tree) => term(tree),
            _ => Err(Fault::new(FaultKind::Syntax, at, "named and spread arguments have no meaning here")
                .help("write the arguments in order")),
        })
        .collect()
}

fn known<'a>(
    name: &str,
    names: impl Iterator<Item = &'a str> + Clone,
    what: &str,
    at: &std::ops::Range<usize>,
) -> Result<(), Fault> {
    if names.clone().any(|known| known == name) {
        return Ok(());
    }
    let help = match crate::syntax::nearest(name, names.clone()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("known: {}", names.collect::<Vec<_>>().join(", ")),
    };
    Err(Fault::new(FaultKind::Syntax, at, format!("there is no {what} `{}`", shortened(name))).help(help))
}

/// Literals, and what the parser has already computed of literals alone.
fn literal(value: &minijinja::Value) -> Result<Value, String> {
    builtin::from_jinja(value).map_err(|why| format!("the value {why}"))
}

fn range(span: Span) -> std::ops::Range<usize> {
    span.start_offset as usize..span.end_offset as usize
}
