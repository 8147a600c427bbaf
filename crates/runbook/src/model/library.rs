use schemars::JsonSchema;
use serde::Deserialize;

use super::{ApiVersion, CheckTable, Metadata};
use crate::syntax::{Optional, Required, Span};

/// Checks that several runbooks share, taken in by `include`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Library {
    #[serde(rename = "$span")]
    #[schemars(skip)]
    pub span: Span,
    pub api_version: Required<ApiVersion>,
    pub kind: Required<LibraryKind>,
    pub metadata: Optional<Metadata>,
    pub checks: Required<CheckTable>,
}

#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
pub enum LibraryKind {
    Library,
}
