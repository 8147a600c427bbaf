//! Requests to the coordinator of a transactional id.

use super::Cluster;
use crate::code::Code;
use crate::error::ClusterError;
use crate::patience::Patience;
use crate::wire::{Call, Connection, WireError};

const TRANSACTION: i8 = 1;

/// Why a request of a transactional id came to nothing.
#[derive(Debug)]
pub(crate) enum NotInTransaction {
    /// No answer.
    Lost(WireError),
    /// The coordinator's no.
    Refused(Code),
}

impl NotInTransaction {
    /// What the coordinator said.
    pub fn code(&self) -> Option<Code> {
        match self {
            NotInTransaction::Refused(code) => Some(*code),
            NotInTransaction::Lost(_) => None,
        }
    }

    pub fn into_error(self, cluster: &Cluster, doing: &str) -> ClusterError {
        match self {
            NotInTransaction::Lost(error) => ClusterError::from_wire(cluster.name(), doing, error),
            NotInTransaction::Refused(code) => code.into_error(cluster.name(), doing),
        }
    }

    /// A coordinator that moves or is restarted, and a transaction before this one that is still being ended, pass.
    fn is_passing(&self) -> bool {
        match self {
            NotInTransaction::Lost(error) => error.is_passing(),
            NotInTransaction::Refused(code) => code.is_passing() || *code == Code::CONCURRENT_TRANSACTIONS,
        }
    }
}

impl Cluster {
    /// Asks the coordinator of a transactional id, again and again while the failure can pass and there is time. Only for
    /// requests that may be repeated.
    pub(crate) fn in_transaction<C: Call + Clone>(
        &self,
        doing: &str,
        id: &str,
        patience: &Patience,
        request: &C,
        told: impl Fn(&C::Answer) -> Option<Code>,
    ) -> Result<C::Answer, NotInTransaction> {
        let once = || {
            let coordinator = self.pool.any(patience, |connection: &mut Connection| {
                super::coordinators::one(connection, TRANSACTION, id, patience)
            });
            let broker = coordinator.map_err(NotInTransaction::Lost)?.map_err(NotInTransaction::Refused)?;
            let answer = self
                .pool
                .on(broker, patience, |connection| connection.call(patience, |_| request.clone()))
                .map_err(NotInTransaction::Lost)?;
            match told(&answer) {
                Some(code) => Err(NotInTransaction::Refused(code)),
                None => Ok(answer),
            }
        };
        let mut pause = super::FIRST_PAUSE;
        loop {
            match once() {
                Err(failed)
                    if failed.is_passing() && patience.remaining() > pause && !patience.is_stopped() =>
                {
                    tracing::debug!(cluster = self.name(), doing, ?failed, "trying again");
                    patience.pause(pause);
                    pause = (pause * 2).min(super::LONGEST_PAUSE);
                }
                outcome => return outcome,
            }
        }
    }

    /// Brokers that are alive, as far as is known.
    pub(crate) fn broker_count(&self) -> usize {
        self.pool.ids().len()
    }
}
