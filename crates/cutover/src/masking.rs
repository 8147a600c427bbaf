//! One scrubber for everything this process says: what it learned is masked in logs, evidence and errors alike.

use std::sync::OnceLock;

use kafka::properties::ClusterConfig;
use services::Scrubber;

/// The scrubber of this process.
pub fn scrubber() -> &'static Scrubber {
    static SCRUBBER: OnceLock<Scrubber> = OnceLock::new();
    SCRUBBER.get_or_init(Scrubber::default)
}

/// From now on the passwords and keys of this configuration are masked wherever they would appear.
pub fn learn(config: &ClusterConfig) {
    use secrecy::ExposeSecret;
    for secret in config.secrets() {
        scrubber().learn(secret.expose_secret());
    }
}
