use std::collections::HashMap;

use serde_saphyr::granit_parser::{self, ErrorKind, Event, Parser, ScalarStyle, ScanError};

use super::quote::is_direction;
use super::{
    Code, Diagnostic, Diagnostics, Key, NodeId, Source, SourceId, Sources, Span, Tree, Value, quoted, scalar,
};
use crate::limits::{MAX_DEPTH, MAX_FILE_BYTES, MAX_NODES};

/// Reads a file's bytes into `sources` and [`read`]s them. `None`: there is no tree; the reason was recorded.
pub fn read_bytes(sources: &mut Sources, name: &str, bytes: Vec<u8>, found: &Diagnostics) -> Option<Tree> {
    if bytes.len() as u64 > MAX_FILE_BYTES {
        let id = sources.add(Source::new(name, ""));
        found.add(too_large(Span::new(id, 0, 0), bytes.len() as u64));
        return None;
    }
    match String::from_utf8(bytes) {
        Ok(text) => {
            let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
            let id = sources.add(Source::new(name, text));
            read(sources, id, found)
        }
        Err(error) => {
            let valid = error.utf8_error().valid_up_to();
            let text = String::from_utf8_lossy(&error.as_bytes()[..valid]).into_owned();
            let id = sources.add(Source::new(name, text));
            let diagnostic = Diagnostic::new(
                Code::NotUtf8,
                Span::new(id, valid, valid),
                "the file is not UTF-8 from here on",
            );
            found.add(diagnostic.help("save the file as UTF-8"));
            None
        }
    }
}

/// The problem of a file of `bytes` bytes.
pub(crate) fn too_large(span: Span, bytes: u64) -> Diagnostic {
    Diagnostic::new(
        Code::FileTooLarge,
        span,
        format!("the file has {bytes} bytes; at most {MAX_FILE_BYTES} are read"),
    )
    .help("split it: checks that several runbooks share belong into a library file under `include`")
}

/// Parses a source into nodes. What the language leaves out of YAML (anchors, aliases, tags, merge keys, several
/// documents) is refused at its place, and reading goes on; after an error of YAML itself there is only that one.
pub fn read(sources: &Sources, id: SourceId, found: &Diagnostics) -> Option<Tree> {
    let text = &sources.get(id)?.text;
    if text.len() as u64 > MAX_FILE_BYTES {
        found.add(too_large(Span::new(id, 0, 0), text.len() as u64));
        return None;
    }
    let reader = Reader { id, text, found, tree: Tree::new(id), open: Vec::new(), documents: 0, count: 0 };
    let tree = reader.run()?;
    hidden_characters(id, text, found);
    Some(tree)
}

fn hidden_characters(id: SourceId, text: &str, found: &Diagnostics) {
    for (at, character) in text.char_indices().filter(|(_, character)| is_direction(*character)) {
        let name = format!("U+{:04X}", u32::from(character));
        found.add(
            Diagnostic::new(
                Code::HiddenCharacters,
                Span::new(id, at, at + character.len_utf8()),
                format!("an invisible character, {name}: the text may read differently from what it says"),
            )
            .help("remove it, or write it as an escape within double quotes"),
        );
    }
}

/// A list or table that is still being read.
enum Open {
    List { node: NodeId, items: Vec<NodeId> },
    Table { node: NodeId, entries: Vec<(Key, NodeId)>, seen: HashMap<String, Span>, key: Option<KeyRead> },
}

/// What was read in the place of a key.
enum KeyRead {
    Good(Key),
    /// Refused already; its value is read and dropped.
    Bad,
}

struct Reader<'a> {
    id: SourceId,
    text: &'a str,
    found: &'a Diagnostics,
    tree: Tree,
    open: Vec<Open>,
    documents: usize,
    /// Lists, tables and scalars so far, keys included.
    count: usize,
}

impl<'a> Reader<'a> {
    fn run(mut self) -> Option<Tree> {
        // One more than our own limit, so that the refusal names ours.
        let options = granit_parser::options! {
            emit_comments: false,
            emit_anchor_events: true,
            emit_unresolved_aliases: true,
            flow_nesting_limit: MAX_DEPTH + 2,
            block_nesting_limit: MAX_DEPTH + 2,
        };
        for event in Parser::new_from_str_with_options(self.text, options) {
            match event {
                Ok((event, span)) => {
                    if !self.take(event, &span) {
                        return None;
                    }
                }
                Err(error) => {
                    self.found.add(self.syntax_error(&error));
                    return None;
                }
            }
            if self.documents > 1 {
                break;
            }
        }
        Some(self.tree)
    }

    /// False: reading stops here, with the reason recorded.
    fn take(&mut self, event: Event<'a>, raw: &granit_parser::Span) -> bool {
        let span = self.span(raw);
        if let Some(tag) = raw.tag_span().filter(|_| event.tag().is_some()) {
            let span = self.span(&tag);
            let text = quoted(self.slice(span));
            self.found.add(
                Diagnostic::new(Code::TagRefused, span, format!("the tag {text} has no meaning here"))
                    .help("remove it; to make text of a number, write it in quotes"),
            );
        }
        match event {
            Event::DocumentStart(..) => {
                self.documents += 1;
                if self.documents > 1 {
                    let diagnostic = Diagnostic::new(Code::SeveralDocuments, span, "a second document begins here");
                    self.found.add(diagnostic.help("one file holds one document; move this one to a file of its own"));
                }
            }
            Event::Scalar(text, style, _, _) => {
                if self.expects_key() {
                    self.key(&text, style, span);
                    return self.room(span);
                } else {
                    let value = if style == ScalarStyle::Plain {
                        scalar::resolve(&text).unwrap_or_else(|why| {
                            self.found.add(
                                Diagnostic::new(Code::BadNumber, span, why)
                                    .help("if it is a name, write it in quotes"),
                            );
                            Value::Refused
                        })
                    } else {
                        Value::Text(text.into_owned())
                    };
                    // What is not written at all is drawn at its key.
                    let span = match self.open.last() {
                        Some(Open::Table { key: Some(KeyRead::Good(key)), .. }) if span.is_empty() => key.span,
                        _ => span,
                    };
                    return self.node(span, value).is_some();
                }
            }
            Event::SequenceStart(..) => {
                if !self.nest(span) {
                    return false;
                }
                self.refuse_collection_key(span);
                let Some(node) = self.node(span, Value::List(Vec::new())) else { return false };
                self.open.push(Open::List { node, items: Vec::new() });
            }
            Event::MappingStart(..) => {
                if !self.nest(span) {
                    return false;
                }
                self.refuse_collection_key(span);
                let Some(node) = self.node(span, Value::Table(Vec::new())) else { return false };
                self.open.push(Open::Table { node, entries: Vec::new(), seen: HashMap::new(), key: None });
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span),
            Event::Anchor(_, name) => self.found.add(
                Diagnostic::new(Code::AnchorRefused, span, format!("the anchor {} has no meaning here", quoted(&name)))
                    .help("write the value where it is used; shared checks belong into a library file under `include`"),
            ),
            Event::Alias(_) | Event::UnresolvedAlias(_) => {
                let text = quoted(self.slice(span));
                self.found.add(
                    Diagnostic::new(Code::AnchorRefused, span, format!("the alias {text} has no meaning here"))
                        .help("write the value itself, or use a parameter: \"{{ name }}\""),
                );
                if self.expects_key() {
                    self.set_key(KeyRead::Bad);
                } else {
                    return self.node(span, Value::Refused).is_some();
                }
            }
            _ => {}
        }
        true
    }

    fn span(&self, raw: &granit_parser::Span) -> Span {
        let start = raw.start.byte_offset().unwrap_or(0).min(self.text.len());
        let end = raw.end.byte_offset().unwrap_or(start).min(self.text.len());
        Span::new(self.id, start, end)
    }

    fn slice(&self, span: Span) -> &'a str {
        self.text.get(span.start as usize..span.end as usize).unwrap_or("")
    }

    fn expects_key(&self) -> bool {
        matches!(self.open.last(), Some(Open::Table { key: None, .. }))
    }

    fn set_key(&mut self, read: KeyRead) {
        if let Some(Open::Table { key, .. }) = self.open.last_mut() {
            *key = Some(read);
        }
    }

    fn key(&mut self, text: &str, style: ScalarStyle, span: Span) {
        if style == ScalarStyle::Plain && text == "<<" {
            self.found.add(
                Diagnostic::new(Code::MergeKeyRefused, span, "the merge key `<<` has no meaning here")
                    .help("write the keys themselves"),
            );
            return self.set_key(KeyRead::Bad);
        }
        if text.is_empty() {
            self.found.add(
                Diagnostic::new(Code::KeyNotText, span, "a key is missing before the colon")
                    .help("write the key's name"),
            );
            return self.set_key(KeyRead::Bad);
        }
        let Some(Open::Table { seen, key, .. }) = self.open.last_mut() else { return };
        if let Some(first) = seen.get(text) {
            self.found.add(
                Diagnostic::new(
                    Code::DuplicateKey,
                    span,
                    format!("the key {} is written twice in this table", quoted(text)),
                )
                .label(*first, "written here first")
                .help("keep one of them"),
            );
            *key = Some(KeyRead::Bad);
        } else {
            seen.insert(text.to_owned(), span);
            *key = Some(KeyRead::Good(Key { span, text: text.to_owned() }));
        }
    }

    /// A list or table in the place of a key: refused, and read as if the key were something else.
    fn refuse_collection_key(&mut self, span: Span) {
        if self.expects_key() {
            let start = Span { end: span.start.saturating_add(1).min(span.end.max(span.start)), ..span };
            self.found.add(
                Diagnostic::new(Code::KeyNotText, start, "a key must be text, not a list or a table")
                    .help("quote the key, or put this under a key of its own"),
            );
        }
    }

    /// Counts one more value; false, and recorded: too many.
    fn room(&mut self, span: Span) -> bool {
        self.count += 1;
        if self.count <= MAX_NODES {
            return true;
        }
        let message = format!("more than {MAX_NODES} values and keys in one file");
        let diagnostic = Diagnostic::new(Code::TooManyNodes, span, message);
        self.found.add(diagnostic.help("split the file; a runbook for people has some hundreds"));
        false
    }

    /// Adds a node where it belongs. `None`: too many.
    fn node(&mut self, span: Span, value: Value) -> Option<NodeId> {
        if !self.room(span) {
            return None;
        }
        let node = self.tree.push(span, value);
        match self.open.last_mut() {
            None => {
                if self.tree.root().is_none() {
                    self.tree.set_root(node);
                }
            }
            Some(Open::List { items, .. }) => items.push(node),
            Some(Open::Table { entries, key, .. }) => match key.take() {
                Some(KeyRead::Good(name)) => entries.push((name, node)),
                Some(KeyRead::Bad) => {}
                // A collection in the place of a key: its value follows and is dropped with it.
                None => *key = Some(KeyRead::Bad),
            },
        }
        Some(node)
    }

    fn nest(&mut self, span: Span) -> bool {
        if self.open.len() < MAX_DEPTH {
            return true;
        }
        self.found.add(self.too_deep(Span { end: span.start, ..span }));
        false
    }

    fn too_deep(&self, span: Span) -> Diagnostic {
        Diagnostic::new(
            Code::TooDeep,
            span,
            format!("lists and tables are nested more than {MAX_DEPTH} deep"),
        )
        .help("no document of this language needs a tenth of that")
    }

    fn close(&mut self, end: Span) {
        let (node, value) = match self.open.pop() {
            Some(Open::List { node, items }) => (node, Value::List(items)),
            Some(Open::Table { node, entries, .. }) => (node, Value::Table(entries)),
            None => return,
        };
        // A block collection's end event lies at the next token; its text ends with its last value.
        let last = match &value {
            Value::List(items) => items.last().copied(),
            Value::Table(entries) => entries.last().map(|(_, value)| *value),
            _ => None,
        };
        let flow = self.text.get(..end.end as usize).is_some_and(|before| before.ends_with([']', '}']));
        let last = last.map(|last| self.tree.node(last).span.end);
        let target = self.tree.node_mut(node);
        let end = if flow && !end.is_empty() { end.end } else { last.unwrap_or(target.span.end) };
        target.span.end = target.span.end.max(end);
        target.value = value;
    }

    fn syntax_error(&self, error: &ScanError) -> Diagnostic {
        let at = error.marker().byte_offset().unwrap_or(0).min(self.text.len());
        let next = self.text.get(at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        let span = Span::new(self.id, at, at + next);
        if matches!(error.kind(), ErrorKind::RecursionLimitExceeded) {
            return self.too_deep(span);
        }
        let diagnostic =
            Diagnostic::new(Code::NotYaml, span, format!("not YAML: {}", super::shortened(&error.info())));
        diagnostic.help(match error.kind() {
            ErrorKind::TabInBlockIndentation | ErrorKind::TabInIndentation | ErrorKind::TabNotAllowed => {
                "indent with spaces, not tabs"
            }
            _ => "values that contain `: `, ` #`, or begin with one of `{ [ * & ! | > % @` need quotes; check the indentation",
        })
    }
}
