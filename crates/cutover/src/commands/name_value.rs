/// `NAME=VALUE`, as options take it; the value may be empty and may hold further `=`.
///
/// # Errors
/// There is no `=`, or nothing before it.
pub fn name_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("expected NAME=VALUE".to_owned()),
    }
}
