use crate::error::ClusterError;

/// Why a lease is not held, or why that cannot be told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LeaseError {
    /// Somebody else has taken it since.
    #[error(
        "somebody else took the lease of unit {unit} (transactional id {id} has a newer epoch); another conductor runs it now: {}",
        by.as_deref().unwrap_or("who is not told (it takes READ on the lease's topic)")
    )]
    Taken {
        /// The unit.
        unit: String,
        /// The transactional id.
        id: String,
        /// Who, as they wrote it; not told where the topic cannot be read, or an older version took it.
        by: Option<String>,
    },
    /// The cluster has forgotten it for its age: whether somebody else has been here is not known.
    #[error(
        "the lease of unit {unit} has expired: it was not used for the cluster's transactional.id.expiration.ms"
    )]
    Expired {
        /// The unit.
        unit: String,
    },
    /// The cluster did not tell.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
}

impl LeaseError {
    /// True if it is known that this holder has it no more, as opposed to nobody being there to ask.
    pub fn is_lost(&self) -> bool {
        matches!(self, LeaseError::Taken { .. } | LeaseError::Expired { .. })
    }
}
