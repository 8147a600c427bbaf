//! What is wrong with a configuration: every problem at once, with file and line, never with a secret.

use std::fmt;

/// One problem of a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigProblem {
    /// 1-based line, when the configuration came from a file and the problem has a place.
    pub line: Option<u32>,
    /// The key, when it is safe to show.
    pub key: Option<String>,
    /// A lower-case fragment.
    pub message: String,
    /// What to do next.
    pub help: Option<String>,
}

/// A configuration that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ConfigError {
    /// `source`, `target` or whatever the caller calls the cluster.
    pub cluster: String,
    /// The file, or the argument it was read from.
    pub origin: String,
    /// In order of line; never empty.
    pub problems: Vec<ConfigProblem>,
}

impl ConfigError {
    /// An error with one problem and no place.
    pub(super) fn one(cluster: &str, origin: &str, message: String, help: Option<String>) -> Self {
        ConfigError {
            cluster: cluster.to_owned(),
            origin: origin.to_owned(),
            problems: vec![ConfigProblem { line: None, key: None, message, help }],
        }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the client configuration of the {} cluster cannot be used:", self.cluster)?;
        for problem in &self.problems {
            write!(f, "\n  {}", self.origin)?;
            if let Some(line) = problem.line {
                write!(f, ":{line}")?;
            }
            f.write_str(": ")?;
            if let Some(key) = &problem.key {
                write!(f, "{key}: ")?;
            }
            f.write_str(&problem.message)?;
            if let Some(help) = &problem.help {
                write!(f, "\n    help: {help}")?;
            }
        }
        Ok(())
    }
}
