//! The template engine: the program's own templates and the user's, their escaping and their filters.

mod built_in;
mod escape;
mod filters;
mod problem;
mod user;
mod user_template;

pub(crate) use built_in::built_in;
pub use problem::TemplateProblem;
pub(crate) use user::user;
pub use user_template::UserTemplate;
