//! The kinds of actions. One kind, one file; the list below is the registry, sorted and tested against the folder.
//!
//! Nothing here reads time, files or clusters: what an action knows are observations, and an answer that is missing, in
//! part or unreadable is never guessed.

mod activity;
mod applications;
mod at_rest;
mod back_landing;
mod bindings;
mod boundary;
mod calls;
mod capture_positions;
mod closed_ends;
mod commit_offsets;
mod commit_offsets_back;
mod config_sync;
mod denied_writes;
mod exclusion;
mod exec;
mod fence_writes;
mod flow;
mod growth;
mod http;
mod java_regex;
mod kind;
mod landing;
mod locked_out;
mod manual;
mod missing_rights;
mod names;
mod pause_group_sync;
mod pause_replication;
mod retire;
mod running;
mod second_writer;
mod sight;
mod since_capture;
mod start_app;
mod still_closed;
mod stop_app;
mod sync_acls;
mod target_born_ledger;
mod topic_config;
mod waiting;

pub use boundary::FLOW_STOPPED;
pub use capture_positions::{CapturePositions, capture_probes, captured};
pub use closed_ends::ends_that_differ;
pub use commit_offsets_back::{FOLLOWED, grown, proves_every_group};
pub use kind::ActionKind;
pub use manual::{step_index, step_page};
pub use names::{Names, named_topics};
pub use still_closed::CUT;
pub use target_born_ledger::{TargetBorn, target_born};

use crate::action::Action;
use crate::plan::PlannedStep;

/// The registry: `"kind" => module::Type`, sorted. The type reads the step's `with`.
macro_rules! actions {
    ($($name:literal => $module:ident :: $type:ident,)*) => {
        /// Every kind of action this version carries out, sorted.
        pub static ACTIONS: &[ActionKind] = &[
            $(ActionKind::new::<$module::$type>($name, include_str!(concat!(stringify!($module), ".rs"))),)*
        ];

        /// The action of a step. `None`: its kind is no action, or not built yet; `Err`: its parameters are wrong.
        pub fn action(step: &PlannedStep) -> Option<Result<Box<dyn Action>, String>> {
            let with = step.with.get("with").filter(|with| !with.is_null()).cloned();
            let with = with.unwrap_or_else(|| serde_json::json!({}));
            match step.kind.as_str() {
                $($name => Some(
                    serde_json::from_value::<$module::$type>(with)
                        .map(|kind| Box::new(kind) as Box<dyn Action>)
                        .map_err(|error| format!("step {}: {error}", step.id)),
                ),)*
                _ => None,
            }
        }
    };
}

actions! {
    "capture-positions" => capture_positions::CapturePositions,
    "commit-offsets" => commit_offsets::CommitOffsets,
    "commit-offsets-back" => commit_offsets_back::CommitOffsetsBack,
    "exec" => exec::Exec,
    "fence-writes" => fence_writes::FenceWrites,
    "http" => http::Http,
    "pause-group-sync" => pause_group_sync::PauseGroupSync,
    "pause-replication" => pause_replication::PauseReplication,
    "retire" => retire::Retire,
    "start-app" => start_app::StartApp,
    "stop-app" => stop_app::StopApp,
    "sync-acls" => sync_acls::SyncAcls,
    "target-born-ledger" => target_born_ledger::TargetBornLedger,
    "topic-config" => topic_config::TopicConfig,
}
