use super::{log_commands, visible};

/// Text for a terminal or a build log: nothing moves the cursor, nothing reads as a command of the system that collects
/// the log, and nothing looks like a verdict, because a line may begin anywhere in it.
pub fn terminal(text: &str) -> String {
    let shown = log_commands(&visible(text));
    let mut out = String::with_capacity(shown.len());
    for (place, character) in shown.char_indices() {
        if is_sign(character, &shown[place + character.len_utf8()..]) && !out.ends_with('\\') {
            out.push('\\');
        }
        out.push(character);
    }
    out
}

/// The signs of green and red stand for nothing else; those of the other two only before their word.
fn is_sign(character: char, rest: &str) -> bool {
    let before = |word: &str| {
        rest.trim_start().get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
    };
    match character {
        '✓' | '✔' | '✗' | '✘' => true,
        '!' => before("yellow"),
        '?' => before("unknown"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::terminal;

    #[test]
    fn escape_sequences_are_written_out() {
        assert_eq!(terminal("\u{1b}]8;;http://x\u{7}y"), "\\u{1b}]8;;http://x\\u{7}y");
    }

    #[test]
    fn no_text_forges_a_verdict() {
        assert_eq!(terminal("✓ green"), "\\✓ green");
        assert_eq!(terminal("!  Yellow? unknown"), "\\!  Yellow\\? unknown");
        assert_eq!(terminal("really? yes!"), "really? yes!");
        assert_eq!(terminal(&terminal("✗ red")), "\\✗ red");
    }
}
