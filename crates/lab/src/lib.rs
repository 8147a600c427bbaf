//! Two real Kafka clusters and a real replicator on this machine, for tests, for `cutover lab` and for the demo.
//!
//! A lab listens on 127.0.0.1 only, writes below its own directory only, and ends only processes it started,
//! recognised by number, start time and boot. It must not know what a runbook is, nor how anything is judged:
//! it makes worlds, and others look at them.

mod app;
mod archive;
mod client;
mod cluster;
mod error;
mod files;
mod flow;
mod jars;
mod java;
mod lab;
mod limits;
mod ports;
mod process;
mod properties;
mod random;
mod replication;
mod replicator;
mod servers;
mod side;
mod site;
mod spec;
mod state;
mod status;
mod steering;
mod temporary;
mod test_lab;
mod up;
mod version;
mod workload;

pub use app::{AppSpec, Client, Entry, GroupLedger, Ledger, run_app};
pub use cluster::{Broker, Cluster, User};
pub use error::{LabError, Result};
pub use flow::Flow;
pub use jars::Jars;
pub use lab::{Lab, Up};
pub use process::{Server, Stamp};
pub use replicator::{CONNECT, MIRRORMAKER, Rest};
pub use side::Side;
pub use spec::{LabSpec, Life, Replicator};
pub use status::{ClusterStatus, Description, ServerStatus, Status};
pub use test_lab::{Case, TestLab};
pub use version::KafkaVersion;
pub use workload::{Generate, Position, Produce, Record, Topic, Transaction, Written};
