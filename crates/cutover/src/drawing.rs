//! Diagnostics drawn in the user's own file.

use std::fmt::{self, Write as _};

use miette::{
    Diagnostic as Drawable, GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, Severity,
    SourceCode,
};
use runbook::syntax::{Code, Diagnostic, DiagnosticSeverity, Source, Sources, Span};

use crate::output;

/// Beyond these a list of places serves better than drawings, and costs less.
const MOST_DRAWN: usize = 60;

/// A line of more bytes is not drawn: it is generated, or hostile.
const LONGEST_LINE: usize = 1_000;

/// All of them, one after the other.
pub fn draw(diagnostics: &[Diagnostic], sources: &Sources) -> String {
    let theme = if output::colour() { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let handler =
        GraphicalReportHandler::new_themed(theme).with_links(false).with_width(80).with_context_lines(1);
    // A secret that is drawn somewhere is not shown as the neighbour of something else either.
    let secrets: Vec<Span> = diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.code == Code::LiteralSecret)
        .map(|d| d.span)
        .collect();
    let mut text = String::new();
    for (count, diagnostic) in diagnostics.iter().enumerate() {
        // A line that holds a secret is not printed again.
        if diagnostic.code == Code::LiteralSecret || count >= MOST_DRAWN || !drawable(diagnostic, sources) {
            write_plain(&mut text, diagnostic, sources);
            continue;
        }
        let drawn = Drawn::new(diagnostic, sources, &secrets);
        if handler.render_report(&mut text, &drawn).is_err() {
            write_plain(&mut text, diagnostic, sources);
        }
        text.push('\n');
    }
    text
}

/// Whether the lines around a problem are fit to be shown.
fn drawable(diagnostic: &Diagnostic, sources: &Sources) -> bool {
    let Some(source) = sources.get(diagnostic.span.source) else { return false };
    let at = (diagnostic.span.start as usize).min(source.text.len());
    let bytes = source.text.as_bytes();
    let back = bytes[..at].iter().rev().take(2 * LONGEST_LINE);
    let forth = bytes[at..].iter().take(2 * LONGEST_LINE);
    let breaks = |byte: &&u8| matches!(**byte, b'\n');
    let room = |taken: usize, breaks: usize| taken < 2 * LONGEST_LINE || breaks >= 2;
    room(back.len(), back.clone().filter(breaks).count())
        && room(forth.len(), forth.clone().filter(breaks).count())
}

fn write_plain(text: &mut String, diagnostic: &Diagnostic, sources: &Sources) {
    let place = sources.place(diagnostic.span);
    let name = sources.get(diagnostic.span.source).map_or("", |source| &source.name);
    let help = diagnostic.help.as_ref().map_or_else(String::new, |help| format!("  help: {help}\n"));
    writeln!(
        text,
        "{} {}: {}\n  at {name}:{}:{}\n{help}",
        diagnostic.code.id(),
        diagnostic.severity().word(),
        diagnostic.message,
        place.line,
        place.column
    )
    .expect("writing to a string");
}

/// A diagnostic as miette wants it.
#[derive(Debug)]
struct Drawn<'a> {
    diagnostic: &'a Diagnostic,
    source: Option<NamedSource<String>>,
}

impl<'a> Drawn<'a> {
    fn new(diagnostic: &'a Diagnostic, sources: &Sources, secrets: &[Span]) -> Drawn<'a> {
        let source = sources
            .get(diagnostic.span.source)
            .filter(|source| !source.text.is_empty())
            .map(|source| NamedSource::new(&source.name, visible(&masked(source, diagnostic.span, secrets))));
        Drawn { diagnostic, source }
    }
}

/// The text with every secret of the file that `span` lies in covered, byte by byte.
fn masked(source: &Source, span: Span, secrets: &[Span]) -> String {
    let mut text = source.text.clone();
    for secret in secrets.iter().filter(|secret| secret.source == span.source) {
        let range = secret.start as usize..secret.end as usize;
        if text.get(range.clone()).is_some() {
            text.replace_range(range.clone(), &"*".repeat(range.len()));
        }
    }
    text
}

/// The text with every character that could act on a terminal replaced by one of the same length in bytes.
fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        let acts = (character.is_control() && !matches!(character, '\n' | '\t' | '\r'))
            || matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{61c}' | '\u{feff}');
        match (acts, character.len_utf8()) {
            (false, _) => out.push(character),
            (true, 1) => out.push('?'),
            (true, 2) => out.push('¿'),
            (true, _) => out.push('\u{fffd}'),
        }
    }
    out
}

impl fmt::Display for Drawn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.diagnostic.message)
    }
}

impl std::error::Error for Drawn<'_> {}

impl Drawable for Drawn<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(format!("{} {}", self.diagnostic.code.id(), self.diagnostic.severity().word())))
    }

    fn severity(&self) -> Option<Severity> {
        Some(match self.diagnostic.severity() {
            DiagnosticSeverity::Error => Severity::Error,
            DiagnosticSeverity::Warning => Severity::Warning,
            DiagnosticSeverity::Note => Severity::Advice,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.diagnostic.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.source.as_ref().map(|source| source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        self.source.as_ref()?;
        let label =
            |span: Span, text: Option<String>| LabeledSpan::new(text, span.start as usize, span.len());
        let own = std::iter::once(LabeledSpan::new_primary_with_span(
            None,
            (self.diagnostic.span.start as usize, self.diagnostic.span.len()),
        ));
        // A label in another file has no place in this drawing.
        let same =
            self.diagnostic.labels.iter().filter(|label| label.span.source == self.diagnostic.span.source);
        Some(Box::new(own.chain(same.map(move |other| label(other.span, Some(other.text.clone()))))))
    }
}
