/// The known name nearest to what was written, when it is near enough to be a slip of the keyboard.
pub fn nearest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let written = written.to_lowercase();
    if written.len() > 100 {
        return None;
    }
    let allowed = (written.chars().count() / 3).max(1);
    let length = written.chars().count();
    known
        .into_iter()
        .filter_map(|name| {
            let lower = name.to_lowercase();
            let begins = written.len() > 2 && (lower.starts_with(&written) || written.starts_with(&lower));
            // The distance is at least the difference in length; most names need no closer look.
            let near = lower.chars().count().abs_diff(length) <= allowed;
            if !begins && !near {
                return None;
            }
            let distance = strsim::damerau_levenshtein(&written, &lower);
            (distance <= allowed || begins).then_some((distance, name))
        })
        .min()
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn finds_slips_and_stays_silent_otherwise() {
        assert_eq!(nearest("toipcs", ["topics", "groups"]), Some("topics"));
        assert_eq!(nearest("Group", ["topics", "groups"]), Some("groups"));
        assert_eq!(nearest("x", ["topics", "groups"]), None);
        assert_eq!(nearest("certificate", ["topics", "groups"]), None);
    }
}
