use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGINT, SIGTERM};

use super::consume::consume;
use super::entry::now;
use super::java::become_java;
use super::journal::Journal;
use super::produce::produce;
use super::{AppSpec, Client, Entry};
use crate::error::{LabError, Result};
use crate::files;
use crate::process::Stamp;
use crate::random;
use crate::spec::Life;
use crate::state::State;

/// How often an application looks whether its lab is still there.
const LOOK: Duration = Duration::from_secs(1);

/// Works as the application of this name until SIGTERM, then finishes what it has, flushes, commits and returns.
/// This is the body of the process that [`crate::Lab::start_app`] starts.
///
/// # Errors
/// If its specification cannot be read, a client cannot be made, or the ledger cannot be written.
pub fn run_app(lab: &Path, name: &str) -> Result<()> {
    let home = AppSpec::home(lab, name);
    let path = home.join("app.json");
    let text = std::fs::read_to_string(&path).map_err(LabError::file("read", &path))?;
    let spec: AppSpec = serde_json::from_str(&text)
        .map_err(|error| LabError::file("understand", &path)(std::io::Error::other(error)))?;
    let state = State::read(lab)?.ok_or_else(|| LabError::NoLab(lab.to_owned()))?;
    if spec.client == Client::Java {
        return Err(become_java(lab, &spec, &state));
    }
    let config = spec.client_config(&state)?;
    let ledger = Arc::new(Journal::open(&home.join("ledger.jsonl"))?);
    let run = random::hex::<3>()?;

    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGTERM, SIGINT] {
        signal_hook::flag::register(signal, stop.clone())
            .map_err(|error| LabError::Spec(format!("cannot listen to signals: {error}")))?;
    }
    let (assigned, acknowledged) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let worked = std::thread::scope(|scope| {
        let producing = (!spec.produce.is_empty()).then(|| {
            scope.spawn(|| ended(&stop, produce(&spec, &config, &run, &ledger, &acknowledged, &stop)))
        });
        let consuming = spec.group.as_deref().map(|group| {
            let (spec, config, ledger, assigned, stop) = (&spec, &config, &ledger, &assigned, &stop);
            scope.spawn(move || ended(stop, consume(spec, group, config, ledger, assigned, stop)))
        });
        let mut ready = false;
        let mut looked = Instant::now();
        while !stop.load(Ordering::Relaxed) {
            let consumes = spec.group.is_none() || assigned.load(Ordering::Relaxed);
            let produces = spec.produce.is_empty() || acknowledged.load(Ordering::Relaxed) > 0;
            if !ready && consumes && produces {
                ready = true;
                let pid = Stamp::own().pid;
                ledger.note(&Entry::Started { side: spec.side, pid, at: now() });
                // A lab waits for this file; it says no more than the ledger does.
                let _ = ledger.flush().and_then(|()| files::write(&home.join("ready"), &format!("{pid}\n")));
            }
            if looked.elapsed() > LOOK {
                looked = Instant::now();
                if orphaned(lab, &state) {
                    // Its brokers are gone: a last commit or flush would wait for them for ever.
                    let _ = ledger.flush();
                    std::process::exit(1);
                }
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        [producing, consuming]
            .into_iter()
            .flatten()
            .try_for_each(|half| half.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    });
    ledger.note(&Entry::Stopped { side: spec.side, at: now() });
    ledger.flush()?;
    worked
}

/// One half that fails ends the other as well.
fn ended(stop: &AtomicBool, result: Result<()>) -> Result<()> {
    stop.store(true, Ordering::Relaxed);
    result
}

/// True once the lab was taken down, or its owner has ended.
fn orphaned(lab: &Path, state: &State) -> bool {
    !State::path(lab).exists() || (state.life == Life::Owned && !state.owner.alive())
}
