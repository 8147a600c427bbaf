/// Takes apart what systems that collect logs read as commands: `::error::`, `##[error]`, `##vso[…]`.
///
/// A log collector strips leading blanks, and wrapping may bring any part of a word to the start of a line; so the second
/// of two colons or hashes is set apart wherever it stands.
pub fn log_commands(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut previous = ' ';
    for character in text.chars() {
        if (character == ':' || character == '#') && previous == character {
            out.push('\\');
        }
        out.push(character);
        previous = character;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::log_commands;

    #[test]
    fn log_commands_are_taken_apart() {
        assert_eq!(log_commands("::error::x"), ":\\:error:\\:x");
        assert_eq!(log_commands("##[error]x"), "#\\#[error]x");
        assert_eq!(log_commands("host:9092 #3"), "host:9092 #3");
    }
}
