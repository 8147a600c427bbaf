//! What holds for every kind.

use std::collections::BTreeSet;

use runbook::Side;
use runbook::action::{Settled, WayBack};
use runbook::actions::{ACTIONS, action};
use runbook::steps::step_kind;
use runbook::world::Observations;
use serde_json::json;

use crate::cases::Setup;

/// Each kind, in a world in which it has something to do.
fn all() -> Vec<Setup> {
    let both = || json!({ "groups": "unit", "producers": "unit" });
    vec![
        Setup::new("commit-offsets", None, json!({ "groups": "unit" })),
        crate::back::reached(95),
        Setup::new("exec", None, json!({ "argv": ["./freeze.sh"] })),
        Setup::new("fence-writes", None, json!({ "topics": "unit" })),
        Setup::new("http", None, json!({ "put": "https://deploy/route" })),
        Setup::new("pause-group-sync", None, json!({ "groups": "unit" })),
        Setup::new("pause-replication", None, json!({ "topics": "unit", "groups": "unit" })),
        Setup::new("retire", None, json!({ "keep_fence": false }))
            .bent(|s| s.world.bind(Side::Source, "deny User:checkout * write topic literal orders")),
        Setup::new("start-app", Some("target"), both()),
        Setup::new("stop-app", Some("source"), both()).bent(|s| s.world.run(Side::Source, 2, true)),
        Setup::new("sync-acls", None, json!({ "principals": "unit" })),
        Setup::new(
            "topic-config",
            Some("target"),
            json!({ "topics": "unit", "set": { "retention.ms": "-1" } }),
        ),
    ]
}

fn kind(setup: &Setup) -> &str {
    setup.step["do"].as_str().unwrap()
}

/// Whoever wrote it says when it is done.
fn is_own(setup: &Setup) -> bool {
    matches!(kind(setup), "exec" | "http")
}

#[test]
fn every_kind_is_here_once_and_the_registry_is_the_folder() {
    let kinds: Vec<&str> = ACTIONS.iter().map(|kind| kind.name).collect();
    assert!(kinds.is_sorted());
    // What only looks changes nothing, so it has no law of its own here.
    let looks = |name: &str| matches!(name, "capture-positions" | "target-born-ledger");
    let changing: Vec<&str> = kinds.iter().copied().filter(|name| !looks(name)).collect();
    assert_eq!(all().iter().map(|setup| kind(setup).to_owned()).collect::<Vec<_>>(), changing);
    let sources = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/actions");
    let files: BTreeSet<String> = std::fs::read_dir(sources)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| std::fs::read_to_string(path).unwrap().contains("\nimpl Action for "))
        .map(|path| path.file_stem().unwrap().to_str().unwrap().replace('_', "-"))
        .collect();
    assert_eq!(files, kinds.iter().map(|kind| (*kind).to_owned()).collect());
    for name in kinds {
        assert!(step_kind(name).is_some_and(|step| step.built), "{name} is carried out and called not built");
    }
}

#[test]
fn settled_after_apply_undone_after_undo_and_the_world_is_as_it_was() {
    for setup in all() {
        let mut carried = setup.carried_out();
        let before = format!("{:?}", carried.world);
        let changes = carried.proposed().unwrap_or_else(|refusal| panic!("{}: {refusal:?}", kind(&setup)));
        assert!(!changes.is_empty(), "{} has nothing to do", kind(&setup));
        if !is_own(&setup) {
            assert_ne!(
                carried.settled(&changes),
                Settled::Yes,
                "{} is settled before it was done",
                kind(&setup)
            );
        }
        carried.apply(&changes);
        assert_eq!(carried.settled(&changes), Settled::Yes, "{}", kind(&setup));
        // Applied twice is applied once.
        carried.apply(&changes);
        assert_eq!(carried.settled(&changes), Settled::Yes, "{}", kind(&setup));
        if is_own(&setup) {
            continue;
        }
        assert_ne!(carried.undone(&changes), Settled::Yes, "{} is undone before it was", kind(&setup));
        carried.undo(&changes);
        carried.undo(&changes);
        assert_eq!(carried.undone(&changes), Settled::Yes, "{}", kind(&setup));
        carried.world.called.clear();
        assert_eq!(format!("{:?}", carried.world), before, "{} left something behind", kind(&setup));
    }
}

#[test]
fn an_undo_without_apply_is_harmless() {
    for setup in all().into_iter().filter(|setup| !is_own(setup)) {
        let mut carried = setup.carried_out();
        let changes = carried.proposed().unwrap();
        let before = format!("{:?}", carried.world);
        carried.undo(&changes);
        carried.world.called.clear();
        assert_eq!(format!("{:?}", carried.world), before, "{}", kind(&setup));
        assert_eq!(carried.undone(&changes), Settled::Yes, "{}", kind(&setup));
    }
}

#[test]
fn what_is_done_already_is_not_done_again() {
    for setup in all() {
        // A silent producer cannot be told from a stopped one, and nothing is known of a command of one's own: their
        // calls are made again.
        if is_own(&setup) || kind(&setup) == "stop-app" {
            continue;
        }
        let mut setup = setup;
        if kind(&setup) == "start-app" {
            setup.with("producers", json!([]));
        }
        let mut carried = setup.carried_out();
        let changes = carried.proposed().unwrap();
        carried.apply(&changes);
        let again = carried.proposed().unwrap_or_else(|refusal| panic!("{}: {refusal:?}", kind(&setup)));
        assert!(again.is_empty(), "{}: {again:?}", kind(&setup));
    }
}

#[test]
fn without_observations_there_is_neither_a_changeset_nor_a_yes() {
    for setup in all().into_iter().filter(|setup| !is_own(setup)) {
        let mut carried = setup.carried_out();
        let nothing = Observations::default();
        let action = action(&carried.step).unwrap().unwrap();
        let refusal = action.propose(&carried.scope(), &nothing).unwrap_err();
        assert!(refusal.unmeasured, "{}: {refusal:?}", kind(&setup));
        let changes = carried.proposed().unwrap();
        carried.apply(&changes);
        let settled = action.settled(&carried.scope(), &changes, &nothing);
        assert!(matches!(settled, Settled::Unknown { .. }), "{}: {settled:?}", kind(&setup));
        carried.undo(&changes);
        let undone = action.undone(&carried.scope(), &changes, &nothing);
        assert!(matches!(undone, Settled::Unknown { .. }), "{}: {undone:?}", kind(&setup));
    }
}

/// Each answer refused, cut short or left out on its own: nothing is proposed or believed on the others. The one
/// exception is the other side of a start, which a way back must not depend on.
#[test]
fn every_answer_that_is_asked_for_is_needed() {
    let mut bent = 0;
    for setup in all().into_iter().filter(|setup| !is_own(setup)) {
        let mut carried = setup.carried_out();
        let changes = carried.proposed().unwrap();
        let asked = carried.asked();
        let action = action(&carried.step).unwrap().unwrap();
        for (probe, outcome) in asked.iter() {
            let others =
                || asked.iter().filter(|(other, _)| *other != probe).map(|(_, outcome)| outcome.clone());
            let mut partial = outcome.clone().unwrap();
            partial.partial = Some("62 % measured".to_owned());
            for seen in [others().collect(), others().chain([Ok(partial)]).collect::<Observations>()] {
                let proposed = action.propose(&carried.scope(), &seen);
                if kind(&setup) == "start-app" && probe.side() == Some(Side::Source) {
                    assert!(!proposed.unwrap().notes.is_empty());
                } else {
                    let refusal = proposed.expect_err(&format!("{} without {}", kind(&setup), probe.title()));
                    assert!(refusal.unmeasured, "{}: {refusal:?}", kind(&setup));
                }
                bent += 1;
            }
        }
        carried.apply(&changes);
        let looked = carried.look(&|action, scope, seen| action.look(scope, &changes, seen));
        // The flow is asked for, and needed only where it syncs.
        for (probe, _) in looked.iter() {
            let others =
                looked.iter().filter(|(other, _)| *other != probe).map(|(_, outcome)| outcome.clone());
            let settled = action.settled(&carried.scope(), &changes, &others.collect());
            assert!(
                matches!(settled, Settled::Unknown { .. }),
                "{} without {}: {settled:?}",
                kind(&setup),
                probe.title()
            );
        }
    }
    assert!(bent > 30);
}

#[test]
fn the_same_world_gives_the_same_changes_and_each_has_a_way_back() {
    for setup in all() {
        let (one, other) = (setup.carried_out().proposed().unwrap(), setup.carried_out().proposed().unwrap());
        assert_eq!(one, other);
        let json = serde_json::to_string(&one).unwrap();
        assert_eq!(serde_json::from_str::<runbook::action::Changeset>(&json).unwrap(), one);
        for change in &one.changes {
            match &change.undo {
                WayBack::Command(back) if change.command.is_guarded() => {
                    assert_eq!(change.command.inverse().as_ref(), Some(back), "{}", kind(&setup));
                }
                WayBack::Command(_) => {}
                WayBack::None { .. } => assert!(is_own(&setup), "{}", kind(&setup)),
            }
        }
    }
}
