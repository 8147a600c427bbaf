//! What does not fit together. Reading has found what is malformed; here are the rules of meaning, one file per part
//! of the language. Neither clock nor network is read.

mod check;
mod condition;
mod drain;
mod expression;
mod gate;
mod library;
mod names;
mod order;
mod people;
mod promises;
mod rehearsal;
mod rollback;
mod site;
mod started;
mod step;
mod step_with;
mod unit;
mod waiver;
mod writers;

use crate::load::{Document, Loaded};
use crate::outline::Outline;
use crate::syntax::{Code, Diagnostic, Diagnostics, Files, Span};

/// Finds everything that is wrong with what was loaded, beside what reading it has found.
pub(crate) fn lint(loaded: &Loaded, files: &dyn Files, found: &Diagnostics) {
    let cx = Cx { loaded, files, found };
    match &loaded.document {
        Some(Document::Site(site)) => site::lint(&cx, site, None),
        Some(Document::Library(library)) => library::lint(&cx, library),
        Some(Document::Runbook(_) | Document::Slice(_)) => {
            let Some(outline) = Outline::of(loaded) else { return };
            runbook(&cx, &outline);
        }
        Some(Document::Shape(_)) | None => {}
    }
}

fn runbook(cx: &Cx<'_>, outline: &Outline<'_>) {
    if let Some(site) = outline.site {
        site::lint(cx, site, Some(outline));
    }
    people::lint(cx, outline);
    for unit in &outline.units {
        unit::lint(cx, outline, unit);
    }
    unit::across(cx, outline);
    started::lint(cx, outline);
    check::lint(cx, outline);
    step::lint(cx, outline);
    order::lint(cx, outline);
    drain::lint(cx, outline);
    writers::lint(cx, outline);
    rollback::lint(cx, outline);
    waiver::lint(cx, outline);
    rehearsal::lint(cx, outline);
    promises::lint(cx, outline);
}

/// What every rule has.
pub(crate) struct Cx<'a> {
    pub loaded: &'a Loaded,
    pub files: &'a dyn Files,
    pub found: &'a Diagnostics,
}

impl Cx<'_> {
    pub fn add(&self, diagnostic: Diagnostic) {
        self.found.add(diagnostic);
    }

    /// A problem with its help.
    pub fn say(&self, code: Code, span: Span, message: impl Into<String>, help: impl Into<String>) {
        self.found.add(Diagnostic::new(code, span, message).help(help));
    }

    /// A file named at `span` must exist.
    pub fn must_exist(&self, written: &str, span: Span) {
        if written.contains("{{") {
            return;
        }
        let from = self.loaded.sources.get(span.source).map_or("", |source| &source.name);
        let path = crate::syntax::join(from, written);
        if !self.files.exists(&path) {
            self.say(
                Code::FileMissing,
                span,
                format!("there is no file {}", crate::syntax::quoted(&path)),
                "paths are relative to the file that names them",
            );
        }
    }
}
