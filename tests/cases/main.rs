//! The cases that fool tools, on real clusters with real MirrorMaker 2. Each keeps a ledger of what it did to the
//! records and demands exactly those counts.
//!
//! All cases run at once, in a harness of their own: they write first, the replicators come on, their copies are awaited
//! together and judged as they arrive. A case has its own topics and groups in one lab; only what would harm others has
//! a lab of its own.

#![expect(clippy::unwrap_used, reason = "a case that cannot go on says why by panicking")]

mod activity;
mod ask;
mod billions;
mod blocks;
mod changed;
mod codecs;
mod compacted;
mod curtain;
mod dice;
mod groups;
mod heads;
mod identical;
mod labs;
mod ledger;
mod partitions;
mod protocols;
mod replica;
mod seeded;
mod sizes;
mod stamps;
mod streams;
mod transactions;

use std::time::Duration;

use libtest_mimic::{Arguments, Trial};

/// No wait of a case is longer than this; it is no expectation of how long anything takes.
const AT_MOST: Duration = Duration::from_secs(150);

/// One case: what it is called, whether a replicator copies its topics, what it does.
struct Case {
    name: String,
    copied: bool,
    run: Box<dyn FnOnce() + Send>,
}

/// The cases of a file, named after their functions: those whose topics a replicator copies, and those that write both
/// sides themselves.
macro_rules! cases {
    (copied: $($copied:ident),* ; by_hand: $($by_hand:ident),* $(,)?) => {
        pub fn cases() -> Vec<crate::Case> {
            vec![
                $(crate::Case::new(concat!(module_path!(), "::", stringify!($copied)), true, $copied),)*
                $(crate::Case::new(concat!(module_path!(), "::", stringify!($by_hand)), false, $by_hand),)*
            ]
        }
    };
}
pub(crate) use cases;

impl Case {
    fn new(path: &str, copied: bool, run: impl FnOnce() + Send + 'static) -> Case {
        Case { name: path.trim_start_matches("cases::").to_owned(), copied, run: Box::new(run) }
    }

    fn is_asked_for(&self, arguments: &Arguments) -> bool {
        let fits = |filter: &String| {
            if arguments.exact { &self.name == filter } else { self.name.contains(filter.as_str()) }
        };
        arguments.filter.as_ref().is_none_or(fits) && !arguments.skip.iter().any(fits)
    }
}

fn main() {
    let mut arguments = Arguments::from_args();
    let families = [
        billions::cases(),
        blocks::cases(),
        compacted::cases(),
        heads::cases(),
        transactions::cases(),
        changed::cases(),
        codecs::cases(),
        sizes::cases(),
        stamps::cases(),
        identical::cases(),
        groups::cases(),
        partitions::cases(),
        protocols::cases(),
        activity::cases(),
        seeded::cases(),
    ];
    let cases: Vec<Case> =
        families.into_iter().flatten().filter(|case| case.is_asked_for(&arguments)).collect();
    curtain::expect(cases.iter().filter(|case| case.copied).count());
    // All of them, as those that are copied wait for one another.
    arguments.test_threads = Some(cases.len().max(1));
    let trials = cases.into_iter().map(|case| {
        Trial::test(case.name, move || {
            let _role = case.copied.then(curtain::Role::begin);
            (case.run)();
            Ok(())
        })
    });
    libtest_mimic::run(&arguments, trials.collect()).exit();
}
