use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::seen::*;
use super::{Measured, Probe};

/// A probe with its answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observation {
    pub probe: Probe,
    /// When the measurement began: the age of evidence counts from here.
    pub at: Timestamp,
    pub took_ms: u64,
    /// Set when only a part was measured (`62 % measured: read budget of 256 MiB used up`). A verdict on a part is at
    /// best unknown.
    pub partial: Option<String>,
    pub measured: Measured,
}

impl Observation {
    /// The content address: SHA-256 (hex) of the canonical JSON.
    pub fn digest(&self) -> String {
        let bytes = serde_json::to_vec(self).expect("an observation is plain data and always serialises");
        hex(&Sha256::digest(&bytes))
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Why a measurement could not be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    Unreachable,
    Unauthorised,
    TimedOut,
    OverBudget,
    /// The thing changed while it was read (topic recreated, offsets moved back).
    Changed,
    /// The cluster does not speak the API that is needed.
    Unsupported,
    /// Switched off by the operator (`--deny-exec`, `--no-scratch`).
    Refused,
    /// This version cannot measure it yet.
    NotBuilt,
    Stopped,
    Failed,
}

/// A probe without an answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Unobserved {
    pub probe: Probe,
    pub at: Timestamp,
    pub reason: Reason,
    /// What happened, naming cluster, broker, topic, partition.
    pub message: String,
    /// What to try next.
    pub hint: Option<String>,
}

/// All that was seen so far, by probe.
#[derive(Clone, Debug, Default)]
pub struct Observations(BTreeMap<Probe, Result<Observation, Unobserved>>);

impl Observations {
    pub fn insert(&mut self, outcome: Result<Observation, Unobserved>) {
        let probe = match &outcome {
            Ok(observation) => observation.probe.clone(),
            Err(unobserved) => unobserved.probe.clone(),
        };
        self.0.insert(probe, outcome);
    }

    pub fn get(&self, probe: &Probe) -> Option<&Result<Observation, Unobserved>> {
        self.0.get(probe)
    }

    pub fn contains(&self, probe: &Probe) -> bool {
        self.0.contains_key(probe)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&Probe, &Result<Observation, Unobserved>)> {
        self.0.iter()
    }

    /// The observation of `probe`, or a sentence that says why there is none.
    pub fn of(&self, probe: &Probe) -> Result<&Observation, String> {
        match self.0.get(probe) {
            Some(Ok(observation)) => Ok(observation),
            Some(Err(unobserved)) => Err(format!("{}: {}", probe.title(), unobserved.message)),
            None => Err(format!("{}: not measured", probe.title())),
        }
    }
}

/// One method per shape of evidence: the answer to a probe as that shape, or a sentence that says why there is none.
macro_rules! answers {
    ($($(#[$doc:meta])* $method:ident: $variant:ident($shape:ident),)*) => {
        impl Observations {
            $($(#[$doc])* pub fn $method(&self, probe: &Probe) -> Result<&$shape, String> {
                match &self.of(probe)?.measured {
                    Measured::$variant(seen) => Ok(seen),
                    _ => Err(format!("{}: answered with something else", probe.title())),
                }
            })*
        }
    };
}

answers! {
    cluster: Cluster(ClusterSeen),
    topics: Topics(TopicsSeen),
    ends: Ends(EndsSeen),
    rest: Rest(RestSeen),
    groups: Groups(GroupsSeen),
    readers: Readers(ReadersSeen),
    positions: Positions(PositionsSeen),
    twins: Twins(TwinsSeen),
    born: Born(BornSeen),
    lag: Lag(LagSeen),
    lags: Lags(LagsSeen),
    content: Content(ContentSeen),
    drained: Drained(DrainedSeen),
    replication: Replication(ReplicationSeen),
    connectors: Connectors(ConnectorsSeen),
    retention: Retention(RetentionSeen),
    acls: Acls(AclsSeen),
    apis: Apis(ApisSeen),
    client: Client(ClientSeen),
    resume: Resume(ResumeSeen),
    file: File(FileSeen),
    judgement: Judgement(JudgementSeen),
    plan: Plan(PlanSeen),
}

impl FromIterator<Result<Observation, Unobserved>> for Observations {
    fn from_iter<I: IntoIterator<Item = Result<Observation, Unobserved>>>(outcomes: I) -> Self {
        let mut all = Observations::default();
        outcomes.into_iter().for_each(|outcome| all.insert(outcome));
        all
    }
}
