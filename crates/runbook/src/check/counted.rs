/// A number with the word for what is counted, as people say it: `1 member`, `2 members`.
pub(crate) fn counted(count: i64, one: &str) -> String {
    format!("{count} {one}{}", if count == 1 { "" } else { "s" })
}
