//! ACLs, and that not being allowed to read them is no empty list.

use super::{case, connect, connect_as, patience, rpc};
use kafka::{Acl, AclOperation, AclPattern, AclPermission, AclResource, ErrorKind};

#[test]
fn bindings_and_defaults() {
    let case = case("acls");
    let (literal, prefix) = (case.name("orders"), case.name("pay"));
    let bootstrap = &case.target().bootstrap;
    rpc::create_acl(bootstrap, "User:ann", (2, &literal, 3), 4, 3);
    rpc::create_acl(bootstrap, "User:bob", (3, &prefix, 4), 3, 2);
    let cluster = connect(case.target());
    let waiting = patience();
    let acls = loop {
        let acls = cluster.acls(&patience()).unwrap();
        let ours = |acl: &&Acl| acl.name == literal || acl.name == prefix;
        if acls.bindings.iter().filter(ours).count() == 2 {
            break acls;
        }
        assert!(!waiting.is_over());
    };
    let find = |name: &str| acls.bindings.iter().find(|acl| acl.name == name).cloned().unwrap();
    assert_eq!(
        find(&literal),
        Acl {
            principal: "User:ann".into(),
            host: "*".into(),
            resource: AclResource::Topic,
            name: literal.clone(),
            pattern: AclPattern::Literal,
            operation: AclOperation::Write,
            permission: AclPermission::Allow,
        }
    );
    let denied = find(&prefix);
    assert_eq!((denied.resource, denied.pattern), (AclResource::Group, AclPattern::Prefixed));
    assert_eq!((denied.operation, denied.permission), (AclOperation::Read, AclPermission::Deny));
    assert!(acls.authorizer);
    assert_eq!(
        acls.authorizer_class.as_deref(),
        Some("org.apache.kafka.metadata.authorizer.StandardAuthorizer")
    );
    // The broker hides the values of settings its own definition does not know: unknown, never a guess.
    assert_eq!((acls.allow_everyone_if_no_acl, acls.super_users), (None, None));
}

#[test]
fn not_allowed_is_no_empty_list() {
    let case = case("no-acls");
    // Only on the target, where no other test needs DESCRIBE on the cluster for this user.
    rpc::create_acl(&case.target().bootstrap, "User:settlement", (4, "kafka-cluster", 3), 8, 2);
    let cluster = connect_as(case.target(), "settlement");
    let waiting = patience();
    let error = loop {
        match cluster.acls(&patience()) {
            Err(error) => break error,
            Ok(_) => assert!(!waiting.is_over(), "the ACL is not applied"),
        }
        waiting.pause(std::time::Duration::from_millis(50));
    };
    assert_eq!(error.kind, ErrorKind::NotAuthorised, "{error}");
    assert!(error.to_string().contains("CLUSTER_AUTHORIZATION_FAILED"), "{error}");
}
