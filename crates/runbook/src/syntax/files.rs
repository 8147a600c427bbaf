use std::fmt;

/// The files a runbook names, supplied from outside: this crate opens none.
pub trait Files {
    /// Contents of the file at `path`, at most `limit` bytes.
    fn read(&self, path: &str, limit: u64) -> Result<Vec<u8>, FileError>;

    /// Whether there is a file at `path`; asked for files whose contents do not matter here.
    fn exists(&self, path: &str) -> bool;
}

/// Why a file could not be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileError {
    Missing,
    /// Size in bytes, as far as known.
    TooLarge(u64),
    /// The system's own words.
    Unreadable(String),
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FileError::Missing => f.write_str("there is no such file"),
            FileError::TooLarge(bytes) => write!(f, "the file has {bytes} bytes"),
            FileError::Unreadable(why) => f.write_str(why),
        }
    }
}

/// `name` as seen from the file `from`: relative names are relative to the file that holds them.
pub fn join(from: &str, name: &str) -> String {
    if name.starts_with('/') {
        return name.to_owned();
    }
    let mut parts: Vec<&str> = match from.rfind('/') {
        Some(at) => from[..at].split('/').collect(),
        None => Vec::new(),
    };
    for part in name.split('/') {
        match part {
            "." | "" => {}
            ".." if parts.last().is_some_and(|last| !matches!(*last, ".." | "")) => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::join;

    #[test]
    fn names_are_relative_to_the_file_that_holds_them() {
        assert_eq!(join("runbooks/a.yaml", "site.yaml"), "runbooks/site.yaml");
        assert_eq!(join("a.yaml", "./library/standard.yaml"), "library/standard.yaml");
        assert_eq!(join("runbooks/a.yaml", "../site.yaml"), "site.yaml");
        assert_eq!(join("a.yaml", "../site.yaml"), "../site.yaml");
        assert_eq!(join("/x/a.yaml", "site.yaml"), "/x/site.yaml");
        assert_eq!(join("/x/a.yaml", "/y/site.yaml"), "/y/site.yaml");
    }
}
