use std::rc::Rc;

use crate::syntax::{NodeId, Span, Tree, Value};

/// Where a part of an expansion came from.
#[derive(Clone, Debug)]
pub(super) struct Origin {
    /// In the slice: what was written there, or the name of the shape that brings it.
    pub span: Span,
    /// What of the shape it is, such as "the step `fence`"; `None`: the slice wrote it.
    pub of_shape: Option<Rc<str>>,
}

/// A value on its way from the files it was written in to the text of an expansion.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub origin: Origin,
    pub body: Body,
}

#[derive(Clone, Debug)]
pub(super) enum Body {
    /// Anything but a list or table.
    Scalar(Value),
    List(Vec<Part>),
    Table(Vec<Entry>),
}

#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub key: String,
    pub origin: Origin,
    pub value: Part,
}

impl Part {
    /// A part of the slice, with its places.
    pub fn of_slice(tree: &Tree, node: NodeId) -> Part {
        Part::of(tree, node, &|span| Origin { span, of_shape: None })
    }

    /// A part of a shape, which counts as written where the slice names the shape.
    pub fn of_shape(tree: &Tree, node: NodeId, origin: &Origin) -> Part {
        Part::of(tree, node, &|_| origin.clone())
    }

    fn of(tree: &Tree, id: NodeId, origin: &dyn Fn(Span) -> Origin) -> Part {
        let node = tree.node(id);
        let body = match &node.value {
            Value::List(items) => {
                Body::List(items.iter().map(|item| Part::of(tree, *item, origin)).collect())
            }
            Value::Table(entries) => Body::Table(
                entries
                    .iter()
                    .map(|(key, value)| Entry {
                        key: key.text.clone(),
                        origin: origin(key.span),
                        value: Part::of(tree, *value, origin),
                    })
                    .collect(),
            ),
            scalar => Body::Scalar(scalar.clone()),
        };
        Part { origin: origin(node.span), body }
    }

    pub fn text(origin: &Origin, text: impl Into<String>) -> Part {
        Part { origin: origin.clone(), body: Body::Scalar(Value::Text(text.into())) }
    }

    pub fn list(origin: &Origin, items: Vec<Part>) -> Part {
        Part { origin: origin.clone(), body: Body::List(items) }
    }

    pub fn table(origin: &Origin, entries: Vec<Entry>) -> Part {
        Part { origin: origin.clone(), body: Body::Table(entries) }
    }

    pub fn as_text(&self) -> Option<&str> {
        match &self.body {
            Body::Scalar(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    pub fn items(&self) -> &[Part] {
        match &self.body {
            Body::List(items) => items,
            _ => &[],
        }
    }

    pub fn entries(&self) -> &[Entry] {
        match &self.body {
            Body::Table(entries) => entries,
            _ => &[],
        }
    }

    pub fn get(&self, key: &str) -> Option<&Part> {
        self.entries().iter().find(|entry| entry.key == key).map(|entry| &entry.value)
    }

    /// Sets an entry of a table; a new one comes last.
    pub fn set(&mut self, key: &str, value: Part) {
        let Body::Table(entries) = &mut self.body else { return };
        match entries.iter_mut().find(|entry| entry.key == key) {
            Some(entry) => entry.value = value,
            None => entries.push(Entry { key: key.to_owned(), origin: value.origin.clone(), value }),
        }
    }
}
