use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whether an effect is there, as an independent look tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "settled", rename_all = "kebab-case")]
pub enum Settled {
    Yes,
    /// Not yet, in the words of every wait: what, its value now, the value that ends it.
    NotYet {
        what: String,
        current: String,
        threshold: String,
    },
    /// It will not come by waiting.
    Cannot {
        why: String,
    },
    /// The look itself could not be made.
    Unknown {
        why: String,
    },
}

impl Settled {
    pub fn not_yet(
        what: impl Into<String>,
        current: impl Into<String>,
        threshold: impl Into<String>,
    ) -> Settled {
        Settled::NotYet { what: what.into(), current: current.into(), threshold: threshold.into() }
    }
}
