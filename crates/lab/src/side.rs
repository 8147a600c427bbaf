use std::fmt;

use serde::{Deserialize, Serialize};

/// One of the two clusters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// Where the applications come from.
    Source,
    /// Where they go.
    Target,
}

impl Side {
    /// Both, source first.
    pub const BOTH: [Side; 2] = [Side::Source, Side::Target];

    /// `source` or `target`: in file names, in MirrorMaker's aliases, on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Side::Source => "source",
            Side::Target => "target",
        }
    }
}

impl std::str::FromStr for Side {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Side::BOTH.into_iter().find(|side| side.name() == text);
        found.ok_or_else(|| format!("\"{text}\" is neither source nor target"))
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
