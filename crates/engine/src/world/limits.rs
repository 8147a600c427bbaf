use std::time::Duration;

use crate::limits;

/// What a measurement may cost. Nothing here changes an answer; running out makes it partial or missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// From start to end. A measurement always has an end.
    pub time: Duration,
    /// Bytes read; `None`: no limit.
    pub read: Option<u64>,
    /// Bytes per second; `None`: the cluster's own read budget alone, which whoever reads observes in any case.
    pub rate: Option<u64>,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { time: limits::PROBE_TIME, read: None, rate: None }
    }
}

impl Limits {
    /// Enough for both: a measurement that two checks share may cost what the more generous one allows.
    pub(crate) fn either(self, other: Limits) -> Limits {
        let larger = |a: Option<u64>, b: Option<u64>| a.zip(b).map(|(a, b)| a.max(b));
        Limits {
            time: self.time.max(other.time),
            read: larger(self.read, other.read),
            rate: larger(self.rate, other.rate),
        }
    }

    /// Whether these limits allow more than `other`.
    pub(crate) fn exceed(self, other: Limits) -> bool {
        other.either(self) != other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_limit_allows_more_than_any() {
        let some = Limits { time: Duration::from_secs(1), read: Some(10), rate: Some(1) };
        let none = Limits { read: None, ..some };
        assert_eq!(some.either(none).read, None);
        assert!(none.exceed(some));
        assert!(!some.exceed(none) && !some.exceed(some));
        assert!(Limits { time: Duration::from_secs(2), ..some }.exceed(none));
    }
}
