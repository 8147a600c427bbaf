//! A group that is gone from both sides by the time somebody goes back: its commits have expired.

use runbook::Side;
use serde_json::json;

use crate::back::{captured, landed, reached};
use crate::cases::Setup;
use crate::world::at;

/// It was captured at 90, and holds nothing on orders-0 any more.
fn expired() -> Setup {
    let mut setup = reached(90);
    setup.kept.insert("capture".to_owned(), captured(&setup.world));
    for side in Side::BOTH {
        setup.world.group(side).commits.remove(&at("orders", 0));
    }
    setup
}

/// Where its reset policy would put it, it loses or repeats everything; what it had done at the switch is known.
#[test]
fn a_group_whose_commits_expired_on_both_sides_goes_on_where_it_was_captured() {
    let mut setup = expired();
    setup.with("from", json!("capture"));
    for target_born in ["none", "discarded", "replayed"] {
        setup.with("target_born", json!(target_born));
        let changes = setup.carried_out().proposed().unwrap();
        let said = "orders-0: goes on from its recovery point 90, where it stands at none by now";
        assert!(changes.notes.iter().any(|note| note.contains(said)), "{changes:?}");
        assert_eq!(landed(&setup).unwrap(), [(0, 90)], "{target_born}");
    }
}

#[test]
fn where_nothing_was_captured_a_group_without_commits_is_left_without() {
    let changes = expired().carried_out().proposed().unwrap();
    assert!(changes.is_empty() && changes.notes.is_empty(), "{changes:?}");
}
