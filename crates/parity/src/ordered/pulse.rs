use std::ops::ControlFlow;

/// How far a comparison is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// Visible records taken from either side.
    pub source_records: u64,
    pub target_records: u64,
    /// Bytes of key, value and headers of all of them, both sides together.
    pub bytes: u64,
    /// Behind the last record taken from either side.
    pub source_offset: i64,
    pub target_offset: i64,
    /// Records found different so far, in any way; not final.
    pub differences: u64,
    /// Records looked at in search of where the sides are equal again, each as often as it was.
    pub looked_at: u64,
}

/// Hears how far a comparison is, and may stop it. Called per batch, from the thread that compares.
pub trait Pulse {
    /// `Break` stops the comparison: what was compared so far is a part, and says so.
    fn beat(&mut self, progress: &Progress) -> ControlFlow<()>;
}

/// Nobody listens.
impl Pulse for () {
    fn beat(&mut self, _: &Progress) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

impl<F: FnMut(&Progress) -> ControlFlow<()>> Pulse for F {
    fn beat(&mut self, progress: &Progress) -> ControlFlow<()> {
        self(progress)
    }
}
