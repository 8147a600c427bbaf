//! Requests that change something: whether one may have been heard is never forgotten.

use super::Cluster;
use crate::error::{ClusterError, ErrorKind};
use crate::patience::Patience;
use crate::wire::{Call, Connection, WireError};
use std::cell::Cell;

/// Notes whether a request that changes something may have reached a broker. Up to then a failure means that nothing was
/// changed; after it, only a look tells.
#[derive(Default)]
pub(super) struct Sending(Cell<bool>);

impl Sending {
    /// Sends the request, once there is a version both sides know.
    pub fn call<C: Call>(
        &self,
        connection: &mut Connection,
        patience: &Patience,
        build: impl FnOnce(i16) -> C,
    ) -> Result<C::Answer, WireError> {
        if connection.version_of::<C>().is_some() {
            self.0.set(true);
        }
        connection.call(patience, build)
    }

    /// Whether something may have been heard.
    pub fn begun(&self) -> bool {
        self.0.get()
    }
}

impl Cluster {
    /// Has any broker make a change; brokers pass it on to the controller. Others are tried, and waited for, only while
    /// nothing has been sent.
    pub(super) fn change<C: Call + Clone>(
        &self,
        doing: &str,
        patience: &Patience,
        request: &C,
    ) -> Result<C::Answer, ClusterError> {
        let sending = Sending::default();
        let mut pause = super::FIRST_PAUSE;
        loop {
            let mut first: Option<WireError> = None;
            for id in self.pool.ids() {
                let send =
                    |connection: &mut Connection| sending.call(connection, patience, |_| request.clone());
                match self.pool.on(id, patience, send) {
                    Ok(answer) => return Ok(answer),
                    Err(error) if !sending.begun() && error.is_passing() => first = first.or(Some(error)),
                    Err(error) => {
                        let error = ClusterError::from_wire(self.name(), doing, error);
                        return Err(error.sent(sending.begun()));
                    }
                }
            }
            if patience.remaining() <= pause || patience.is_stopped() {
                return Err(match first {
                    Some(error) => ClusterError::from_wire(self.name(), doing, error),
                    None => {
                        let why = "the cluster names no broker that is alive";
                        ClusterError::new(self.name(), ErrorKind::Unreachable, doing, why)
                    }
                });
            }
            patience.pause(pause);
            pause = (pause * 2).min(super::LONGEST_PAUSE);
        }
    }
}
