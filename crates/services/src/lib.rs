//! The systems around Kafka: commands, HTTP endpoints, Connect, files beside the runbook, and the secrets they need.
//!
//! Every call blocks, has an end ([`Until`]: a moment, or sooner when the run is stopped), a bound on what it keeps, and
//! answers with plain data of `runbook::world` or a [`ServiceError`] that says why there is none. Whatever comes from
//! outside is foreign text: it is masked ([`Scrubber`]) before it is kept or shown.
//!
//! This crate must not know runs, journals, reports, terminals or what an answer means: it never decides a colour.

mod connect;
mod error;
mod exec;
mod facts;
mod file;
mod http;
mod limits;
mod process;
mod receipt;
mod scrub;
mod secret;
mod services;
mod until;

pub use connect::{Connect, Connector, CopiedOffset, Mirror, MirrorRole};
pub use error::ServiceError;
pub use exec::Exec;
pub use file::{observe_file, read_document, read_rehearsal};
pub use http::{Http, Trust};
pub use scrub::{MaskedWriter, Scrubber};
pub use secret::{SecretReference, SecretSource, SecretValue, Secrets};
pub use services::Services;
pub use until::{End, Until};
