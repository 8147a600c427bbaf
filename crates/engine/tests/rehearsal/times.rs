//! How long the steps of a shipped runbook may take that do not say so.

use std::collections::BTreeMap;

use crate::runbooks;

const SECOND: u64 = 1_000;
const MINUTE: u64 = 60 * SECOND;

/// The time of each gate by what it does beside measuring, in milliseconds.
fn gates(name: &str) -> BTreeMap<Vec<&'static str>, Vec<u64>> {
    let mut gates: BTreeMap<_, Vec<u64>> = BTreeMap::new();
    for step in runbooks::plan(name).steps.iter().filter(|step| step.kind == "gate") {
        if step.with.get("timeout").is_none_or(|timeout| timeout.is_null()) {
            let parts = ["hold", "poll", "decide"].into_iter();
            let parts = parts.filter(|part| step.with.get(*part).is_some_and(|part| !part.is_null()));
            gates.entry(parts.collect()).or_default().extend(step.timeout_ms);
        }
    }
    gates
}

/// Holding comes beside measuring, and takes nothing of its time; where people are only asked, it is measured in as much
/// time as they have at most, within the budget of the standstill.
#[test]
fn a_gate_has_its_own_time_and_that_of_what_it_is_made_of() {
    let gates = gates("full-switch");
    // Measuring takes 5 min; it holds for 1 min, asks for 8 min, and elsewhere somebody decides within 30 s.
    let (asks, decides) = (&gates[&vec!["hold", "poll"]], &gates[&vec!["decide"]]);
    assert!(asks.iter().all(|time| *time == 14 * MINUTE), "{asks:?}");
    assert!(decides.iter().all(|time| *time == 30 * SECOND), "{decides:?}");
}

#[test]
fn a_watch_takes_what_it_watches() {
    let plan = runbooks::plan("full-switch");
    let watches: Vec<_> = plan.steps.iter().filter(|step| step.kind == "watch").collect();
    assert!(!watches.is_empty());
    for step in watches {
        // It is as long as the runbook says, which is more than the kind's own 10 min; here it is watched for less.
        assert_eq!(step.timeout_ms, step.est_ms, "{}", step.id);
    }
}
