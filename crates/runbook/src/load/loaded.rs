use std::collections::BTreeMap;

use crate::model::{Library, Raw, RunbookDoc, SiteDoc, SliceDoc};
use crate::plan::{FileDigest, ParameterUsed};
use crate::shape::Expansion;
use crate::syntax::{Diagnostic, DiagnosticSeverity, Sources, Span, Tree};

use super::environment::Chosen;

/// A document with everything it names, as written, and everything that is wrong with it.
#[derive(Debug)]
pub struct Loaded {
    /// As given.
    pub path: String,
    /// `None`: it is not a document at all; the reason is among the diagnostics.
    pub document: Option<Document>,
    /// Of a slice without mistakes: its runbook, which is then the document.
    pub expansion: Option<Expansion>,
    /// The site a runbook or slice names.
    pub site: Option<SiteDoc>,
    /// Whether that site is one: names are judged only against what could be read.
    pub(crate) site_named: bool,
    pub libraries: Vec<Library>,
    pub environment: Option<Chosen>,
    pub parameters: Vec<ParameterUsed>,
    /// Public keys of the site's people, by name: kind and base64.
    pub keys: BTreeMap<String, String>,
    /// In the order of files and lines.
    pub diagnostics: Vec<Diagnostic>,
    pub sources: Sources,
    pub(crate) trees: Vec<Tree>,
    /// Every file that was read, with its digest.
    pub files: Vec<FileDigest>,
}

#[derive(Debug)]
pub enum Document {
    Site(Box<SiteDoc>),
    Slice(Box<SliceDoc>),
    Runbook(Box<RunbookDoc>),
    Library(Box<Library>),
    /// Where it says so: nothing of it is read but its name.
    Shape(Span),
}

impl Loaded {
    pub(super) fn empty(path: &str) -> Loaded {
        Loaded {
            path: path.to_owned(),
            document: None,
            expansion: None,
            site: None,
            site_named: false,
            libraries: Vec::new(),
            environment: None,
            parameters: Vec::new(),
            keys: BTreeMap::new(),
            diagnostics: Vec::new(),
            sources: Sources::default(),
            trees: Vec::new(),
            files: Vec::new(),
        }
    }

    pub fn any_error(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.severity() == DiagnosticSeverity::Error)
    }

    /// No error and no warning; notes are allowed.
    pub fn is_clean(&self) -> bool {
        self.diagnostics.iter().all(|diagnostic| diagnostic.severity() == DiagnosticSeverity::Note)
    }

    /// The tree that holds a part kept for later.
    pub(crate) fn tree(&self, raw: &Raw) -> Option<&Tree> {
        self.trees.iter().find(|tree| tree.source == raw.0.source)
    }

    /// A part kept for later, as JSON. With `written`, templates that depend on the environment stay templates.
    pub(crate) fn json(&self, raw: &Raw, written: bool) -> serde_json::Value {
        self.tree(raw).map_or(serde_json::Value::Null, |tree| tree.json(raw.0.node, written))
    }
}
