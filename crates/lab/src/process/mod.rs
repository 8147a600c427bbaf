//! Processes of a lab: started under a guard, recognised by more than their number, ended one by one.

mod guard;
mod log_tail;
mod server;
mod stamp;

pub(crate) use guard::{Guard, end};
pub(crate) use log_tail::{log_says, log_tail};
pub use server::Server;
pub use stamp::Stamp;
