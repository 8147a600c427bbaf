use crate::verdict::{Finding, Level};

/// What a built-in rule says about one item. A bad level always comes with a finding, green never does, and an unknown
/// says why: the type has no other forms.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ruling {
    red: bool,
    findings: Vec<Finding>,
    unknown: Option<String>,
}

impl Ruling {
    /// Green, until something is found.
    pub fn green() -> Ruling {
        Ruling::default()
    }

    /// The facts do not tell.
    pub fn unknown(why: impl Into<String>) -> Ruling {
        Ruling { unknown: Some(why.into()), ..Ruling::default() }
    }

    /// Measured and wrong.
    pub fn red(&mut self, finding: Finding) {
        self.red = true;
        self.findings.push(finding);
    }

    /// Not as it should be, and bearable with a guard.
    pub fn yellow(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    pub fn level(&self) -> Level {
        match (self.red, &self.unknown, self.findings.is_empty()) {
            (true, _, _) => Level::Red,
            (false, Some(_), _) => Level::Unknown,
            (false, None, false) => Level::Yellow,
            (false, None, true) => Level::Green,
        }
    }

    pub(super) fn into_parts(self) -> (Level, Vec<Finding>, Option<String>) {
        (self.level(), self.findings, self.unknown)
    }
}
