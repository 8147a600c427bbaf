use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{AclBinding, HttpRequest, SettingChange, Side};

/// One change of the world, as data: sets something to a state and says which state it expects now.
///
/// A change that names both states is guarded and idempotent: where the new state is there already nothing is done, and
/// where neither is, it is refused. Only [`Exec`](Command::Exec) and [`Http`](Command::Http) cannot be guarded; whoever
/// wrote them says what they do.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "command", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Command {
    /// Commits of one group, all of them or none as far as Kafka allows: every code is read, and read back.
    SetCommits { side: Side, group: String, commits: Vec<CommitChange> },
    /// ACL bindings that come and go. Sorted; a binding that is there already is not created, one that is gone not deleted.
    SetAcls { side: Side, create: Vec<AclBinding>, delete: Vec<AclBinding> },
    /// Settings of one topic; the others are not touched.
    SetTopicConfigs { side: Side, topic: String, settings: Vec<SettingChange> },
    /// Settings of one connector; the others are not touched, nor what of a list is somebody else's.
    SetConnectorConfigs { connect: String, connector: String, settings: Vec<SettingChange> },
    /// `RUNNING`, `PAUSED` or `STOPPED`, in Connect's words.
    SetConnectorState { connect: String, connector: String, from: String, to: String },
    /// A command; exit code 0 is done.
    Exec { argv: Vec<String>, env: BTreeMap<String, String>, timeout_ms: u64 },
    /// A request; an answer of 2xx is done.
    Http(HttpRequest),
}

/// One commit: `None` is no commit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CommitChange {
    pub topic: String,
    pub partition: i32,
    pub from: Option<CommitHeld>,
    pub to: Option<CommitHeld>,
}

/// A commit without its leader epoch, which belongs to one cluster and is never copied.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CommitHeld {
    /// The next record to read.
    pub offset: i64,
    /// What the client wrote beside it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub metadata: String,
}

/// What became of a command, as far as the call itself tells. Whether it worked is for an observation to say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "receipt", rename_all = "kebab-case")]
pub enum Receipt {
    /// The system took it. `said`: what it answered, masked, where that is worth keeping.
    Applied { said: Option<String> },
    /// It was so already; nothing was changed.
    Already,
    /// Nothing was changed: the state is neither the one expected nor the one wanted, or the system said no.
    Refused { why: String },
    /// It may have happened or not (timeout, connection lost, part of it): look.
    Unknown { why: String },
    /// Nothing was called: the command was shown to a person.
    Printed,
}

impl Receipt {
    /// Whether the world may be another than before.
    pub fn may_have_changed(&self) -> bool {
        matches!(self, Receipt::Applied { .. } | Receipt::Unknown { .. } | Receipt::Printed)
    }
}

impl Command {
    /// The command that takes this one back; `None`: nobody can tell.
    pub fn inverse(&self) -> Option<Command> {
        Some(match self {
            Command::SetCommits { side, group, commits } => Command::SetCommits {
                side: *side,
                group: group.clone(),
                commits: commits
                    .iter()
                    .map(|change| CommitChange {
                        from: change.to.clone(),
                        to: change.from.clone(),
                        ..change.clone()
                    })
                    .collect(),
            },
            Command::SetAcls { side, create, delete } => {
                Command::SetAcls { side: *side, create: delete.clone(), delete: create.clone() }
            }
            Command::SetTopicConfigs { side, topic, settings } => Command::SetTopicConfigs {
                side: *side,
                topic: topic.clone(),
                settings: settings.iter().map(SettingChange::inverse).collect(),
            },
            Command::SetConnectorConfigs { connect, connector, settings } => Command::SetConnectorConfigs {
                connect: connect.clone(),
                connector: connector.clone(),
                settings: settings.iter().map(SettingChange::inverse).collect(),
            },
            Command::SetConnectorState { connect, connector, from, to } => Command::SetConnectorState {
                connect: connect.clone(),
                connector: connector.clone(),
                from: to.clone(),
                to: from.clone(),
            },
            Command::Exec { .. } | Command::Http(_) => return None,
        })
    }

    /// Whether applying it twice is the same as once, because it names the state it leads to.
    pub fn is_guarded(&self) -> bool {
        !matches!(self, Command::Exec { .. } | Command::Http(_))
    }

    /// What it does, for a line a person reads.
    pub fn title(&self) -> String {
        match self {
            Command::SetCommits { side, group, commits } => {
                let gone = commits.iter().filter(|change| change.to.is_none()).count();
                match (commits.len() - gone, gone) {
                    (set, 0) => format!("set {set} commits of group {group} on {side}"),
                    (0, gone) => format!("remove {gone} commits of group {group} on {side}"),
                    (set, gone) => format!("set {set} and remove {gone} commits of group {group} on {side}"),
                }
            }
            Command::SetAcls { side, create, delete } => match (create.len(), delete.len()) {
                (create, 0) => format!("create {create} ACLs on {side}"),
                (0, delete) => format!("delete {delete} ACLs on {side}"),
                (create, delete) => format!("create {create} and delete {delete} ACLs on {side}"),
            },
            Command::SetTopicConfigs { side, topic, settings } => {
                format!("set {} of topic {topic} on {side}", names(settings))
            }
            Command::SetConnectorConfigs { connector, settings, .. } => {
                format!("set {} of connector {connector}", names(settings))
            }
            Command::SetConnectorState { connector, to, .. } => {
                format!("bring connector {connector} to {to}")
            }
            Command::Exec { argv, .. } => format!("run {}", argv.join(" ")),
            Command::Http(request) => format!("{} {}", request.method, request.url),
        }
    }
}

fn names(settings: &[SettingChange]) -> String {
    settings.iter().map(|change| change.name.as_str()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_inverse_of_the_inverse_is_the_command() {
        let held = |offset| Some(CommitHeld { offset, metadata: String::new() });
        let commits = vec![CommitChange { topic: "orders".into(), partition: 0, from: None, to: held(7) }];
        let command = Command::SetCommits { side: Side::Target, group: "g".into(), commits };
        let back = command.inverse().unwrap();
        assert_eq!(back.title(), "remove 1 commits of group g on target");
        assert_eq!(back.inverse().unwrap(), command);
    }
}
