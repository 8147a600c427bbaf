//! What a failure means for a command: nothing was changed, or nobody can tell.

use runbook::world::Receipt;

use crate::{Scrubber, ServiceError};

/// Nothing was changed where nothing was begun; else it may have happened or not.
pub fn failed(scrubber: &Scrubber, error: ServiceError) -> Receipt {
    let hint = error.hint.map_or(String::new(), |hint| format!("; {hint}"));
    let why = scrubber.mask(&format!("{}{hint}", error.message)).into_owned();
    if error.begun {
        Receipt::Unknown { why }
    } else {
        Receipt::Refused { why: format!("nothing was changed: {why}") }
    }
}

/// A failure before anything was changed, whatever was asked meanwhile.
pub fn not_looked(scrubber: &Scrubber, error: ServiceError) -> Receipt {
    failed(scrubber, ServiceError { begun: false, ..error })
}
