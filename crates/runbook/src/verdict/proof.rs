use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Dimension;

/// The kinds of proof a dimension needs; a dimension that lacks a required kind is red.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    Metadata,
    Boundary,
    Content,
    Resume,
    Application,
    RealClient,
    Api,
    Signal,
    Diff,
    Access,
    Reviewed,
    Anchor,
    Trigger,
    Rehearsed,
}

impl Proof {
    pub fn id(self) -> &'static str {
        match self {
            Proof::Metadata => "metadata",
            Proof::Boundary => "boundary",
            Proof::Content => "content",
            Proof::Resume => "resume",
            Proof::Application => "application",
            Proof::RealClient => "real_client",
            Proof::Api => "api",
            Proof::Signal => "signal",
            Proof::Diff => "diff",
            Proof::Access => "access",
            Proof::Reviewed => "reviewed",
            Proof::Anchor => "anchor",
            Proof::Trigger => "trigger",
            Proof::Rehearsed => "rehearsed",
        }
    }

    /// The proofs a dimension needs before it can be green.
    pub fn required(dimension: Dimension) -> &'static [Proof] {
        match dimension {
            Dimension::OffsetParity => &[Proof::Metadata, Proof::Boundary, Proof::Content, Proof::Resume],
            Dimension::PlatformCompatibility => &[Proof::RealClient, Proof::Api],
            Dimension::Operations => &[Proof::Signal],
            Dimension::Governance => &[Proof::Diff, Proof::Access, Proof::Reviewed],
            Dimension::Rollback => &[Proof::Anchor, Proof::Trigger, Proof::Rehearsed],
        }
    }
}
