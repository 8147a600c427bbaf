//! What reading costs, and what it may cost.

use crate::Patience;
use parity::Fetches;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Counters of one reader and its streams.
#[derive(Debug, Default)]
pub struct Meter {
    data: AtomicU64,
    lookups: AtomicU64,
    bytes: AtomicU64,
}

impl Meter {
    pub(super) fn fetched(&self) {
        self.data.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn looked_up(&self) {
        self.lookups.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn handed_out(&self, bytes: u64) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// The counters now.
    pub fn read(&self) -> Fetches {
        Fetches {
            data: self.data.load(Ordering::Relaxed),
            lookups: self.lookups.load(Ordering::Relaxed),
            bytes: self.bytes.load(Ordering::Relaxed),
        }
    }
}

/// How much may be read from a cluster, as it comes over the wire (compressed), by all readers together.
#[derive(Debug)]
pub struct ReadBudget {
    rate: Option<u64>,
    total: Option<u64>,
    used: AtomicU64,
    free_at: Mutex<Option<Instant>>,
    /// Budgets of which this one is a part.
    within: Vec<Arc<ReadBudget>>,
}

impl ReadBudget {
    /// No limit.
    pub fn unlimited() -> Self {
        ReadBudget::new(None, None)
    }

    /// At most `rate` bytes a second, and at most `total` bytes altogether.
    pub fn new(rate: Option<u64>, total: Option<u64>) -> Self {
        ReadBudget {
            rate: rate.filter(|rate| *rate > 0),
            total,
            used: AtomicU64::new(0),
            free_at: Mutex::new(None),
            within: Vec::new(),
        }
    }

    /// No limit but those of all of these; what is read is noted in each.
    pub fn within(budgets: impl IntoIterator<Item = Arc<ReadBudget>>) -> Self {
        ReadBudget { within: budgets.into_iter().collect(), ..ReadBudget::unlimited() }
    }

    /// Bytes read so far.
    pub fn used(&self) -> u64 {
        self.used.load(Ordering::Relaxed)
    }

    /// True when nothing more may be read.
    pub fn is_spent(&self) -> bool {
        self.total.is_some_and(|total| self.used() >= total)
            || self.within.iter().any(|budget| budget.is_spent())
    }

    /// Waits until the rate allows another read.
    pub(super) fn wait(&self, patience: &Patience) {
        let until = *self.free_at.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(until) = until {
            patience.pause(until.saturating_duration_since(Instant::now()));
        }
        self.within.iter().for_each(|budget| budget.wait(patience));
    }

    /// Notes what was read; the next read waits as long as this one should have taken.
    pub(super) fn spend(&self, bytes: u64) {
        self.used.fetch_add(bytes, Ordering::Relaxed);
        self.within.iter().for_each(|budget| budget.spend(bytes));
        if let Some(rate) = self.rate {
            let takes = Duration::from_secs_f64(bytes as f64 / rate as f64);
            let mut free_at = self.free_at.lock().unwrap_or_else(PoisonError::into_inner);
            let now = Instant::now();
            *free_at = Some(free_at.unwrap_or(now).max(now) + takes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn budgets() {
        let budget = ReadBudget::new(Some(1_000_000), Some(100));
        assert!(!budget.is_spent());
        budget.spend(60);
        assert!(!budget.is_spent());
        budget.spend(60);
        assert!(budget.is_spent());
        assert_eq!(budget.used(), 120);
        assert!(!ReadBudget::unlimited().is_spent());
        let (whole, own) = (Arc::new(ReadBudget::new(None, Some(100))), Arc::new(ReadBudget::unlimited()));
        let part = ReadBudget::within([whole.clone(), own.clone()]);
        part.spend(60);
        assert!(!part.is_spent());
        whole.spend(40);
        assert!(part.is_spent() && !own.is_spent());
        assert_eq!((part.used(), own.used(), whole.used()), (60, 60, 100));
        budget.wait(&Patience::new(Duration::from_secs(60)));
    }
}
