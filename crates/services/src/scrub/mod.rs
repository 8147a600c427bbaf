//! Masking of secrets in text, by value and by shape.
//!
//! By value: every secret this process has read, in every form it is likely to be repeated in ([`forms`]). By shape:
//! what looks like a credential in text that others wrote ([`shapes`]), because a command can print secrets nobody
//! told us.

mod forms;
mod known;
mod plain;
mod scrubber;
mod shapes;
mod writer;

#[cfg(test)]
mod canaries;
#[cfg(test)]
mod properties;

pub use scrubber::Scrubber;
pub use shapes::is_secret_name;
pub use writer::MaskedWriter;

/// What stands where a secret stood.
pub const MASK: &str = "***";
