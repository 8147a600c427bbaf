use journal::StepOutcome;
use runbook::action::Settled;

/// How a step ends in a walk through: nothing was applied before it, so what stands against it now may be what those
/// steps change. It is said, and the walk goes on.
pub(crate) fn passed(outcome: StepOutcome) -> StepOutcome {
    let word = match &outcome {
        StepOutcome::Done | StepOutcome::Skipped { .. } | StepOutcome::Continued { .. } => return outcome,
        StepOutcome::Failed { .. } => "would be refused now",
        StepOutcome::TimedOut { .. } => "would time out now",
        StepOutcome::Unknown { .. } => "could not be told now",
    };
    StepOutcome::Continued { why: format!("{word}: {}", outcome.why().unwrap_or_default()) }
}

/// How a look ends in a walk through: it is made once, and nobody waits for what nothing brings about.
pub(crate) fn would_wait(settled: Settled) -> StepOutcome {
    match settled {
        Settled::Yes => StepOutcome::Done,
        Settled::NotYet { what, current, threshold } => {
            StepOutcome::Continued { why: format!("would wait for {what}: {current} now, until {threshold}") }
        }
        Settled::Unknown { why } => passed(StepOutcome::Unknown { why }),
        Settled::Cannot { why } => passed(StepOutcome::Failed { why }),
    }
}
