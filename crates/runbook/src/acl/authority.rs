use super::{Authorizer, Decision, Request};
use crate::world::{AclsSeen, Operation, ResourceType};

/// A cluster's authoriser for a unit: beside its bindings it knows the unit's topics.
#[derive(Clone, Copy, Debug)]
pub struct Authority<'a> {
    pub acls: &'a AclsSeen,
    pub authorizer: Authorizer<'a>,
    pub topics: &'a [String],
}

impl<'a> Authority<'a> {
    /// `super_users` and `allow_everyone` are what somebody declared; they count only where the cluster does not tell.
    pub fn new(
        acls: &'a AclsSeen,
        topics: &'a [String],
        super_users: Option<&'a [String]>,
        allow_everyone: Option<bool>,
    ) -> Authority<'a> {
        Authority { acls, topics, authorizer: Authorizer::new(acls, super_users, allow_everyone) }
    }

    pub fn decide(&self, request: &Request<'_>) -> Decision {
        let decision = self.authorizer.decide(request);
        // Whoever may write to any topic may do so idempotently, with or without the right on the cluster.
        let writes = || {
            self.topics.iter().any(|name| {
                let (resource, operation) = (ResourceType::Topic, Operation::Write);
                self.authorizer.decide(&Request { resource, name, operation, ..*request }).allowed()
                    == Some(true)
            })
        };
        if request.operation == Operation::IdempotentWrite && decision.allowed() != Some(true) && writes() {
            return Decision::Granted;
        }
        decision
    }
}
