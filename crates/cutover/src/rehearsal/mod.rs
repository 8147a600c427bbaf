//! A rehearsal: for each point one ordinary run, in a process of its own, that goes there and back. This process watches
//! their journals, makes the faults, and writes down what was measured.

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
use journal::Runs;
use runbook::plan::{Answers, Plan};
use runbook::rehearsal::{PointRehearsed, Rehearsed};

pub use summary::summary;

use crate::exit::Failure;
use crate::interrupt::Interrupt;
use crate::output;
use faults::Ground;
use leg::Leg;

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
    let began = Timestamp::now();
    let asked = Interrupt::listen();
    let mut ground = Ground::of(plan, &manner.lab);
    let mut made = made::Made::default();
    let mut legs: Vec<measured::Measured> = Vec::new();
    let mut left_out: Vec<PointRehearsed> = Vec::new();
    let mut broken = false;
    for point in in_order(plan, &wanted.rollback_from) {
        let past = is_past(plan, &point);
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
            let outcome = why;
            left_out.push(PointRehearsed {
                point,
                past_commit_point: past,
                outcome,
                ..PointRehearsed::default()
            });
            continue;
        }
        output::talk(&format!("rehearsal  there and back: {point}"));
        let leg = Leg::begin(plan, &point, past, manner, &asked);
        match leg.and_then(|leg| leg.go(&mut ground, &mut made)) {
            Ok(leg) => legs.push(leg),
            // Nothing was rehearsed: whoever asked is told why.
            Err(failure) if legs.is_empty() => return Err(failure),
            // What was rehearsed before counts all the same.
            Err(failure) => {
                let outcome = format!("not rehearsed: {}", failure.message);
                output::talk(&format!("rehearsal  {point}: {outcome}"));
                broken = true;
                left_out.push(PointRehearsed {
                    point,
                    past_commit_point: past,
                    outcome,
                    ..PointRehearsed::default()
                });
            }
        }
    }
    ground.settle(&mut made);
    let rehearsed = evidence::assemble(plan, wanted, manner, began, &legs, left_out, &made);
    let bytes = evidence::bytes(&rehearsed);
    for leg in &legs {
        leg.keep(&manner.runs, &bytes)?;
    }
    Ok(rehearsed)
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
