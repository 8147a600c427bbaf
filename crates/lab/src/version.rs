use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::LabError;

/// A Kafka release, such as `4.3.1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KafkaVersion {
    major: u16,
    minor: u16,
    patch: u16,
}

impl KafkaVersion {
    /// The release a lab runs unless told otherwise; its clients, tools and MirrorMaker 2 are always this one.
    pub const CURRENT: KafkaVersion = KafkaVersion { major: 4, minor: 3, patch: 1 };

    /// The oldest release that Kafka 4's clients speak to (KIP-896).
    pub const OLDEST: KafkaVersion = KafkaVersion { major: 2, minor: 1, patch: 0 };

    /// True if this release keeps its metadata in ZooKeeper here: KRaft was fit for use from 3.3 on.
    pub fn needs_zookeeper(self) -> bool {
        (self.major, self.minor) < (3, 3)
    }
}

impl fmt::Display for KafkaVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

impl FromStr for KafkaVersion {
    type Err = LabError;

    fn from_str(text: &str) -> Result<Self, LabError> {
        let numbers: Result<Vec<u16>, _> = text.split('.').map(str::parse).collect();
        match numbers.as_deref() {
            Ok([major, minor, patch]) => Ok(KafkaVersion { major: *major, minor: *minor, patch: *patch }),
            _ => Err(LabError::Spec(format!(
                "\"{text}\" is not a Kafka version: write three numbers, such as 4.3.1, 3.9.2 or 2.8.2"
            ))),
        }
    }
}

impl TryFrom<String> for KafkaVersion {
    type Error = LabError;

    fn try_from(text: String) -> Result<Self, LabError> {
        text.parse()
    }
}

impl From<KafkaVersion> for String {
    fn from(version: KafkaVersion) -> String {
        version.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generations_are_told_apart() {
        let parse = |text: &str| text.parse::<KafkaVersion>().unwrap();
        assert!(parse("2.8.2").needs_zookeeper());
        assert!(!parse("3.9.2").needs_zookeeper());
        assert_eq!(parse("4.3.1"), KafkaVersion::CURRENT);
        assert_eq!(parse("4.3.1").to_string(), "4.3.1");
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["", "4", "4.3", "4.3.1.2", "latest", "4.3.x", "-4.3.1"] {
            assert!(text.parse::<KafkaVersion>().is_err(), "{text}");
        }
    }
}
