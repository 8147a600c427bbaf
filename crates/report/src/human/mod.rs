//! Numbers the way people read them. Pure text; each sink adds its own markup.

mod bytes;
mod count;
mod duration;
mod moment;

pub use bytes::bytes;
pub use count::{Separator, count};
pub use duration::{age, duration};
pub use moment::moment;
