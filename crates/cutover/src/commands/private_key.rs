//! The key a person signs with.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use journal::{KeyError, Signer};
use runbook::syntax::Files;

use crate::disk::Disk;
use crate::exit::{Exit, Failure};

/// Larger is no key.
const KEY_BYTES: u64 = 64 << 10;

/// Reads a private key; a locked one asks for its passphrase at the terminal.
pub fn read(path: &Path) -> Result<Signer, Failure> {
    let shown = path.display();
    let refused = |why: String| Failure::usage(format!("{shown} cannot sign: {why}"));
    let bytes = Disk
        .read(&path.to_string_lossy(), KEY_BYTES)
        .map_err(|error| refused(error.to_string()).hint("name the private key: --key ~/.ssh/id_ed25519"))?;
    let mode = std::fs::metadata(path).map_or(0, |metadata| metadata.permissions().mode());
    match Signer::read(&bytes, None) {
        Ok(_) | Err(KeyError::Locked) if mode & 0o077 != 0 => {
            Err(refused("others can read it, so a signature of it says nothing".to_owned())
                .hint(format!("chmod 600 {shown}, or take a new key: others may have this one")))
        }
        Err(KeyError::Locked) => unlock(path, &bytes),
        other => other.map_err(|error| hinted(refused(error.to_string()), &error, path)),
    }
}

fn unlock(path: &Path, bytes: &[u8]) -> Result<Signer, Failure> {
    let shown = path.display();
    let asked = rpassword::prompt_password(format!("Passphrase of {shown}: "));
    let passphrase = asked.map_err(|_| {
        Failure::usage(format!("{shown} is locked with a passphrase, and no terminal is here to ask for it"))
            .hint("sign at a terminal; what ssh-agent holds cannot be used")
    })?;
    Signer::read(bytes, Some(&passphrase)).map_err(|error| Failure {
        exit: Exit::Red,
        message: format!("{shown} cannot sign: {error}"),
        hint: None,
    })
}

fn hinted(failure: Failure, error: &KeyError, path: &Path) -> Failure {
    match error {
        KeyError::Public => {
            let private: PathBuf = path.with_extension("");
            failure.hint(format!("name the file beside it: --key {}", private.display()))
        }
        KeyError::Kind(_) | KeyError::NotAKey => {
            failure.hint("ssh-keygen -t ed25519 makes one; its public half goes into the site's people")
        }
        _ => failure,
    }
}
