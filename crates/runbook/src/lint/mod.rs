//! What does not fit together.

use crate::load::Loaded;
use crate::syntax::{Diagnostics, Files};

/// Finds everything that is wrong with what was loaded, beside what reading it has found.
pub(crate) fn lint(_loaded: &Loaded, _files: &dyn Files, _found: &Diagnostics) {}
