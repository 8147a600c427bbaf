//! From what a run recorded to what people read: scorecard on the terminal, HTML, Markdown, JSON, JUnit, and the user's
//! own templates.
//!
//! A report is a pure function of a [`ReportInput`], and that of one run's journal. This crate decides no colour, opens
//! no file, reads no clock and knows no cluster; it never reads a report back. All text it shows may be hostile, and no
//! text can leave its place: see [`inert`].

pub mod answer;
mod error;
mod format;
mod html;
mod human;
pub mod inert;
mod input;
mod json;
mod junit;
mod limits;
mod md;
mod render;
mod template;
mod terminal;
mod view;

pub use error::RenderError;
pub use format::Format;
pub use input::{
    BornMeta, BudgetMeta, ClusterMeta, EffectMeta, ExecutionMeta, JournalMeta, KnownBy, LagLook, LagSeries,
    ObservationMeta, ObservationOutcome, PositionTable, PositionsFound, Reached, RecoveryPoint, ReportInput,
    RunMeta, StepMeta, WatchMeta, WatchedCheck, scorecard_of,
};
pub use json::scorecard_schema;
pub use render::{Options, Rendered, context, render, render_or_fallback};
pub use template::{TemplateProblem, UserTemplate};
pub use terminal::{Terminal, terminal};
pub use view::CONTEXT_FORMAT;

pub(crate) use view::View;
