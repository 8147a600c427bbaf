//! Commands of checks, programs that print one JSON object of facts; and commands of steps, programs that do something.

mod apply;
mod observe;
mod program;

#[cfg(test)]
mod tests;

pub use program::Exec;
