use std::time::Instant;

use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use runbook::world::{ClientStep, Reason};

/// Why a step failed, as far as the client tells.
#[derive(Debug)]
pub(super) struct Failed {
    pub error: String,
    pub reason: Reason,
}

impl Failed {
    pub fn new(error: impl Into<String>) -> Failed {
        Failed { error: error.into(), reason: Reason::Failed }
    }
}

impl From<KafkaError> for Failed {
    fn from(error: KafkaError) -> Failed {
        let reason = error.rdkafka_error_code().map_or(Reason::Failed, reason);
        Failed { error: error.to_string(), reason }
    }
}

impl From<RDKafkaErrorCode> for Failed {
    fn from(code: RDKafkaErrorCode) -> Failed {
        Failed { error: code.to_string(), reason: reason(code) }
    }
}

/// A refusal of rights or a lost connection says nothing about what the cluster can do.
pub(in super::super) fn reason(code: RDKafkaErrorCode) -> Reason {
    use RDKafkaErrorCode as C;
    match code {
        C::TopicAuthorizationFailed
        | C::GroupAuthorizationFailed
        | C::ClusterAuthorizationFailed
        | C::TransactionalIdAuthorizationFailed
        | C::SaslAuthenticationFailed
        | C::Authentication => Reason::Unauthorised,
        C::BrokerTransportFailure | C::AllBrokersDown | C::Resolve => Reason::Unreachable,
        C::OperationTimedOut | C::MessageTimedOut | C::RequestTimedOut | C::TimedOutQueue => Reason::TimedOut,
        C::UnsupportedVersion | C::UnsupportedFeature | C::UnsupportedForMessageFormat => Reason::Unsupported,
        _ => Reason::Failed,
    }
}

/// Runs one step and says how it went.
pub(super) fn step(name: &str, work: impl FnOnce() -> Result<(), Failed>) -> ClientStep {
    let begun = Instant::now();
    let outcome = work();
    let took_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    let (ok, error, reason) = match outcome {
        Ok(()) => (true, None, None),
        Err(failed) => (false, Some(failed.error), Some(failed.reason)),
    };
    ClientStep { step: name.to_owned(), ok, error, reason, took_ms }
}
