//! Numbers the way people read them. Pure text; each sink adds its own markup.

mod bytes;
mod count;
mod duration;

pub use bytes::bytes;
pub use count::{Separator, count};
pub use duration::{age, duration, spoken};
pub use runbook::check::moment;
