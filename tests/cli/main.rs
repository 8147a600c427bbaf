//! The command line without clusters.

mod language;
