use std::collections::BTreeMap;

/// What the command line adds.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// `--env`: the environment; the first of the site when not given.
    pub env: Option<String>,
    /// `--set k=v`, in order.
    pub set: Vec<(String, String)>,
    /// The running lab, which supplies the reserved environment `lab`.
    pub lab: Option<LabEnvironment>,
}

/// The environment `lab`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LabEnvironment {
    pub source: LabCluster,
    pub target: LabCluster,
    /// Name and URL.
    pub endpoints: BTreeMap<String, String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LabCluster {
    /// Path of its client properties.
    pub properties: String,
    pub cluster_id: String,
}
