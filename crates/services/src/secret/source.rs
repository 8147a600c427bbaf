use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::SecretSource;
use crate::process::{self, Invocation};
use crate::{Scrubber, ServiceError, Until, limits};

/// What was read, not judged yet, and what is doubtful about its place.
pub struct Found {
    pub bytes: Vec<u8>,
    pub warning: Option<String>,
}

/// Reads the secret `name`. Errors name the reference and never hold a value.
pub fn read(
    name: &str,
    source: &SecretSource,
    folder: &Path,
    scrubber: &Scrubber,
    until: Until<'_>,
) -> Result<Found, ServiceError> {
    match source {
        SecretSource::Env(variable) => from_env(name, variable),
        SecretSource::File(path) => from_file(name, &folder.join(path)),
        SecretSource::Exec(argv) => from_command(name, argv, folder, scrubber, until),
    }
}

fn from_env(name: &str, variable: &str) -> Result<Found, ServiceError> {
    match std::env::var_os(variable) {
        Some(value) => Ok(Found { bytes: value.into_encoded_bytes(), warning: None }),
        None => Err(ServiceError::failed(format!(
            "secret {name}: the environment variable {variable} is not set"
        ))
        .hint(format!("export {variable} before the run"))),
    }
}

fn from_file(name: &str, path: &Path) -> Result<Found, ServiceError> {
    let failed = |why: String| ServiceError::failed(format!("secret {name}: {}: {why}", path.display()));
    let metadata = std::fs::metadata(path).map_err(|e| failed(e.kind().to_string()))?;
    // A pipe or a device may never end.
    if !metadata.is_file() {
        return Err(failed("not a regular file".to_owned()));
    }
    let file = File::open(path).map_err(|e| failed(e.kind().to_string()))?;
    let mut bytes = Vec::new();
    file.take(limits::SECRET_BYTES as u64 + 2)
        .read_to_end(&mut bytes)
        .map_err(|e| failed(e.kind().to_string()))?;
    let warning = readable_by_others(&metadata).map(|mode| {
        format!("secret {name}: {} can be read by others (mode {mode:04o}): chmod 600", path.display())
    });
    Ok(Found { bytes: without_line_end(bytes), warning })
}

#[cfg(unix)]
fn readable_by_others(metadata: &std::fs::Metadata) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt;
    let mode = metadata.permissions().mode() & 0o7777;
    (mode & 0o077 != 0).then_some(mode)
}

fn from_command(
    name: &str,
    argv: &[String],
    folder: &Path,
    scrubber: &Scrubber,
    until: Until<'_>,
) -> Result<Found, ServiceError> {
    let invocation = Invocation {
        argv: argv.to_vec(),
        env: Vec::new(),
        folder: folder.to_owned(),
        stdout_kept: limits::SECRET_BYTES + 2,
        // A script that traces itself prints there what it is about to tell us.
        quotable: false,
        leaves: false,
    };
    let prefixed =
        |error: ServiceError| ServiceError { message: format!("secret {name}: {}", error.message), ..error };
    let finished =
        process::run(&invocation, scrubber, until.sooner(limits::SECRET_TIME)).map_err(prefixed)?;
    if finished.code != 0 {
        let message = format!("secret {name}: its command ended with exit code {}", finished.code);
        return Err(ServiceError::failed(message).hint("run it by hand: what it prints is not shown here"));
    }
    Ok(Found { bytes: without_line_end(finished.stdout.bytes), warning: None })
}

/// Editors and commands end their output with a line end; no credential does.
fn without_line_end(mut bytes: Vec<u8>) -> Vec<u8> {
    if bytes.last() == Some(&b'\n') {
        bytes.pop();
        if bytes.last() == Some(&b'\r') {
            bytes.pop();
        }
    }
    bytes
}
