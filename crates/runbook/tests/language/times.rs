//! How long a step may take that does not say so.

use runbook::load::{Options, load};

use crate::compose::compose;

const MINUTE: u64 = 60_000;

/// The time the plan gives the step whose keys are these, in milliseconds.
fn time(keys: &str) -> Option<u64> {
    let text = format!(
        "steps:\n  - {{ id: baseline, do: check, checks: all }}\n  - {{ id: a, {keys} }}\n  - {{ id: go, do: gate, require: {{ check: anchor }} }}\n"
    );
    let (path, files) = compose(&text, "runbook");
    let plan = runbook::plan(&load(path, &files, &Options::default()));
    let plan = plan.unwrap_or_else(|errors| panic!("{keys}: {errors:#?}"));
    plan.steps.into_iter().find(|step| step.id == "a")?.timeout_ms
}

fn gate(keys: &str) -> Option<u64> {
    time(&format!("do: gate, require: {{ check: shape }}{keys}"))
}

const HOLD: &str = ", hold: { for: 1m, every: 20s }";
const POLL: &str =
    ", poll: { roles: [app_owner, conductor], need: all, answer_within: 8m, silence_is: no-go }";
const DECIDE: &str = ", decide: { role: app_owner, answer_within: 30s, silence_is: hold }";

#[test]
fn a_gate_that_only_measures_has_the_time_of_its_kind() {
    assert_eq!(gate(""), Some(5 * MINUTE));
}

/// A gate whose time is that of its hold has none to measure in before it holds: it never opens.
#[test]
fn a_gate_that_holds_has_the_time_of_its_kind_beside_all_it_does() {
    assert_eq!(gate(HOLD), Some(6 * MINUTE));
    assert_eq!(gate(&format!("{HOLD}{POLL}")), Some(14 * MINUTE));
    assert_eq!(gate(&format!("{HOLD}{DECIDE}")), Some(6 * MINUTE + 30_000));
    assert_eq!(gate(&format!("{HOLD}{POLL}{DECIDE}")), Some(14 * MINUTE + 30_000));
}

/// Between stop and start every minute counts: the shipped shapes have their 6 minutes with such a gate among them.
#[test]
fn a_gate_that_asks_and_holds_nothing_measures_within_the_time_it_gives_people() {
    assert_eq!(gate(POLL), Some(8 * MINUTE));
    assert_eq!(gate(DECIDE), Some(30_000));
    assert_eq!(gate(&format!("{POLL}{DECIDE}")), Some(8 * MINUTE + 30_000));
}

#[test]
fn what_is_written_is_the_time_whatever_a_step_is_made_of() {
    let written = ", timeout: { total: 7s }";
    for keys in ["", HOLD, POLL, DECIDE] {
        assert_eq!(gate(&format!("{keys}{written}")), Some(7_000), "{keys}");
    }
}

#[test]
fn a_watch_has_the_time_it_watches() {
    assert_eq!(time("do: watch, for: 30m"), Some(30 * MINUTE));
    assert_eq!(time("do: watch, for: 15s"), Some(15_000));
}
