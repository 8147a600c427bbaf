/// A format a report is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// `report.html`: one file that needs nothing else, for people who decide and sign.
    Html,
    /// `scorecard.json`.
    Json,
    /// `junit.xml`.
    Junit,
    /// `report.md`.
    Markdown,
}

impl Format {
    pub const ALL: [Format; 4] = [Format::Html, Format::Json, Format::Junit, Format::Markdown];

    /// The word of `--format`.
    pub fn word(self) -> &'static str {
        match self {
            Format::Html => "html",
            Format::Json => "json",
            Format::Junit => "junit",
            Format::Markdown => "md",
        }
    }

    /// Name of its file in the run folder.
    pub fn file_name(self) -> &'static str {
        match self {
            Format::Html => "report.html",
            Format::Json => "scorecard.json",
            Format::Junit => "junit.xml",
            Format::Markdown => "report.md",
        }
    }
}

impl std::str::FromStr for Format {
    type Err = String;

    fn from_str(word: &str) -> Result<Format, String> {
        Format::ALL.into_iter().find(|format| format.word() == word).ok_or_else(|| {
            let known: Vec<_> = Format::ALL.iter().map(|format| format.word()).collect();
            format!("no format `{word}`: choose {}", known.join(", "))
        })
    }
}
