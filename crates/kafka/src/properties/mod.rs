//! An ordinary Kafka client configuration (`.properties`, Java keys or librdkafka's) or a `host:port` list, as a
//! [`ClusterConfig`].
//!
//! Everything here is pure but for [`Surroundings`]. Secrets are held in `secrecy` types and appear in no message.

mod bootstrap;
mod cluster_config;
mod jaas;
mod keys;
mod lexer;
mod limits;
mod pem;
mod problem;
mod reference;
mod sasl;
mod surroundings;
mod tls;
mod translate;

pub use bootstrap::BrokerAddress;
pub use cluster_config::{
    Authorities, ClusterConfig, ConfigNote, Sasl, SaslMechanism, SecurityProtocol, Tls,
};
pub use problem::{ConfigError, ConfigProblem};
pub use surroundings::{Surroundings, ThisProcess};

use std::path::Path;

/// Reads what `--source` and `--target` take: a properties file, or `host:port[,host:port]`.
pub fn load(cluster: &str, argument: &str) -> Result<ClusterConfig, ConfigError> {
    let path = Path::new(argument);
    if path.exists() {
        return from_file(cluster, path);
    }
    match bootstrap::parse(argument) {
        Ok(_) => from_bootstrap(cluster, argument),
        Err(_) if argument.contains('/') || argument.ends_with(".properties") => {
            Err(ConfigError::one(cluster, argument, "no such file".to_owned(), None))
        }
        Err(message) => Err(ConfigError::one(
            cluster,
            argument,
            format!("neither a file nor an address list: {message}"),
            Some("give a client .properties file or host:port[,host:port]".to_owned()),
        )),
    }
}

/// A cluster reached without authentication or encryption.
pub fn from_bootstrap(cluster: &str, list: &str) -> Result<ClusterConfig, ConfigError> {
    let entry = lexer::Entry { key: "bootstrap.servers".to_owned(), value: list.to_owned(), line: 1 };
    translate::translate(cluster, list, vec![entry], &ThisProcess, None, Vec::new(), Vec::new())
        .map_err(|problems| finish(cluster, list, problems))
}

/// Reads a properties file; a mode that lets others read it is a warning if it holds a secret.
pub fn from_file(cluster: &str, path: &Path) -> Result<ClusterConfig, ConfigError> {
    let origin = path.display().to_string();
    let bytes = surroundings::read_bounded(path, limits::FILE_BYTES)
        .map_err(|error| ConfigError::one(cluster, &origin, error.to_string(), None))?;
    let mut config = from_bytes(cluster, &origin, bytes, &ThisProcess, path.parent())?;
    if !config.secrets().is_empty()
        && let Some(mode) = open_mode(path)
    {
        let message =
            format!("{origin} holds or refers to a secret and has mode {mode:04o}; chmod 600 {origin}");
        config.notes.push(ConfigNote { line: None, message, warning: true });
    }
    Ok(config)
}

/// Reads the text of a properties file. `folder` is where relative paths may also start.
pub fn from_bytes(
    cluster: &str,
    origin: &str,
    bytes: Vec<u8>,
    around: &dyn Surroundings,
    folder: Option<&Path>,
) -> Result<ClusterConfig, ConfigError> {
    let mut notes = Vec::new();
    if !bytes.is_ascii() {
        let message = "not all ASCII: Java reads such a file as ISO-8859-1, this program as UTF-8; \\uXXXX means the same to both";
        notes.push(ConfigNote { line: None, message: message.to_owned(), warning: true });
    }
    let text = reference::decode(bytes);
    let (entries, malformed) = lexer::entries(&text);
    let problems = malformed
        .into_iter()
        .map(|wrong| ConfigProblem {
            line: Some(wrong.line),
            key: None,
            message: wrong.what.to_owned(),
            help: None,
        })
        .collect();
    translate::translate(cluster, origin, entries, around, folder, problems, notes)
        .map_err(|problems| finish(cluster, origin, problems))
}

fn finish(cluster: &str, origin: &str, mut problems: Vec<ConfigProblem>) -> ConfigError {
    if problems.len() > limits::PROBLEMS {
        let more = problems.len() - limits::PROBLEMS;
        problems.truncate(limits::PROBLEMS);
        problems.push(ConfigProblem {
            line: None,
            key: None,
            message: format!("and {more} more problems"),
            help: None,
        });
    }
    ConfigError { cluster: cluster.to_owned(), origin: origin.to_owned(), problems }
}

/// The permission bits, if somebody but the owner may read the file.
#[cfg(unix)]
fn open_mode(path: &Path) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(path).ok()?.permissions().mode() & 0o777;
    (mode & 0o077 != 0).then_some(mode)
}

#[cfg(not(unix))]
fn open_mode(_: &Path) -> Option<u32> {
    None
}

#[cfg(test)]
mod tests;
