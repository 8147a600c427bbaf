use crate::plan::StepEffect;
use crate::world::{Observations, Probe};

use super::{Changeset, Refusal, Settled, StepScope};

/// A kind of action, with its parameters. Pure: everything it knows comes in as observations.
pub trait Action: std::fmt::Debug + Send + Sync {
    /// What must be known before anything is proposed. Asked again with the answers until nothing new comes, at most
    /// [`MAX_ROUNDS`](crate::check::MAX_ROUNDS) times; what is asked for and not answered is never guessed.
    fn ask(&self, scope: &StepScope<'_>, seen: &Observations) -> Vec<Probe>;

    /// The commands, each with its way back, in the order in which they are applied. An empty changeset: the world is so
    /// already. A refusal says why not and what to do; it is not an error of the run.
    fn propose(&self, scope: &StepScope<'_>, seen: &Observations) -> Result<Changeset, Refusal>;

    /// What the plan alone tells of it, where [`propose`](Action::propose) refuses in a walk through, which applies nothing
    /// of what comes before: commands that no look decides, each with its way back, and in notes what is known only then.
    fn foreseen(&self, scope: &StepScope<'_>) -> Changeset {
        const LATER: &str = "known once the steps before it are done";
        Changeset::default().note(match (&scope.step.no_undo, scope.step.effect) {
            (_, StepEffect::None) => format!("it changes nothing, and what it finds is {LATER}"),
            (Some(why), _) => format!("what it would change is {LATER}; back: none, {why}"),
            (None, _) => format!("what it would change is {LATER}; back: exactly what stood before"),
        })
    }

    /// What shows whether `changes` have worked, asked as [`ask`](Action::ask) is. Never what the calls returned.
    fn look(&self, scope: &StepScope<'_>, changes: &Changeset, seen: &Observations) -> Vec<Probe>;

    /// Whether `changes` have worked.
    fn settled(&self, scope: &StepScope<'_>, changes: &Changeset, seen: &Observations) -> Settled;

    /// What shows whether the ways back of `changes` have worked.
    fn look_back(&self, scope: &StepScope<'_>, changes: &Changeset, seen: &Observations) -> Vec<Probe>;

    /// Whether the ways back of `changes` have worked: everything this step touched is as it was.
    fn undone(&self, scope: &StepScope<'_>, changes: &Changeset, seen: &Observations) -> Settled;
}
