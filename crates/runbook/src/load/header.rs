use crate::syntax::{Code, Diagnostic, Diagnostics, Span, Tree, Value, quoted};

/// The documents of the language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentKind {
    Site,
    Slice,
    Runbook,
    Library,
    /// What a slice names; the ones there are belong to the program.
    Shape,
}

impl DocumentKind {
    const ALL: [DocumentKind; 5] = [
        DocumentKind::Site,
        DocumentKind::Slice,
        DocumentKind::Runbook,
        DocumentKind::Library,
        DocumentKind::Shape,
    ];

    pub fn word(self) -> &'static str {
        match self {
            DocumentKind::Site => "Site",
            DocumentKind::Slice => "Slice",
            DocumentKind::Runbook => "Runbook",
            DocumentKind::Library => "Library",
            DocumentKind::Shape => "Shape",
        }
    }
}

/// What kind of document a file holds. `None`: none of ours, and recorded.
pub(super) fn kind(tree: &Tree, found: &Diagnostics) -> Option<DocumentKind> {
    const HELP: &str =
        "a document begins with `apiVersion: cutover/v1` and `kind: Runbook` (or Slice, Site, Library)";
    let start = Span::new(tree.source, 0, 0);
    let Some(root) = tree.root() else {
        found.add(Diagnostic::new(Code::WrongDocument, start, "the file is empty").help(HELP));
        return None;
    };
    let node = tree.node(root);
    if !matches!(node.value, Value::Table(_)) {
        let span = Span { end: node.span.end.min(node.span.start + 1), ..node.span };
        let what = node.value.describe();
        found.add(
            Diagnostic::new(Code::WrongDocument, span, format!("the file holds {what}, not a table"))
                .help(HELP),
        );
        return None;
    }
    let missing = |key: &str| {
        let message = format!("the file does not say what it is: `{key}` is missing");
        found.add(Diagnostic::new(Code::WrongDocument, start, message).help(HELP));
    };
    match tree.text_of(root, "apiVersion") {
        Some("cutover/v1") => {}
        Some(other) => {
            let span = tree.entry(root, "apiVersion").map_or(start, |(_, node)| tree.node(node).span);
            let message = format!("{} is not a version of the language this program reads", quoted(other));
            found.add(
                Diagnostic::new(Code::WrongDocument, span, message).help("write `apiVersion: cutover/v1`"),
            );
            return None;
        }
        None => {
            missing("apiVersion");
            return None;
        }
    }
    let Some(word) = tree.text_of(root, "kind") else {
        missing("kind");
        return None;
    };
    let kind = DocumentKind::ALL.into_iter().find(|kind| kind.word() == word);
    if kind.is_none() {
        let span = tree.entry(root, "kind").map_or(start, |(_, node)| tree.node(node).span);
        let diagnostic =
            Diagnostic::new(Code::WrongDocument, span, format!("{} is not a kind of document", quoted(word)));
        found.add(diagnostic.known(word, DocumentKind::ALL.iter().map(|kind| kind.word())));
    }
    kind
}
