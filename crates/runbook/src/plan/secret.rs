use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where a secret is, as a runbook's `secrets` says it. It holds no secret and may be shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SecretReference {
    pub source: SecretSource,
    /// Id of the gate that has to open in this run before the secret is read.
    pub unlock_at: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SecretSource {
    /// Name of an environment variable of this process.
    Env(String),
    /// Path of a file, relative to the runbook; one line end at its end is no part of the secret.
    File(String),
    /// A command whose standard output is the secret; one line end at its end is no part of it.
    Exec(Vec<String>),
}
