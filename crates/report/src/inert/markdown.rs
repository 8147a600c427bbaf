use super::visible;

/// Something a renderer shows as nothing and that parts two characters which together would be a link, a mention, an
/// emoji or a reference.
const GAP: &str = "<!-- -->";

/// Text for GitHub-flavoured Markdown, good at the start of a line, within a table cell and within a sentence.
///
/// Beside the markup itself it takes apart what GitHub links on its own: addresses, mentions, issue references, emoji
/// names, and the commands a build log would read.
pub fn markdown(text: &str) -> String {
    let shown = visible(text);
    let words = single_blanks(&shown);
    let mut out = String::with_capacity(words.len() + 16);
    for (place, &character) in words.iter().enumerate() {
        let before = place.checked_sub(1).map(|p| words[p]);
        let first = words[..place].iter().all(|c| c.is_whitespace());
        let after = words.get(place + 1).copied();
        match character {
            '\\' | '`' | '*' | '[' | ']' | '<' | '>' | '|' | '~' | '$' | '^' | '{' | '}' => {
                out.push('\\');
                out.push(character);
            }
            '_' if !(before.is_some_and(char::is_alphanumeric)
                && after.is_some_and(char::is_alphanumeric)) =>
            {
                out.push_str("\\_");
            }
            '&' if after.is_some_and(|c| c == '#' || c.is_alphanumeric()) => out.push_str("\\&"),
            '#' if first => out.push_str("\\#"),
            '#' | '@' if after.is_some_and(char::is_alphanumeric) => {
                out.push(character);
                out.push_str(GAP);
            }
            // A block of its own, were it the first of a line: list, heading, rule, quote, numbered list.
            '-' | '+' | '=' if first => {
                out.push('\\');
                out.push(character);
            }
            '.' | ')'
                if place > 0
                    && words[..place].iter().all(|c| c.is_ascii_digit() || c.is_whitespace())
                    && after.is_none_or(char::is_whitespace) =>
            {
                out.push('\\');
                out.push(character);
            }
            '.' if words[..place].ends_with(&['w', 'w', 'w']) || ends_in_www(&words[..place]) => {
                out.push_str(GAP);
                out.push('.');
            }
            '-' if after.is_some_and(|c| c.is_ascii_digit()) && ends_in_gh(&words[..place]) => {
                out.push_str(GAP);
                out.push('-');
            }
            // `https:`, `mailto:`, `:emoji:`, `::error::`: a colon before a blank or at the end is ordinary punctuation.
            ':' if place == 0
                || after.is_some_and(|c| !c.is_whitespace() && !is_port(&words[place + 1..])) =>
            {
                out.push(':');
                out.push_str(GAP);
            }
            plain => out.push(plain),
        }
    }
    out
}

/// Runs of blanks as one, because four of them would begin a block of code.
fn single_blanks(text: &str) -> Vec<char> {
    let mut blank = false;
    let mut out = Vec::with_capacity(text.len());
    for character in text.chars() {
        // The blanks that do not break stand between digits and mean nothing to Markdown.
        let is_blank = character.is_whitespace() && !matches!(character, '\u{202f}' | '\u{a0}');
        if !(is_blank && blank) {
            out.push(if is_blank { ' ' } else { character });
        }
        blank = is_blank;
    }
    out
}

/// An identifier as code. Back quotes where nothing in it can leave them, else `<code>` around escaped text.
pub fn markdown_code(text: &str) -> String {
    let shown = visible(text);
    let harmless = |c: char| {
        c.is_alphanumeric()
            || matches!(c, ' ' | '.' | '_' | '-' | ',' | '/' | ':' | '=' | '+' | '"' | '\'' | '@' | '#')
    };
    let tight = !shown.is_empty() && !shown.starts_with(' ') && !shown.ends_with(' ');
    if tight && shown.chars().all(harmless) {
        format!("`{shown}`")
    } else {
        format!("<code>{}</code>", markdown(&shown))
    }
}

fn ends_in_www(words: &[char]) -> bool {
    words.len() >= 3 && words[words.len() - 3..].iter().all(|c| c.eq_ignore_ascii_case(&'w'))
}

fn ends_in_gh(words: &[char]) -> bool {
    words.len() >= 2
        && words[words.len() - 2].eq_ignore_ascii_case(&'g')
        && words[words.len() - 1].eq_ignore_ascii_case(&'h')
}

/// A port or a part of a time (`broker:9092`, `00:12:04`): no emoji has a name of two digits.
fn is_port(after: &[char]) -> bool {
    let digits = after.iter().take_while(|c| c.is_ascii_digit()).count();
    let word = |c: &char| c.is_alphanumeric() || matches!(c, '_' | '-' | '+');
    match digits {
        0 => false,
        2 => !after.get(2).is_some_and(word),
        _ => after.get(digits).is_none_or(|c| !word(c) && *c != ':'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_sentences_stay_readable() {
        let plain = "offset-boundary: group settlement, topic orders, partition 0 (24.7 MB), broker b1:9092, a_b, 00:12:04! 1.5";
        assert_eq!(markdown(plain), plain);
        assert_eq!(markdown_code("orders.settlement-retry"), "`orders.settlement-retry`");
    }

    #[test]
    fn markup_and_what_github_links_is_taken_apart() {
        assert_eq!(markdown("# x"), "\\# x");
        assert_eq!(markdown("- x"), "\\- x");
        assert_eq!(markdown("    - x"), " \\- x");
        assert_eq!(markdown(", "), ", ");
        assert_eq!(markdown("1. x"), "1\\. x");
        assert_eq!(markdown(":100:"), ":<!-- -->100:");
        assert_eq!(markdown("a:100:"), "a:<!-- -->100:");
        assert_eq!(markdown("a | b"), "a \\| b");
        assert_eq!(markdown("<img src=x>"), "\\<img src=x\\>");
        assert_eq!(markdown("![x](y)"), "!\\[x\\](y)");
        assert_eq!(markdown("@ops"), "@<!-- -->ops");
        assert_eq!(markdown("https://x.y"), "https:<!-- -->//x.y");
        assert_eq!(markdown("WWW.x.y"), "WWW<!-- -->.x.y");
        assert_eq!(markdown(":tada:"), ":<!-- -->tada:");
        assert_eq!(markdown("see #12 GH-3"), "see #<!-- -->12 GH<!-- -->-3");
        assert_eq!(markdown("a\nb"), "a\\\\nb");
        assert_eq!(markdown_code("a`b"), "<code>a\\`b</code>");
    }
}
