//! What the suites of this crate share.

pub mod acl;
pub mod config;
mod cutover;
mod schema;
mod wire;

use std::path::PathBuf;

pub use cutover::{Cutover, Run, binary};
pub use schema::matches_schema;
pub use wire::call;

/// The top of the repository.
pub fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the tests crate lies in the repository")
        .to_owned()
}
