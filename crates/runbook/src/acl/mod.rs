//! What ACL bindings amount to: would this principal, from this host, be allowed that operation?
//!
//! The rules are Kafka's: DENY beats ALLOW, super users are beyond both, `allow.everyone.if.no.acl.found` holds only
//! where no binding of anybody matches the resource, ALL is every operation, and an ALLOW of READ, WRITE, DELETE or ALTER
//! brings DESCRIBE with it, one of ALTER_CONFIGS DESCRIBE_CONFIGS. Where the cluster does not tell what decides, the
//! answer is that it is not told.

mod authority;
mod authorizer;
mod decision;
mod declared;
mod rights;
mod words;

pub use authority::Authority;
pub use authorizer::{Authorizer, Request};
pub use decision::Decision;
pub use declared::{PerSide, told};
pub use rights::{CLUSTER, OTHER_HOST, Right, Rights, hosts, operations, resources};
pub use words::{resource_word, spelled};
