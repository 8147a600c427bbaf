/// How far a measurement is, for a line a person reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What it is doing or waiting for, with topic, partition, broker: `reading orders on target`.
    pub doing: String,
    pub done: u64,
    /// The whole, where it is known.
    pub of: Option<u64>,
    /// What is counted: `records`, `bytes`, `partitions`.
    pub unit: &'static str,
    /// What was found so far: `3 missing`.
    pub found: Option<String>,
}

impl std::fmt::Display for Progress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.of {
            Some(of) => write!(f, "{}, {} of {of} {}", self.doing, self.done, self.unit)?,
            None => write!(f, "{}, {} {}", self.doing, self.done, self.unit)?,
        }
        self.found.as_ref().map_or(Ok(()), |found| write!(f, ", {found}"))
    }
}
