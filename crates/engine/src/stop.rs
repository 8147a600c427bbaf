use std::sync::Arc;

use tokio::sync::watch;

/// Asks a run to stop; for the signal handler. Cheap to clone.
#[derive(Clone, Debug)]
pub struct StopHandle(Arc<watch::Sender<Asked>>);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    No,
    /// Measurements under way are asked to stop and have a grace; what they know by then counts.
    Orderly(String),
    /// Nothing is waited for.
    AtOnce(String),
}

impl StopHandle {
    pub fn new() -> StopHandle {
        StopHandle(Arc::new(watch::Sender::new(Asked::No)))
    }

    /// The first call asks for an orderly stop, any further one for a stop at once. `by` says what stopped the run
    /// (`SIGINT`).
    pub fn stop(&self, by: &str) {
        self.0.send_modify(|asked| {
            *asked = match asked {
                Asked::No => Asked::Orderly(by.to_owned()),
                Asked::Orderly(_) | Asked::AtOnce(_) => Asked::AtOnce(by.to_owned()),
            };
        });
    }

    /// Waits until somebody asks to stop, and says who; at once when somebody has.
    pub async fn asked(&self) -> String {
        let mut asked = self.listen();
        loop {
            if let Asked::Orderly(by) | Asked::AtOnce(by) = &*asked.borrow_and_update() {
                return by.clone();
            }
            // The sender lives in `self`, so this never fails while somebody waits.
            if asked.changed().await.is_err() {
                return "nobody".to_owned();
            }
        }
    }

    pub(crate) fn listen(&self) -> watch::Receiver<Asked> {
        self.0.subscribe()
    }
}

impl Default for StopHandle {
    fn default() -> StopHandle {
        StopHandle::new()
    }
}
