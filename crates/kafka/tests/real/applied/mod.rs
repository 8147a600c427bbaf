//! Commands applied to real clusters, each judged by another look than its own.

mod acls;
mod any_moment;
mod broken_off;
mod commits;
mod topic_configs;

use kafka::Cluster;
use kafka::apply::apply;
use runbook::Side;
use runbook::world::{
    AclBinding, Command, Operation, PatternType, Permission, Receipt, ResourceType, SettingChange,
};

fn applied(cluster: &Cluster, command: &Command) -> Receipt {
    apply(cluster, command, &super::patience()).unwrap()
}

const DONE: Receipt = Receipt::Applied { said: None };

/// Refused, with all of these words.
fn assert_refused(receipt: &Receipt, parts: &[&str]) {
    let Receipt::Refused { why } = receipt else { panic!("{receipt:?}") };
    assert!(parts.iter().all(|part| why.contains(part)), "{parts:?} in {why}");
}

/// Nobody can tell, with all of these words.
fn assert_unknown(receipt: &Receipt, parts: &[&str]) {
    let Receipt::Unknown { why } = receipt else { panic!("{receipt:?}") };
    assert!(parts.iter().all(|part| why.contains(part)), "{parts:?} in {why}");
}

/// Looks again until it is so.
fn awaited(what: &str, mut is_so: impl FnMut() -> bool) {
    let waiting = super::patience();
    while !is_so() {
        assert!(!waiting.is_over(), "it does not come: {what}");
        waiting.pause(std::time::Duration::from_millis(50));
    }
}

/// Every kind of command on a cluster of whatever release: applied, applied again, taken back. The group is committed at 41
/// in partition 0 of the topic and has no other commit.
pub fn everything(cluster: &Cluster, topic: &str, group: &str) {
    let held = commits::held;
    let moves = vec![
        commits::change(topic, 0, held(41, ""), held(42, "moved")),
        commits::change(topic, 1, None, held(0, "")),
    ];
    let setting = SettingChange {
        name: "segment.ms".to_owned(),
        from: None,
        to: Some("3600000".to_owned()),
        entries: Vec::new(),
    };
    let binding = AclBinding {
        principal: "User:nobody".to_owned(),
        host: "*".to_owned(),
        resource: ResourceType::Group,
        name: group.to_owned(),
        pattern: PatternType::Prefixed,
        operation: Operation::Read,
        permission: Permission::Deny,
    };
    let commands = [
        commits::command(group, moves),
        Command::SetTopicConfigs { side: Side::Source, topic: topic.to_owned(), settings: vec![setting] },
        Command::SetAcls { side: Side::Source, create: vec![binding], delete: Vec::new() },
    ];
    for command in commands {
        let back = command.inverse().unwrap();
        for command in [&command, &back] {
            assert_eq!(applied(cluster, command), DONE, "{command:?}");
            assert_eq!(applied(cluster, command), Receipt::Already, "{command:?}");
        }
    }
}
