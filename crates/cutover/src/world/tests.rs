//! The door itself: which command goes where, and what becomes of one that cannot go.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use engine::World;
use kafka::Patience;
use runbook::Side;
use runbook::world::{Command, CommitChange, CommitHeld, Receipt, SettingChange};
use services::{Scrubber, Secrets};
use tempfile::TempDir;

use super::{LiveWorld, PlannedSides, Restrictions, SharedWorld};

const GUARD: Duration = Duration::from_secs(60);

fn world(folder: &Path, deny_exec: bool) -> SharedWorld {
    // Clusters that are not there.
    let mut plan = crate::fixture::demo_plan();
    for cluster in [&mut plan.source, &mut plan.target] {
        "127.0.0.1:1".clone_into(&mut cluster.properties);
    }
    let sides = PlannedSides::connect(&plan, &Patience::new(GUARD)).unwrap();
    let secrets = Arc::new(Secrets::new(folder, BTreeMap::new(), Scrubber::default()));
    let restrictions = Restrictions { deny_exec, no_scratch: true };
    SharedWorld(Arc::new(LiveWorld::new(sides, folder, secrets, "test", restrictions)))
}

fn apply(world: &SharedWorld, command: &Command) -> Receipt {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(world.apply(command, GUARD))
}

fn touch() -> Command {
    let argv = ["sh", "-c", "echo >ran; echo done"].map(str::to_owned).to_vec();
    Command::Exec { argv, env: BTreeMap::new(), timeout_ms: 60_000 }
}

#[test]
fn a_cluster_that_was_not_reached_was_told_nothing() {
    let top = TempDir::new().unwrap();
    let world = world(top.path(), false);
    let to = Some(CommitHeld { offset: 1, metadata: String::new() });
    let commits = vec![CommitChange { topic: "orders".to_owned(), partition: 0, from: None, to }];
    let setting = SettingChange { name: "segment.ms".to_owned(), from: None, to: None, entries: Vec::new() };
    for command in [
        Command::SetCommits { side: Side::Target, group: "payments".to_owned(), commits },
        Command::SetAcls { side: Side::Source, create: Vec::new(), delete: Vec::new() },
        Command::SetTopicConfigs { side: Side::Target, topic: "orders".to_owned(), settings: vec![setting] },
    ] {
        let receipt = apply(&world, &command);
        let Receipt::Refused { why } = &receipt else { panic!("{receipt:?}") };
        assert!(why.contains("nothing was changed") && why.contains("unreachable"), "{why}");
    }
}

#[test]
fn what_changes_no_cluster_needs_none() {
    let top = TempDir::new().unwrap();
    let denied = apply(&world(top.path(), true), &touch());
    assert!(matches!(&denied, Receipt::Refused { why } if why.contains("--deny-exec")), "{denied:?}");
    assert!(!top.path().join("ran").exists());
    let done = apply(&world(top.path(), false), &touch());
    assert_eq!(done, Receipt::Applied { said: Some("done".to_owned()) });
    assert!(top.path().join("ran").exists(), "in the runbook's folder");
    let stop = Command::SetConnectorState {
        connect: "http://127.0.0.1:1".to_owned(),
        connector: "mirror".to_owned(),
        from: "RUNNING".to_owned(),
        to: "STOPPED".to_owned(),
    };
    let stopped = apply(&world(top.path(), false), &stop);
    assert!(
        matches!(&stopped, Receipt::Refused { why } if why.contains("nothing was changed")),
        "{stopped:?}"
    );
}
