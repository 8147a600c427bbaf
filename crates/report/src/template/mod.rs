//! The template engine: the built-in templates, their escaping and their filters.

mod built_in;
mod escape;
mod filters;

pub(crate) use built_in::built_in;
