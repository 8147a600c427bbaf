//! Commands applied to real clusters, each judged by another look than its own.

mod acls;
mod broken_off;
mod commits;
mod topic_configs;

use kafka::Cluster;
use kafka::apply::apply;
use runbook::world::{Command, Receipt};

fn applied(cluster: &Cluster, command: &Command) -> Receipt {
    apply(cluster, command, &super::patience()).unwrap()
}

const DONE: Receipt = Receipt::Applied { said: None };

/// Refused, with all of these words.
fn assert_refused(receipt: &Receipt, parts: &[&str]) {
    let Receipt::Refused { why } = receipt else { panic!("{receipt:?}") };
    assert!(parts.iter().all(|part| why.contains(part)), "{parts:?} in {why}");
}

/// Nobody can tell, with all of these words.
fn assert_unknown(receipt: &Receipt, parts: &[&str]) {
    let Receipt::Unknown { why } = receipt else { panic!("{receipt:?}") };
    assert!(parts.iter().all(|part| why.contains(part)), "{parts:?} in {why}");
}

/// Looks again until it is so.
fn awaited(what: &str, mut is_so: impl FnMut() -> bool) {
    let waiting = super::patience();
    while !is_so() {
        assert!(!waiting.is_over(), "it does not come: {what}");
        waiting.pause(std::time::Duration::from_millis(50));
    }
}
