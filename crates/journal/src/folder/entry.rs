/// Whether `name` may become a file: one component, no hidden file, no letters a terminal or shell could trip over.
pub(crate) fn is_plain_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 200
        && !name.starts_with('.')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'))
}

/// `name` as one plain component: what is not plain becomes `_`.
pub(crate) fn sanitised(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '_' };
    let text: String = name.chars().map(plain).take(100).collect();
    match text.trim_start_matches('.') {
        "" => "file".to_owned(),
        text => text.to_owned(),
    }
}
