use super::Decision;
use crate::world::{AclBinding, AclsSeen, Operation, PatternType, Permission, ResourceType};

/// A cluster's authoriser, as far as its bindings and defaults are known.
#[derive(Clone, Copy, Debug)]
pub struct Authorizer<'a> {
    acls: &'a AclsSeen,
    super_users: Option<&'a [String]>,
    allow_everyone: Option<bool>,
}

/// What somebody wants to do.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// `User:checkout`.
    pub principal: &'a str,
    /// The address it comes from.
    pub host: &'a str,
    pub resource: ResourceType,
    pub name: &'a str,
    pub operation: Operation,
}

/// Matches every host, every resource name, and after `User:` everybody.
const ANY: &str = "*";
const EVERYBODY: &str = "User:*";

impl<'a> Authorizer<'a> {
    /// `super_users` and `allow_everyone` are what somebody declared; they count only where the cluster does not tell.
    pub fn new(
        acls: &'a AclsSeen,
        super_users: Option<&'a [String]>,
        allow_everyone: Option<bool>,
    ) -> Authorizer<'a> {
        Authorizer {
            acls,
            super_users: acls.super_users.as_deref().or(super_users),
            allow_everyone: acls.allow_everyone_if_no_acl.or(allow_everyone),
        }
    }

    pub fn decide(&self, request: &Request<'_>) -> Decision {
        let is_super = self.super_users.map(|users| users.iter().any(|user| user == request.principal));
        if !self.acls.authorizer || is_super == Some(true) {
            return Decision::Unrestricted;
        }
        // Somebody who may be a super user is not refused by anything.
        let refused = |decision| if is_super.is_none() { Decision::NotTold } else { decision };
        let mut restricted = false;
        let mut granted = false;
        for binding in self.acls.bindings.iter().filter(|binding| on_resource(binding, request)) {
            restricted = true;
            if !for_whom(binding, request) {
                continue;
            }
            match binding.permission {
                Permission::Deny if covers(binding.operation, request.operation) => {
                    return refused(Decision::Denied);
                }
                Permission::Allow => granted |= allows(binding.operation, request.operation),
                Permission::Deny | Permission::Unknown => {}
            }
        }
        match (granted, restricted, self.allow_everyone) {
            (true, _, _) => Decision::Granted,
            (false, true, _) | (false, false, Some(false)) => refused(Decision::NotGranted),
            (false, false, Some(true)) => Decision::Unrestricted,
            (false, false, None) => Decision::NotTold,
        }
    }

    /// Bindings that speak of this principal in words this version does not know.
    pub fn not_understood(&self, principal: &str) -> impl Iterator<Item = &'a AclBinding> {
        let ours =
            move |binding: &&AclBinding| binding.principal == principal || binding.principal == EVERYBODY;
        self.acls.bindings.iter().filter(ours).filter(|binding| {
            binding.operation == Operation::Unknown
                || binding.pattern == PatternType::Unknown
                || binding.permission == Permission::Unknown
        })
    }
}

fn on_resource(binding: &AclBinding, request: &Request<'_>) -> bool {
    binding.resource == request.resource
        && match binding.pattern {
            PatternType::Literal => binding.name == request.name || binding.name == ANY,
            PatternType::Prefixed => request.name.starts_with(&binding.name),
            PatternType::Unknown => false,
        }
}

fn for_whom(binding: &AclBinding, request: &Request<'_>) -> bool {
    let whom = binding.principal == request.principal || binding.principal == EVERYBODY;
    whom && (binding.host == ANY || binding.host == request.host)
}

/// A DENY takes exactly what it names; ALL is everything.
fn covers(bound: Operation, wanted: Operation) -> bool {
    bound == Operation::All || bound == wanted
}

/// An ALLOW brings what it implies.
fn allows(bound: Operation, wanted: Operation) -> bool {
    use Operation::{Alter, AlterConfigs, Delete, Describe, DescribeConfigs, Read, Write};
    covers(bound, wanted)
        || wanted == Describe && matches!(bound, Read | Write | Delete | Alter)
        || wanted == DescribeConfigs && bound == AlterConfigs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn binding(text: &str) -> AclBinding {
        let parts: Vec<&str> = text.split(' ').collect();
        let [permission, principal, host, operation, resource, pattern, name] = parts[..] else {
            panic!("{text}");
        };
        serde_json::from_value(serde_json::json!({
            "permission": permission, "principal": principal, "host": host, "operation": operation,
            "resource": resource, "pattern": pattern, "name": name
        }))
        .unwrap()
    }

    fn acls(bindings: &[&str]) -> AclsSeen {
        AclsSeen {
            authorizer: true,
            allow_everyone_if_no_acl: Some(false),
            super_users: Some(vec!["User:admin".into()]),
            bindings: bindings.iter().map(|text| binding(text)).collect(),
        }
    }

    fn decide(acls: &AclsSeen, principal: &str, host: &str, operation: Operation, topic: &str) -> Decision {
        let request = Request { principal, host, resource: ResourceType::Topic, name: topic, operation };
        Authorizer::new(acls, None, None).decide(&request)
    }

    use Decision::*;
    use Operation::*;

    #[test]
    fn literal_prefixed_and_wildcard_names_match_as_kafka_matches_them() {
        let acls = acls(&[
            "allow User:a * read topic literal orders",
            "allow User:b * read topic prefixed orders.",
            "allow User:c * read topic literal *",
            "allow User:d * read topic prefixed *",
            "allow User:e * read group literal orders",
        ]);
        let read = |who: &str, topic: &str| decide(&acls, who, "10.0.0.1", Read, topic);
        assert_eq!((read("User:a", "orders"), read("User:a", "orders.retry")), (Granted, NotGranted));
        assert_eq!((read("User:b", "orders.retry"), read("User:b", "orders")), (Granted, NotGranted));
        assert_eq!(read("User:c", "anything"), Granted);
        assert_eq!((read("User:d", "anything"), read("User:d", "*x")), (NotGranted, Granted));
        assert_eq!(read("User:e", "orders"), NotGranted);
    }

    #[test]
    fn deny_beats_allow_whoever_and_whatever_it_names() {
        for deny in [
            "deny User:a * read topic literal orders",
            "deny User:* * all topic prefixed ord",
            "deny User:a 10.0.0.1 read topic literal *",
        ] {
            let acls = acls(&["allow User:a * all topic literal orders", deny]);
            assert_eq!(decide(&acls, "User:a", "10.0.0.1", Read, "orders"), Denied, "{deny}");
        }
        let acls = acls(&[
            "allow User:a * read topic literal orders",
            "deny User:a 10.0.0.1 read topic literal orders",
        ]);
        assert_eq!(decide(&acls, "User:a", "10.0.0.2", Read, "orders"), Granted);
        // A DENY of READ leaves the DESCRIBE that the ALLOW of READ brings.
        assert_eq!(decide(&acls, "User:a", "10.0.0.1", Describe, "orders"), Granted);
    }

    #[test]
    fn allow_implies_describe_and_describe_configs_and_nothing_more() {
        for (bound, implied) in [
            ("read", Describe),
            ("write", Describe),
            ("delete", Describe),
            ("alter", Describe),
            ("alter-configs", DescribeConfigs),
        ] {
            let acls = acls(&[&format!("allow User:a * {bound} topic literal orders")]);
            assert_eq!(decide(&acls, "User:a", "h", implied, "orders"), Granted, "{bound}");
            assert_eq!(decide(&acls, "User:a", "h", Create, "orders"), NotGranted, "{bound}");
        }
        let acls = acls(&[
            "allow User:a * describe topic literal orders",
            "allow User:a * create topic literal orders",
        ]);
        assert_eq!(decide(&acls, "User:a", "h", Read, "orders"), NotGranted);
        assert_eq!(decide(&acls, "User:a", "h", DescribeConfigs, "orders"), NotGranted);
    }

    #[test]
    fn allow_everyone_ends_where_anybody_has_a_binding_on_the_resource() {
        let mut acls = acls(&["allow User:b * read topic literal orders"]);
        acls.allow_everyone_if_no_acl = Some(true);
        assert_eq!(decide(&acls, "User:a", "h", Write, "accounts"), Unrestricted);
        assert_eq!(decide(&acls, "User:a", "h", Write, "orders"), NotGranted);
    }

    #[test]
    fn super_users_and_a_cluster_without_authoriser_are_beyond_bindings() {
        let mut acls = acls(&["deny User:* * all topic literal *"]);
        assert_eq!(decide(&acls, "User:admin", "h", Write, "orders"), Unrestricted);
        assert_eq!(decide(&acls, "User:a", "h", Write, "orders"), Denied);
        acls.authorizer = false;
        assert_eq!(decide(&acls, "User:a", "h", Write, "orders"), Unrestricted);
    }

    #[test]
    fn what_the_cluster_does_not_tell_is_not_decided_unless_somebody_declares_it() {
        let mut acls = acls(&["allow User:a * read topic literal orders"]);
        acls.super_users = None;
        acls.allow_everyone_if_no_acl = None;
        assert_eq!(decide(&acls, "User:a", "h", Read, "orders"), Granted);
        assert_eq!(decide(&acls, "User:a", "h", Write, "orders"), NotTold);
        assert_eq!(decide(&acls, "User:a", "h", Write, "accounts"), NotTold);
        let request = Request {
            principal: "User:a",
            host: "h",
            resource: ResourceType::Topic,
            name: "accounts",
            operation: Write,
        };
        assert_eq!(Authorizer::new(&acls, Some(&[]), Some(false)).decide(&request), NotGranted);
        assert_eq!(Authorizer::new(&acls, Some(&["User:a".into()]), None).decide(&request), Unrestricted);
        // What the cluster tells cannot be talked away.
        acls.super_users = Some(vec![]);
        acls.allow_everyone_if_no_acl = Some(false);
        assert_eq!(Authorizer::new(&acls, Some(&["User:a".into()]), Some(true)).decide(&request), NotGranted);
    }
}
