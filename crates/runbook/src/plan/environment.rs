use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::Plan;

impl Plan {
    /// SHA-256 (hex) of each part of the environment, by a name people know: tells what differs from another.
    pub fn environment_parts(&self) -> BTreeMap<String, String> {
        fn of<T: serde::Serialize>(value: &T) -> String {
            crate::load::hex(&Sha256::digest(serde_json::to_vec(value).unwrap_or_default()))
        }
        let endpoints = self.endpoints.iter().map(|(name, url)| (format!("endpoint {name}"), of(url)));
        let fixed = [
            ("source cluster", of(&self.source)),
            ("target cluster", of(&self.target)),
            ("replicator", of(&self.replicator)),
            ("who holds which role", of(&self.roles)),
        ];
        fixed.map(|(name, digest)| (name.to_owned(), digest)).into_iter().chain(endpoints).collect()
    }
}
