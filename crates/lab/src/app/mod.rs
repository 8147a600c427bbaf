//! Applications with a ledger of their own: what they wrote, what they processed, and so what a cutover lost or
//! repeated. They are ordinary clients in processes of their own: librdkafka's, or Kafka's own for Java.

mod client;
mod consume;
mod control;
mod entry;
mod java;
mod journal;
mod ledger;
mod produce;
mod run;
mod spec;

pub use client::Client;
pub use entry::Entry;
pub(crate) use entry::now;
pub(crate) use ledger::note_deleted;
pub use ledger::{GroupLedger, Ledger};
pub use run::run_app;
pub use spec::AppSpec;
