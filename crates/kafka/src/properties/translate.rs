//! Entries of a properties file into a [`ClusterConfig`]: every problem in one go.

use super::cluster_config::{ClusterConfig, ConfigNote, SaslMechanism, SecurityProtocol, Tls};
use super::keys::{self, Use};
use super::lexer::Entry;
use super::problem::ConfigProblem;
use super::reference::{self, Providers};
use super::surroundings::Surroundings;
use super::{bootstrap, sasl, tls};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

/// A value in use: where it stands, and whether a message may repeat it.
pub(super) struct Setting {
    pub line: u32,
    /// With references replaced, except for `sasl.jaas.config`.
    pub value: String,
    pub referenced: bool,
}

/// What translating works on and collects.
pub(super) struct Translation<'a> {
    pub around: &'a dyn Surroundings,
    pub providers: Providers,
    /// Where relative paths may also start: the folder of the file.
    pub folder: Option<&'a Path>,
    pub settings: BTreeMap<String, Setting>,
    pub problems: Vec<ConfigProblem>,
    pub notes: Vec<ConfigNote>,
}

impl Translation<'_> {
    /// Takes the setting out, so that what is left over can be told.
    pub fn take(&mut self, key: &str) -> Option<Setting> {
        self.settings.remove(key)
    }

    pub fn problem(
        &mut self,
        line: impl Into<Option<u32>>,
        key: &str,
        message: impl Into<String>,
        help: Option<String>,
    ) {
        self.problems.push(ConfigProblem {
            line: line.into(),
            key: Some(key.to_owned()),
            message: message.into(),
            help,
        });
    }

    pub fn warn(&mut self, line: impl Into<Option<u32>>, message: impl Into<String>) {
        self.notes.push(ConfigNote { line: line.into(), message: message.into(), warning: true });
    }

    fn note(&mut self, line: u32, message: String) {
        self.notes.push(ConfigNote { line: Some(line), message, warning: false });
    }

    fn number(&mut self, key: &str, least: i64, most: i64) -> Option<(u32, i64)> {
        let setting = self.take(key)?;
        match setting.value.trim().parse::<i64>() {
            Ok(number) if (least..=most).contains(&number) => Some((setting.line, number)),
            _ => {
                self.problem(setting.line, key, format!("needs a whole number from {least} to {most}"), None);
                None
            }
        }
    }

    fn millis(&mut self, keys: &[&str], default: Duration) -> Duration {
        const LONGEST_MILLIS: i64 = i32::MAX as i64;
        let found = keys.iter().filter_map(|key| self.number(key, 1, LONGEST_MILLIS)).last();
        found.map_or(default, |(_, millis)| Duration::from_millis(millis.unsigned_abs()))
    }
}

/// Translates. On failure every problem found, by line.
pub(super) fn translate(
    cluster: &str,
    origin: &str,
    entries: Vec<Entry>,
    around: &dyn Surroundings,
    folder: Option<&Path>,
    mut problems: Vec<ConfigProblem>,
    mut notes: Vec<ConfigNote>,
) -> Result<ClusterConfig, Vec<ConfigProblem>> {
    let providers = declared_providers(&entries, &mut problems);
    let settings = settings(entries, &providers, around, &mut problems, &mut notes);
    let mut t = Translation { around, providers, folder, settings, problems, notes };

    let bootstrap = bootstrap_servers(&mut t);
    let protocol = security_protocol(&mut t);
    let sasl = sasl::translate(&mut t, protocol);
    let tls = match protocol {
        Some(protocol) => tls::translate(&mut t, protocol),
        None => Tls::default(),
    };
    let client_id = t.take("client.id").map(|s| s.value.trim().to_owned()).filter(|id| !id.is_empty());
    // One request is cut off after 30 s as in Kafka's own clients, one call after 60 s.
    let request_timeout = t.millis(&["socket.timeout.ms", "request.timeout.ms"], Duration::from_secs(30));
    let call_timeout = t.millis(&["default.api.timeout.ms"], Duration::from_secs(60));
    // A healthy broker accepts within milliseconds; what takes longer than 5 s is worth an answer to the person waiting.
    let connect_timeout = t.millis(&["socket.connection.setup.timeout.ms"], Duration::from_secs(5));
    let mut extra = BTreeMap::new();
    for (ours, key) in [
        ("socket.receive.buffer.bytes", "receive.buffer.bytes"),
        ("socket.receive.buffer.bytes", "socket.receive.buffer.bytes"),
        ("socket.send.buffer.bytes", "send.buffer.bytes"),
        ("socket.send.buffer.bytes", "socket.send.buffer.bytes"),
    ] {
        // Java says -1 for the system's default, librdkafka 0.
        if let Some((_, bytes)) = t.number(key, -1, 100_000_000) {
            extra.insert(ours, bytes.max(0).to_string());
        }
    }
    the_rest(&mut t, &mut extra);

    if t.problems.is_empty()
        && let (Some(bootstrap), Some(protocol), Ok(sasl)) = (bootstrap, protocol, sasl)
    {
        if !protocol.is_encrypted() && !bootstrap.iter().all(bootstrap::BrokerAddress::is_loopback) {
            t.warn(
                None,
                format!(
                    "{} to another machine: records and credentials are readable on the way",
                    protocol.name()
                ),
            );
        }
        t.notes.sort_by_key(|note| note.line);
        return Ok(ClusterConfig {
            cluster: cluster.to_owned(),
            origin: origin.to_owned(),
            bootstrap,
            protocol,
            sasl,
            tls,
            client_id: client_id.unwrap_or_else(|| "cutover".to_owned()),
            request_timeout,
            call_timeout,
            connect_timeout,
            extra,
            notes: t.notes,
        });
    }
    t.problems.sort_by_key(|problem| problem.line);
    Err(t.problems)
}

fn declared_providers(entries: &[Entry], problems: &mut Vec<ConfigProblem>) -> Providers {
    let mut providers = Providers::default();
    for entry in entries {
        let name = entry.key.strip_prefix("config.providers.").and_then(|rest| rest.strip_suffix(".class"));
        if let Some(name) = name
            && !providers.declare(name, entry.value.trim())
        {
            problems.push(ConfigProblem {
                line: Some(entry.line),
                key: Some(entry.key.clone()),
                message: "this configuration provider is not known here".to_owned(),
                help: Some(
                    "known classes: EnvVarConfigProvider, FileConfigProvider, DirectoryConfigProvider"
                        .to_owned(),
                ),
            });
        }
    }
    providers
}

/// Resolves references, drops duplicates (the last one counts, as in Java).
fn settings(
    entries: Vec<Entry>,
    providers: &Providers,
    around: &dyn Surroundings,
    problems: &mut Vec<ConfigProblem>,
    notes: &mut Vec<ConfigNote>,
) -> BTreeMap<String, Setting> {
    let mut settings: BTreeMap<String, Setting> = BTreeMap::new();
    for entry in entries {
        let Entry { key, value, line } = entry;
        if key == "config.providers" || key.starts_with("config.providers.") {
            continue;
        }
        let later = key == "sasl.jaas.config" && !reference::is_one_reference(&value);
        let resolved = if later {
            // Its references are replaced after parsing: a password may then hold quotes.
            reference::Resolved { text: value, referenced: false }
        } else {
            match reference::resolve(&value, providers, around) {
                Ok(resolved) => resolved,
                Err(message) => {
                    let key = keys::showable(&key).then_some(key);
                    problems.push(ConfigProblem { line: Some(line), key, message, help: None });
                    continue;
                }
            }
        };
        let shown = if keys::showable(&key) { key.clone() } else { "a key".to_owned() };
        let setting = Setting { line, value: resolved.text, referenced: resolved.referenced };
        if let Some(earlier) = settings.insert(key, setting) {
            let message = format!("{shown} is set again; line {} has no effect", earlier.line);
            notes.push(ConfigNote { line: Some(line), message, warning: true });
        }
    }
    settings
}

fn bootstrap_servers(t: &mut Translation<'_>) -> Option<Vec<bootstrap::BrokerAddress>> {
    let alias = t.take("metadata.broker.list").map(|setting| ("metadata.broker.list", setting));
    let Some((key, setting)) = t.take("bootstrap.servers").map(|s| ("bootstrap.servers", s)).or(alias) else {
        t.problem(
            None,
            "bootstrap.servers",
            "is missing",
            Some("bootstrap.servers=host:port[,host:port]".to_owned()),
        );
        return None;
    };
    match bootstrap::parse(&setting.value) {
        Ok(addresses) => Some(addresses),
        Err(_) if setting.referenced => {
            t.problem(setting.line, key, "what the reference yields is no host:port list", None);
            None
        }
        Err(message) => {
            t.problem(setting.line, key, message, None);
            None
        }
    }
}

fn security_protocol(t: &mut Translation<'_>) -> Option<SecurityProtocol> {
    let Some(setting) = t.take("security.protocol") else { return Some(SecurityProtocol::Plaintext) };
    let found = match setting.value.trim().to_ascii_uppercase().as_str() {
        "PLAINTEXT" => Some(SecurityProtocol::Plaintext),
        "SSL" => Some(SecurityProtocol::Ssl),
        "SASL_PLAINTEXT" => Some(SecurityProtocol::SaslPlaintext),
        "SASL_SSL" => Some(SecurityProtocol::SaslSsl),
        _ => None,
    };
    if found.is_none() {
        let help = "one of PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL".to_owned();
        t.problem(setting.line, "security.protocol", "no such protocol", Some(help));
    }
    found
}

/// Whatever no other function took: numbers and switches for librdkafka, ignored, refused, unknown.
fn the_rest(t: &mut Translation<'_>, extra: &mut BTreeMap<&'static str, String>) {
    let keys: BTreeSet<String> = t.settings.keys().cloned().collect();
    for key in keys {
        match keys::known(&key) {
            Some(Use::Number(name, least, most)) => {
                if let Some((_, number)) = t.number(&key, least, most) {
                    extra.insert(name, number.to_string());
                }
            }
            Some(Use::Switch(name)) => {
                let Some(setting) = t.take(&key) else { continue };
                match setting.value.trim().to_ascii_lowercase().as_str() {
                    value @ ("true" | "false") => {
                        extra.insert(name, value.to_owned());
                    }
                    _ => t.problem(setting.line, &key, "needs true or false", None),
                }
            }
            Some(Use::Text(name)) => {
                if let Some(setting) = t.take(&key) {
                    extra.insert(name, setting.value.trim().to_owned());
                }
            }
            Some(Use::Ignored(why)) => {
                if let Some(setting) = t.take(&key) {
                    t.note(setting.line, format!("{key} has no effect: {why}"));
                }
            }
            Some(Use::Refused(why)) => {
                if let Some(setting) = t.take(&key) {
                    t.problem(setting.line, &key, why, None);
                }
            }
            // Sub-keys of a file that only apply with SASL or TLS are taken there or noted here.
            Some(Use::Meaning) => {
                if let Some(setting) = t.take(&key) {
                    t.note(setting.line, format!("{key} has no effect with this security.protocol"));
                }
            }
            None => unknown(t, &key),
        }
    }
}

fn unknown(t: &mut Translation<'_>, key: &str) {
    let Some(setting) = t.take(key) else { return };
    if keys::showable(key) {
        let help = match keys::nearest(key) {
            Some(near) => format!("did you mean {near}?"),
            None => "no Kafka client knows this key; remove it or comment it out".to_owned(),
        };
        t.problem(setting.line, key, "unknown key", Some(help));
    } else {
        t.problems.push(ConfigProblem {
            line: Some(setting.line),
            key: None,
            message: "no setting of a Kafka client (not shown, it may be part of a secret)".to_owned(),
            help: Some(
                "a value that goes on in the next line needs a `\\` at the end of each line but the last"
                    .to_owned(),
            ),
        });
    }
}

impl SaslMechanism {
    /// By Kafka's name.
    pub(super) fn named(name: &str) -> Option<Self> {
        [SaslMechanism::Plain, SaslMechanism::ScramSha256, SaslMechanism::ScramSha512]
            .into_iter()
            .find(|mechanism| mechanism.name().eq_ignore_ascii_case(name))
    }
}
