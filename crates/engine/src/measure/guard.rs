use std::panic::{AssertUnwindSafe, catch_unwind};

use runbook::check::{Scope, judge};
use runbook::verdict::Judgement;
use runbook::{Observations, Probe};

use super::ReadyCheck;
use super::answer::panic_text;

/// What the check wants measured, or the text of its panic.
pub(super) fn ask(ready: &ReadyCheck, scope: &Scope<'_>, seen: &Observations) -> Result<Vec<Probe>, String> {
    guarded(|| ready.check.ask(scope, seen))
}

/// The check's judgement; a check that panics is unknown.
pub(super) fn judged(ready: &ReadyCheck, scope: &Scope<'_>, seen: &Observations) -> Judgement {
    guarded(|| judge(&*ready.check, ready.rule.as_ref(), scope, seen)).unwrap_or_else(Judgement::unknown)
}

/// A check only reads what it is given, so nothing is left half done when it panics.
pub(super) fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work))
        .map_err(|panic| format!("internal error: it panicked: {}", panic_text(&*panic)))
}
