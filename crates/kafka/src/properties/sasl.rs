//! Who we are: `sasl.mechanism` with `sasl.jaas.config`, or librdkafka's user and password.

use super::cluster_config::{Sasl, SaslMechanism, SecurityProtocol};
use super::translate::Translation;
use super::{jaas, reference};
use secrecy::SecretString;

/// A problem was recorded.
pub(super) struct Told;

/// Reads the SASL settings. Without SASL in the protocol they stay untouched and are noted as without effect.
pub(super) fn translate(
    t: &mut Translation<'_>,
    protocol: Option<SecurityProtocol>,
) -> Result<Option<Sasl>, Told> {
    if !protocol.is_some_and(SecurityProtocol::has_sasl) {
        return Ok(None);
    }
    let mechanism = mechanism(t);
    let credentials = match t.take("sasl.jaas.config") {
        Some(setting) => {
            for key in ["sasl.username", "sasl.password"] {
                if let Some(also) = t.take(key) {
                    t.warn(also.line, format!("{key} has no effect beside sasl.jaas.config"));
                }
            }
            from_jaas(t, setting.line, &setting.value, mechanism.as_ref().ok().copied())
        }
        None => plain_keys(t),
    };
    let (username, password) = credentials?;
    Ok(Some(Sasl { mechanism: mechanism?, username, password }))
}

fn mechanism(t: &mut Translation<'_>) -> Result<SaslMechanism, Told> {
    let alias = t.take("sasl.mechanisms").map(|setting| ("sasl.mechanisms", setting));
    let Some((key, setting)) = t.take("sasl.mechanism").map(|s| ("sasl.mechanism", s)).or(alias) else {
        t.problem(
            None,
            "sasl.mechanism",
            "is missing (Kafka's default, GSSAPI, is not supported yet)",
            Some("sasl.mechanism=SCRAM-SHA-512, SCRAM-SHA-256 or PLAIN".to_owned()),
        );
        return Err(Told);
    };
    let name = setting.value.trim();
    if let Some(mechanism) = SaslMechanism::named(name) {
        return Ok(mechanism);
    }
    let known =
        ["GSSAPI", "OAUTHBEARER", "AWS_MSK_IAM"].into_iter().find(|known| known.eq_ignore_ascii_case(name));
    let message = match known {
        Some(known) => format!("{known} is not supported yet"),
        None => "no such mechanism".to_owned(),
    };
    t.problem(setting.line, key, message, Some("supported: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512".to_owned()));
    Err(Told)
}

fn from_jaas(
    t: &mut Translation<'_>,
    line: u32,
    text: &str,
    mechanism: Option<SaslMechanism>,
) -> Result<(String, SecretString), Told> {
    const KEY: &str = "sasl.jaas.config";
    let jaas = match jaas::parse(text) {
        Ok(jaas) => jaas,
        Err(what) => {
            let help = r#"org.apache.kafka.common.security.scram.ScramLoginModule required username="…" password="…";"#;
            t.problem(line, KEY, what, Some(help.to_owned()));
            return Err(Told);
        }
    };
    let fits = match (jaas.module.as_str(), mechanism) {
        ("PlainLoginModule", Some(SaslMechanism::Plain) | None) => true,
        ("ScramLoginModule", Some(SaslMechanism::ScramSha256 | SaslMechanism::ScramSha512) | None) => true,
        ("PlainLoginModule" | "ScramLoginModule", Some(mechanism)) => {
            t.problem(
                line,
                KEY,
                format!("{} does not go with sasl.mechanism={}", jaas.module, mechanism.name()),
                None,
            );
            false
        }
        _ => {
            let help = "supported: PlainLoginModule, ScramLoginModule".to_owned();
            t.problem(line, KEY, "this login module is not supported yet", Some(help));
            false
        }
    };
    if jaas.option("tokenauth").is_some_and(|value| value.eq_ignore_ascii_case("true")) {
        t.problem(line, KEY, "delegation tokens are not supported yet", None);
        return Err(Told);
    }
    let mut read = |name: &str| -> Result<String, Told> {
        let Some(value) = jaas.option(name) else {
            t.problem(line, KEY, format!("has no {name}"), None);
            return Err(Told);
        };
        match reference::resolve(value, &t.providers, t.around) {
            Ok(resolved) if resolved.text.is_empty() => {
                t.problem(line, KEY, format!("{name} is empty"), None);
                Err(Told)
            }
            Ok(resolved) => Ok(resolved.text),
            Err(message) => {
                t.problem(line, KEY, message, None);
                Err(Told)
            }
        }
    };
    let (username, password) = (read("username"), read("password"));
    let (username, password) = (username?, SecretString::from(password?));
    if fits { Ok((username, password)) } else { Err(Told) }
}

fn plain_keys(t: &mut Translation<'_>) -> Result<(String, SecretString), Told> {
    let username = t.take("sasl.username");
    let password = t.take("sasl.password");
    match (username, password) {
        (Some(username), Some(password)) if !username.value.is_empty() && !password.value.is_empty() => {
            if password.value.ends_with(char::is_whitespace) {
                t.warn(password.line, "sasl.password ends with a blank; it is kept, as Java keeps it");
            }
            Ok((username.value.trim().to_owned(), SecretString::from(password.value)))
        }
        (username, password) => {
            let line = username.or(password).map(|setting| setting.line);
            let help = r#"sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required username="…" password="${env:PASSWORD}";"#;
            t.problem(line, "sasl.jaas.config", "user and password are missing", Some(help.to_owned()));
            Err(Told)
        }
    }
}
