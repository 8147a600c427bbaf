//! Ctrl-C: the first asks for an orderly end, the second ends at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use kafka::Patience;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;

/// The exit status of a process that SIGINT ended.
const ENDED_BY_SIGINT: i32 = 130;

/// Set when the process was asked to end.
#[derive(Clone, Debug, Default)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Listens from now on.
    pub fn listen() -> Interrupt {
        let interrupt = Interrupt::default();
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            // Registered first, so that it sees the flag of an earlier signal only.
            drop(flag::register_conditional_shutdown(signal, ENDED_BY_SIGINT, Arc::clone(&interrupt.0)));
            drop(flag::register(signal, Arc::clone(&interrupt.0)));
        }
        interrupt
    }

    /// Whether it was asked.
    pub fn is_asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// A patience that ends with the interrupt.
    pub fn patience(&self, most: Duration) -> Patience {
        let flag = Arc::clone(&self.0);
        Patience::new(most).stopped_by(Arc::new(move || flag.load(Ordering::Relaxed)))
    }
}
