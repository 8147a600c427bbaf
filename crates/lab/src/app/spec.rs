use std::path::{Path, PathBuf};

use rdkafka::ClientConfig;
use serde::{Deserialize, Serialize};

use super::Client;
use crate::client;
use crate::error::{LabError, Result};
use crate::side::Side;
use crate::state::State;

/// What an application of the lab does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppSpec {
    /// Its name. One started again under this name, on either cluster, goes on in the same ledger.
    pub name: String,
    /// The cluster it works on.
    pub side: Side,
    /// Topics it reads.
    pub consume: Vec<String>,
    /// The group it reads them in; needed with `consume`.
    pub group: Option<String>,
    /// Topics it writes to, in turn.
    pub produce: Vec<String>,
    /// Records it writes per second.
    pub rate: f64,
    /// How many keys it uses, in turn; 0: none.
    pub keys: u64,
    /// Size of each value in bytes, at least that of its JSON.
    pub size: usize,
    /// The user it logs in as (SCRAM); none: the PLAINTEXT listener, where it is a super user.
    pub user: Option<String>,
    /// `read_committed` or `read_uncommitted`.
    pub isolation: String,
    /// `auto.offset.reset` of librdkafka: `earliest`, `latest` or `error`.
    pub reset: String,
    /// Milliseconds between two commits.
    pub commit_every_ms: u64,
    /// Records it processes per second at most, so that it stays behind; 0: as fast as it can.
    #[serde(default)]
    pub pace: f64,
    /// Whose clients it is written with.
    #[serde(default)]
    pub client: Client,
}

impl AppSpec {
    /// An application of this name that does nothing yet: give it topics to consume or produce.
    pub fn new(name: impl Into<String>, side: Side) -> Self {
        AppSpec {
            name: name.into(),
            side,
            consume: Vec::new(),
            group: None,
            produce: Vec::new(),
            rate: 100.0,
            keys: 100,
            size: 200,
            user: None,
            isolation: "read_committed".into(),
            reset: "earliest".into(),
            commit_every_ms: 500,
            pace: 0.0,
            client: Client::default(),
        }
    }

    /// Its server's name in the lab.
    pub(crate) fn server(name: &str) -> String {
        format!("app/{name}")
    }

    pub(crate) fn home(lab: &Path, name: &str) -> PathBuf {
        lab.join("apps").join(name)
    }

    pub(crate) fn check(&self) -> Result<()> {
        let refuse = |why: String| Err(LabError::Spec(why));
        let plain = |c: char| c.is_ascii_alphanumeric() || ".-_".contains(c);
        if self.name.is_empty() || self.name.starts_with('.') || !self.name.chars().all(plain) {
            return refuse(format!(
                "\"{}\" cannot be an application's name: use letters, digits, dots and dashes",
                self.name
            ));
        }
        if self.consume.is_empty() && self.produce.is_empty() {
            return refuse(format!("application {} neither consumes nor produces", self.name));
        }
        if self.consume.is_empty() != self.group.is_none() {
            return refuse(format!("application {}: topics to consume and a group go together", self.name));
        }
        let steady = self.rate > 0.0 && self.rate.is_finite();
        if !self.produce.is_empty() && !steady {
            return refuse(format!("application {}: the rate must be a number above 0", self.name));
        }
        if !self.pace.is_finite() || self.pace < 0.0 {
            return refuse(format!("application {}: the pace must be a number of 0 or more", self.name));
        }
        Ok(())
    }

    /// The client settings of this application.
    pub(super) fn client_config(&self, state: &State) -> Result<ClientConfig> {
        let cluster = state
            .clusters
            .iter()
            .find(|cluster| cluster.side == self.side)
            .ok_or_else(|| LabError::Spec(format!("the lab has no {} cluster", self.side)))?;
        let mut config = client::config(cluster);
        config.set("client.id", &self.name);
        if let Some(name) = &self.user {
            let user = state.users.iter().find(|user| user.name == *name);
            let user = user.ok_or_else(|| LabError::Spec(format!("the lab has no user {name}")))?;
            config
                .set("bootstrap.servers", &cluster.sasl_bootstrap)
                .set("security.protocol", "SASL_PLAINTEXT")
                .set("sasl.mechanism", "SCRAM-SHA-256")
                .set("sasl.username", &user.name)
                .set("sasl.password", &user.password);
        }
        Ok(config)
    }
}
