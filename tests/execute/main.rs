//! Whole cutovers on real clusters: the built binary carries out runbooks while applications write and read, and the
//! applications' own ledger says what was lost or repeated.
//!
//! A test that has a replicator copy takes a lane: a flow of MirrorMaker 2 of its own, because a step that excludes a
//! topic changes the configuration of the whole connector.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says why by panicking")]
#![expect(clippy::print_stdout, reason = "the measured numbers of a switch are what its test is for")]

/// The tests of a file, named after their functions: those of every day, and those for the soak alone.
macro_rules! tests {
    (daily: $($daily:ident),* ; soak: $($soak:ident),* $(,)?) => {
        pub fn tests() -> Vec<libtest_mimic::Trial> {
            vec![
                $(crate::trial(concat!(module_path!(), "::", stringify!($daily)), $daily),)*
                $(crate::trial(concat!(module_path!(), "::", stringify!($soak)), $soak).with_ignored_flag(true),)*
            ]
        }
    };
}
pub(crate) use tests;

mod again;
mod back;
mod brokers;
mod closed;
mod conducted;
mod defects;
mod dice;
mod disks;
mod faults;
mod fences;
mod full;
mod http;
mod kills;
mod lanes;
mod leases;
mod operators;
mod past;
mod position_defects;
mod printed;
mod rehearsed;
mod replicator_defects;
mod runbook;
mod snapshot;
mod switch;
mod told;
mod watched;

use std::time::{Duration, Instant};

use lab::{Flow, LabSpec, TestLab};
use libtest_mimic::{Arguments, Trial};

/// Most of a switch is waiting for two looks to be apart: more of them at once than there are cores.
const AT_ONCE: usize = 4;

fn trial(path: &str, run: fn()) -> Trial {
    Trial::test(path.trim_start_matches("execute::"), move || {
        run();
        Ok(())
    })
}

fn main() {
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(AT_ONCE);
    // The longest first: the others find their places beside them.
    let files = [
        kills::tests(),
        past::tests(),
        again::tests(),
        watched::tests(),
        rehearsed::tests(),
        brokers::tests(),
        closed::tests(),
        faults::tests(),
        back::tests(),
        full::tests(),
        printed::tests(),
        replicator_defects::tests(),
        defects::tests(),
        position_defects::tests(),
        fences::tests(),
        operators::tests(),
        leases::tests(),
        disks::tests(),
    ];
    libtest_mimic::run(&arguments, files.into_iter().flatten().collect()).exit();
}

/// No wait of a test is longer than this; it is no expectation of how long anything takes.
pub const AT_MOST: Duration = Duration::from_secs(180);

/// The suite's lab.
pub fn lab() -> &'static TestLab {
    TestLab::shared_with(|| LabSpec { flows: lanes::flows(), ..LabSpec::default() })
}

/// A lab for a test that restarts its brokers.
pub fn own_lab() -> TestLab {
    own_lab_of(1)
}

/// The same, with so many brokers a side.
pub fn own_lab_of(brokers: u16) -> TestLab {
    TestLab::new(&LabSpec { brokers, ..own_spec() })
}

pub fn own_spec() -> LabSpec {
    let flow = Flow { sync_acls: false, ..Flow::named("own", "own-.*", "own-.*") };
    LabSpec { flows: vec![flow], ..LabSpec::default() }
}

/// Waits for a condition.
#[track_caller]
pub fn until(what: &str, mut good: impl FnMut() -> bool) {
    let end = Instant::now() + AT_MOST;
    while !good() {
        assert!(Instant::now() < end, "{what}: not within {} s", AT_MOST.as_secs());
        std::thread::sleep(Duration::from_millis(50));
    }
}
