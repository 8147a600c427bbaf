//! When the replicators come on: not before every case that needs one has written what is to be copied first.
//!
//! A flow that finds a new topic stops and starts its tasks, and what it had not noted by then it copies again: real
//! duplicates, which no case would have in its ledger. So topics are made first, and found all at once.

use std::cell::Cell;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

thread_local! {
    /// This case waits for nobody any more.
    static ARRIVED: Cell<bool> = const { Cell::new(true) };
}

/// Cases still to arrive.
static AWAITED: Mutex<usize> = Mutex::new(0);
static CHANGED: Condvar = Condvar::new();

fn awaited() -> MutexGuard<'static, usize> {
    AWAITED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// So many cases will arrive.
pub fn expect(cases: usize) {
    *awaited() = cases;
}

/// One case that needs a replicator; gone, it has arrived whatever became of it.
pub struct Role(());

impl Role {
    pub fn begin() -> Role {
        ARRIVED.set(false);
        Role(())
    }
}

impl Drop for Role {
    fn drop(&mut self) {
        arrive();
    }
}

fn arrive() {
    if !ARRIVED.replace(true) {
        *awaited() -= 1;
        CHANGED.notify_all();
    }
}

/// Waits until every case has arrived here, or has ended.
pub fn wait() {
    arrive();
    let mut awaited = awaited();
    while *awaited > 0 {
        awaited = CHANGED.wait(awaited).unwrap_or_else(PoisonError::into_inner);
    }
}
