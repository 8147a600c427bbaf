use crate::sha256;

/// What at most one run moves at a time: a group, or a topic, of one cluster. The clusters and their groups are what two
/// runbooks have in common that do the same, whatever they call their unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thing {
    /// Id of the cluster.
    pub cluster: String,
    /// `group`, `topic`; `unit` of a unit that has neither.
    pub kind: &'static str,
    pub name: String,
}

impl Thing {
    /// As it stands in an entry, which every user of the machine can read: names are nobody's business. 32 hex digits.
    pub(super) fn digest(&self) -> String {
        // No cluster id and no kind has a zero byte in it.
        let mut digest = sha256::hex(format!("{}\0{}\0{}", self.cluster, self.kind, self.name).as_bytes());
        digest.truncate(32);
        digest
    }
}

impl std::fmt::Display for Thing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} of cluster {}", self.kind, self.name, self.cluster)
    }
}
