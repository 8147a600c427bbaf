//! The command line without clusters.

mod contracts;
mod language;
