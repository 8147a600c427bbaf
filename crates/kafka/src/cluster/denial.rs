//! A broker's no to one change.

use crate::code::Code;
use kafka_protocol::protocol::StrBytes;
use std::fmt;

/// A code with what the broker says beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denial {
    pub code: Code,
    /// The broker's own words, one line, harmless to a terminal.
    pub said: Option<String>,
}

/// Characters of a broker's words that are kept: a sentence, not a stack trace.
const SAID: usize = 300;

impl Denial {
    /// `Ok` for 0.
    pub(super) fn check(code: i16, said: Option<&StrBytes>) -> Result<(), Denial> {
        let Some(code) = Code::of(code) else { return Ok(()) };
        let said = said.map(|said| said.lines().next().unwrap_or("").chars().take(SAID));
        let said = said.map(|said| said.flat_map(char::escape_debug).collect::<String>());
        Err(Denial { code, said: said.filter(|said| !said.is_empty()) })
    }
}

impl From<Code> for Denial {
    fn from(code: Code) -> Denial {
        Denial { code, said: None }
    }
}

impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.code)?;
        self.said.as_ref().map_or(Ok(()), |said| write!(f, " ({said})"))
    }
}
