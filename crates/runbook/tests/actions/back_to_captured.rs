//! Where a group goes back to that does not go on behind what it did on the target, and what the source no longer has.

use runbook::Side;
use runbook::actions::FOLLOWED;
use serde_json::json;

use crate::back::{born, captured, landed, reached};
use crate::cases::Setup;
use crate::world::{at, held};

/// A group that was captured at 90, and has to do everything again.
fn captured_at_90() -> Setup {
    let mut setup = reached(95);
    setup.kept.insert("capture".to_owned(), captured(&setup.world));
    setup.with("from", json!("capture"));
    setup.with("mirrored", json!("recovery-point"));
    setup
}

fn notes(setup: &Setup) -> String {
    setup.carried_out().proposed().unwrap().notes.join("\n")
}

#[test]
fn its_recovery_point_is_what_was_captured_whatever_its_commit_has_become_since() {
    let setup = captured_at_90();
    assert_eq!(landed(&setup).unwrap(), []);
    assert!(notes(&setup).contains("goes on from its recovery point 90"), "{}", notes(&setup));

    let mut moved = setup.clone();
    moved.world.group(Side::Source).commits.insert(at("orders", 0), held(97));
    assert_eq!(landed(&moved).unwrap(), [(0, 90)]);
    let said = "goes on from its recovery point 90, where it stands at 97 by now";
    assert!(notes(&moved).contains(said), "{}", notes(&moved));

    let mut expired = setup;
    expired.world.group(Side::Source).commits.remove(&at("orders", 0));
    assert_eq!(landed(&expired).unwrap(), [(0, 90)]);
    let said = "goes on from its recovery point 90, where it stands at none by now";
    assert!(notes(&expired).contains(said), "{}", notes(&expired));
}

/// Nothing was born when it was tried first, and the group was landed where it had come to.
#[test]
fn a_second_attempt_does_not_take_what_the_first_one_landed_for_the_recovery_point() {
    let mut setup = captured_at_90();
    setup.with("mirrored", json!("translate-back"));
    setup.with("target_born", json!("replayed"));
    let mut carried = setup.carried_out();
    let changes = carried.proposed().unwrap();
    carried.apply(&changes);
    setup.world = carried.world;
    assert_eq!(landed(&setup).unwrap(), [], "it stands at 95");
    born(&mut setup.world);
    setup.world.group(Side::Target).commits.insert(at("orders", 0), held(105));
    assert_eq!(landed(&setup).unwrap(), [(0, 90)]);
    let mut carried = setup.carried_out();
    let changes = carried.proposed().unwrap();
    carried.apply(&changes);
    setup.world = carried.world;
    assert_eq!(landed(&setup).unwrap(), []);
}

#[test]
fn a_commit_that_came_since_it_was_captured_is_not_taken_away() {
    let mut setup = captured_at_90();
    let mut before = setup.world.clone();
    before.group(Side::Source).commits.remove(&at("orders", 0));
    setup.kept.insert("capture".to_owned(), captured(&before));
    assert_eq!(landed(&setup).unwrap(), []);
    let said = "goes on from its recovery point none, where it stands at 90 by now";
    assert!(notes(&setup).contains(said), "{}", notes(&setup));
}

#[test]
fn a_recovery_point_that_the_source_has_deleted_is_refused() {
    let mut setup = captured_at_90();
    setup.world.group(Side::Source).commits.remove(&at("orders", 0));
    setup.world.partition(Side::Source, "orders", 0).start = 93;
    let refusal = landed(&setup).unwrap_err();
    let said = "source offset 90 is outside the source's log, which reaches from 93 to 100";
    assert!(refusal.why.contains(said), "{refusal:?}");
}

/// The target is gone, and retention went on on the source.
#[test]
fn what_was_written_down_is_held_against_the_log_of_the_source_as_it_is_now() {
    let mut setup = reached(95);
    let seen = setup.carried_out().asked();
    let written = seen.iter().map(|(_, outcome)| outcome.clone().unwrap()).collect();
    setup.kept.insert(FOLLOWED.to_owned(), written);
    setup.world.silent = vec!["target"];
    assert_eq!(landed(&setup).unwrap(), [(0, 95)]);
    let mut late = setup.clone();
    late.world.partition(Side::Source, "orders", 0).start = 97;
    let refusal = landed(&late).unwrap_err();
    let said = "orders-0: source offset 95 is outside the source's log, which reaches from 97 to 100";
    assert!(refusal.why.contains(said), "{refusal:?}");
    setup.world.silent.push("log ends of 3 topics on source");
    assert!(landed(&setup).unwrap_err().unmeasured);
}

#[test]
fn where_it_has_no_commit_on_the_target_it_is_said_from_where_it_goes_on() {
    let mut setup = reached(95);
    setup.world.group(Side::Target).commits.remove(&at("orders", 0));
    assert_eq!(landed(&setup).unwrap(), []);
    let said = "orders-0: has no commit on the target, and goes on from its commit on the source 90";
    assert!(notes(&setup).contains(said), "{}", notes(&setup));
}
