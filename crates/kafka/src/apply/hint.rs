use crate::ErrorKind;
use crate::{ClusterError, Code};

/// What this principal lacks for a change, where that is why it was refused. The codes' own hints speak of reading.
pub(super) fn lacks(code: Code, what: &str) -> String {
    match code.kind() {
        ErrorKind::NotAuthorised => format!("; this principal is not authorised: {what}"),
        _ => String::new(),
    }
}

/// The same for a call that failed as a whole.
pub(super) fn lacks_for(error: &ClusterError, what: &str) -> String {
    match error.kind {
        ErrorKind::NotAuthorised => format!("; this principal is not authorised: {what}"),
        _ => String::new(),
    }
}
