use std::collections::BTreeSet;

use crate::{Acl, AclPattern, AclResource, Cluster, ClusterError, ErrorKind, Patience, TopicState};

/// Names shown of what is left out.
const SHOWN: usize = 5;
/// Longest name a topic can have.
const LONGEST_NAME: usize = 249;

/// What Kafka may have left out of lists of groups and commits without a word; `None`: provably nothing.
///
/// Commits on topics this principal may not describe are not listed, nor are groups it may not describe. Where the ACLs
/// can be read this can be settled: whether a name may be described depends only on which of the names and prefixes of
/// the ACLs it matches, so one name of each such class is asked for. Without DESCRIBE on the cluster it cannot.
pub(super) fn left_out(cluster: &Cluster, patience: &Patience) -> Result<Option<String>, ClusterError> {
    let side = cluster.name();
    let acls = match cluster.acls(patience) {
        Ok(acls) => acls,
        Err(error) if matches!(error.kind, ErrorKind::NotAuthorised | ErrorKind::Unsupported) => {
            return Ok(Some(format!(
                "{side} cluster: groups and topics this principal may not describe are left out by Kafka without a \
                 word; with DESCRIBE on the cluster it could be told whether there are any"
            )));
        }
        Err(error) => return Err(error),
    };
    if !acls.authorizer {
        return Ok(None);
    }
    let Some(classes) = classes(&acls.bindings) else {
        return Ok(Some(format!(
            "{side} cluster: which topics this principal may not describe cannot be told"
        )));
    };
    let names: Vec<&str> = classes.iter().map(|class| class.asked.as_str()).collect();
    let told = cluster.topics(&names, patience)?;
    let hidden: Vec<&str> = told
        .iter()
        .zip(&classes)
        .filter(|(topic, _)| topic.state == TopicState::NotAuthorised)
        .map(|(_, class)| class.shown.as_str())
        .collect();
    if hidden.is_empty() {
        return Ok(None);
    }
    let more = hidden.len().saturating_sub(SHOWN);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    Ok(Some(format!(
        "{side} cluster: commits on topics this principal may not describe are left out by Kafka without a word: {}{more}",
        hidden[..hidden.len().min(SHOWN)].join(", ")
    )))
}

/// Topics that are treated alike, whatever the ACLs say.
#[derive(Debug, PartialEq, Eq)]
struct Class {
    /// One of them.
    asked: String,
    /// All of them.
    shown: String,
}

/// One for each literal name, each prefix, and all other names. `None` where a prefix leaves no name to ask for.
fn classes(bindings: &[Acl]) -> Option<Vec<Class>> {
    let names = |pattern: AclPattern| -> BTreeSet<&str> {
        bindings
            .iter()
            .filter(|acl| acl.resource == AclResource::Topic && acl.pattern == pattern && acl.name != "*")
            .map(|acl| acl.name.as_str())
            .collect()
    };
    let (literal, prefixes) = (names(AclPattern::Literal), names(AclPattern::Prefixed));
    let mut all: Vec<Class> =
        literal.iter().map(|name| Class { asked: (*name).to_owned(), shown: (*name).to_owned() }).collect();
    for prefix in prefixes.iter().copied().chain([""]) {
        if prefix.len() >= LONGEST_NAME {
            return None;
        }
        // A name with this prefix that no longer prefix and no literal name claims.
        let asked = ('a'..='z').chain('0'..='9').chain('A'..='Z').find_map(|next| {
            let name = format!("{prefix}{next}");
            let claimed = literal.contains(name.as_str())
                || prefixes.iter().any(|other| other.len() > prefix.len() && other.starts_with(&name));
            (!claimed).then_some(name)
        })?;
        let shown = if prefix.is_empty() { "all others".to_owned() } else { format!("{prefix}*") };
        all.push(Class { asked, shown });
    }
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AclOperation, AclPermission};

    fn acl(name: &str, pattern: AclPattern) -> Acl {
        Acl {
            principal: "User:x".into(),
            host: "*".into(),
            resource: AclResource::Topic,
            name: name.into(),
            pattern,
            operation: AclOperation::Read,
            permission: AclPermission::Allow,
        }
    }

    #[test]
    fn every_class_of_names_has_one_that_only_it_claims() {
        let bindings = [
            acl("*", AclPattern::Literal),
            acl("orders", AclPattern::Literal),
            acl("a", AclPattern::Literal),
            acl("pay", AclPattern::Prefixed),
            acl("paya", AclPattern::Prefixed),
        ];
        let classes = classes(&bindings).unwrap();
        let asked: Vec<(&str, &str)> =
            classes.iter().map(|class| (class.asked.as_str(), class.shown.as_str())).collect();
        assert_eq!(
            asked,
            [("a", "a"), ("orders", "orders"), ("payb", "pay*"), ("payaa", "paya*"), ("b", "all others")]
        );
    }

    #[test]
    fn without_topic_acls_there_is_one_class() {
        let group = Acl { resource: AclResource::Group, ..acl("g", AclPattern::Literal) };
        assert_eq!(classes(&[group]).unwrap().len(), 1);
        assert_eq!(classes(&[acl(&"x".repeat(249), AclPattern::Prefixed)]), None);
    }
}
