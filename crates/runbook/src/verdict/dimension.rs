use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The five questions a cutover is judged by (the columns of the scorecard).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Dimension {
    OffsetParity,
    PlatformCompatibility,
    Operations,
    Governance,
    Rollback,
}

impl Dimension {
    pub const ALL: [Dimension; 5] = [
        Dimension::OffsetParity,
        Dimension::PlatformCompatibility,
        Dimension::Operations,
        Dimension::Governance,
        Dimension::Rollback,
    ];

    /// The identifier used in runbooks and JSON.
    pub fn id(self) -> &'static str {
        match self {
            Dimension::OffsetParity => "offset_parity",
            Dimension::PlatformCompatibility => "platform_compatibility",
            Dimension::Operations => "operations",
            Dimension::Governance => "governance",
            Dimension::Rollback => "rollback",
        }
    }

    /// The name people read.
    pub fn title(self) -> &'static str {
        match self {
            Dimension::OffsetParity => "Offset parity",
            Dimension::PlatformCompatibility => "Platform compatibility",
            Dimension::Operations => "Operations",
            Dimension::Governance => "Governance",
            Dimension::Rollback => "Rollback",
        }
    }

    /// What green, yellow and red mean in this dimension: the texts a report shows beside the colour.
    pub fn meaning(self) -> [&'static str; 3] {
        match self {
            Dimension::OffsetParity => [
                "record boundary and group resume behaviour are proved",
                "metadata matches, application behaviour needs more sampling",
                "target-side resume not tested, or wrong",
            ],
            Dimension::PlatformCompatibility => [
                "real clients and tools pass",
                "long-tail clients need exemptions",
                "behaviour assumed from API claims",
            ],
            Dimension::Operations => [
                "dashboards and alerts cover source, target and replication",
                "some signals need manual queries",
                "failure cannot be seen fast enough",
            ],
            Dimension::Governance => [
                "network, IAM, ACL, audit and ownership reviewed",
                "exceptions documented",
                "security parity checked only after cutover",
            ],
            Dimension::Rollback => [
                "trigger, owner and source recovery point written and proved",
                "depends on a narrow time window",
                "a meeting, not a runbook",
            ],
        }
    }
}
