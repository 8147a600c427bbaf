use std::collections::BTreeSet;
use std::ops::Range;

use super::{Expression, Fault, FaultKind, Value};
use crate::check::Facts;

/// A text with `{{ expressions }}` in it.
#[derive(Clone, Debug)]
pub struct Template {
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug)]
pub enum Piece {
    Text(String),
    /// With its place in the text, braces included.
    Expression(Expression, Range<usize>),
}

/// What a filled template is.
#[derive(Clone, Debug, PartialEq)]
pub enum Fill {
    /// Several pieces: text.
    Text(String),
    /// One whole `{{ … }}`: the expression's own type.
    Value(Value),
}

impl Template {
    /// `None`: there is no template in this text.
    pub fn parse(text: &str) -> Result<Option<Template>, Fault> {
        if !text.contains("{{") {
            return Ok(None);
        }
        let mut pieces = Vec::new();
        let mut at = 0;
        while let Some(open) = text[at..].find("{{").map(|open| at + open) {
            if open > at {
                pieces.push(Piece::Text(text[at..open].to_owned()));
            }
            let end = end_of(text, open + 2).ok_or_else(|| {
                Fault::new(FaultKind::Syntax, &(open..text.len()), "a `{{` without `}}`")
                    .help("close it, or write \"{{ '{{' }}\" for the braces themselves")
            })?;
            let inner = &text[open + 2..end];
            let expression = Expression::parse(inner.trim()).map_err(|mut fault| {
                let shift = open + 2 + (inner.len() - inner.trim_start().len());
                fault.at = Some(fault.at.map_or(open..end + 2, |at| at.start + shift..at.end + shift));
                fault
            })?;
            pieces.push(Piece::Expression(expression, open..end + 2));
            at = end + 2;
        }
        if at < text.len() {
            pieces.push(Piece::Text(text[at..].to_owned()));
        }
        Ok(Some(Template { pieces }))
    }

    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// Names it reads, sorted, each once.
    pub fn names(&self) -> Vec<&str> {
        let mut names = BTreeSet::new();
        for piece in &self.pieces {
            if let Piece::Expression(expression, _) = piece {
                names.extend(expression.facts_used());
            }
        }
        names.into_iter().collect()
    }

    /// Fills in the values.
    pub fn fill(&self, values: &Facts) -> Result<Fill, String> {
        let whole = match self.pieces.as_slice() {
            [Piece::Expression(expression, _)] => Some(expression),
            [Piece::Text(space), Piece::Expression(expression, _)]
            | [Piece::Expression(expression, _), Piece::Text(space)]
                if space.trim().is_empty() =>
            {
                Some(expression)
            }
            _ => None,
        };
        if let Some(expression) = whole {
            return expression.eval(values).map(Fill::Value);
        }
        let mut text = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(part) => text.push_str(part),
                Piece::Expression(expression, _) => match expression.eval(values)? {
                    Value::Text(part) => text.push_str(&part),
                    Value::Json(_) => return Err("a list or table cannot stand within text".to_owned()),
                    other => text.push_str(&other.to_json().to_string()),
                },
            }
        }
        Ok(Fill::Text(text))
    }
}

/// The `}}` that ends an expression; braces within quotes do not count.
fn end_of(text: &str, from: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut quote = None;
    let mut at = from;
    while at < bytes.len() {
        match (quote, bytes[at]) {
            (Some(_), b'\\') => at += 1,
            (Some(open), byte) if byte == open => quote = None,
            (None, byte @ (b'\'' | b'"')) => quote = Some(byte),
            (None, b'}') if bytes.get(at + 1) == Some(&b'}') => return Some(at),
            _ => {}
        }
        at += 1;
    }
    None
}
