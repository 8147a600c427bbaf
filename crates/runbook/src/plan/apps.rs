use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How applications are stopped and started: templates over `app` and `n`, filled in when a step runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Apps {
    pub stop: AppCall,
    pub start: AppCall,
}

/// A request, or a command where `argv` is not empty.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AppCall {
    /// `PUT`, `POST`, `PATCH`.
    pub method: Option<String>,
    pub url: Option<String>,
    pub json: Option<serde_json::Value>,
    /// Name of the secret sent as a bearer token.
    pub bearer: Option<String>,
    pub argv: Vec<String>,
}
