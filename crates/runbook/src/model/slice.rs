use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    ApiVersion, CheckTable, Duration, ExpressionText, FilePath, GroupDef, GroupName, Id, Marker, Metadata,
    Moment, Parameter, Principal, ProducerDef, RecoveryDef, Rehearsal, Report, RoleDef, StaysBehindDef,
    StepDef, TargetBornDef, Text, ToleratesDef, TopicName, WaiverDef,
};
use crate::syntax::{List, Optional, Required, Span, Table};

/// What a migration lead writes for one slice; a shape expands it into a runbook.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SliceDoc {
    #[serde(rename = "$span")]
    #[schemars(skip)]
    pub span: Span,
    #[serde(rename = "apiVersion")]
    pub api_version: Required<ApiVersion>,
    pub kind: Required<SliceKind>,
    /// The site's file.
    pub site: Required<FilePath>,
    pub shape: Required<Shape>,
    pub metadata: Required<Metadata>,
    /// A person; becomes the role `app_owner`.
    pub owner: Required<Id>,
    pub window: Optional<SliceWindow>,
    pub stall: Optional<Stall>,
    pub include: Optional<List<FilePath>>,
    pub parameters: Optional<Table<Id, Parameter>>,
    pub roles: Optional<Table<Id, RoleDef>>,
    pub topics: Required<List<TopicName>>,
    pub retry: Optional<List<TopicName>>,
    pub dead_letter: Optional<List<TopicName>>,
    pub consumers: Optional<Table<GroupName, GroupDef>>,
    pub producers: Optional<Table<Id, ProducerDef>>,
    pub principals: Optional<List<Principal>>,
    pub stays_behind: Optional<List<StaysBehindDef>>,
    pub connectors: Optional<List<Id>>,
    pub streams_application: Optional<GroupName>,
    pub schemas: Optional<List<Text>>,
    pub external_positions: Optional<Table<Id, Marker>>,
    pub tolerates: Optional<ToleratesDef>,
    pub business_key: Optional<ExpressionText>,
    pub recovery: Optional<RecoveryDef>,
    pub target_born: Optional<List<TargetBornDef>>,
    pub checks: Optional<CheckTable>,
    pub waivers: Optional<List<WaiverDef>>,
    pub rehearsal: Optional<Rehearsal>,
    pub report: Optional<Report>,
    /// Changes to the shape's steps, by id.
    pub adjust: Optional<Adjust>,
}

#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
pub enum SliceKind {
    Slice,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    FullSwitch,
    ConsumersFirst,
    ProducersFirst,
}

/// `opens` with `closes` or `length`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SliceWindow {
    #[serde(rename = "$span")]
    #[schemars(skip)]
    pub span: Span,
    pub opens: Required<Moment>,
    pub closes: Optional<Moment>,
    pub length: Optional<Duration>,
    pub keep_for_rollback: Optional<Duration>,
}

/// How long the application may stand still.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Stall {
    #[serde(rename = "$span")]
    #[schemars(skip)]
    pub span: Span,
    pub warn: Optional<Duration>,
    pub max: Required<Duration>,
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Adjust {
    #[serde(rename = "$span")]
    #[schemars(skip)]
    pub span: Span,
    /// A side branch after a step of the shape; name it in another step's `needs` to make that step wait.
    pub after: Optional<Table<Id, List<StepDef>>>,
    /// Other `needs` for steps of the shape.
    #[serde(rename = "move")]
    pub moved: Optional<Table<Id, List<Id>>>,
    /// Steps of the shape that are left out.
    pub drop: Optional<List<Id>>,
}
