use super::Span;

/// Index of a file within [`Sources`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SourceId(pub u32);

/// A line and a column as people and editors count them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// 1-based.
    pub line: u32,
    /// 1-based, in Unicode scalars.
    pub column: u32,
}

/// A file as read, without its byte order mark.
#[derive(Clone, Debug)]
pub struct Source {
    /// Path as the user named it, or as the naming file did, joined.
    pub name: String,
    pub text: String,
    line_starts: Vec<u32>,
}

impl Source {
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Source {
        let text = text.into();
        let bytes = text.as_bytes();
        let mut line_starts = vec![0];
        for (index, byte) in bytes.iter().enumerate() {
            // A line ends at LF, CR LF, or a lone CR, as in YAML.
            let ends = *byte == b'\n' || (*byte == b'\r' && bytes.get(index + 1) != Some(&b'\n'));
            if ends {
                line_starts.push(u32::try_from(index + 1).unwrap_or(u32::MAX));
            }
        }
        Source { name: name.into(), text, line_starts }
    }

    /// Where a byte offset lies; an offset beyond the end is the end.
    pub fn place(&self, offset: u32) -> Place {
        let offset = offset.min(u32::try_from(self.text.len()).unwrap_or(u32::MAX));
        let line = self.line_starts.partition_point(|start| *start <= offset).max(1) - 1;
        let start = self.line_starts[line] as usize;
        let column = self.text.get(start..offset as usize).map_or(0, |before| before.chars().count());
        Place {
            line: u32::try_from(line + 1).unwrap_or(u32::MAX),
            column: u32::try_from(column + 1).unwrap_or(u32::MAX),
        }
    }
}

/// The files of one runbook.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    files: Vec<Source>,
}

impl Sources {
    pub fn add(&mut self, source: Source) -> SourceId {
        self.files.push(source);
        SourceId(u32::try_from(self.files.len() - 1).unwrap_or(u32::MAX))
    }

    pub fn get(&self, id: SourceId) -> Option<&Source> {
        self.files.get(id.0 as usize)
    }

    pub fn iter(&self) -> impl Iterator<Item = (SourceId, &Source)> {
        self.files
            .iter()
            .enumerate()
            .map(|(index, file)| (SourceId(u32::try_from(index).unwrap_or(u32::MAX)), file))
    }

    /// Where a span begins.
    pub fn place(&self, span: Span) -> Place {
        self.get(span.source).map_or(Place { line: 1, column: 1 }, |source| source.place(span.start))
    }

    /// The text a span covers.
    pub fn text(&self, span: Span) -> &str {
        self.get(span.source)
            .and_then(|source| source.text.get(span.start as usize..span.end as usize))
            .unwrap_or("")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_lines_end_as_in_yaml() {
        let source = Source::new("f", "é: ü\r\nb\rc\n\n");
        assert_eq!(source.place(0), Place { line: 1, column: 1 });
        assert_eq!(source.place(4), Place { line: 1, column: 4 });
        assert_eq!(source.place(8), Place { line: 2, column: 1 });
        assert_eq!(source.place(10), Place { line: 3, column: 1 });
        assert_eq!(source.place(12), Place { line: 4, column: 1 });
        assert_eq!(source.place(u32::MAX), Place { line: 5, column: 1 });
    }
}
