//! Secrets: references in the runbook, values nowhere but in memory.

mod marker;
mod registry;
mod source;
mod value;

#[cfg(test)]
mod tests;

pub use registry::Secrets;
pub use runbook::plan::{SecretReference, SecretSource};
pub use value::SecretValue;

pub(crate) use marker::Escape;
