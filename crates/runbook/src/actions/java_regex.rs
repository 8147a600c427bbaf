//! Names as `java.util.regex` reads them, within a list of Kafka's configuration.

/// A pattern that matches exactly `name` and can stand as one entry of a comma-separated list.
///
/// Kafka splits such a list at every comma, without any escape, and drops space around entries; so comma, space and
/// control characters are written by their code. A backslash before a sign that is neither letter nor digit is that sign.
pub(super) fn quoted(name: &str) -> String {
    let mut pattern = String::with_capacity(name.len() + 8);
    for sign in name.chars() {
        match sign {
            ',' | ' ' | '\0'..='\x1f' | '\x7f' => pattern.push_str(&format!("\\x{:02x}", u32::from(sign))),
            '_' | '-' => pattern.push(sign),
            sign if sign.is_ascii_punctuation() => {
                pattern.push('\\');
                pattern.push(sign);
            }
            sign => pattern.push(sign),
        }
    }
    pattern
}

/// The entries of a list as Kafka splits it.
pub(super) fn entries(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(str::trim).filter(|entry| !entry.is_empty())
}

/// Whether the list has an entry that certainly matches `name`: its quoted form, or the name itself with dots left as
/// they are, which match a dot too. Other patterns are not evaluated.
pub(super) fn surely_matches(list: &str, name: &str) -> bool {
    let dots_only = name.chars().all(|sign| sign.is_ascii_alphanumeric() || matches!(sign, '.' | '_' | '-'));
    let quoted = quoted(name);
    entries(list).any(|entry| entry == quoted || dots_only && entry.replace("\\.", ".") == name)
}

/// The entries for the names that the list does not match already.
pub(super) fn missing(list: &str, names: &[String]) -> Vec<String> {
    names.iter().filter(|name| !surely_matches(list, name)).map(|name| quoted(name)).collect()
}

/// `list` as it is, with every name that is not matched already appended.
pub(super) fn with_names(list: &str, names: &[String]) -> String {
    let new = missing(list, names);
    match (list.trim().is_empty(), new.is_empty()) {
        (_, true) => list.to_owned(),
        (true, false) => new.join(","),
        (false, false) => format!("{list},{}", new.join(",")),
    }
}

/// Whether an entry of the list may match `name`; `false` only where that is certain. An entry of letters, digits, `_`,
/// `-`, `.` and `\.` is evaluated, every other one may match anything.
pub(super) fn may_match(list: &str, name: &str) -> bool {
    entries(list).any(|entry| plain(entry).is_none_or(|signs| spells(&signs, name)))
}

/// The signs of an entry without any pattern but the dot; `None` in the result is the dot that matches every sign.
fn plain(entry: &str) -> Option<Vec<Option<char>>> {
    let mut signs = Vec::new();
    let mut rest = entry.chars();
    while let Some(sign) = rest.next() {
        signs.push(match sign {
            '.' => None,
            '\\' if rest.next() == Some('.') => Some('.'),
            '_' | '-' => Some(sign),
            sign if sign.is_alphanumeric() => Some(sign),
            _ => return None,
        });
    }
    Some(signs)
}

fn spells(signs: &[Option<char>], name: &str) -> bool {
    signs.len() == name.chars().count()
        && signs.iter().zip(name.chars()).all(|(sign, of_name)| sign.is_none_or(|sign| sign == of_name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quoted_name_is_one_entry_that_matches_itself_alone() {
        assert_eq!(quoted("orders"), "orders");
        assert_eq!(quoted("orders.settlement-retry_1"), r"orders\.settlement-retry_1");
        assert_eq!(quoted("a,b c"), r"a\x2cb\x20c");
        assert_eq!(quoted(r"x\E$^(*)[+]{?}|"), r"x\\E\$\^\(\*\)\[\+\]\{\?\}\|");
        assert_eq!(quoted("größe\t"), r"größe\x09");
    }

    #[test]
    fn names_are_appended_once_and_the_rest_stays_verbatim() {
        let names = ["orders".to_owned(), "orders.retry".to_owned()];
        let default = r"mm2.*\.internal, .*\.replica, __.*";
        let list = with_names(default, &names);
        assert_eq!(list, r"mm2.*\.internal, .*\.replica, __.*,orders,orders\.retry");
        assert_eq!(with_names(&list, &names), list);
        assert_eq!(with_names("orders.retry", &names), "orders.retry,orders");
        assert_eq!(with_names(" ", &names), r"orders,orders\.retry");
        assert!(!surely_matches("orders.*", "orders.x"));
    }

    #[test]
    fn a_list_of_names_is_told_from_one_with_patterns() {
        assert!(may_match(r"orders, a\.b", "a.b") && may_match("a.b", "a_b") && may_match("or.*", "x"));
        assert!(!may_match(r"orders, a\.b", "a_b") && !may_match("", "orders"));
    }
}
