//! Rules that shipped runbooks put in the place of a kind's own.

use std::path::Path;

use runbook::Level;
use runbook::load::{Options, load};
use runbook::syntax::{FileError, Files};

use crate::world::{fixtures, observations, scope};

struct Disk;

impl Files for Disk {
    fn read(&self, path: &str, _: u64) -> Result<Vec<u8>, FileError> {
        std::fs::read(path).map_err(|_| FileError::Missing)
    }

    fn exists(&self, path: &str) -> bool {
        Path::new(path).exists()
    }
}

/// A group that did not come to the end is landed where it stopped and reads the rest on the target: told, and not wrong.
/// What an open transaction holds nobody has seen.
#[test]
fn what_a_group_leaves_on_the_source_is_yellow_and_an_open_transaction_red() {
    for runbook in ["settlement.yaml", "settlement-expanded.yaml"] {
        let path = format!("{}/../../runbooks/{runbook}", env!("CARGO_MANIFEST_DIR"));
        let plan = runbook::plan(&load(&path, &Disk, &Options::default())).unwrap();
        let check = runbook::checks::assemble(plan.check("group-drained").unwrap()).unwrap();
        let level = |name: &str| {
            let all = fixtures();
            let fixture = all.iter().find(|fixture| fixture.kind == "group-drained" && fixture.name == name);
            let (fixture, plan) = (fixture.unwrap(), fixture.unwrap().plan());
            check.judge(&scope(&plan, None), &observations(&fixture.world())).level
        };
        let levels = ["green", "red-left", "red-never-committed", "red-open", "red-both"].map(level);
        assert_eq!(levels, [Level::Green, Level::Yellow, Level::Yellow, Level::Red, Level::Red], "{runbook}");
    }
}
