use super::{SourceId, Span};

/// Index of a node within its [`Tree`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub u32);

/// A node of one of the files that were read: how documents keep a part that is decoded later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NodeRef {
    pub source: SourceId,
    pub node: NodeId,
}

/// One value of a file, with its place.
#[derive(Clone, Debug)]
pub struct Node {
    pub span: Span,
    pub value: Value,
    /// The value came from a template; its type is the expression's, and a number is a number of base units.
    pub computed: bool,
    /// The template, when its value depends on the environment: digests are made of this, not of the value.
    pub template: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Null,
    Boolean(bool),
    /// The text as written is kept for messages.
    Integer(i64),
    Number(f64),
    Text(String),
    List(Vec<NodeId>),
    Table(Vec<(Key, NodeId)>),
    /// A problem was already drawn here; whatever reads it stays silent.
    Refused,
}

/// A key of a table: always text, whatever it looks like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    pub span: Span,
    pub text: String,
}

/// A file as nodes.
#[derive(Clone, Debug)]
pub struct Tree {
    pub source: SourceId,
    nodes: Vec<Node>,
    root: Option<NodeId>,
}

impl Tree {
    pub(super) fn new(source: SourceId) -> Tree {
        Tree { source, nodes: Vec::new(), root: None }
    }

    pub(super) fn push(&mut self, span: Span, value: Value) -> NodeId {
        self.nodes.push(Node { span, value, computed: false, template: None });
        NodeId(u32::try_from(self.nodes.len() - 1).unwrap_or(u32::MAX))
    }

    pub(super) fn set_root(&mut self, root: NodeId) {
        self.root = Some(root);
    }

    /// The document; `None` for an empty file.
    pub fn root(&self) -> Option<NodeId> {
        self.root
    }

    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize]
    }

    pub fn node_mut(&mut self, id: NodeId) -> &mut Node {
        &mut self.nodes[id.0 as usize]
    }

    /// The entry of a table.
    pub fn entry(&self, table: NodeId, key: &str) -> Option<(&Key, NodeId)> {
        match &self.node(table).value {
            Value::Table(entries) => {
                entries.iter().find(|(name, _)| name.text == key).map(|(name, value)| (name, *value))
            }
            _ => None,
        }
    }

    /// The text of a table's entry.
    pub fn text_of(&self, table: NodeId, key: &str) -> Option<&str> {
        match &self.node(self.entry(table, key)?.1).value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The value as JSON. With `written`, values of templates that depend on the environment are their templates.
    pub fn json(&self, id: NodeId, written: bool) -> serde_json::Value {
        let node = self.node(id);
        if let (true, Some(template)) = (written, &node.template) {
            return template.clone().into();
        }
        match &node.value {
            Value::Null | Value::Refused => serde_json::Value::Null,
            Value::Boolean(boolean) => (*boolean).into(),
            Value::Integer(integer) => (*integer).into(),
            Value::Number(number) => (*number).into(),
            Value::Text(text) => text.clone().into(),
            Value::List(items) => items.iter().map(|item| self.json(*item, written)).collect(),
            Value::Table(entries) => serde_json::Value::Object(
                entries.iter().map(|(key, value)| (key.text.clone(), self.json(*value, written))).collect(),
            ),
        }
    }
}

impl Value {
    /// What it is, for messages.
    pub fn describe(&self) -> String {
        match self {
            Value::Null => "nothing".to_owned(),
            Value::Boolean(boolean) => format!("the boolean {boolean}"),
            Value::Integer(integer) => format!("the number {integer}"),
            Value::Number(number) => format!("the number {number}"),
            Value::Text(text) => format!("the text \"{}\"", super::shortened(text)),
            Value::List(_) => "a list".to_owned(),
            Value::Table(_) => "a table".to_owned(),
            Value::Refused => "something refused".to_owned(),
        }
    }
}
