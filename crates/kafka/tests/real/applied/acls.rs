//! ACLs that come and go, each named exactly.

use super::{DONE, applied, assert_refused, awaited};
use crate::{case, connect, connect_as, lab, patience, rpc};
use kafka::Cluster;
use runbook::Side;
use runbook::world::{AclBinding, Command, Operation, PatternType, Permission, Receipt, ResourceType};

fn binding(name: &str, pattern: PatternType, operation: Operation, permission: Permission) -> AclBinding {
    AclBinding {
        principal: "User:checkout".to_owned(),
        host: "*".to_owned(),
        resource: ResourceType::Topic,
        name: name.to_owned(),
        pattern,
        operation,
        permission,
    }
}

fn command(create: &[AclBinding], delete: &[AclBinding]) -> Command {
    Command::SetAcls { side: Side::Target, create: create.to_vec(), delete: delete.to_vec() }
}

/// What is bound to names that begin so, by another look.
fn seen(cluster: &Cluster, prefix: &str) -> Vec<String> {
    let acls = cluster.acls(&patience()).unwrap();
    acls.bindings.iter().filter(|acl| acl.name.starts_with(prefix)).map(ToString::to_string).collect()
}

#[test]
fn created_once_deleted_exactly_and_back() {
    let case = case("set-acls");
    let name = case.name("orders");
    let literal = binding(&name, PatternType::Literal, Operation::Write, Permission::Deny);
    // All that a filter one hair too wide would take along.
    let near = [
        AclBinding { pattern: PatternType::Prefixed, ..literal.clone() },
        AclBinding { operation: Operation::Read, ..literal.clone() },
        AclBinding { operation: Operation::All, ..literal.clone() },
        AclBinding { permission: Permission::Allow, ..literal.clone() },
        AclBinding { host: "10.0.0.1".to_owned(), ..literal.clone() },
        AclBinding { principal: "User:*".to_owned(), ..literal.clone() },
        AclBinding { resource: ResourceType::Group, ..literal.clone() },
        AclBinding { name: format!("{name}-dlq"), ..literal.clone() },
        AclBinding { resource: ResourceType::TransactionalId, ..literal.clone() },
    ];
    let cluster = connect(case.target());
    let prefix = case.name("");
    let all = command(&[std::slice::from_ref(&literal), &near].concat(), &[]);
    assert_eq!(applied(&cluster, &all), DONE);
    assert_eq!(seen(&connect(case.target()), &prefix).len(), 10);
    assert_eq!(applied(&cluster, &all), Receipt::Already);

    let gone = command(&[], std::slice::from_ref(&literal));
    assert_eq!(applied(&cluster, &gone), DONE);
    let left = seen(&connect(case.target()), &prefix);
    let said = format!("deny WRITE for User:checkout from * on topic {name}");
    assert!(left.len() == 9 && !left.contains(&said), "{left:#?}");
    assert_eq!(applied(&cluster, &gone), Receipt::Already);
    assert_eq!(applied(&cluster, &gone.inverse().unwrap()), DONE);
    assert!(seen(&connect(case.target()), &prefix).contains(&said));

    // What is there already is not created, what is gone not deleted: only the rest is done, and taken back.
    let other = binding(&case.name("other"), PatternType::Prefixed, Operation::Describe, Permission::Allow);
    let swap = command(std::slice::from_ref(&other), std::slice::from_ref(&literal));
    assert_eq!(applied(&cluster, &swap), DONE);
    assert_eq!(applied(&cluster, &swap), Receipt::Already);
    assert_eq!(applied(&cluster, &swap.inverse().unwrap()), DONE);
    assert_eq!(applied(&cluster, &all.inverse().unwrap()), DONE);
    assert_eq!(seen(&connect(case.target()), &prefix), Vec::<String>::new());
}

#[test]
fn the_star_is_a_name_and_no_pattern() {
    let case = case("set-star");
    let cluster = connect(case.target());
    // For a principal that nobody is and on tokens that nobody has: a right on all topics would shut everybody else out.
    let star = AclBinding {
        principal: format!("User:{}", case.name("nobody")),
        resource: ResourceType::DelegationToken,
        ..binding("*", PatternType::Literal, Operation::Describe, Permission::Allow)
    };
    let named = AclBinding { name: case.name("token"), ..star.clone() };
    let ours = |cluster: &Cluster| {
        let acls = cluster.acls(&patience()).unwrap();
        acls.bindings.iter().filter(|acl| acl.principal == star.principal).count()
    };
    assert_eq!(applied(&cluster, &command(&[star.clone(), named.clone()], &[])), DONE);
    assert_eq!(applied(&cluster, &command(&[], std::slice::from_ref(&star))), DONE);
    assert_eq!(ours(&connect(case.target())), 1, "the other one is still there");
    assert_eq!(applied(&cluster, &command(&[], &[named])), DONE);
    assert_eq!(ours(&connect(case.target())), 0);
}

#[test]
fn what_cannot_be_meant_is_refused_before_anything_is_sent() {
    let case = case("odd-acls");
    let cluster = connect(case.target());
    let good = binding(&case.name("t"), PatternType::Literal, Operation::Write, Permission::Deny);
    let unknown = AclBinding { operation: Operation::Unknown, ..good.clone() };
    let receipt = applied(&cluster, &command(&[good.clone(), unknown], &[]));
    assert_refused(&receipt, &["an operation this program does not know", "nothing was changed"]);
    let both = command(std::slice::from_ref(&good), std::slice::from_ref(&good));
    assert_refused(&applied(&cluster, &both), &["named twice"]);
    // The broker has its own opinion of principals.
    let nameless = AclBinding { principal: "checkout".to_owned(), ..good.clone() };
    assert_refused(&applied(&cluster, &command(&[nameless], &[])), &["checkout", "nothing was changed"]);
    assert_eq!(seen(&connect(case.target()), &good.name), Vec::<String>::new());
}

#[test]
fn who_may_only_look_is_refused() {
    let case = case("acls-denied");
    // 8: DESCRIBE. Where the cluster has an ACL, what is not allowed on it is denied.
    rpc::create_acl(&case.target().bootstrap, "User:cutover", (4, "kafka-cluster", 3), 8, 3);
    let root = connect(case.target());
    let cluster = connect_as(lab().target(), "cutover");
    let name = case.name("t");
    let deny = command(&[binding(&name, PatternType::Literal, Operation::Write, Permission::Deny)], &[]);
    awaited("the ACL", || match applied(&cluster, &deny) {
        Receipt::Applied { .. } => {
            applied(&root, &deny.inverse().unwrap());
            false
        }
        Receipt::Already => panic!("nobody else makes it"),
        refused => {
            // The ACL may come between the look and the change, or not be there for either yet.
            let words = ["CLUSTER_AUTHORIZATION_FAILED", "not authorised: grant ALTER on the cluster"];
            assert_refused(&refused, &words);
            true
        }
    });
    assert_eq!(seen(&root, &name), Vec::<String>::new());
}
