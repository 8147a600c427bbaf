//! What a report is made of: plain data, all of it found in the journal of one run.

mod born_meta;
mod cluster_meta;
mod execution_meta;
mod lag_series;
mod observation_meta;
mod of_run;
mod position_looks;
mod position_table;
mod recovery_point;
mod report_input;
mod run_meta;
mod watch_meta;

pub use born_meta::BornMeta;
pub use cluster_meta::ClusterMeta;
pub use execution_meta::{BudgetMeta, EffectMeta, ExecutionMeta, StepMeta};
pub use lag_series::{LagLook, LagSeries};
pub use observation_meta::{ObservationMeta, ObservationOutcome};
pub use of_run::scorecard_of;
pub use position_table::{PositionTable, PositionsFound};
pub use recovery_point::{KnownBy, Reached, RecoveryPoint};
pub use report_input::ReportInput;
pub use run_meta::{JournalMeta, RunMeta};
pub use watch_meta::{WatchMeta, WatchedCheck};
