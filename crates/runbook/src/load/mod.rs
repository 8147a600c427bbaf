//! From a path to documents with their templates filled in, and everything that is wrong with them.

pub(crate) mod environment;
pub(crate) mod fill;
mod header;
mod keys;
mod loaded;
mod options;
mod parameters;
mod report;
mod secrets;

use std::collections::BTreeMap;

use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::limits::{MAX_FILE_BYTES, MAX_INCLUDES};
use crate::model::{Library, RunbookDoc, SiteDoc, SliceDoc};
use crate::plan::FileDigest;
use crate::syntax::decode::decode_lenient;
use crate::syntax::{
    Code, Diagnostic, Diagnostics, FileError, Files, Source, Sources, Span, Tree, Value, join, quoted,
    read_bytes,
};

pub use environment::Chosen;
pub use header::DocumentKind;
pub use loaded::{Document, Loaded};
pub use options::{LabCluster, LabEnvironment, Options};
pub use report::{LintFile, LintReport, Problem, lint_report};

/// Reads a document with all it names, fills in its templates and lints it. Problems are in the result, all of them.
pub fn load(path: &str, files: &dyn Files, options: &Options) -> Loaded {
    Loader::new(files, options).load(path)
}

struct Loader<'a> {
    files: &'a dyn Files,
    options: &'a Options,
    found: Diagnostics,
    sources: Sources,
    trees: Vec<Tree>,
    digests: Vec<FileDigest>,
}

impl<'a> Loader<'a> {
    fn new(files: &'a dyn Files, options: &'a Options) -> Self {
        Loader {
            files,
            options,
            found: Diagnostics::default(),
            sources: Sources::default(),
            trees: Vec::new(),
            digests: Vec::new(),
        }
    }

    fn load(mut self, path: &str) -> Loaded {
        let mut loaded = Loaded::empty(path);
        if let Some(main) = self.open(path, path, None) {
            let kind = header::kind(&self.trees[main], &self.found);
            match kind {
                Some(DocumentKind::Runbook | DocumentKind::Slice) => self.runbook(&mut loaded, main, kind),
                Some(DocumentKind::Site) => self.site_alone(&mut loaded, main),
                Some(DocumentKind::Library) => {
                    loaded.document =
                        self.decode::<Library>(main).map(|library| Document::Library(Box::new(library)));
                }
                Some(DocumentKind::Shape) => {
                    let span = crate::shape::of_file(&self.trees[main], &self.sources, &self.found);
                    loaded.document = Some(Document::Shape(span));
                }
                None => {}
            }
        }
        let site = match &loaded.document {
            Some(Document::Site(site)) => Some(site.as_ref()),
            _ => loaded.site.as_ref(),
        };
        if let Some(site) = site {
            loaded.keys = keys::read(site, self.files, &self.sources, &self.found);
        }
        loaded.sources = self.sources;
        loaded.trees = self.trees;
        loaded.files = self.digests;
        crate::lint::lint(&loaded, self.files, &self.found);
        loaded.diagnostics = self.found.into_sorted();
        if let Some(expansion) = &loaded.expansion {
            let found = std::mem::take(&mut loaded.diagnostics);
            loaded.diagnostics = sorted(found.into_iter().map(|problem| expansion.drawn_in_slice(problem)));
        }
        loaded
    }

    /// Index of the file's tree. `None`: the reason is recorded, at the place that names the file.
    fn open(&mut self, path: &str, written: &str, named_at: Option<Span>) -> Option<usize> {
        let place = |sources: &mut Sources| match named_at {
            Some(span) => span,
            None => Span::new(sources.add(Source::new(path, "")), 0, 0),
        };
        match self.files.read(path, MAX_FILE_BYTES) {
            Ok(bytes) => {
                self.digests
                    .push(FileDigest { path: written.to_owned(), sha256: hex(&Sha256::digest(&bytes)) });
                let mut tree = read_bytes(&mut self.sources, path, bytes, &self.found)?;
                secrets::refuse(&mut tree, &self.found);
                self.trees.push(tree);
                Some(self.trees.len() - 1)
            }
            Err(FileError::TooLarge(bytes)) => {
                let span = place(&mut self.sources);
                self.found.add(Diagnostic::new(
                    Code::FileTooLarge,
                    span,
                    format!("{} has {bytes} bytes; at most {MAX_FILE_BYTES} are read", quoted(path)),
                ));
                None
            }
            Err(error) => {
                let span = place(&mut self.sources);
                let code = if error == FileError::Missing { Code::FileMissing } else { Code::FileUnreadable };
                let message = format!(
                    "{} cannot be read: {}",
                    quoted(path),
                    crate::syntax::shortened(&error.to_string())
                );
                let help = match named_at {
                    Some(_) => "paths are relative to the file that names them",
                    None => "check the path",
                };
                self.found.add(Diagnostic::new(code, span, message).help(help));
                None
            }
        }
    }

    /// A file named by a top-level key of the main document, which must be of this kind.
    fn named(&mut self, main: usize, written: &str, span: Span, wanted: DocumentKind) -> Option<usize> {
        let from = self.sources.get(self.trees[main].source)?.name.clone();
        let index = self.open(&join(&from, written), written, Some(span))?;
        let kind = header::kind(&self.trees[index], &self.found)?;
        if kind == wanted {
            return Some(index);
        }
        let message = format!("{} is a {}; a {} is needed here", quoted(written), kind.word(), wanted.word());
        self.found.add(Diagnostic::new(Code::WrongDocument, span, message).help("name another file"));
        None
    }

    fn runbook(&mut self, loaded: &mut Loaded, main: usize, kind: Option<DocumentKind>) {
        let site = text_entry(&self.trees[main], "site")
            .and_then(|(text, span)| self.named(main, &text, span, DocumentKind::Site));
        let libraries: Vec<usize> = list_entry(&self.trees[main], "include")
            .into_iter()
            .take(MAX_INCLUDES)
            .filter_map(|(text, span)| self.named(main, &text, span, DocumentKind::Library))
            .collect();

        let chosen = site.and_then(|site| environment::choose(&self.trees[site], self.options, &self.found));
        let given = chosen.as_ref().map(|chosen| &chosen.parameters);
        let (used, declared) = parameters::values(&self.trees[main], given, self.options, &self.found);
        loaded.parameters = used;
        let values: BTreeMap<String, serde_json::Value> =
            loaded.parameters.iter().map(|used| (used.name.clone(), used.value.clone())).collect();
        let scope = fill::Scope { parameters: Some(&values), declared: &declared, chosen: chosen.as_ref() };
        let written = (kind == Some(DocumentKind::Slice)).then(|| self.trees[main].clone());
        for index in std::iter::once(main).chain(libraries.iter().copied()).chain(site) {
            fill::fill(&mut self.trees[index], &self.sources, &scope, &self.found);
        }
        loaded.site = site.and_then(|site| self.decode::<SiteDoc>(site));
        loaded.site_named = site.is_some();
        loaded.libraries = libraries.iter().filter_map(|index| self.decode::<Library>(*index)).collect();
        loaded.document = match written {
            Some(written) => self.slice(loaded, main, &written, &scope),
            None => self.decode::<RunbookDoc>(main).map(|runbook| Document::Runbook(Box::new(runbook))),
        };
        loaded.environment = chosen;
    }

    /// A slice becomes the runbook of its shape. One with mistakes stays a slice, whose own mistakes are then drawn.
    fn slice(
        &mut self,
        loaded: &mut Loaded,
        main: usize,
        written: &Tree,
        scope: &fill::Scope<'_>,
    ) -> Option<Document> {
        let slice = self.decode::<SliceDoc>(main)?;
        let window = slice.window.get();
        let ends_once = window.is_none_or(|window| window.closes.is_written() != window.length.is_written());
        if self.found.any_error() || !ends_once {
            return Some(Document::Slice(Box::new(slice)));
        }
        let included = loaded.libraries.iter().filter_map(|library| library.checks.get()).flatten();
        let included = included.map(|(id, _)| id.value.as_str().to_owned()).collect();
        let Some(mut expansion) = crate::shape::expand(&slice, written, &included, &self.found) else {
            return Some(Document::Slice(Box::new(slice)));
        };
        // Files it names are beside the slice.
        let source = Source::new(loaded.path.clone(), expansion.text.clone());
        expansion.source = self.sources.add(source);
        let mut tree = crate::syntax::read(&self.sources, expansion.source, &self.found)?;
        fill::fill(&mut tree, &self.sources, scope, &self.found);
        self.trees.push(tree);
        loaded.expansion = Some(expansion);
        let runbook = self.decode::<RunbookDoc>(self.trees.len() - 1)?;
        Some(Document::Runbook(Box::new(runbook)))
    }

    fn site_alone(&mut self, loaded: &mut Loaded, main: usize) {
        let chosen = environment::choose(&self.trees[main], self.options, &self.found);
        // Parameters belong to runbooks, so their names are not judged here.
        let scope = fill::Scope { parameters: None, declared: &[], chosen: chosen.as_ref() };
        fill::fill(&mut self.trees[main], &self.sources, &scope, &self.found);
        loaded.environment = chosen;
        loaded.document = self.decode::<SiteDoc>(main).map(|site| Document::Site(Box::new(site)));
    }

    fn decode<T: for<'t> Deserialize<'t>>(&self, index: usize) -> Option<T> {
        let tree = &self.trees[index];
        decode_lenient(tree, tree.root()?, &self.found)
    }
}

/// In the order of files and lines, each once.
fn sorted(problems: impl Iterator<Item = Diagnostic>) -> Vec<Diagnostic> {
    let mut problems: Vec<Diagnostic> = problems.collect();
    problems.sort_by(|a, b| (a.span, a.code.id(), &a.message).cmp(&(b.span, b.code.id(), &b.message)));
    problems.dedup_by(|a, b| (a.code, a.span, &a.message) == (b.code, b.span, &b.message));
    problems
}

fn text_entry(tree: &Tree, key: &str) -> Option<(String, Span)> {
    let (_, node) = tree.entry(tree.root()?, key)?;
    match &tree.node(node).value {
        Value::Text(text) => Some((text.clone(), tree.node(node).span)),
        _ => None,
    }
}

fn list_entry(tree: &Tree, key: &str) -> Vec<(String, Span)> {
    let Some((_, node)) = tree.root().and_then(|root| tree.entry(root, key)) else { return Vec::new() };
    let Value::List(items) = &tree.node(node).value else { return Vec::new() };
    items
        .iter()
        .filter_map(|item| match &tree.node(*item).value {
            Value::Text(text) => Some((text.clone(), tree.node(*item).span)),
            _ => None,
        })
        .collect()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
