//! Commands of checks: a program that prints one JSON object of facts.

mod observe;

#[cfg(test)]
mod tests;

pub use observe::Exec;
