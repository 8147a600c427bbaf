use schemars::JsonSchema;
use serde::Serialize;

use super::Loaded;
use crate::syntax::{Diagnostic, DiagnosticSeverity, Sources};

/// What `cutover lint -o json` prints.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct LintReport {
    pub files: Vec<LintFile>,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct LintFile {
    pub file: String,
    pub diagnostics: Vec<Problem>,
}

/// A diagnostic with its place counted out.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Problem {
    /// `CUT0101`
    pub code: &'static str,
    pub severity: DiagnosticSeverity,
    pub message: String,
    /// 1-based.
    pub line: u32,
    /// 1-based, in Unicode scalars.
    pub column: u32,
    pub help: Option<String>,
}

impl Problem {
    pub fn of(diagnostic: &Diagnostic, sources: &Sources) -> Problem {
        let place = sources.place(diagnostic.span);
        Problem {
            code: diagnostic.code.id(),
            severity: diagnostic.severity(),
            message: diagnostic.message.clone(),
            line: place.line,
            column: place.column,
            help: diagnostic.help.clone(),
        }
    }
}

/// The problems of several documents, by file. A file is listed when it was asked for or has a problem; a problem of a
/// file that several documents share is listed once.
pub fn lint_report<'a>(loads: impl IntoIterator<Item = &'a Loaded>) -> LintReport {
    let mut files: Vec<LintFile> = Vec::new();
    for loaded in loads {
        let mut add = |name: &str, problem: Option<Problem>| {
            let index = files.iter().position(|file| file.file == name).unwrap_or_else(|| {
                files.push(LintFile { file: name.to_owned(), diagnostics: Vec::new() });
                files.len() - 1
            });
            if let Some(problem) = problem
                && !files[index].diagnostics.contains(&problem)
            {
                files[index].diagnostics.push(problem);
            }
        };
        add(&loaded.path, None);
        for diagnostic in &loaded.diagnostics {
            let name = loaded.sources.get(diagnostic.span.source).map_or("", |source| &source.name);
            add(name, Some(Problem::of(diagnostic, &loaded.sources)));
        }
    }
    LintReport { files }
}
