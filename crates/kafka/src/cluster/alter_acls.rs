//! Creating and deleting ACLs, each named exactly.

use super::denial::Denial;
use super::{Acl, AclOperation, AclPattern, AclPermission, AclResource, Cluster};
use crate::code::Code;
use crate::error::ClusterError;
use crate::patience::Patience;
use kafka_protocol::messages::create_acls_request::AclCreation;
use kafka_protocol::messages::delete_acls_request::DeleteAclsFilter;
use kafka_protocol::messages::delete_acls_response::{DeleteAclsFilterResult, DeleteAclsMatchingAcl};
use kafka_protocol::messages::{CreateAclsRequest, DeleteAclsRequest};
use kafka_protocol::protocol::StrBytes;

/// What became of each, in the order in which they were given.
type Told = Vec<Result<(), Denial>>;

impl Cluster {
    /// Creates ACLs; one that is there already stays and counts as created.
    ///
    /// # Errors
    /// Where the error says `sent`, it is unknown which were created: look.
    pub fn create_acls(&self, acls: &[Acl], patience: &Patience) -> Result<Told, ClusterError> {
        let doing = format!("creating {} ACLs", acls.len());
        self.each(acls, patience, |open| {
            let creations = open.iter().map(|acl| creation(acl)).collect();
            let request = CreateAclsRequest::default().with_creations(creations);
            let answer = self.change(&doing, patience, &request)?;
            let told = answer.results.iter();
            Ok(told.map(|result| Denial::check(result.error_code, result.error_message.as_ref())).collect())
        })
    }

    /// Deletes these ACLs and no others; one that is not there counts as deleted.
    ///
    /// # Errors
    /// Where the error says `sent`, it is unknown which were deleted: look.
    pub fn delete_acls(&self, acls: &[Acl], patience: &Patience) -> Result<Told, ClusterError> {
        let doing = format!("deleting {} ACLs", acls.len());
        self.each(acls, patience, |open| {
            let filters = open.iter().map(|acl| filter(acl)).collect();
            let request = DeleteAclsRequest::default().with_filters(filters);
            let answer = self.change(&doing, patience, &request)?;
            Ok(answer.filter_results.iter().zip(open).map(|(told, acl)| deleted(told, acl)).collect())
        })
    }

    /// Asks again for those whose code passes, while there is time: both changes may be repeated without harm.
    fn each(
        &self,
        acls: &[Acl],
        patience: &Patience,
        ask: impl Fn(&[&Acl]) -> Result<Told, ClusterError>,
    ) -> Result<Told, ClusterError> {
        // What an answer leaves out is unknown.
        let mut told: Told = vec![Err(Code(-1).into()); acls.len()];
        let mut open: Vec<usize> = (0..acls.len()).collect();
        let mut begun = false;
        let mut pause = super::FIRST_PAUSE;
        while !open.is_empty() {
            let asked: Vec<&Acl> = open.iter().filter_map(|at| acls.get(*at)).collect();
            let answers = ask(&asked).map_err(|error| {
                let sent = begun || error.sent;
                error.sent(sent)
            })?;
            begun = true;
            for (at, answer) in open.iter().zip(answers) {
                if let Some(slot) = told.get_mut(*at) {
                    *slot = answer;
                }
            }
            let passes = |at: &usize| {
                told.get(*at).is_some_and(|told| told.as_ref().is_err_and(|denial| denial.code.is_passing()))
            };
            open.retain(passes);
            if patience.remaining() < pause || patience.is_stopped() {
                break;
            }
            if !open.is_empty() {
                patience.pause(pause);
                pause = (pause * 2).min(super::LONGEST_PAUSE);
            }
        }
        Ok(told)
    }
}

fn text(text: &str) -> StrBytes {
    StrBytes::from_string(text.to_owned())
}

fn creation(acl: &Acl) -> AclCreation {
    AclCreation::default()
        .with_resource_type(acl.resource.number())
        .with_resource_name(text(&acl.name))
        .with_resource_pattern_type(acl.pattern.number())
        .with_principal(text(&acl.principal))
        .with_host(text(&acl.host))
        .with_operation(acl.operation.number())
        .with_permission_type(acl.permission.number())
}

/// Everything is given and nothing is ANY or MATCH, so that it matches this ACL alone.
fn filter(acl: &Acl) -> DeleteAclsFilter {
    DeleteAclsFilter::default()
        .with_resource_type_filter(acl.resource.number())
        .with_resource_name_filter(Some(text(&acl.name)))
        .with_pattern_type_filter(acl.pattern.number())
        .with_principal_filter(Some(text(&acl.principal)))
        .with_host_filter(Some(text(&acl.host)))
        .with_operation(acl.operation.number())
        .with_permission_type(acl.permission.number())
}

fn deleted(told: &DeleteAclsFilterResult, asked: &Acl) -> Result<(), Denial> {
    Denial::check(told.error_code, told.error_message.as_ref())?;
    for matching in &told.matching_acls {
        Denial::check(matching.error_code, matching.error_message.as_ref())?;
        let gone = acl(matching);
        if gone != *asked {
            // Cannot be, by the protocol; if it is, nobody shall believe that all went well.
            let said = format!("another ACL was deleted with it: {gone}");
            return Err(Denial { code: Code(-1), said: Some(said) });
        }
    }
    Ok(())
}

fn acl(told: &DeleteAclsMatchingAcl) -> Acl {
    Acl {
        principal: told.principal.to_string(),
        host: told.host.to_string(),
        resource: AclResource::of(told.resource_type),
        name: told.resource_name.to_string(),
        pattern: AclPattern::of(told.pattern_type),
        operation: AclOperation::of(told.operation),
        permission: AclPermission::of(told.permission_type),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn binding() -> Acl {
        Acl {
            principal: "User:ann".into(),
            host: "*".into(),
            resource: AclResource::Topic,
            name: "*".into(),
            pattern: AclPattern::Literal,
            operation: AclOperation::All,
            permission: AclPermission::Deny,
        }
    }

    #[test]
    fn a_filter_leaves_nothing_open() {
        let filter = filter(&binding());
        // 0 is unknown, 1 is any, and 2 of a pattern is match.
        assert_eq!((filter.resource_type_filter, filter.pattern_type_filter), (2, 3));
        assert_eq!((filter.operation, filter.permission_type), (2, 2));
        assert_eq!(filter.resource_name_filter.as_deref(), Some("*"));
        assert_eq!(filter.principal_filter.as_deref(), Some("User:ann"));
        assert_eq!(filter.host_filter.as_deref(), Some("*"));
    }

    #[test]
    fn every_code_of_a_deletion_is_read() {
        let other = |code: i16, name: &str| {
            let matching = DeleteAclsMatchingAcl::default()
                .with_error_code(code)
                .with_resource_type(2)
                .with_resource_name(text(name))
                .with_pattern_type(3)
                .with_principal(text("User:ann"))
                .with_host(text("*"))
                .with_operation(2)
                .with_permission_type(2);
            deleted(&DeleteAclsFilterResult::default().with_matching_acls(vec![matching]), &binding())
        };
        assert_eq!(other(0, "*"), Ok(()));
        assert_eq!(other(31, "*").unwrap_err().code, Code(31));
        assert!(other(0, "orders").unwrap_err().to_string().contains("another ACL"));
        let refused = DeleteAclsFilterResult::default().with_error_code(54);
        assert_eq!(deleted(&refused, &binding()).unwrap_err().code, Code(54));
        assert_eq!(deleted(&DeleteAclsFilterResult::default(), &binding()), Ok(()), "it is gone already");
    }
}
