//! The cases that fool tools, on real clusters with real MirrorMaker 2. Each keeps a ledger of what it did to the
//! records and demands exactly those counts.
//!
//! Most of a case is waiting for a replicator, so many run at once, and a harness of its own says how many. A case
//! has its own topics and groups in one lab; only what would harm others has a lab of its own.

#![expect(clippy::unwrap_used, reason = "a case that cannot go on says why by panicking")]

mod activity;
mod ask;
mod billions;
mod blocks;
mod changed;
mod codecs;
mod compacted;
mod dice;
mod groups;
mod heads;
mod identical;
mod labs;
mod ledger;
mod protocols;
mod replica;
mod seeded;
mod sizes;
mod stamps;
mod transactions;

use std::time::Duration;

use libtest_mimic::{Arguments, Trial};

/// No wait of a case is longer than this; it is no expectation of how long anything takes.
const AT_MOST: Duration = Duration::from_secs(150);

/// Cases at once: they wait for replicators far more than they work.
const AT_ONCE: usize = 12;

/// The name of a case and what it does.
type Cases = &'static [(&'static str, fn())];

/// The cases of a file, named after their functions.
macro_rules! cases {
    ($($case:ident),+ $(,)?) => {
        pub const CASES: crate::Cases =
            &[$((concat!(module_path!(), "::", stringify!($case)), $case)),+];
    };
}
pub(crate) use cases;

fn main() {
    let mut arguments = Arguments::from_args();
    arguments.test_threads = arguments.test_threads.or(Some(AT_ONCE));
    let families: [Cases; 13] = [
        // Those that wait longest come first.
        billions::CASES,
        blocks::CASES,
        compacted::CASES,
        heads::CASES,
        transactions::CASES,
        changed::CASES,
        codecs::CASES,
        sizes::CASES,
        stamps::CASES,
        identical::CASES,
        groups::CASES,
        protocols::CASES,
        activity::CASES,
    ];
    let trials = families.into_iter().flatten().map(|&(name, case)| {
        Trial::test(name.trim_start_matches("cases::"), move || {
            case();
            Ok(())
        })
    });
    let trials = trials.chain(seeded::trials()).collect();
    libtest_mimic::run(&arguments, trials).exit();
}
