//! Drives a lab by hand while the library is being worked on; users have `cutover lab`.
//!
//! `lab-dev up|status|down [--dir D] [--brokers N] [--replicator R] [--source-version V]
//! [--broker-option KEY=VALUE]…`, and `lab-dev hold`,
//! which starts an owned lab, prints where it is and waits to be killed: the tests kill it. `lab-dev app DIR NAME`
//! is the body of an application.

use std::io::Write;
use std::path::PathBuf;

use lab::{Lab, LabSpec, Life, Replicator, Up};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut words = std::env::args().skip(1);
    let command = words.next().unwrap_or_default();
    if command == "app" {
        let (dir, name) = (words.next().ok_or("no directory")?, words.next().ok_or("no name")?);
        return Ok(lab::run_app(&PathBuf::from(dir), &name)?);
    }
    let mut spec =
        LabSpec { dir: Some(PathBuf::from(".cutover/lab")), life: Life::Detached, ..LabSpec::default() };
    while let Some(option) = words.next() {
        let value = words.next().ok_or("an option needs a value")?;
        match option.as_str() {
            "--dir" => spec.dir = Some(PathBuf::from(value)),
            "--brokers" => spec.brokers = value.parse()?,
            "--broker-option" => {
                let (key, value) = value.split_once('=').ok_or("an option is KEY=VALUE")?;
                for options in [&mut spec.source_options, &mut spec.target_options] {
                    options.insert(key.to_owned(), value.to_owned());
                }
            }
            "--source-version" => spec.source_version = value.parse()?,
            "--replicator" => {
                spec.replicator = match value.as_str() {
                    "none" => Replicator::None,
                    "dedicated" => Replicator::Dedicated,
                    "connect" => Replicator::Connect,
                    _ => return Err("--replicator is none, dedicated or connect".into()),
                };
            }
            _ => return Err(format!("{option} is not known").into()),
        }
    }
    let dir = spec.dir.clone().ok_or("no directory")?;
    let mut out = std::io::stdout();
    match command.as_str() {
        "up" => {
            let up = Lab::up(&spec)?;
            if matches!(up, Up::Running(_)) {
                writeln!(std::io::stderr(), "the lab runs already")?;
            }
            writeln!(out, "{}", serde_json::to_string_pretty(&up.into_lab().describe())?)?;
        }
        "status" => writeln!(out, "{}", serde_json::to_string_pretty(&Lab::load(&dir)?.status())?)?,
        "down" => {
            let word = if Lab::down_in(&dir)? { "ended" } else { "there was no lab" };
            writeln!(out, "{word}")?;
        }
        "hold" => {
            spec.life = Life::Owned;
            spec.dir = None;
            let lab = Lab::up(&spec)?.into_lab();
            writeln!(out, "{}", serde_json::to_string(&lab.status())?)?;
            out.flush()?;
            loop {
                std::thread::park();
            }
        }
        _ => return Err("up, status, down or hold".into()),
    }
    Ok(())
}
