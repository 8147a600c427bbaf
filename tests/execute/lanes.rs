//! Flows of MirrorMaker 2, one test in each at a time.

use std::sync::{Condvar, Mutex};

use lab::Flow;

/// With group sync, as most people run it; a lane without, where nothing but a cutover writes the target's commits; and
/// one with ACL sync, which is MirrorMaker's default.
pub const SYNCED: &str = "synced";
pub const UNSYNCED: &str = "unsynced";
pub const ACLS: &str = "acls";

pub fn flows() -> Vec<Flow> {
    let flow = |name: &str| Flow {
        sync_acls: name == ACLS,
        sync_groups: name != UNSYNCED,
        ..Flow::named(name, format!("{name}-.*"), format!("{name}-.*"))
    };
    [SYNCED, UNSYNCED, ACLS].map(flow).into()
}

static BUSY: Mutex<Vec<&'static str>> = Mutex::new(Vec::new());
static FREE: Condvar = Condvar::new();

/// A lane that is taken, until this is dropped.
#[derive(Debug)]
pub struct Lane {
    pub name: &'static str,
}

impl Lane {
    /// Waits until the lane is free.
    pub fn take(name: &'static str) -> Lane {
        // A test that failed with the lane taken has given it back: the list is whole whatever happened.
        let busy = BUSY.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut busy = FREE
            .wait_while(busy, |busy| busy.contains(&name))
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        busy.push(name);
        Lane { name }
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        let mut busy = BUSY.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        busy.retain(|name| *name != self.name);
        FREE.notify_all();
    }
}
