/// What of a topic in order is read, when not everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sample {
    /// So many places, each drawn on its own, evenly over the source offsets of a topic; the same seed gives the same
    /// places.
    Random { probes: u64, seed: u64 },
    /// The first and the last records of each partition.
    Boundary { records: usize },
}

/// What a sample found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SampleResult {
    /// Probes that were compared.
    pub placed: u64,
    /// Those of them that differ, in any way.
    pub different: u64,
    /// Probes for which no place on the target was found: they say nothing, and are taken as different in the bound.
    pub unplaced: u64,
    /// Why not all probes were made.
    pub stopped: Option<String>,
}

impl SampleResult {
    pub(super) fn add(&mut self, other: &SampleResult) {
        self.placed += other.placed;
        self.different += other.different;
        self.unplaced += other.unplaced;
        self.stopped = self.stopped.take().or_else(|| other.stopped.clone());
    }

    /// The share of places, 0 to 1, that is with 95 % confidence not exceeded by those that differ (the upper end of
    /// Clopper and Pearson's interval), if the places were drawn independently.
    pub fn bound(&self) -> f64 {
        let probes = self.placed + self.unplaced;
        let differing = self.different + self.unplaced;
        if differing >= probes {
            return 1.0;
        }
        let (mut low, mut high) = (0.0, 1.0);
        for _ in 0..60 {
            let middle: f64 = f64::midpoint(low, high);
            if at_most(differing, probes, middle) > 0.05 { low = middle } else { high = middle }
        }
        high
    }
}

/// How likely at most `k` of `n` probes differ when a share `p` of the places does.
fn at_most(k: u64, n: u64, p: f64) -> f64 {
    let n = n as f64;
    // Term by term from P(0), in logarithms: (1 - p)^n is soon smaller than a number can be.
    let mut term = n * (-p).ln_1p();
    let mut sum = term.exp();
    for i in 0..k {
        let i = i as f64;
        term += ((n - i) / (i + 1.0)).ln() + p.ln() - (-p).ln_1p();
        sum += term.exp();
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bound(placed: u64, different: u64, unplaced: u64) -> f64 {
        SampleResult { placed, different, unplaced, stopped: None }.bound()
    }

    #[test]
    fn the_bound_is_that_of_the_tables() {
        // The rule of three, and values of the exact one-sided interval.
        assert!((bound(1_000, 0, 0) - 0.002_991).abs() < 1e-5);
        assert!((bound(10, 0, 0) - 0.258_866).abs() < 1e-5);
        assert!((bound(10, 1, 0) - 0.394_163).abs() < 1e-5);
        assert!((bound(9, 0, 1) - bound(10, 1, 0)).abs() < 1e-9, "an unplaced probe counts as different");
        assert!((bound(0, 0, 0) - 1.0).abs() < 1e-9 && (bound(5, 5, 0) - 1.0).abs() < 1e-9);
        assert!(bound(1_000_000, 0, 0) < 3.1e-6);
    }
}
