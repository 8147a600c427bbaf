//! Secrets: references in the runbook, values nowhere but in memory.

mod marker;
mod reference;
mod registry;
mod source;
mod value;

#[cfg(test)]
mod tests;

pub use reference::{SecretReference, SecretSource};
pub use registry::Secrets;
pub use value::SecretValue;

pub(crate) use marker::Escape;
