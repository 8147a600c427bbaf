//! Every key a client configuration may hold, and what becomes of it.

/// What happens to a known key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// Read by [`super::translate`] with a meaning of its own.
    Meaning,
    /// Handed to librdkafka as a number, under this name, within these bounds.
    Number(&'static str, i64, i64),
    /// Handed to librdkafka as `true` or `false`, under this name.
    Switch(&'static str),
    /// Handed to librdkafka as text, under this name.
    Text(&'static str),
    /// Known to Kafka clients, without effect here; the reason is in the note.
    Ignored(&'static str),
    /// Known, and refused since leaving it out would change what the connection is.
    Refused(&'static str),
}

use Use::{Ignored, Meaning, Number, Refused, Switch, Text};

const SET_BY_US: &str = "cutover sets this itself, so that what it reads does not depend on it";
const OF_CONSUMERS: &str = "a setting of consumers; cutover reads without a group and sets its own";
const OF_PRODUCERS: &str = "a setting of producers; nothing is produced with it";
const OF_JAVA: &str = "a Java class has no effect here";
const OF_STORES: &str = "PEM needs no such setting";
const TUNED: &str = "cutover tunes reads for each kind of reading";
const NO_OAUTH: &str = "OAUTHBEARER is not supported yet: use SCRAM, PLAIN or client certificates";
const NO_GSSAPI: &str = "GSSAPI (Kerberos) is not supported yet: use SCRAM, PLAIN or client certificates";
const LONGEST_SOCKET_TIMEOUT: i64 = 300_000;
const LONGEST: i64 = i32::MAX as i64;

/// Known keys, sorted. A test keeps the order.
pub const KEYS: &[(&str, Use)] = &[
    ("acks", Ignored(OF_PRODUCERS)),
    ("allow.auto.create.topics", Ignored(SET_BY_US)),
    ("api.version.request.timeout.ms", Number("api.version.request.timeout.ms", 1, LONGEST_SOCKET_TIMEOUT)),
    ("auto.commit.interval.ms", Ignored(OF_CONSUMERS)),
    ("auto.include.jmx.reporter", Ignored(OF_JAVA)),
    ("auto.offset.reset", Ignored(SET_BY_US)),
    ("batch.num.messages", Ignored(OF_PRODUCERS)),
    ("batch.size", Ignored(OF_PRODUCERS)),
    ("bootstrap.controllers", Refused("connect to brokers with bootstrap.servers")),
    ("bootstrap.servers", Meaning),
    ("broker.address.family", Text("broker.address.family")),
    ("broker.address.ttl", Number("broker.address.ttl", 0, 86_400_000)),
    ("buffer.memory", Ignored(OF_PRODUCERS)),
    ("check.crcs", Ignored(SET_BY_US)),
    ("client.dns.lookup", Text("client.dns.lookup")),
    ("client.id", Meaning),
    ("client.rack", Text("client.rack")),
    ("compression.codec", Ignored(OF_PRODUCERS)),
    ("compression.type", Ignored(OF_PRODUCERS)),
    ("connections.max.idle.ms", Number("connections.max.idle.ms", 0, LONGEST)),
    ("debug", Text("debug")),
    ("default.api.timeout.ms", Meaning),
    ("delivery.timeout.ms", Ignored(OF_PRODUCERS)),
    ("enable.auto.commit", Ignored(SET_BY_US)),
    ("enable.auto.offset.store", Ignored(SET_BY_US)),
    ("enable.idempotence", Ignored(OF_PRODUCERS)),
    ("enable.metrics.push", Ignored(SET_BY_US)),
    ("enable.partition.eof", Ignored(SET_BY_US)),
    ("enable.ssl.certificate.verification", Meaning),
    ("exclude.internal.topics", Ignored(OF_CONSUMERS)),
    ("fetch.error.backoff.ms", Ignored(TUNED)),
    ("fetch.max.bytes", Ignored(TUNED)),
    ("fetch.max.wait.ms", Ignored(TUNED)),
    ("fetch.message.max.bytes", Ignored(TUNED)),
    ("fetch.min.bytes", Ignored(TUNED)),
    ("fetch.queue.backoff.ms", Ignored(TUNED)),
    ("fetch.wait.max.ms", Ignored(TUNED)),
    ("group.id", Ignored(OF_CONSUMERS)),
    ("group.instance.id", Ignored(OF_CONSUMERS)),
    ("group.protocol", Ignored(OF_CONSUMERS)),
    ("group.remote.assignor", Ignored(OF_CONSUMERS)),
    ("heartbeat.interval.ms", Ignored(OF_CONSUMERS)),
    ("interceptor.classes", Ignored(OF_JAVA)),
    ("isolation.level", Ignored(SET_BY_US)),
    ("key.deserializer", Ignored(OF_JAVA)),
    ("key.serializer", Ignored(OF_JAVA)),
    ("linger.ms", Ignored(OF_PRODUCERS)),
    ("max.block.ms", Ignored(OF_PRODUCERS)),
    ("max.in.flight.requests.per.connection", Ignored(OF_PRODUCERS)),
    ("max.partition.fetch.bytes", Ignored(TUNED)),
    ("max.poll.interval.ms", Ignored(OF_CONSUMERS)),
    ("max.poll.records", Ignored(OF_CONSUMERS)),
    ("max.request.size", Ignored(OF_PRODUCERS)),
    ("message.max.bytes", Number("message.max.bytes", 1_000, 1_000_000_000)),
    ("message.timeout.ms", Ignored(OF_PRODUCERS)),
    ("metadata.broker.list", Meaning),
    ("metadata.max.age.ms", Number("metadata.max.age.ms", 1, 86_400_000)),
    ("metadata.max.idle.ms", Ignored(OF_PRODUCERS)),
    (
        "metadata.recovery.rebootstrap.trigger.ms",
        Number("metadata.recovery.rebootstrap.trigger.ms", 0, LONGEST),
    ),
    ("metadata.recovery.strategy", Text("metadata.recovery.strategy")),
    ("metric.reporters", Ignored(OF_JAVA)),
    ("metrics.num.samples", Ignored(OF_JAVA)),
    ("metrics.recording.level", Ignored(OF_JAVA)),
    ("metrics.sample.window.ms", Ignored(OF_JAVA)),
    ("partition.assignment.strategy", Ignored(OF_CONSUMERS)),
    ("partitioner.class", Ignored(OF_PRODUCERS)),
    ("queued.max.messages.kbytes", Ignored(TUNED)),
    ("queued.min.messages", Ignored(TUNED)),
    ("receive.buffer.bytes", Meaning),
    ("receive.message.max.bytes", Number("receive.message.max.bytes", 1_000, LONGEST)),
    ("reconnect.backoff.max.ms", Number("reconnect.backoff.max.ms", 0, 3_600_000)),
    ("reconnect.backoff.ms", Number("reconnect.backoff.ms", 0, 3_600_000)),
    ("request.timeout.ms", Meaning),
    ("retries", Ignored(OF_PRODUCERS)),
    ("retry.backoff.max.ms", Number("retry.backoff.max.ms", 1, 300_000)),
    ("retry.backoff.ms", Number("retry.backoff.ms", 1, 300_000)),
    (
        "sasl.client.callback.handler.class",
        Refused("a login by a Java class is not possible here; supported: PLAIN and SCRAM"),
    ),
    ("sasl.jaas.config", Meaning),
    ("sasl.kerberos.keytab", Refused(NO_GSSAPI)),
    ("sasl.kerberos.kinit.cmd", Ignored("only GSSAPI uses it")),
    ("sasl.kerberos.min.time.before.relogin", Ignored("only GSSAPI uses it")),
    ("sasl.kerberos.principal", Refused(NO_GSSAPI)),
    ("sasl.kerberos.service.name", Ignored("only GSSAPI uses it")),
    ("sasl.kerberos.ticket.renew.jitter", Ignored("only GSSAPI uses it")),
    ("sasl.kerberos.ticket.renew.window.factor", Ignored("only GSSAPI uses it")),
    (
        "sasl.login.callback.handler.class",
        Refused("a login by a Java class is not possible here; supported: PLAIN and SCRAM"),
    ),
    ("sasl.login.class", Refused("a login by a Java class is not possible here; supported: PLAIN and SCRAM")),
    ("sasl.login.connect.timeout.ms", Ignored("only OAUTHBEARER uses it")),
    ("sasl.login.read.timeout.ms", Ignored("only OAUTHBEARER uses it")),
    ("sasl.login.refresh.buffer.seconds", Ignored("only OAUTHBEARER uses it")),
    ("sasl.login.refresh.min.period.seconds", Ignored("only OAUTHBEARER uses it")),
    ("sasl.login.refresh.window.factor", Ignored("only OAUTHBEARER uses it")),
    ("sasl.login.refresh.window.jitter", Ignored("only OAUTHBEARER uses it")),
    ("sasl.login.retry.backoff.max.ms", Ignored("only OAUTHBEARER uses it")),
    ("sasl.login.retry.backoff.ms", Ignored("only OAUTHBEARER uses it")),
    ("sasl.mechanism", Meaning),
    ("sasl.mechanisms", Meaning),
    ("sasl.oauthbearer.clock.skew.seconds", Refused(NO_OAUTH)),
    ("sasl.oauthbearer.config", Refused(NO_OAUTH)),
    ("sasl.oauthbearer.method", Refused(NO_OAUTH)),
    ("sasl.oauthbearer.token.endpoint.url", Refused(NO_OAUTH)),
    ("sasl.password", Meaning),
    ("sasl.username", Meaning),
    ("security.protocol", Meaning),
    ("security.providers", Ignored(OF_JAVA)),
    ("send.buffer.bytes", Meaning),
    ("session.timeout.ms", Ignored(OF_CONSUMERS)),
    (
        "socket.connection.setup.timeout.max.ms",
        Ignored("librdkafka has one connection timeout: socket.connection.setup.timeout.ms"),
    ),
    ("socket.connection.setup.timeout.ms", Meaning),
    ("socket.keepalive.enable", Switch("socket.keepalive.enable")),
    ("socket.nagle.disable", Switch("socket.nagle.disable")),
    ("socket.receive.buffer.bytes", Meaning),
    ("socket.send.buffer.bytes", Meaning),
    ("socket.timeout.ms", Meaning),
    ("ssl.ca.location", Meaning),
    ("ssl.ca.pem", Meaning),
    ("ssl.certificate.location", Meaning),
    ("ssl.certificate.pem", Meaning),
    (
        "ssl.cipher.suites",
        Ignored("Java's names of cipher suites differ from OpenSSL's; OpenSSL's own choice is used"),
    ),
    ("ssl.crl.location", Text("ssl.crl.location")),
    ("ssl.curves.list", Text("ssl.curves.list")),
    ("ssl.enabled.protocols", Ignored("OpenSSL's own choice is used: TLS 1.2 and later")),
    ("ssl.endpoint.identification.algorithm", Meaning),
    ("ssl.engine.factory.class", Refused("TLS by a Java class is not possible here; use PEM files")),
    ("ssl.key.location", Meaning),
    ("ssl.key.password", Meaning),
    ("ssl.key.pem", Meaning),
    ("ssl.keymanager.algorithm", Ignored(OF_JAVA)),
    ("ssl.keystore.certificate.chain", Meaning),
    ("ssl.keystore.key", Meaning),
    ("ssl.keystore.location", Meaning),
    ("ssl.keystore.password", Ignored(OF_STORES)),
    ("ssl.keystore.type", Meaning),
    ("ssl.protocol", Ignored("OpenSSL's own choice is used: TLS 1.2 and later")),
    ("ssl.provider", Ignored(OF_JAVA)),
    ("ssl.secure.random.implementation", Ignored(OF_JAVA)),
    ("ssl.sigalgs.list", Text("ssl.sigalgs.list")),
    ("ssl.trustmanager.algorithm", Ignored(OF_JAVA)),
    ("ssl.truststore.certificates", Meaning),
    ("ssl.truststore.location", Meaning),
    ("ssl.truststore.password", Ignored(OF_STORES)),
    ("ssl.truststore.type", Meaning),
    ("statistics.interval.ms", Ignored(SET_BY_US)),
    ("topic.metadata.refresh.interval.ms", Number("topic.metadata.refresh.interval.ms", -1, 3_600_000)),
    ("transaction.timeout.ms", Ignored(OF_PRODUCERS)),
    ("transactional.id", Ignored(OF_PRODUCERS)),
    ("value.deserializer", Ignored(OF_JAVA)),
    ("value.serializer", Ignored(OF_JAVA)),
];

/// What becomes of a key; None if no Kafka client knows it. `config.providers…` is handled before.
pub fn known(key: &str) -> Option<Use> {
    KEYS.binary_search_by_key(&key, |(name, _)| *name).ok().map(|at| KEYS[at].1)
}

/// The known key a person most likely meant.
pub fn nearest(key: &str) -> Option<&'static str> {
    const WORTH_SAYING: f64 = 0.84;
    const LONGEST_KEY: usize = 100;
    if key.len() > LONGEST_KEY {
        return None;
    }
    let lower = key.to_ascii_lowercase().replace(['_', '-'], ".");
    KEYS.iter()
        .map(|(name, _)| (*name, strsim::jaro_winkler(&lower, name)))
        .filter(|(_, likeness)| *likeness >= WORTH_SAYING)
        .max_by(|a, b| a.1.total_cmp(&b.1))
        .map(|(name, _)| name)
}

/// Whether a key may be shown. A line that is no setting at all (a pasted private key, say) must not be.
pub fn showable(key: &str) -> bool {
    let shape = key.len() <= 80
        && key.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-_".contains(c));
    (shape && key.contains('.'))
        || known(key).is_some()
        || nearest(key).is_some_and(|near| strsim::levenshtein(key, near) <= 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorted_without_duplicates() {
        for pair in KEYS.windows(2) {
            assert!(pair[0].0 < pair[1].0, "{} before {}", pair[0].0, pair[1].0);
        }
    }

    #[test]
    fn nearest_key() {
        assert_eq!(nearest("bootstrap.server"), Some("bootstrap.servers"));
        assert_eq!(nearest("sasl_jaas_config"), Some("sasl.jaas.config"));
        assert_eq!(nearest("SECURITY.PROTOCOL"), Some("security.protocol"));
        assert_eq!(nearest("xyzzy"), None);
    }

    #[test]
    fn key_material_is_not_shown() {
        assert!(showable("ssl.truststor.location") && showable("my.own.setting") && showable("clientid"));
        assert!(!showable("MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7"));
        assert!(!showable("hunter2") && !showable("-----BEGIN"));
    }
}
