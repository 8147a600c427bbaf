//! The way back past the commit point: positions on the source again, and what was born on the target.

use runbook::Side;
use runbook::action::{Refusal, Settled};
use runbook::actions::{CUT, FLOW_STOPPED, FOLLOWED, grown, proves_every_group, target_born};
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

pub fn born(world: &mut World) {
    let partition = world.partition(Side::Target, "orders", 0);
    (partition.lso, partition.end) = (110, 110);
}

/// Where the group is landed, by partition of `orders`.
pub fn landed(setup: &Setup) -> Result<Vec<(i32, i64)>, Refusal> {
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

/// What the ledger was cut from, as the run keeps it for the step that lands the groups.
fn cut(world: &World) -> Vec<Observation> {
    let mut ledger = Setup::new("target-born-ledger", None, json!({}));
    ledger.world = world.clone();
    let seen = ledger.carried_out().asked();
    seen.iter().map(|(_, outcome)| outcome.clone().unwrap()).collect()
}

/// The target's producer comes back while the owner makes up her mind.
#[test]
fn records_that_no_ledger_counts_are_not_left_behind() {
    let mut setup = reached(95).bent(|setup| born(&mut setup.world));
    setup.kept.insert(CUT.to_owned(), cut(&setup.world));
    assert_eq!(landed(&setup).unwrap(), [(0, 95)]);
    let mut late = setup.clone();
    let partition = late.world.partition(Side::Target, "orders", 0);
    (partition.lso, partition.end) = (113, 113);
    let refusal = landed(&late).unwrap_err();
    assert!(!refusal.unmeasured && refusal.why.contains("orders-0 on target went on from 110 to 113"));
    let mut silent = setup.clone();
    silent.world.silent = vec!["rest on target"];
    assert!(landed(&silent).unwrap_err().unmeasured);

    // And while the positions are landed.
    let mut carried = setup.carried_out();
    let changes = carried.proposed().unwrap();
    carried.apply(&changes);
    assert_eq!(carried.settled(&changes), Settled::Yes);
    let partition = carried.world.partition(Side::Target, "orders", 0);
    (partition.lso, partition.end) = (113, 113);
    let settled = carried.settled(&changes);
    assert!(matches!(&settled, Settled::Cannot { why } if why.contains("110 to 113")), "{settled:?}");
}

#[test]
fn a_group_that_goes_on_on_the_target_after_its_position_was_read_is_not_settled() {
    let setup = reached(95);
    let mut carried = setup.carried_out();
    let changes = carried.proposed().unwrap();
    carried.apply(&changes);
    assert_eq!(carried.settled(&changes), Settled::Yes);
    let mut gone_on = setup.carried_out();
    gone_on.world = carried.world.clone();
    gone_on.world.group(Side::Target).commits.insert(("orders".to_owned(), 0), held(99));
    let settled = gone_on.settled(&changes);
    assert!(
        matches!(&settled, Settled::Cannot { why } if why.contains("orders-0 from 95 to 99")),
        "{settled:?}"
    );
    // Nobody shows as a member who commits each 5 s: that takes a look of 10.
    carried.world.group(Side::Target).moving.insert(("orders".to_owned(), 0));
    let settled = carried.settled(&changes);
    assert!(matches!(&settled, Settled::NotYet { what, .. } if what.contains("on target")), "{settled:?}");
    let looks = carried.action().look(&carried.scope(), &changes, &runbook::Observations::default());
    let over = looks.iter().find_map(|probe| match probe {
        runbook::Probe::Groups { side: Side::Target, over_ms, .. } => Some(*over_ms),
        _ => None,
    });
    assert_eq!(over, Some(10_000));
}

/// What `capture` keeps in a world.
pub fn captured(world: &World) -> Vec<Observation> {
    let mut capture = Setup::new("capture-positions", None, json!({}));
    capture.world = world.clone();
    let seen = capture.carried_out().asked();
    seen.iter().map(|(_, outcome)| outcome.clone().unwrap()).collect()
}

fn grow(world: &mut World, side: Side, to: i64) {
    let partition = world.partition(side, "orders", 0);
    (partition.lso, partition.end) = (to, to);
}

/// The copy of the last ten records was not there yet when the positions were captured, and never came.
#[test]
fn a_tail_that_was_never_copied_is_not_passed_over() {
    let mut setup = reached(90).bent(|setup| {
        setup.step["with"]["with"]["from"] = json!("capture");
        grow(&mut setup.world, Side::Target, 90);
        setup.world.no_twin = true;
    });
    setup.kept.insert("capture".to_owned(), captured(&setup.world));
    let refusal = landed(&setup).unwrap_err();
    assert!(refusal.unmeasured && refusal.why.contains("orders-0"), "{refusal:?}");
    // It came after all, and then the target got ten records of its own: they alone are counted.
    setup.world.no_twin = false;
    grow(&mut setup.world, Side::Target, 110);
    let carried = setup.carried_out();
    assert_eq!(grown(&carried.scope(), &carried.asked()), Some(10));
    assert_eq!(landed(&setup).unwrap(), []);
}

/// Once the target has gigabytes of its own, nobody finds the end of the copy before them within a budget.
#[test]
fn what_was_proved_when_the_positions_were_captured_is_not_looked_for_again() {
    let mut setup = reached(105).bent(|setup| setup.step["with"]["with"]["from"] = json!("capture"));
    setup.kept.insert("capture".to_owned(), captured(&setup.world));
    born(&mut setup.world);
    setup.world.no_twin = true;
    assert_eq!(landed(&setup).unwrap(), [(0, 100)]);
    let carried = setup.carried_out();
    assert_eq!(grown(&carried.scope(), &carried.asked()), Some(10));
}

/// Source and target are written at once: four records were born, then ten were copied.
#[test]
fn records_born_before_a_later_copy_are_counted() {
    let mut setup = Setup::new("target-born-ledger", None, json!({ "from": "capture" }));
    setup.kept.insert("capture".to_owned(), captured(&setup.world));
    let cut = |setup: &Setup| {
        let carried = setup.carried_out();
        let seen = carried.asked();
        (target_born(&carried.scope(), &seen).unwrap(), grown(&carried.scope(), &seen))
    };
    grow(&mut setup.world, Side::Source, 110);
    grow(&mut setup.world, Side::Target, 110);
    let (ledger, growth) = cut(&setup);
    assert_eq!((ledger.records(), ledger.at_most, growth), (0, false, Some(0)));
    setup.world.shifted = Some((110, 4));
    grow(&mut setup.world, Side::Target, 114);
    let (ledger, growth) = cut(&setup);
    assert_eq!((ledger.records(), ledger.at_most, growth), (14, true, None));
    setup.with("none", json!(true));
    assert!(setup.carried_out().proposed().unwrap_err().why.contains("at most"));
}

/// Three records were written on the source when nobody copied it any more, and 14 were born on the target.
#[test]
fn what_was_written_on_the_closed_source_keeps_nobody_from_going_back_and_is_done_there() {
    let bend = |setup: &mut Setup| {
        setup.kept.insert("capture".to_owned(), captured(&setup.world));
        grow(&mut setup.world, Side::Source, 103);
        grow(&mut setup.world, Side::Target, 114);
        setup.world.no_twin = true;
    };
    let mut setup = reached(110).bent(|setup| setup.step["with"]["with"]["from"] = json!("capture"));
    bend(&mut setup);
    let refusal = landed(&setup).unwrap_err();
    assert!(refusal.unmeasured, "it may be copied yet: {refusal:?}");
    setup.kept.insert(FLOW_STOPPED.to_owned(), Vec::new());
    assert_eq!(landed(&setup).unwrap(), [(0, 100)], "before the three, which it has not done");

    let mut setup = Setup::new("target-born-ledger", None, json!({ "from": "capture" }));
    bend(&mut setup);
    setup.kept.insert(FLOW_STOPPED.to_owned(), Vec::new());
    let carried = setup.carried_out();
    let ledger = target_born(&carried.scope(), &carried.asked()).unwrap();
    assert_eq!((ledger.records(), ledger.at_most), (14, true));
}

/// What is written down for the case that the target is gone.
#[test]
fn a_look_without_ends_or_twins_lands_nobody() {
    let proves = |silent: &[&'static str]| {
        let mut setup = reached(95);
        setup.world.silent = silent.to_vec();
        let carried = setup.carried_out();
        proves_every_group(&carried.scope(), &carried.asked())
    };
    assert!(proves(&[]));
    assert!(!proves(&["log ends of 3 topics on target"]));
    assert!(!proves(&["exact positions of"]));
}
