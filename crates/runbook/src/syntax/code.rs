use super::DiagnosticSeverity;

include!(concat!(env!("OUT_DIR"), "/pages.rs"));

/// The page of a code (`CUT0101`), as Markdown: what it means, why it matters, a wrong and a right example.
///
/// Codes of checks' findings have pages as well.
pub fn explain(code: &str) -> Option<&'static str> {
    let code = code.to_ascii_uppercase();
    PAGES.iter().find(|(id, _)| *id == code).map(|(_, page)| *page)
}

macro_rules! codes {
    ($($name:ident = $id:literal $severity:ident $title:literal;)*) => {
        /// What a diagnostic is about. The number is for people and machines and never changes its meaning.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code { $(#[doc = $title] $name,)* }

        /// Every code, in the order of their numbers.
        pub static CODES: &[Code] = &[$(Code::$name,)*];

        impl Code {
            /// `CUT0101`
            pub fn id(self) -> &'static str {
                match self { $(Code::$name => $id,)* }
            }

            pub fn severity(self) -> DiagnosticSeverity {
                match self { $(Code::$name => DiagnosticSeverity::$severity,)* }
            }

            /// One line.
            pub fn title(self) -> &'static str {
                match self { $(Code::$name => $title,)* }
            }
        }
    };
}

codes! {
    FileMissing = "CUT0001" Error "a named file does not exist";
    FileTooLarge = "CUT0002" Error "the file is too large";
    TooManyNodes = "CUT0003" Error "the file has too many values";
    TooDeep = "CUT0004" Error "lists and tables are nested too deeply";
    NotUtf8 = "CUT0005" Error "the file is not UTF-8 text";
    HiddenCharacters = "CUT0006" Error "invisible or direction-changing characters";
    FileUnreadable = "CUT0007" Error "a named file cannot be read";
    NotYaml = "CUT0100" Error "not YAML";
    UnknownKey = "CUT0101" Error "unknown key";
    DuplicateKey = "CUT0102" Error "the same key twice";
    WrongType = "CUT0103" Error "a value of the wrong type";
    MissingKey = "CUT0104" Error "a required key is missing";
    BadValue = "CUT0105" Error "a value that does not have the right form";
    AnchorRefused = "CUT0106" Error "anchors and aliases are not part of the language";
    TagRefused = "CUT0107" Error "tags are not part of the language";
    MergeKeyRefused = "CUT0108" Error "merge keys are not part of the language";
    KeyNotText = "CUT0109" Error "a key that is not plain text";
    SeveralDocuments = "CUT0110" Error "more than one document in a file";
    WrongDocument = "CUT0111" Error "not a document of this language";
    NoOffset = "CUT0112" Error "a timestamp without offset";
    NoUnit = "CUT0113" Error "a duration, size or rate without unit";
    UnknownWord = "CUT0114" Error "an unknown word where only certain words are allowed";
    NothingGiven = "CUT0115" Error "a key without value";
    BadName = "CUT0116" Error "a name with characters that names may not have";
    BadNumber = "CUT0117" Error "a number that cannot be held";
    BadTemplate = "CUT0118" Error "a template that cannot be filled in";
    OneOf = "CUT0119" Error "exactly one of several keys is needed";
    OutOfBounds = "CUT0120" Error "a parameter outside its bounds";
    LiteralSecret = "CUT0801" Error "a secret written out";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_sorted_and_unique() {
        let ids: Vec<&str> = CODES.iter().map(|code| code.id()).collect();
        let mut sorted = ids.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(ids, sorted);
    }
}
