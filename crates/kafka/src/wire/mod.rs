//! Kafka's protocol over our own connections, for everything but reading records.
//!
//! Why not librdkafka's admin calls: in version 2.12.1 they lose answers that decide between green and unknown
//! (`docs/decisions/0007`). Here every error code of every item is read.

mod call;
mod connection;
mod dial;
mod error;
mod names;
mod sasl;
mod scram;
mod stream;
mod tls;
mod traffic;
mod versions;

pub(crate) use call::Call;
pub(crate) use connection::{Connection, Sent};
pub(crate) use error::{WireError, WireErrorKind};
pub(crate) use names::{name_of, next_for};
pub use traffic::Traffic;
pub use versions::{ApiVersions, VersionRange};
