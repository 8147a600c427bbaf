/// The known name nearest to what was written, when it is near enough to be a slip of the keyboard.
pub fn nearest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let written = written.to_lowercase();
    if written.len() > 100 {
        return None;
    }
    let allowed = (written.chars().count() / 3).max(1);
    known
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(&written, &name.to_lowercase()), name))
        .filter(|(distance, name)| {
            *distance <= allowed
                || (written.len() > 2 && (name.starts_with(&written) || written.starts_with(name)))
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
