//! Hostile text made inert. Everything a report shows may have been written by somebody else: topic and group names,
//! record keys, server messages, the output of commands.
//!
//! Two layers: [`visible`] turns what cannot be seen or would move the cursor into visible ASCII, for every sink; then
//! each sink escapes its own markup ([`markdown`], [`terminal`], [`json`], and minijinja's escaping for HTML and XML).

mod csv;
mod json;
mod log_commands;
mod markdown;
mod terminal;
mod visible;

pub use csv::csv;
pub use json::json;
pub use log_commands::log_commands;
pub use markdown::{markdown, markdown_code};
pub use terminal::terminal;
pub use visible::{each_text, visible};
