use super::visible;

/// Text for a terminal or a build log: nothing moves the cursor, and nothing reads as a command of the system that
/// collects the log (`::error::`, `##[error]`, `##vso[…]`).
pub fn terminal(text: &str) -> String {
    let shown = visible(text);
    let mut out = String::with_capacity(shown.len());
    let mut previous = ' ';
    for character in shown.chars() {
        // A log collector strips leading blanks, and wrapping may bring any part of a word to the start of a line; so
        // the second of two colons or hashes is set apart wherever it stands.
        let commands = (character == ':' || character == '#') && previous == character;
        if commands {
            out.push('\\');
        }
        out.push(character);
        previous = character;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::terminal;

    #[test]
    fn log_commands_are_broken_up() {
        assert_eq!(terminal("::error::x"), ":\\:error:\\:x");
        assert_eq!(terminal("##[error]x"), "#\\#[error]x");
        assert_eq!(terminal("host:9092 #3"), "host:9092 #3");
    }

    #[test]
    fn escape_sequences_are_written_out() {
        assert_eq!(terminal("\u{1b}]8;;http://x\u{7}y"), "\\u{1b}]8;;http://x\\u{7}y");
    }
}
