//! From judgements to a scorecard: which check counts, which proof is missing, who accepted what. Pure; no averages.

mod acceptance;
mod accepted;
mod build;
mod card;
mod check_cell;
mod dimension_cell;
mod due;
mod next_steps;
mod waive;

pub use acceptance::{Acceptance, AcceptedCheck, Decision, findings_digest, not_entitled};
pub use build::{Again, Input, Judged, build};
pub use card::{CheckCell, DimensionCell, Scorecard, SignatureCell, UnitCell};
pub use due::{Due, Progress, due, is_ahead, is_left_to_production};
pub use next_steps::{appended, quoted};

/// Format of `scorecard.json`.
pub const FORMAT: &str = "cutover/scorecard/v1";
