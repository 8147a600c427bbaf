use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::environment::Chosen;
use crate::check::Facts;
use crate::expression::{Expression, Fault, Fill, Piece, Template, Value as Filled};
use crate::syntax::{Code, Diagnostic, Diagnostics, NodeId, Sources, Span, Tree, Value, nearest};

/// What templates may name.
pub(super) struct Scope<'a> {
    /// `None`: whose names are not known here.
    pub parameters: Option<&'a BTreeMap<String, Json>>,
    /// Names of all parameters, those without a value included.
    pub declared: &'a [String],
    pub chosen: Option<&'a Chosen>,
}

/// Names that are filled in later: `item` by the plan (`for_each`), `app` and `n` when an application is stopped or
/// started.
const APP_NAMES: [&str; 2] = ["app", "n"];
const ITEM: &str = "item";

/// Fills in the templates of a file. A value that is one whole `{{ … }}` keeps the expression's type.
pub(super) fn fill(tree: &mut Tree, sources: &Sources, scope: &Scope<'_>, found: &Diagnostics) {
    let Some(root) = tree.root() else { return };
    let mut values = Facts::new();
    for (name, value) in scope.parameters.into_iter().flatten() {
        values.set(name, value.clone());
    }
    if let Some(chosen) = scope.chosen {
        let endpoints: serde_json::Map<String, Json> =
            chosen.endpoints.iter().map(|(name, url)| (name.clone(), url.clone().into())).collect();
        values.set("endpoints", Json::Object(endpoints));
    }
    Filler { tree, sources, scope, values, found }.node(root, &mut Vec::new());
}

struct Filler<'a> {
    tree: &'a mut Tree,
    sources: &'a Sources,
    scope: &'a Scope<'a>,
    values: Facts,
    found: &'a Diagnostics,
}

impl Filler<'_> {
    /// `later`: names that are filled in later, at this place.
    fn node(&mut self, id: NodeId, later: &mut Vec<&'static str>) {
        match &self.tree.node(id).value {
            Value::Text(text) if text.contains("{{") => {
                let text = text.clone();
                self.text(id, &text, later);
            }
            Value::List(items) => {
                for item in items.clone() {
                    self.node(item, later);
                }
            }
            Value::Table(entries) => {
                let entries: Vec<(String, NodeId)> =
                    entries.iter().map(|(key, node)| (key.text.clone(), *node)).collect();
                let before = later.len();
                if entries.iter().any(|(key, _)| key == "for_each") {
                    later.push(ITEM);
                }
                let top = self.tree.root() == Some(id);
                for (key, node) in entries {
                    match key.as_str() {
                        // Their values are what templates are filled with.
                        "parameters" if top => {}
                        "apps" if top => {
                            let names = later.len();
                            later.extend(APP_NAMES);
                            self.node(node, later);
                            later.truncate(names);
                        }
                        _ => self.node(node, later),
                    }
                }
                later.truncate(before);
            }
            _ => {}
        }
    }

    fn text(&mut self, id: NodeId, text: &str, later: &[&'static str]) {
        let span = self.tree.node(id).span;
        let template = match Template::parse(text) {
            Ok(Some(template)) => template,
            Ok(None) => return,
            Err(fault) => {
                self.found.add(fault_at(self.sources, span, text, &fault, Code::BadTemplate));
                self.tree.node_mut(id).value = Value::Refused;
                return;
            }
        };
        if !self.names_known(&template, text, span, later) {
            self.tree.node_mut(id).value = Value::Refused;
            return;
        }
        let names = template.names();
        if let Some(parameters) = self.scope.parameters
            && names
                .iter()
                .any(|name| !parameters.contains_key(*name) && self.scope.declared.iter().any(|d| d == name))
        {
            // What is wrong with the parameter was drawn where its value is.
            self.tree.node_mut(id).value = Value::Refused;
            return;
        }
        let environment = names.contains(&"endpoints");
        let deferred = names.iter().any(|name| later.contains(name))
            || environment && self.scope.chosen.is_none()
            || self.scope.parameters.is_none() && names.iter().any(|name| *name != "endpoints");
        if deferred {
            return;
        }
        match template.fill(&self.values) {
            Ok(fill) => {
                let node = self.tree.node_mut(id);
                node.computed = matches!(fill, Fill::Value(_));
                node.template = environment.then(|| text.to_owned());
                match value(fill) {
                    Ok(value) => node.value = value,
                    Err(why) => self.refuse(id, span, &why),
                }
            }
            Err(why) => self.refuse(id, span, &why),
        }
    }

    fn refuse(&mut self, id: NodeId, span: Span, why: &str) {
        let diagnostic =
            Diagnostic::new(Code::BadTemplate, span, format!("the template cannot be filled in: {why}"));
        self.found.add(
            diagnostic
                .help("templates read parameters and `endpoints`, and call duration('…') and size('…')"),
        );
        self.tree.node_mut(id).value = Value::Refused;
    }

    fn names_known(&self, template: &Template, text: &str, span: Span, later: &[&'static str]) -> bool {
        if self.scope.parameters.is_none() {
            return true;
        }
        let declared = self.scope.declared.iter().map(String::as_str);
        let known = || declared.clone().chain(later.iter().copied()).chain(["endpoints"]);
        let mut sound = true;
        for piece in template.pieces() {
            let Piece::Expression(expression, _) = piece else { continue };
            for name in expression.facts_used() {
                if known().any(|known| known == name) {
                    continue;
                }
                sound = false;
                let message =
                    format!("the template names {}, which is no parameter", crate::syntax::quoted(name));
                let span = within(self.sources, span, text, name);
                self.found.add(Diagnostic::new(Code::UnknownParameter, span, message).known(name, known()));
            }
            sound &= self.endpoints_known(expression, text, span);
        }
        sound
    }

    fn endpoints_known(&self, expression: &Expression, text: &str, span: Span) -> bool {
        let Some(chosen) = self.scope.chosen else { return true };
        let mut sound = true;
        for name in expression.members_of("endpoints") {
            if chosen.endpoints.contains_key(name) {
                continue;
            }
            sound = false;
            let known = || chosen.endpoints.keys().map(String::as_str);
            let message =
                format!("the environment `{}` has no endpoint {}", chosen.name, crate::syntax::quoted(name));
            let mut diagnostic =
                Diagnostic::new(Code::UnknownEndpoint, within(self.sources, span, text, name), message);
            diagnostic = match nearest(name, known()) {
                Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
                None => diagnostic.help(format!("add it to the endpoints of `{}`", chosen.name)),
            };
            self.found.add(diagnostic);
        }
        sound
    }
}

fn value(fill: Fill) -> Result<Value, String> {
    Ok(match fill {
        Fill::Text(text) | Fill::Value(Filled::Text(text)) => Value::Text(text),
        Fill::Value(Filled::Boolean(boolean)) => Value::Boolean(boolean),
        Fill::Value(Filled::Integer(integer)) => {
            Value::Integer(i64::try_from(integer).map_err(|_| "the number is too large".to_owned())?)
        }
        Fill::Value(Filled::Number(number)) => Value::Number(number),
        Fill::Value(Filled::Json(_)) => return Err("it gives a list or table".to_owned()),
    })
}

/// The place of a name within a value, when the value is written as it is read.
fn within(sources: &Sources, span: Span, text: &str, name: &str) -> Span {
    match text.find(name) {
        Some(at) => part(sources, span, text, at..at + name.len()),
        None => span,
    }
}

/// The place of a part of a value; all of it when it is written with escapes or over several lines.
pub(crate) fn part(sources: &Sources, span: Span, text: &str, range: std::ops::Range<usize>) -> Span {
    match sources.text(span).find(text) {
        Some(offset) => {
            let start = span.start as usize + offset;
            Span::new(span.source, start + range.start, start + range.end)
        }
        None => span,
    }
}

/// A fault of an expression, drawn in the user's file.
pub(crate) fn fault_at(sources: &Sources, span: Span, text: &str, fault: &Fault, code: Code) -> Diagnostic {
    let place = match &fault.at {
        Some(range) if range.end <= text.len() => part(sources, span, text, range.clone()),
        _ => span,
    };
    Diagnostic {
        code,
        message: fault.message.clone(),
        span: place,
        help: fault.help.clone(),
        labels: Vec::new(),
    }
}
