//! Child processes that cannot outstay, outgrow or outtalk their caller.
//!
//! A command is a list of arguments, never a shell line. It gets a clean environment, no standard input, and a process
//! group of its own. When it has ended, or must end, everything it started ends with it: its group, and on Linux also
//! what left the group, found by a variable every descendant inherits.

mod capture;
mod environment;
mod family;
mod invocation;
#[cfg(target_os = "linux")]
mod marked;
mod run;

#[cfg(test)]
mod tests;

pub use invocation::Invocation;
pub use run::{Finished, run};
