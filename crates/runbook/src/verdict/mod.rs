//! The words of a verdict. Evidence, verdict and acceptance are three things; these are the second.

mod dimension;
mod finding;
mod judgement;
mod level;
mod proof;
pub mod scorecard;
mod severity;

pub use dimension::Dimension;
pub use finding::Finding;
pub use judgement::{Item, ItemVerdict, Judgement};
pub use level::Level;
pub use proof::Proof;
pub use scorecard::{
    Acceptance, CheckCell, Decision, DimensionCell, Judged, Scorecard, SignatureCell, UnitCell,
};
pub use severity::Severity;
