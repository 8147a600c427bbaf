//! `{{secret NAME}}`: where a secret is put into a header, a variable or a body, at the last moment.

/// How a value has to be written where it is put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Escape {
    /// As it is: headers and environment variables.
    None,
    /// Inside a text of a JSON document.
    Json,
}

impl Escape {
    pub fn apply(self, value: &str) -> String {
        match self {
            Escape::None => value.to_owned(),
            Escape::Json => {
                let quoted = serde_json::Value::from(value).to_string();
                quoted[1..quoted.len() - 1].to_owned()
            }
        }
    }
}

/// A stretch of text, or the name of a secret.
#[derive(Debug, PartialEq, Eq)]
pub enum Part<'t> {
    Text(&'t str),
    Secret(&'t str),
}

/// Splits `text` at its markers. What only begins like a marker is an error, since it would be sent as it stands.
pub fn split(text: &str) -> Result<Vec<Part<'_>>, String> {
    const BEGIN: &str = "{{secret ";
    const END: &str = "}}";
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(BEGIN) {
        let after = &rest[at + BEGIN.len()..];
        let end = after.find(END).ok_or("a `{{secret …` without its `}}`")?;
        let name = after[..end].trim();
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c)) {
            return Err("a `{{secret …}}` that names no secret".to_owned());
        }
        if at > 0 {
            parts.push(Part::Text(&rest[..at]));
        }
        parts.push(Part::Secret(name));
        rest = &after[end + END.len()..];
    }
    if !rest.is_empty() {
        parts.push(Part::Text(rest));
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::Part::{Secret, Text};
    use super::*;

    #[test]
    fn markers_are_found_and_half_ones_refused() {
        assert_eq!(split("plain {x}").unwrap(), [Text("plain {x}")]);
        assert_eq!(split("Token {{secret a_b}}!").unwrap(), [Text("Token "), Secret("a_b"), Text("!")]);
        assert_eq!(split("{{secret a}}{{secret b-1 }}").unwrap(), [Secret("a"), Secret("b-1")]);
        assert!(split("").unwrap().is_empty());
        for wrong in ["{{secret a", "{{secret }}", "{{secret a b}}", "x {{secret {{secret a}}"] {
            assert!(split(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn json_escaping_keeps_a_document_whole() {
        let value = "a\"b\\c\nd";
        let document = format!("{{\"k\":\"{}\"}}", Escape::Json.apply(value));
        assert_eq!(serde_json::from_str::<serde_json::Value>(&document).unwrap()["k"], value);
    }
}
