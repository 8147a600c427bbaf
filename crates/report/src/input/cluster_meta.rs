/// A cluster as it was found, beside what the plan says it should be.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClusterMeta {
    /// The id the brokers answered; `None`: never reached.
    pub observed_id: Option<String>,
    /// `host:port` of the brokers that were alive, sorted by broker id.
    pub brokers: Vec<String>,
}
