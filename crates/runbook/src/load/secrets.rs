use crate::syntax::{Code, Diagnostic, Diagnostics, NodeId, Tree, Value};

/// Keys whose value is a secret wherever they stand. `secret` itself names one of the `secrets`.
static SECRET_KEYS: &[&str] = &[
    "access_key",
    "api_key",
    "apikey",
    "authorization",
    "bearer",
    "credential",
    "passphrase",
    "passwd",
    "password",
    "private_key",
    "sasl.jaas.config",
    "secret_key",
    "token",
];

/// Refuses secrets that are written out, before anything else reads or repeats them.
pub(super) fn refuse(tree: &mut Tree, found: &Diagnostics) {
    if let Some(root) = tree.root() {
        node(tree, root, found);
    }
}

fn node(tree: &mut Tree, id: NodeId, found: &Diagnostics) {
    match &tree.node(id).value {
        Value::Text(text) if looks_secret(text) => refused(tree, id, found),
        Value::List(items) => {
            for item in items.clone() {
                node(tree, item, found);
            }
        }
        Value::Table(entries) => {
            let top = tree.root() == Some(id);
            let entries: Vec<(String, NodeId)> =
                entries.iter().map(|(key, node)| (key.text.clone(), *node)).collect();
            for (key, value) in entries {
                let is_literal = matches!(&tree.node(value).value, Value::Text(text) if !is_reference(text));
                if is_literal && is_secret_key(&key) {
                    refused(tree, value, found);
                } else if top && key == "secrets" {
                    declared(tree, value, found);
                } else {
                    node(tree, value, found);
                }
            }
        }
        _ => {}
    }
}

/// Under `secrets` every entry is a table that says where the secret is read from.
fn declared(tree: &mut Tree, secrets: NodeId, found: &Diagnostics) {
    let Value::Table(entries) = &tree.node(secrets).value else { return };
    let values: Vec<NodeId> = entries.iter().map(|(_, value)| *value).collect();
    for value in values {
        if matches!(tree.node(value).value, Value::Text(_) | Value::Integer(_) | Value::Number(_)) {
            refused(tree, value, found);
        }
    }
}

fn refused(tree: &mut Tree, id: NodeId, found: &Diagnostics) {
    // The text is not repeated, here or later.
    found.add(
        Diagnostic::new(Code::LiteralSecret, tree.node(id).span, "a secret is written out here")
            .help("declare it under `secrets` with env, file or exec, use it as { secret: NAME }, and change it: it has been written down"),
    );
    tree.node_mut(id).value = Value::Refused;
}

fn is_secret_key(key: &str) -> bool {
    let key = key.to_ascii_lowercase().replace('-', "_");
    SECRET_KEYS.iter().any(|secret| {
        key == *secret || key.strip_suffix(secret).is_some_and(|before| before.ends_with(['_', '.']))
    })
}

/// A template, a reference into the environment or a file, an address, or the type of a fact.
fn is_reference(text: &str) -> bool {
    let text = text.trim();
    text.is_empty()
        || text.contains("{{")
        || text.starts_with("${")
        || text.starts_with("http://")
        || text.starts_with("https://")
        || matches!(text, "boolean" | "integer" | "number" | "text" | "duration" | "size")
}

/// Texts that are or hold a secret, whatever their key.
fn looks_secret(text: &str) -> bool {
    if text.contains("PRIVATE KEY-----") {
        return true;
    }
    for mark in ["password=", "passwd=", "secret=", "token=", "api_key=", "apikey="] {
        let mut rest = text;
        while let Some(at) = find_ignoring_case(rest, mark) {
            rest = &rest[at + mark.len()..];
            let value = rest.trim_start_matches(['"', '\\', '\'']);
            let literal = value
                .chars()
                .take_while(|c| !c.is_whitespace() && !matches!(c, '"' | '\'' | ';' | '&'))
                .collect::<String>();
            if !literal.is_empty() && !is_reference(&literal) && !literal.starts_with(['$', '<', '*']) {
                return true;
            }
        }
    }
    ["Bearer ", "Basic "].iter().any(|scheme| {
        text.find(scheme).is_some_and(|at| {
            let value: String =
                text[at + scheme.len()..].chars().take_while(|c| !c.is_whitespace()).collect();
            let token =
                |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '+' | '/' | '=' | '~');
            value.len() >= 16 && value.chars().all(token) && value.chars().any(|c| c.is_ascii_digit())
        })
    })
}

fn find_ignoring_case(text: &str, mark: &str) -> Option<usize> {
    text.as_bytes().windows(mark.len()).position(|window| window.eq_ignore_ascii_case(mark.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_hold_a_secret() {
        for text in [
            "-----BEGIN PRIVATE KEY-----",
            "ScramLoginModule required username=\"a\" password=\"hunter2\";",
            "https://x.example/?token=abc123",
            "Authorization: Bearer eyJhbGciOiJIUzI1NiJ9",
            "--PASSWORD=x",
        ] {
            assert!(looks_secret(text), "{text}");
        }
        for text in [
            "password=\"${file:/run/secrets/a:password}\"",
            "password={{ x }}",
            "reset the password",
            "Bearer of news",
            "sum(rate(settlement_errors_total[1m]))",
            "token=<TOKEN>",
        ] {
            assert!(!looks_secret(text), "{text}");
        }
        assert!(is_secret_key("password") && is_secret_key("ssl.key.password") && is_secret_key("X-Api-Key"));
        assert!(!is_secret_key("secret") && !is_secret_key("tokens") && !is_secret_key("key"));
    }
}
