use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One thing that is not as it should be: where, what was expected, what was measured, what to do next.
///
/// Ordered by (code, subject) so that findings come out sorted and an acceptance can name them by digest.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// A `CUT…` code with a page in the documentation.
    pub code: String,
    /// What it is about, in Kafka's terms: `topic orders, partition 3`, `group settlement`.
    pub subject: String,
    pub expected: String,
    pub actual: String,
    /// The next thing to do, as a sentence or a command.
    pub hint: String,
}

impl Finding {
    pub fn new(
        code: &str,
        subject: impl Into<String>,
        expected: impl Into<String>,
        actual: impl Into<String>,
        hint: impl Into<String>,
    ) -> Finding {
        Finding {
            code: code.to_owned(),
            subject: subject.into(),
            expected: expected.into(),
            actual: actual.into(),
            hint: hint.into(),
        }
    }
}
