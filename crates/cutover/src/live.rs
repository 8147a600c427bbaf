//! A run while it goes: one line on a terminal that says what is done, what is measured and for how long; signals.

use engine::{Live, StopHandle};
use journal::Event;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio::task::JoinHandle;

use crate::progress::Spinner;

/// Draws what a run tells; a listener that cannot keep up misses lines and nothing else.
pub fn listen(mut live: Receiver<Live>, checks: usize) -> JoinHandle<()> {
    tokio::spawn(async move {
        let spinner = Spinner::new("checking");
        let mut judged = 0;
        loop {
            match live.recv().await {
                Ok(Live::Written { event, .. }) => {
                    if let Event::Judged { provisional: false, .. } = *event {
                        judged += 1;
                    }
                    if let Event::ProbeStarted { probe, .. } = &*event {
                        spinner
                            .say(&format!("{judged} of {checks} checks judged; measuring {}", probe.title()));
                    }
                }
                Ok(Live::Measuring { progress, until, .. }) => {
                    spinner.say(&format!(
                        "{judged} of {checks} checks judged; {progress}, until {until} at most"
                    ));
                }
                Ok(Live::Waiting { unit, check, what, until, .. }) => {
                    spinner.say(&format!("{check} of {unit} waits: {what}, until {until}"));
                }
                Ok(Live::Standing(_)) | Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => break,
            }
        }
    })
}

/// The first signal asks for an orderly end, the second for one at once.
pub fn stop_on_signals(stop: StopHandle) -> JoinHandle<()> {
    tokio::spawn(async move {
        let signals = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()].map(signal);
        let [Ok(mut interrupt), Ok(mut terminate), Ok(mut hangup)] = signals else { return };
        loop {
            let by = tokio::select! {
                _ = interrupt.recv() => "SIGINT",
                _ = terminate.recv() => "SIGTERM",
                _ = hangup.recv() => "SIGHUP",
            };
            stop.stop(by);
        }
    })
}
