//! The kinds of actions. One kind, one file; the list below is the registry, sorted.

mod names;

pub use names::Names;

use crate::action::Action;
use crate::plan::PlannedStep;

/// The registry: `"kind" => module::Type`, sorted. The type reads the step's `with`.
macro_rules! actions {
    ($($name:literal => $module:ident :: $type:ident,)*) => {
        /// Every kind of action this version carries out, sorted.
        pub static ACTIONS: &[&str] = &[$($name),*];

        /// The action of a step. `None`: its kind is no action, or not built yet; `Err`: its parameters are wrong.
        pub fn action(step: &PlannedStep) -> Option<Result<Box<dyn Action>, String>> {
            let with = step.with.get("with").cloned().unwrap_or_else(|| serde_json::json!({}));
            match step.kind.as_str() {
                $($name => Some(
                    serde_json::from_value::<$module::$type>(with)
                        .map(|kind| Box::new(kind) as Box<dyn Action>)
                        .map_err(|error| format!("step {}: {error}", step.id)),
                ),)*
                _ => { let _ = with; None }
            }
        }
    };
}

actions! {}
