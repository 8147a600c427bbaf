use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Whose clients an application of the lab is written with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Client {
    /// librdkafka.
    #[default]
    Librdkafka,
    /// Kafka's own, in a JVM.
    Java,
}

impl fmt::Display for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Client::Librdkafka => "librdkafka",
            Client::Java => "java",
        })
    }
}

impl FromStr for Client {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "librdkafka" => Ok(Client::Librdkafka),
            "java" => Ok(Client::Java),
            other => Err(format!("\"{other}\" is no client: librdkafka or java")),
        }
    }
}
