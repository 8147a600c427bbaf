//! What a credential looks like in text that others wrote. Masking too much is harmless here, too little is not.

use std::ops::Range;
use std::sync::LazyLock;

use regex::{Captures, Regex};

/// Names whose values are secrets, as part of a longer name: `ssl.key.password`, `X-Api-Key`, `sasl.jaas.config`.
const NAMES: &str = r"pass(?:word|wd|phrase)|pwd|secret|token|api[_.-]?key|access[_.-]?key|private[_.-]?key|credentials?|jaas|keystore[_.-]key|authorization|cookie";

/// Each has a group `s`: the part to mask.
static SHAPES: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    let value = r#"(?:"(?P<s>(?:[^"\\]|\\.)*)"?|'(?P<t>(?:[^'\\]|\\.)*)'?|(?P<u>[^\s"',;&})\]]+))"#;
    [
        r"(?s)(?P<s>-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----.*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|\z))".to_owned(),
        r"(?im)\b(?:proxy-)?authorization\b\W{0,4}(?P<s>[^\r\n]+)".to_owned(),
        r"(?im)\b(?:set-)?cookie2?\b\W{0,4}(?P<s>[^\r\n]+)".to_owned(),
        r"(?i)\b(?:bearer|basic|negotiate)\s+(?P<s>[A-Za-z0-9._~+/=-]{16,})".to_owned(),
        r"(?P<s>\beyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*)?)".to_owned(),
        r"(?P<s>\b(?:A(?:KIA|SIA)[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{16,}|xox[abeprs]-[A-Za-z0-9-]{8,}|hv[sb]\.[A-Za-z0-9_-]{16,}|glpat-[A-Za-z0-9_-]{16,})\b)".to_owned(),
        format!(r#"(?i)(?:{NAMES})[\w.\[\]-]*\\?["']?\s*(?:[:=]|=>)\s*\\?{value}"#),
        format!(r#"(?i)--?[\w-]*(?:{NAMES})[\w-]*\s+{value}"#),
        format!(r#"(?i)<[\w.:-]*(?:{NAMES})[\w.:-]*>(?P<s>[^<]+)"#),
    ]
    .iter()
    .map(|shape| Regex::new(shape).expect("the shapes are constants and a test compiles them"))
    .collect()
});

/// User and password of a URL, up to the `@`.
static USERINFO: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?i)\b[a-z][a-z0-9+.-]*:(?:\\?/){2}(?P<s>[^\s/?#\\"'<>`]*)@"#)
        .expect("a constant a test compiles")
});

static NAME: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(&format!("(?i)(?:{NAMES})")).expect("a constant a test compiles"));

/// Whether a setting, header or member of this name holds a secret.
pub fn is_secret_name(name: &str) -> bool {
    NAME.is_match(name)
}

/// Where URLs in `text` carry a user or password.
pub fn userinfo(text: &str) -> Vec<Range<usize>> {
    USERINFO.captures_iter(text).filter_map(|found| secret_of(&found)).collect()
}

/// Everything in `text` that looks like a credential.
pub fn find(text: &str) -> Vec<Range<usize>> {
    SHAPES.iter().flat_map(|shape| shape.captures_iter(text)).filter_map(|found| secret_of(&found)).collect()
}

fn secret_of(found: &Captures<'_>) -> Option<Range<usize>> {
    let group = ["s", "t", "u"].into_iter().find_map(|name| found.name(name))?;
    (!group.is_empty()).then(|| group.range())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hidden(text: &str) -> String {
        let mut out = text.to_owned();
        let mut ranges = find(text);
        ranges.extend(userinfo(text));
        for range in ranges {
            out.replace_range(range.clone(), &"*".repeat(range.len()));
        }
        out
    }

    #[test]
    fn what_looks_like_a_credential_is_found() {
        for text in [
            "https://ann:CANARY@host/x",
            "https://CANARY@host",
            "jdbc:postgresql://ann:CAN@ARY@db:5432/x",
            r#""url":"https:\/\/ann:CANARY@host\/x""#,
            "Authorization: Basic CANARY",
            r#"{"Authorization": "Bearer CANARY"}"#,
            "got header 'Cookie: session=CANARY; other=CANARY'",
            "using bearer CANARYCANARYCANARY",
            "password=CANARY",
            "db.password: CANARY",
            r#"{"client_secret":"CANARY"}"#,
            r#"{"client_secret":"CAN\"ARY CANARY"}"#,
            r#"{\"token\":\"CANARY\"}"#,
            "export AWS_SECRET_ACCESS_KEY='CANARY CANARY'",
            r#"sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required username="u" password="CANARY";"#,
            "curl -u x --password CANARY https://h",
            "mysql --api-key 'CANARY'",
            "<db:password>CANARY</db:password>",
            "-----BEGIN RSA PRIVATE KEY-----\nCANARY\nCANARY\n-----END RSA PRIVATE KEY-----",
            "-----BEGIN PRIVATE KEY-----\nCANARY",
            "GET /x?access_token=CANARY&y=1",
            "ssl.keystore.key=CANARY",
            "eyJCANARYx.eyJCANARY.CANARY",
            "ghp_CANARYCANARYCANARY",
            "hvs.CANARYCANARYCANARY",
        ] {
            let hidden = hidden(text);
            assert!(!hidden.contains("CANARY") && !hidden.contains("CAN"), "{text} -> {hidden}");
        }
    }

    #[test]
    fn ordinary_text_stays() {
        for text in [
            "topic orders, partition 3: 17 records missing",
            "https://host:8083/connectors?x=a@b",
            "Basic authentication failed for user ann",
            "connection refused by 127.0.0.1:9092",
            "the passenger list is at /srv/list",
            "mail ann@example.com",
        ] {
            assert_eq!(hidden(text), text);
        }
    }

    #[test]
    fn names_of_secrets() {
        for name in
            ["sasl.jaas.config", "ssl.key.password", "Authorization", "apiKey", "X-Auth-Token", "db.passwd"]
        {
            assert!(is_secret_name(name), "{name}");
        }
        for name in ["topics", "offset.lag.max", "missing", "connector.class", "key.converter"] {
            assert!(!is_secret_name(name), "{name}");
        }
    }
}
