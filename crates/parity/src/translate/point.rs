/// One position to translate: what one group has committed for one partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Point {
    /// The next source record the group would read; `None`: no commit.
    pub committed: Option<i64>,
    /// The next target record it would read as things stand; `None`: no commit.
    pub target_committed: Option<i64>,
}

/// A hint that a source record and a target record are twins: a replicator's offset sync, or an earlier
/// translation. Never believed, only tried first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Anchor {
    pub source: i64,
    pub target: i64,
}
