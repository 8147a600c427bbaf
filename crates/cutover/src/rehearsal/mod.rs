//! A rehearsal: for each point one ordinary run, in a process of its own, that goes there and back. This process watches
//! their journals, makes the faults, and writes down what was measured.

mod carried;
mod evidence;
mod faults;
mod leg;
mod made;
mod measured;
mod summary;
mod told;
mod writes;

use std::path::PathBuf;

use jiff::Timestamp;
use journal::{Event, Holder, LeftOut, Run, RunFolder, Runs, Watched};
use runbook::plan::{Answers, Plan};
use runbook::rehearsal::Rehearsed;

pub use carried::{carry, held_against};
pub use summary::summary;

use crate::commands::check::journal_error;
use crate::exit::Failure;
use crate::interrupt::Interrupt;
use crate::output;
use faults::Ground;
use leg::Leg;
use measured::Measured;
use told::Told;

/// The document beside the journal of each of its runs.
const FILE: &str = "rehearsal.json";

/// How a rehearsal is carried out.
pub struct Manner {
    /// The runbook, absolute.
    pub path: PathBuf,
    /// As it was named.
    pub file: String,
    pub runs: Runs,
    /// Directory of the lab whose servers may be faulted, when its clusters are those of the plan.
    pub lab: PathBuf,
    /// Options by which another command reads the runbook as it was read here.
    pub given: Vec<String>,
    /// Who rehearses: asks for the way back where the run does not go by itself.
    pub by: String,
    pub plan: String,
    pub answers: Answers,
    /// Further arguments of every process that conducts.
    pub denied: Vec<String>,
}

/// Rehearses every point of the plan.
///
/// # Errors
/// What keeps a run from being begun; what was rehearsed before is kept in the runs it was measured in.
pub fn rehearse(plan: &Plan, manner: &Manner) -> Result<Rehearsed, Failure> {
    let Some(wanted) = &plan.rehearsal else {
        return Err(Failure::usage(format!("{} has no `rehearsal`", manner.file)));
    };
    let asked = Interrupt::listen();
    let mut ground = Ground::of(plan, &manner.lab);
    let mut made = made::Made::default();
    let mut legs: Vec<Measured> = Vec::new();
    let mut left_out: Vec<LeftOut> = Vec::new();
    let mut broken = false;
    for point in in_order(plan, &wanted.rollback_from) {
        let dirty = legs.iter().any(|leg| !leg.point.dirty.is_empty());
        let why = match legs.last() {
            _ if broken => Some("not begun: another point was left in the middle".to_owned()),
            _ if asked.is_asked() => Some("not begun: the rehearsal was interrupted".to_owned()),
            Some(last) if !last.is_as_found() => {
                Some(format!("not begun: after {} not everything was as it was found", last.point.point))
            }
            _ if dirty => Some(
                "not begun: the units are dirty after a rollback past the commit point; have their topics copied afresh \
                 and rehearse this point alone"
                    .to_owned(),
            ),
            _ => None,
        };
        if let Some(why) = why {
            output::talk(&format!("rehearsal  {point}: {why}"));
            left_out.push(LeftOut { point, why });
            continue;
        }
        output::talk(&format!("rehearsal  there and back: {point}"));
        let leg = Leg::begin(plan, &point, manner, &asked);
        match leg.and_then(|leg| leg.go(&mut ground, &mut made)) {
            Ok(leg) => legs.push(leg),
            // Nothing was rehearsed: whoever asked is told why.
            Err(failure) if legs.is_empty() => return Err(failure),
            // What was rehearsed before counts all the same.
            Err(failure) => {
                let why = format!("not rehearsed: {}", failure.message);
                output::talk(&format!("rehearsal  {point}: {why}"));
                broken = true;
                left_out.push(LeftOut { point, why });
            }
        }
    }
    ground.settle(&mut made);
    let runs = in_journals(&manner.runs, legs, &left_out)?;
    let mut told = Vec::new();
    for run in &runs {
        told.push(Told::of(run)?);
    }
    let rehearsed = evidence::assemble(&told);
    let rehearsed = rehearsed.map_err(|why| Failure::refused(format!("nothing was rehearsed: {why}")))?;
    let bytes = evidence::bytes(&rehearsed);
    for run in &runs {
        run.write_output(FILE, &bytes).map_err(journal_error)?;
    }
    Ok(rehearsed)
}

/// Writes what was seen of each run into its journal, so that the journals tell all of it; the folders of the runs.
fn in_journals(runs: &Runs, legs: Vec<Measured>, left_out: &[LeftOut]) -> Result<Vec<RunFolder>, Failure> {
    let ids: Vec<String> = legs.iter().filter_map(|leg| leg.point.run.clone()).collect();
    let mut folders = Vec::new();
    for (id, leg) in ids.iter().zip(legs) {
        let watched = Watched { runs: ids.clone(), left_out: left_out.to_vec(), ..leg.watched };
        let folder = runs.resolve(id).map_err(journal_error)?;
        let now = Timestamp::now();
        let run = Run::reopen_to_add(folder, &Holder::this_process(now));
        let mut run = run.map_err(journal_error)?;
        let added = run.append(now, Event::Rehearsed { watched: Box::new(watched) });
        added.and_then(|()| run.sync()).map_err(journal_error)?;
        folders.push(runs.resolve(id).map_err(journal_error)?);
    }
    Ok(folders)
}

/// Points before the commit point first: behind it the target stops being a copy.
fn in_order(plan: &Plan, points: &[String]) -> Vec<String> {
    let (past, before): (Vec<String>, Vec<String>) =
        points.iter().cloned().partition(|point| is_past(plan, point));
    before.into_iter().chain(past).collect()
}

fn is_past(plan: &Plan, point: &str) -> bool {
    plan.commit_point.as_deref().is_some_and(|commit| plan.comes_after(point, commit))
}

/// The document, and its SHA-256 (hex).
pub fn document(rehearsed: &Rehearsed) -> (Vec<u8>, String) {
    let bytes = evidence::bytes(rehearsed);
    let sha256 = journal::sha256(&bytes);
    (bytes, sha256)
}
