use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What each broker says it can do (ApiVersions); sorted by broker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ApisSeen {
    pub brokers: Vec<BrokerApis>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BrokerApis {
    pub broker: i32,
    /// Sorted by key.
    pub apis: Vec<ApiRange>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ApiRange {
    pub key: i16,
    pub min: i16,
    pub max: i16,
}
