use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What whoever rehearsed saw of a run from outside it, written when all runs of the rehearsal were left. With it their
/// journals tell everything that is in the evidence.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Watched {
    /// Ids of all runs of the rehearsal, in the order in which they were made: the same in each of them.
    pub runs: Vec<String>,
    /// Points no run was made for: the same in each of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<LeftOut>,
    pub writes: Writes,
    /// Kills of the process that conducted this run, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kills: Vec<Kill>,
    /// Other faults that were made, or tried, in this run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<Fault>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LeftOut {
    pub point: String,
    pub why: String,
}

/// How the source's logs grew, all topics of the plan together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Writes {
    /// From the beginning of the run until the first stop on the source; `None`: nothing was stopped.
    pub until_stop: Option<Growth>,
    /// After the last record of the run.
    pub after: Growth,
    /// Records between the first look and the last.
    pub in_all: i64,
}

/// What was written within a time, by looks at the ends of the logs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Growth {
    pub records: i64,
    pub looks: u64,
    /// Pairs of looks one after the other between which nothing was written.
    pub still: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Kill {
    pub step: String,
    /// `forward`, `undo` or `back`.
    pub way: String,
    /// How often the run had been taken over by then.
    pub resumed: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// `restart-broker (source)`, …
    pub name: String,
    pub step: String,
    pub came_to: CameTo,
}

/// What became of a fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "is", rename_all = "kebab-case", deny_unknown_fields)]
pub enum CameTo {
    Made,
    /// Nothing was done.
    NotMade {
        why: String,
    },
    /// It was made and could not be ended: the environment is not as it was.
    Left {
        why: String,
    },
}
