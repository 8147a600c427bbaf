//! Commands of a runbook, applied to a cluster: one file per command.
//!
//! Each looks first, changes only what is as expected, reads every code, and looks again. What it returns keeps apart what
//! is not the same: nothing was changed (refused), it was so already, the cluster took it, and nobody can tell. Whether
//! it worked is for an observation to say.

mod acls;
mod binding;
mod commits;
mod guard;
mod hint;
mod limits;
mod topic_configs;

use runbook::world::{Command, Receipt};

use crate::{Cluster, ClusterError, Patience};

/// Applies a command that changes a cluster; `None` for a command that changes something else. `cluster` is the one its
/// side names.
///
/// It has an end when `patience` is over, but for reading back what was sent, which may take some seconds more.
pub fn apply(cluster: &Cluster, command: &Command, patience: &Patience) -> Option<Receipt> {
    match command {
        Command::SetCommits { group, commits, .. } => Some(commits::set(cluster, group, commits, patience)),
        Command::SetAcls { create, delete, .. } => Some(acls::set(cluster, create, delete, patience)),
        Command::SetTopicConfigs { topic, settings, .. } => {
            Some(topic_configs::set(cluster, topic, settings, patience))
        }
        Command::SetConnectorConfigs { .. }
        | Command::SetConnectorState { .. }
        | Command::Exec { .. }
        | Command::Http(_) => None,
    }
}

fn refused(why: impl Into<String>) -> Receipt {
    Receipt::Refused { why: why.into() }
}

fn unknown(why: impl Into<String>) -> Receipt {
    Receipt::Unknown { why: why.into() }
}

/// The look before the change failed.
fn not_looked(error: &ClusterError) -> Receipt {
    refused(format!("nothing was changed, since it could not be looked at first: {error}"))
}

/// The change could not be sent.
fn not_sent(error: &ClusterError) -> Receipt {
    refused(format!("nothing was changed, since it could not be sent: {error}"))
}
