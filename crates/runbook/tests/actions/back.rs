//! The way back past the commit point: positions on the source again, and what was born on the target.

use runbook::Side;
use runbook::action::Refusal;
use runbook::actions::{FOLLOWED, grown, target_born};
use runbook::world::{Command, CommitChange, Observation};
use serde_json::json;

use crate::cases::Setup;
use crate::world::{World, held};

/// The target has 10 records of its own on orders-0, and the group stands there.
pub fn reached(offset: i64) -> Setup {
    Setup::new("commit-offsets-back", None, json!({ "groups": "unit", "target_born": "discarded" })).bent(
        |setup| {
            let group = setup.world.group(Side::Target);
            group.commits.insert(("orders".to_owned(), 0), held(offset));
            group.commits.insert(("accounts".to_owned(), 0), held(80));
        },
    )
}

fn born(world: &mut World) {
    let partition = world.partition(Side::Target, "orders", 0);
    (partition.lso, partition.end) = (110, 110);
}

/// Where the group is landed, by partition of `orders`.
fn landed(setup: &Setup) -> Result<Vec<(i32, i64)>, Refusal> {
    let changes = setup.carried_out().proposed()?;
    let commits = changes.changes.iter().flat_map(|change| match &change.command {
        Command::SetCommits { side: Side::Source, commits, .. } => commits.clone(),
        other => panic!("{other:?}"),
    });
    let at = |commit: CommitChange| (commit.partition, commit.to.unwrap().offset);
    Ok(commits.map(at).collect())
}

#[test]
fn inside_the_copy_it_goes_back_to_the_same_record() {
    assert_eq!(landed(&reached(95)).unwrap(), [(0, 95)]);
    // Where it has not moved on nothing is set.
    assert_eq!(landed(&reached(90)).unwrap(), []);
}

#[test]
fn beyond_the_copy_it_goes_on_from_the_end_or_does_everything_again() {
    let mut setup = reached(105);
    born(&mut setup.world);
    assert_eq!(landed(&setup).unwrap(), [(0, 100)]);
    setup.with("target_born", json!("replayed"));
    assert_eq!(landed(&setup).unwrap(), []);
    // At the very end of the copy it has done nothing that was born there.
    let mut setup = reached(100);
    born(&mut setup.world);
    setup.with("target_born", json!("replayed"));
    assert_eq!(landed(&setup).unwrap(), [(0, 100)]);
    setup.with("mirrored", json!("recovery-point"));
    assert_eq!(landed(&setup).unwrap(), []);
}

#[test]
fn what_is_not_proved_or_at_work_is_not_landed() {
    let mut unproved = reached(95);
    unproved.world.no_twin = true;
    let refusal = landed(&unproved).unwrap_err();
    assert!(refusal.unmeasured && refusal.why.contains("is not proved on the source"), "{refusal:?}");
    for side in Side::BOTH {
        let mut at_work = reached(95);
        at_work.world.run(side, 1, false);
        let refusal = landed(&at_work).unwrap_err();
        assert!(refusal.why.contains(&format!("has 1 member on {side}")), "{refusal:?}");
    }
}

#[test]
fn without_the_target_what_was_written_down_is_used_and_said() {
    let mut setup = reached(95);
    let seen = setup.carried_out().asked();
    let written: Vec<Observation> = seen.iter().map(|(_, outcome)| outcome.clone().unwrap()).collect();
    setup.kept.insert(FOLLOWED.to_owned(), written);
    setup.world.silent = vec!["target"];
    // The group has moved on meanwhile: that comes again.
    setup.world.group(Side::Target).commits.insert(("orders".to_owned(), 0), held(99));
    let changes = setup.carried_out().proposed().unwrap();
    assert!(changes.notes.iter().any(|note| note.contains("the target does not answer")), "{changes:?}");
    assert_eq!(landed(&setup).unwrap(), [(0, 95)]);
}

#[test]
fn the_ledger_counts_what_lies_behind_the_copy_and_refuses_what_is_not_at_rest() {
    let ledger = |with: serde_json::Value, bend: &dyn Fn(&mut World)| {
        let setup = Setup::new("target-born-ledger", None, with).bent(|setup| bend(&mut setup.world));
        let carried = setup.carried_out();
        let seen = carried.asked();
        target_born(&carried.scope(), &seen)
    };
    let cut = ledger(json!({}), &born).unwrap();
    assert_eq!((cut.records(), cut.bytes(), cut.partitions.len()), (10, 100, 1));
    assert_eq!(cut.partitions[0].span, Some([100, 109]));
    assert_eq!(ledger(json!({ "none": true }), &|_| ()).unwrap().records(), 0);
    let refusal = ledger(json!({ "none": true }), &born).unwrap_err();
    assert!(!refusal.unmeasured && refusal.why.contains("there are 10 records"), "{refusal:?}");
    let refusal =
        ledger(json!({}), &|world| world.partition(Side::Target, "orders", 0).grows = 3).unwrap_err();
    assert!(refusal.unmeasured && refusal.why.contains("orders-0"), "{refusal:?}");
}

#[test]
fn whether_anything_was_born_is_told_by_the_ends() {
    let told = |bend: &dyn Fn(&mut World)| {
        let setup = reached(95).bent(|setup| bend(&mut setup.world));
        let carried = setup.carried_out();
        let seen = carried.asked();
        grown(&carried.scope(), &seen)
    };
    assert_eq!(told(&|_| ()), Some(0));
    assert_eq!(told(&born), Some(10));
    assert_eq!(told(&|world| world.silent = vec!["log ends of"]), None);
}
