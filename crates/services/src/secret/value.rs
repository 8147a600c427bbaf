use secrecy::{ExposeSecret, SecretString};

/// A secret in memory, overwritten when dropped. It has no `Debug`, no `Display`, no `Serialize`.
#[derive(Clone)]
#[expect(missing_debug_implementations, reason = "a secret has no string form")]
pub struct SecretValue(SecretString);

impl SecretValue {
    pub(crate) fn new(value: String) -> SecretValue {
        SecretValue(SecretString::from(value))
    }

    /// The secret itself. Each call is a place to look at in review.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}
