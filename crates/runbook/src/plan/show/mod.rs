//! A plan for people and programs: text, JSON, a drawing.

mod json;
mod mermaid;
mod text;

pub use json::{PlanReport, StepReport, plan_report};
pub use mermaid::plan_mermaid;
pub use text::plan_text;

use crate::model::Duration;

/// A duration for people.
fn span(ms: u64) -> String {
    Duration(ms).to_string()
}
