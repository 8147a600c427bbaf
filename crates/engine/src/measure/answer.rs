use std::any::Any;

use jiff::Timestamp;
use runbook::plan::Plan;
use runbook::verdict::Judgement;
use runbook::world::{JudgementSeen, Measured, Observation, PlanSeen, Probe, Reason, Unobserved};

/// The outcome of a measurement.
pub(super) type Outcome = Result<Observation, Unobserved>;

/// A probe without an answer, as the engine says it.
pub(super) fn unobserved(probe: &Probe, at: Timestamp, reason: Reason, message: String) -> Unobserved {
    Unobserved { probe: probe.clone(), at, reason, message, hint: None }
}

/// What a world gave back, accepted only as an answer to the very question: anything else could become a green over
/// something that was never measured.
pub(super) fn accepted(probe: &Probe, at: Timestamp, given: Outcome) -> Outcome {
    match given {
        Ok(observation) if observation.probe != *probe => {
            let message = format!("internal error: the answer is about {}", observation.probe.title());
            Err(unobserved(probe, at, Reason::Failed, message))
        }
        Ok(observation) if !answers(probe, &observation.measured) => {
            let message = "internal error: the answer is of another kind than the question".to_owned();
            Err(unobserved(probe, at, Reason::Failed, message))
        }
        Ok(observation) => Ok(observation),
        Err(unobserved) => Err(Unobserved { probe: probe.clone(), ..unobserved }),
    }
}

/// Whether `measured` is the kind of answer `probe` asks for.
fn answers(probe: &Probe, measured: &Measured) -> bool {
    match probe {
        Probe::Cluster { .. } => matches!(measured, Measured::Cluster(_)),
        Probe::Topics { .. } => matches!(measured, Measured::Topics(_)),
        Probe::Ends { .. } => matches!(measured, Measured::Ends(_)),
        Probe::Groups { .. } => matches!(measured, Measured::Groups(_)),
        Probe::Readers { .. } => matches!(measured, Measured::Readers(_)),
        Probe::Positions { .. } => matches!(measured, Measured::Positions(_)),
        Probe::Twins { .. } => matches!(measured, Measured::Twins(_)),
        Probe::Born { .. } => matches!(measured, Measured::Born(_)),
        Probe::Lag { .. } => matches!(measured, Measured::Lag(_)),
        Probe::Lags { .. } => matches!(measured, Measured::Lags(_)),
        Probe::Content { .. } => matches!(measured, Measured::Content(_)),
        Probe::Drained { .. } => matches!(measured, Measured::Drained(_)),
        Probe::Replication { .. } => matches!(measured, Measured::Replication(_)),
        Probe::Connectors { .. } => matches!(measured, Measured::Connectors(_)),
        Probe::Rest { .. } => matches!(measured, Measured::Rest(_)),
        Probe::Retention { .. } => matches!(measured, Measured::Retention(_)),
        Probe::Acls { .. } => matches!(measured, Measured::Acls(_)),
        Probe::Apis { .. } => matches!(measured, Measured::Apis(_)),
        Probe::Client { .. } => matches!(measured, Measured::Client(_)),
        Probe::Resume { .. } => matches!(measured, Measured::Resume(_)),
        Probe::File { .. } => matches!(measured, Measured::File(_)),
        Probe::Document { .. } => matches!(measured, Measured::Document(_)),
        Probe::Rehearsal { .. } => matches!(measured, Measured::Rehearsal(_)),
        Probe::Exec { .. } => matches!(measured, Measured::Exec(_)),
        Probe::Http(_) => matches!(measured, Measured::Http(_)),
        Probe::Judgement { .. } => matches!(measured, Measured::Judgement(_)),
        Probe::Plan => matches!(measured, Measured::Plan(_)),
    }
}

/// A verdict of this run as the answer to a check that asked for it. It is as old as what it rests on.
pub(super) fn of_judgement(
    probe: &Probe,
    check: &str,
    judgement: &Judgement,
    ahead: bool,
    now: Timestamp,
) -> Observation {
    Observation {
        probe: probe.clone(),
        at: judgement.measured_at.unwrap_or(now),
        took_ms: 0,
        partial: None,
        measured: Measured::Judgement(JudgementSeen {
            check: check.to_owned(),
            judgement: judgement.clone(),
            ahead,
        }),
    }
}

/// The plan in force as the answer to a check that judges the runbook itself.
pub(super) fn of_plan(plan: &Plan, now: Timestamp) -> Observation {
    let digest = plan.digest.clone();
    let measured = Measured::Plan(PlanSeen { digest });
    Observation { probe: Probe::Plan, at: now, took_ms: 0, partial: None, measured }
}

/// The text of a panic.
pub(super) fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("without a message")
}
