use runbook::plan::StepEffect;
use runbook::verdict::scorecard::Progress;

use super::RunState;

impl RunState {
    /// How far the run has come. A check counts from the step it is due at; where nothing is carried out, everything is due.
    pub fn progress(&self) -> Progress {
        if !self.header().executes() {
            return Progress::Checking;
        }
        let begun = self.execution().steps.iter().map(|(id, step)| {
            let acts = self.header().plan.step(id).is_some_and(|planned| planned.effect != StepEffect::None);
            // What is measured while a fence is being set speaks of neither side of it.
            let from = step.ended.as_ref().filter(|_| acts).unwrap_or(&step.since);
            (id.clone(), from.wall)
        });
        Progress::Running { begun: begun.collect(), overridden: self.overridden() }
    }
}
