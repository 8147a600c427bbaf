use schemars::JsonSchema;
use serde::Deserialize;

use crate::world::{AclsSeen, Side};

/// A declared value for one cluster or both.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PerSide<T> {
    source: Option<T>,
    target: Option<T>,
}

impl<T> Default for PerSide<T> {
    fn default() -> PerSide<T> {
        PerSide { source: None, target: None }
    }
}

impl<T> PerSide<T> {
    pub fn of(&self, side: Side) -> Option<&T> {
        match side {
            Side::Source => self.source.as_ref(),
            Side::Target => self.target.as_ref(),
        }
    }
}

/// The ACLs of a cluster with what was declared where it does not tell: Kafka's own brokers tell nobody their super users
/// nor `allow.everyone.if.no.acl.found`. What a cluster tells wins.
pub fn told(
    side: Side,
    seen: &AclsSeen,
    super_users: &PerSide<Vec<String>>,
    allow_everyone: &PerSide<bool>,
) -> AclsSeen {
    AclsSeen {
        super_users: seen.super_users.clone().or_else(|| super_users.of(side).cloned()),
        allow_everyone_if_no_acl: seen.allow_everyone_if_no_acl.or_else(|| allow_everyone.of(side).copied()),
        ..seen.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_declaration_counts_only_where_the_cluster_does_not_tell() {
        let seen = |super_users: Option<Vec<String>>, allow| AclsSeen {
            super_users,
            allow_everyone_if_no_acl: allow,
            ..serde_json::from_value(serde_json::json!({
                "authorizer": true, "super_users": null, "allow_everyone_if_no_acl": null, "bindings": []
            }))
            .unwrap()
        };
        let users = PerSide { source: Some(vec!["User:declared".to_owned()]), target: None };
        let everyone = PerSide { source: Some(true), target: None };
        let silent = told(Side::Source, &seen(None, None), &users, &everyone);
        assert_eq!(silent, seen(Some(vec!["User:declared".to_owned()]), Some(true)));
        let telling = seen(Some(vec![]), Some(false));
        assert_eq!(told(Side::Source, &telling, &users, &everyone), telling);
        assert_eq!(told(Side::Target, &seen(None, None), &users, &everyone), seen(None, None));
    }
}
