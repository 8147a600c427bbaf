//! What a command inherits. Everything else of this process's environment may be a secret.

use std::ffi::OsString;

/// Where programs, homes, languages, time zones, temporary files and trusted certificates are.
const INHERITED: [&str; 11] = [
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "TZ",
    "TMPDIR",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
];

/// Carries a value of its own per command, by which everything the command started is found again.
pub const MARK: &str = "CUTOVER_EXEC";

pub fn inherited() -> impl Iterator<Item = (&'static str, OsString)> {
    INHERITED.into_iter().filter_map(|name| Some((name, std::env::var_os(name)?)))
}
