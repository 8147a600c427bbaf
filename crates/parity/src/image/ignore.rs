/// What a comparison was told to leave out. Nothing is left out unless somebody declared it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ignore {
    /// Timestamps are not compared: the target stamps records itself (`LogAppendTime`).
    pub timestamp: bool,
    /// Headers with these names are not compared: the replicator adds them.
    pub headers: Vec<Vec<u8>>,
}

impl Ignore {
    /// Compare everything.
    pub const NOTHING: Ignore = Ignore { timestamp: false, headers: Vec::new() };

    pub(super) fn header(&self, name: &[u8]) -> bool {
        self.headers.iter().any(|ignored| ignored == name)
    }
}
