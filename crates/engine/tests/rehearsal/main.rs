//! Every shipped runbook, carried out in memory: the real executor with the real actions and checks, over two clusters
//! and a replicator that are nothing but data, in a time that goes as fast as it is waited for.
//!
//! Each runbook goes to its end; fails at every command, in every way a command can fail; is killed at every line of its
//! journal and goes on. `REHEARSE=all` takes every line; else every so many.

mod answers;
mod bench;
mod clusters;
mod crashes;
mod failures;
mod runbooks;
mod whole;
