use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How good something is, ordered from best to worst: green < yellow < unknown < red.
///
/// `Unknown` is "not measured, or not measured whole" and never passes for green; a gate treats it as red. `Red` is
/// "measured and wrong". The worst of several levels is their `max`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    Green,
    Yellow,
    Unknown,
    Red,
}

impl Level {
    /// The worst of `levels`; `None` when there are none, because nothing is not green.
    pub fn worst(levels: impl IntoIterator<Item = Level>) -> Option<Level> {
        levels.into_iter().max()
    }

    pub fn word(self) -> &'static str {
        match self {
            Level::Green => "green",
            Level::Yellow => "yellow",
            Level::Unknown => "unknown",
            Level::Red => "red",
        }
    }

    /// A sign beside the word, so that a level is readable without colour.
    pub fn sign(self) -> char {
        match self {
            Level::Green => '✓',
            Level::Yellow => '!',
            Level::Unknown => '?',
            Level::Red => '✗',
        }
    }
}

impl std::fmt::Display for Level {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::Level::*;

    #[test]
    fn red_is_worse_than_unknown_is_worse_than_yellow_is_worse_than_green() {
        assert_eq!(super::Level::worst([Green, Unknown, Yellow]), Some(Unknown));
        assert_eq!(super::Level::worst([Unknown, Red, Green]), Some(Red));
        assert_eq!(super::Level::worst([]), None);
    }
}
