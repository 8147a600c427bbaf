use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::seen::*;

/// The answer to a probe: one variant per [`Probe`](super::Probe), plain data. This is the evidence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "measured", content = "data", rename_all = "kebab-case")]
pub enum Measured {
    Cluster(ClusterSeen),
    Topics(TopicsSeen),
    Ends(EndsSeen),
    Rest(RestSeen),
    Groups(GroupsSeen),
    Readers(ReadersSeen),
    Positions(PositionsSeen),
    Twins(TwinsSeen),
    Born(BornSeen),
    Lag(LagSeen),
    Lags(LagsSeen),
    Content(ContentSeen),
    Drained(DrainedSeen),
    Replication(ReplicationSeen),
    Connectors(ConnectorsSeen),
    Retention(RetentionSeen),
    Acls(AclsSeen),
    Apis(ApisSeen),
    Client(ClientSeen),
    Resume(ResumeSeen),
    File(FileSeen),
    Document(OutputSeen),
    Rehearsal(RehearsalSeen),
    Exec(OutputSeen),
    Http(OutputSeen),
    Judgement(JudgementSeen),
    Plan(PlanSeen),
}
