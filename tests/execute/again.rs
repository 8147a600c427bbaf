//! A unit that came back from the target goes there once more, over the records that were born there.

use std::collections::BTreeSet;

use lab::{AppSpec, Entry, GroupLedger, Ledger, Side};

use crate::lanes::UNSYNCED;
use crate::past::{born_on, entries, goes_back, handed_over, has_worked};
use crate::runbook::THE_END;
use crate::switch::Switch;
use crate::until;

crate::tests!(daily: with_what_was_born_there_declared_it_goes_forward_again; soak: );

/// What the group did, but for records that were given up.
fn without(switch: &Switch<'_>, given_up: &BTreeSet<String>) -> GroupLedger {
    let mut entries = entries(switch);
    entries.retain(|entry| match entry {
        Entry::Produced { id, .. } | Entry::Processed { id, .. } => !given_up.contains(id),
        _ => true,
    });
    Ledger::of(&entries).group(switch.group(), switch.topic()).cloned().unwrap_or_default()
}

/// The lines that a refused run prints to be pasted, as they stand below a unit.
fn printed_to_paste(said: &str) -> String {
    let from = said.find("target_born:").unwrap_or_else(|| panic!("nothing to paste: {said}"));
    let lines = said[from..].lines().take_while(|line| {
        let line = line.trim_start();
        line.starts_with("target_born:") || line.starts_with("- {")
    });
    lines.map(|line| format!("    {}\n", line.trim_start().replace("- {", "  - {"))).collect()
}

fn with_what_was_born_there_declared_it_goes_forward_again() {
    let (mut switch, mut run) = handed_over(UNSYNCED, "again", 2_000.0);
    has_worked(&switch);
    goes_back(&switch, &mut run, "before it goes again");
    let given_up = born_on(&entries(&switch), Side::Target);
    switch.at_work();
    until("the source has gone on", || without(&switch, &given_up).processed >= 4_000);

    // Exactly what was counted, or nothing.
    let (code, said) = switch.run(&[]).exit_and_said();
    assert_eq!(code, 1, "{said}");
    let declared = printed_to_paste(&said);
    let last = declared.rfind("to: ").unwrap() + "to: ".len();
    let end: i64 = declared[last..].trim_end_matches([' ', '}', '\n']).parse().unwrap();
    switch.runbook.declared = format!("{}{} }}\n", &declared[..last], end + 1);
    let (code, said) = switch.run(&[]).exit_and_said();
    assert!(code == 1 && said.contains("what was counted is"), "{said}");

    switch.runbook.declared = declared;
    let mut run = switch.run(&[]);
    run.until("the gate asks", |told| told.decides("last-look"));
    switch.go();
    run.until("it works on the target", |told| told.began(THE_END));
    let born = || born_on(&entries(&switch), Side::Target).len() - given_up.len();
    until("it is written there", || born() >= 200);
    run.kill();
    for app in [switch.producer(), switch.group()] {
        switch.stop_app(app).unwrap();
    }
    switch.start(&AppSpec { pace: 0.0, ..switch.consumer(Side::Target) });
    until("everything is processed", || without(&switch, &given_up).pending == 0);
    switch.stop_app(switch.group()).unwrap();
    let line = without(&switch, &given_up);
    println!(
        "again over {} born on the target: {} processed, {} lost, {} repeated",
        given_up.len(),
        line.processed,
        line.lost,
        line.duplicated
    );
    assert_eq!((line.lost, line.duplicated, line.foreign), (0, 0, 0), "{line:?}");
}
