//! How to reach one cluster, after translation: everything typed, secrets without a string form.

use super::bootstrap::BrokerAddress;
use secrecy::{ExposeSecret, SecretString};
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// How a connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecurityProtocol {
    /// Neither encrypted nor authenticated.
    Plaintext,
    /// TLS.
    Ssl,
    /// SASL without encryption.
    SaslPlaintext,
    /// SASL over TLS.
    SaslSsl,
}

impl SecurityProtocol {
    /// Kafka's name.
    pub fn name(self) -> &'static str {
        match self {
            SecurityProtocol::Plaintext => "PLAINTEXT",
            SecurityProtocol::Ssl => "SSL",
            SecurityProtocol::SaslPlaintext => "SASL_PLAINTEXT",
            SecurityProtocol::SaslSsl => "SASL_SSL",
        }
    }

    /// True if TLS is spoken.
    pub fn is_encrypted(self) -> bool {
        matches!(self, SecurityProtocol::Ssl | SecurityProtocol::SaslSsl)
    }

    /// True if SASL follows.
    pub fn has_sasl(self) -> bool {
        matches!(self, SecurityProtocol::SaslPlaintext | SecurityProtocol::SaslSsl)
    }
}

/// Supported SASL mechanisms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SaslMechanism {
    /// User and password, as they are.
    Plain,
    /// Salted challenge and response with SHA-256.
    ScramSha256,
    /// Salted challenge and response with SHA-512.
    ScramSha512,
}

impl SaslMechanism {
    /// Kafka's name.
    pub fn name(self) -> &'static str {
        match self {
            SaslMechanism::Plain => "PLAIN",
            SaslMechanism::ScramSha256 => "SCRAM-SHA-256",
            SaslMechanism::ScramSha512 => "SCRAM-SHA-512",
        }
    }
}

/// Who we are.
#[derive(Clone)]
pub struct Sasl {
    /// How the password is shown to the broker.
    pub mechanism: SaslMechanism,
    /// User name; not a secret.
    pub username: String,
    /// The password.
    pub password: SecretString,
}

/// Which authorities vouch for the brokers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Authorities {
    /// Those of this machine.
    System,
    /// These PEM certificates.
    Pem(String),
    /// A directory of hashed certificates.
    Directory(String),
}

/// TLS settings.
#[derive(Clone)]
pub struct Tls {
    /// Trust.
    pub authorities: Authorities,
    /// Our certificate chain, PEM.
    pub certificate_pem: Option<String>,
    /// Our private key, PEM.
    pub key_pem: Option<SecretString>,
    /// What the private key is encrypted with.
    pub key_password: Option<SecretString>,
    /// Whether the broker's chain must lead to an authority.
    pub verify_chain: bool,
    /// Whether the broker's certificate must name its host.
    pub verify_host: bool,
}

impl Default for Tls {
    fn default() -> Self {
        Tls {
            authorities: Authorities::System,
            certificate_pem: None,
            key_pem: None,
            key_password: None,
            verify_chain: true,
            verify_host: true,
        }
    }
}

/// Something worth knowing about a configuration that works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigNote {
    /// 1-based line, if it has one.
    pub line: Option<u32>,
    /// The sentence fragment.
    pub message: String,
    /// True for a risk (open file mode, unverified host); false for an ignored setting.
    pub warning: bool,
}

/// How to reach one cluster. Made by [`super::load`] or [`super::from_bootstrap`].
#[derive(Clone)]
pub struct ClusterConfig {
    /// `source`, `target` or another name; it leads every error.
    pub cluster: String,
    /// The file or the address list this came from.
    pub origin: String,
    /// Where to begin; never empty.
    pub bootstrap: Vec<BrokerAddress>,
    /// How connections are protected.
    pub protocol: SecurityProtocol,
    /// Present if and only if [`SecurityProtocol::has_sasl`].
    pub sasl: Option<Sasl>,
    /// Used if [`SecurityProtocol::is_encrypted`].
    pub tls: Tls,
    /// Name shown in broker logs and quotas.
    pub client_id: String,
    /// One request (`request.timeout.ms`).
    pub request_timeout: Duration,
    /// One call, retries included (`default.api.timeout.ms`).
    pub call_timeout: Duration,
    /// TCP and TLS set-up of one connection.
    pub connect_timeout: Duration,
    /// Further settings under librdkafka's names; no secrets among them.
    pub extra: BTreeMap<&'static str, String>,
    /// Ignored settings and risks.
    pub notes: Vec<ConfigNote>,
}

impl ClusterConfig {
    /// The bootstrap list as one string.
    pub fn bootstrap_list(&self) -> String {
        self.bootstrap.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
    }

    /// Every secret text of this configuration, for scrubbing.
    pub fn secrets(&self) -> Vec<SecretString> {
        let tls = &self.tls;
        let sasl = self.sasl.iter().map(|sasl| sasl.password.clone());
        sasl.chain(tls.key_pem.clone()).chain(tls.key_password.clone()).collect()
    }

    /// librdkafka's settings for a connection. The values hold secrets: hand them over, never show them.
    pub(crate) fn connection_settings(&self) -> Vec<(&'static str, SecretString)> {
        let mut all: Vec<(&'static str, SecretString)> = Vec::new();
        let mut set = |key, value: &str| all.push((key, SecretString::from(value)));
        let millis = |duration: Duration, most: u128| duration.as_millis().clamp(1, most).to_string();
        set("bootstrap.servers", &self.bootstrap_list());
        set("client.id", &self.client_id);
        set("security.protocol", self.protocol.name());
        // librdkafka takes 10 ms to 300 s, and 1 s at least to connect.
        set("socket.timeout.ms", &millis(self.request_timeout.max(Duration::from_millis(10)), 300_000));
        set(
            "socket.connection.setup.timeout.ms",
            &millis(self.connect_timeout.max(Duration::from_secs(1)), 2_147_483_647),
        );
        set("api.version.request.timeout.ms", &millis(self.connect_timeout, 300_000));
        // A broker that comes back is found at once; one that is down costs a connection attempt a second.
        set("reconnect.backoff.ms", "100");
        set("reconnect.backoff.max.ms", "1000");
        set("enable.metrics.push", "false");
        set("allow.auto.create.topics", "false");
        set("log.connection.close", "false");
        if let Some(sasl) = self.sasl.as_ref().filter(|_| self.protocol.has_sasl()) {
            set("sasl.mechanisms", sasl.mechanism.name());
            set("sasl.username", &sasl.username);
            set("sasl.password", sasl.password.expose_secret());
        }
        if self.protocol.is_encrypted() {
            match &self.tls.authorities {
                Authorities::System => {}
                Authorities::Pem(pem) => set("ssl.ca.pem", pem),
                Authorities::Directory(path) => set("ssl.ca.location", path),
            }
            if let Some(pem) = &self.tls.certificate_pem {
                set("ssl.certificate.pem", pem);
            }
            if let Some(pem) = &self.tls.key_pem {
                set("ssl.key.pem", pem.expose_secret());
            }
            if let Some(password) = &self.tls.key_password {
                set("ssl.key.password", password.expose_secret());
            }
            set("enable.ssl.certificate.verification", if self.tls.verify_chain { "true" } else { "false" });
            let host = if self.tls.verify_host { "https" } else { "none" };
            set("ssl.endpoint.identification.algorithm", host);
        }
        for (key, value) in &self.extra {
            set(key, value);
        }
        all
    }

    /// The same connection for the safe client, for those who produce or consume with it.
    pub fn client_config(&self) -> rdkafka::ClientConfig {
        let mut config = rdkafka::ClientConfig::new();
        for (key, value) in self.connection_settings() {
            config.set(key, value.expose_secret());
        }
        config
    }
}

impl fmt::Debug for ClusterConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClusterConfig")
            .field("cluster", &self.cluster)
            .field("origin", &self.origin)
            .field("bootstrap", &self.bootstrap_list())
            .field("protocol", &self.protocol.name())
            .field("username", &self.sasl.as_ref().map(|sasl| sasl.username.as_str()))
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Sasl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sasl")
            .field("mechanism", &self.mechanism)
            .field("username", &self.username)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls")
            .field("own_certificate", &self.certificate_pem.is_some())
            .field("verify_chain", &self.verify_chain)
            .field("verify_host", &self.verify_host)
            .finish_non_exhaustive()
    }
}
