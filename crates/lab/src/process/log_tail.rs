use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use crate::limits::{LOG_TAIL_BYTES, LOG_TAIL_LINES};

/// The last lines of a log, indented, for an error message.
pub(crate) fn log_tail(log: &Path) -> String {
    let text = match end_of(log) {
        Ok(text) => text,
        Err(error) => return format!("    (the log could not be read: {error})"),
    };
    let lines: Vec<&str> = text.lines().collect();
    if lines.is_empty() {
        return "    (the log is empty)".into();
    }
    let shown = &lines[lines.len().saturating_sub(LOG_TAIL_LINES)..];
    shown.iter().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}

/// True if the end of a log says this; more of it is searched than an error shows.
pub(crate) fn log_says(log: &Path, what: &str) -> bool {
    end_of(log).is_ok_and(|text| text.contains(what))
}

fn end_of(log: &Path) -> std::io::Result<String> {
    let mut file = File::open(log)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(LOG_TAIL_BYTES)))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_lines_are_shown() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let text: String = (0..1000).map(|n| format!("line {n}\n")).collect();
        std::fs::write(file.path(), text).unwrap();
        let tail = log_tail(file.path());
        assert_eq!(tail.lines().count(), LOG_TAIL_LINES);
        assert!(tail.ends_with("line 999"));
    }
}
