/// Which records are visible, as a consumer's `isolation.level` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Isolation {
    /// Records of committed transactions and records outside transactions, below the last stable offset.
    #[default]
    ReadCommitted,
    /// Every data record below the high watermark, those of aborted transactions included.
    ReadUncommitted,
}

/// Where a partition begins and ends: the cut every statement about it is bound to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// The first offset that can be read.
    pub log_start: i64,
    /// Behind the last offset decided: at it, or above, begins the first open transaction. Measured before
    /// the high watermark, so that it is never above it.
    pub last_stable: i64,
    /// Behind the last replicated offset.
    pub high_watermark: i64,
}

impl Bounds {
    /// Behind the last offset a consumer at this isolation can read.
    pub fn end(&self, isolation: Isolation) -> i64 {
        match isolation {
            Isolation::ReadCommitted => self.last_stable,
            Isolation::ReadUncommitted => self.high_watermark,
        }
    }

    /// No transaction is open: nothing below the high watermark can still become visible or vanish.
    pub fn is_decided(&self) -> bool {
        self.last_stable == self.high_watermark
    }
}
