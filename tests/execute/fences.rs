//! Fences by ACL: whom they would lock out, where they would arrive, that they are lifted.

use cutover_tests::acl;

use crate::defects::{at_rest, held_by};
use crate::lanes::{ACLS, UNSYNCED};
use crate::runbook::THE_END;
use crate::snapshot::{Snapshot, acls};
use crate::switch::Switch;

crate::tests!(daily: a_deny_that_would_lock_out_everybody_else_is_refused, a_deny_that_the_replicator_would_copy_is_refused, a_deny_stands_on_the_source_alone_and_is_lifted, rights_are_granted_where_they_are_missing_and_nowhere_else; soak: );

const WITH_ACL: &str = "do: fence-writes, with: { topics: unit, backstop: acl, super_users: { source: [\"User:ANONYMOUS\"] }, allow_everyone: { source: true } }, timeout: { total: 30s }";

/// A unit whose runbook ends with a fence by ACL.
fn fenced(lane: &'static str, name: &str) -> Switch<'static> {
    let mut switch = at_rest(lane, name);
    switch.runbook.set("fence", WITH_ACL);
    switch.runbook.end_with("fence");
    switch
}

/// Everybody who uses the topic is allowed by name, on both sides.
fn granted(switch: &Switch<'_>) {
    for cluster in [switch.source(), switch.target()] {
        for (principal, operation) in [("User:checkout", acl::WRITE), ("User:settlement", acl::READ)] {
            acl::create(cluster, principal, switch.topic(), operation, acl::ALLOW);
        }
    }
}

fn a_deny_that_would_lock_out_everybody_else_is_refused() {
    let switch = fenced(UNSYNCED, "locked-out");
    let before = Snapshot::of(&switch);
    let mut run = switch.run(&[]);
    let open = format!(
        "topic {} has no ACL on source and allow.everyone.if.no.acl.found is true: the first DENY would lock out everybody else",
        switch.topic()
    );
    held_by(&mut run, "fence", &[&open]);
    assert_eq!(Snapshot::of(&switch).acls, before.acls);
}

fn a_deny_that_the_replicator_would_copy_is_refused() {
    let switch = fenced(ACLS, "copied");
    granted(&switch);
    let mut run = switch.run(&[]);
    held_by(
        &mut run,
        "fence",
        &[
            "the replicator copies ACLs: connector acls-source has sync.topic.acls.enabled true",
            "the DENY would arrive on the target and stay there",
        ],
    );
}

fn a_deny_stands_on_the_source_alone_and_is_lifted() {
    let switch = fenced(UNSYNCED, "denied");
    granted(&switch);
    let before = Snapshot::of(&switch);
    let mut run = switch.run(&[]);
    run.until("the fence stands", |told| told.began(THE_END));
    let denied = |cluster| {
        acls(cluster)
            .iter()
            .filter(|line| line.contains(switch.topic()) && line.contains("permission 2"))
            .count()
    };
    assert_eq!((denied(switch.source()), denied(switch.target())), (1, 0));
    switch.ends(&mut run);
    assert_eq!(Snapshot::of(&switch).acls, before.acls);
}

fn rights_are_granted_where_they_are_missing_and_nowhere_else() {
    let mut switch = at_rest(UNSYNCED, "granted");
    switch.runbook.insert("stop-producers", "grant-target", "do: sync-acls, with: { principals: unit, super_users: { source: [\"User:ANONYMOUS\"], target: [\"User:ANONYMOUS\"] }, allow_everyone: { source: true, target: true } }, timeout: { total: 30s }");
    switch.runbook.end_with("grant-target");
    let (source, target) = (switch.source(), switch.target());
    acl::create(source, "User:settlement", switch.topic(), acl::READ, acl::ALLOW);
    acl::create(source, "User:checkout", switch.topic(), acl::WRITE, acl::ALLOW);
    acl::create(target, "User:checkout", switch.topic(), acl::WRITE, acl::ALLOW);
    let before = Snapshot::of(&switch).acls;
    let mut run = switch.run(&[]);
    run.until("rights are granted", |told| told.began(THE_END));
    let after = Snapshot::of(&switch).acls;
    assert_eq!(after[0], before[0], "the source is not touched");
    let new: Vec<&String> = after[1].difference(&before[1]).collect();
    assert_eq!(new.len(), 1, "{new:?}");
    assert!(new[0].contains("User:settlement") && new[0].ends_with("operation 3 permission 3"), "{new:?}");
    switch.ends(&mut run);
    assert_eq!(Snapshot::of(&switch).acls, before);
}
