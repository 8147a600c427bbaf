//! The whole switch, with steady writes and a group in the middle of its log.

use cutover_tests::Cutover;
use lab::Client;
use serde_json::Value;

use crate::http::serve_apps;
use crate::lanes::{ACLS, SYNCED};
use crate::switch::Switch;

crate::tests!(daily: nothing_is_lost_and_nothing_repeated_where_the_replicator_alone_would_repeat, applications_behind_http_are_switched_the_same; soak: );

/// Records in the log before the switch.
const LOG: u64 = 30_000;
/// What the runbook allows the applications to stand still, in milliseconds.
const STALL_BUDGET: u64 = 12 * 60 * 1000;

/// Records that would be processed again with the position the target holds now.
pub fn replay(switch: &Switch<'_>) -> u64 {
    let [source, target] =
        [switch.source(), switch.target()].map(|cluster| cluster.properties.display().to_string());
    let group = switch.group();
    let arguments = ["parity", "group", group, "--source", &source, "--target", &target, "-o", "json"];
    let answer: Value = Cutover::new(arguments).run().json();
    let partitions = answer["groups"][0]["partitions"].as_array().unwrap();
    partitions.iter().filter_map(|at| at["records"].as_u64()).sum()
}

/// Lets the run come to its end, says go where it asks, and holds the ledger against it.
pub fn goes_through(switch: &Switch<'_>, name: &str, avoided: Option<u64>) {
    let mut run = switch.run(&[]);
    run.until("the gate asks", |told| told.decides("last-look"));
    switch.go();
    run.exits(0);
    assert_clean(switch, name, avoided);
}

/// Nothing lost, nothing repeated, within the budget; printed.
pub fn assert_clean(switch: &Switch<'_>, name: &str, avoided: Option<u64>) {
    let told = switch.told();
    let ledger = switch.settled_ledger();
    let stall = told.between("stop-producers", "start-consumers").unwrap();
    let avoided = avoided.map_or(String::new(), |count| format!("{count} records of replay avoided, "));
    println!(
        "{name}: {} processed, {} lost, {} repeated, {avoided}stall {:.1} s of {} s",
        ledger.processed,
        ledger.lost,
        ledger.duplicated,
        stall as f64 / 1000.0,
        STALL_BUDGET / 1000
    );
    let took: Vec<String> =
        told.took().into_iter().map(|(step, ms)| format!("{step} {:.1}", ms as f64 / 1000.0)).collect();
    println!("{name}: seconds by step: {}", took.join(", "));
    assert_eq!((ledger.lost, ledger.duplicated, ledger.foreign), (0, 0, 0), "{ledger:?}");
    assert!(ledger.processed >= LOG / 10, "{ledger:?}");
    assert!(stall < STALL_BUDGET);
    for (command, times) in told.applied() {
        assert_eq!(times, 1, "{command:?} was applied more than once");
    }
}

fn nothing_is_lost_and_nothing_repeated_where_the_replicator_alone_would_repeat() {
    // It reads with librdkafka and writes with Kafka's own client; the next test has it the other way round.
    let mut switch = Switch::in_lane(SYNCED, "full");
    switch.clients = [Client::Librdkafka, Client::Java];
    switch.with_log(LOG);
    switch.at_work();
    // What the replicator's own sync has put there by now is what the application would go on from without a landing.
    // A group that moves while it is measured gives no number, and is measured again.
    let mut avoided = 0;
    crate::until("the replicator's own translation is behind", || {
        avoided = replay(&switch);
        avoided > 0
    });
    goes_through(&switch, "full switch", Some(avoided));
}

fn applications_behind_http_are_switched_the_same() {
    let mut switch = Switch::in_lane(ACLS, "http");
    switch.clients = [Client::Java, Client::Librdkafka];
    switch.site.apps = serve_apps(&switch);
    switch.with_log(LOG / 10);
    switch.at_work();
    goes_through(&switch, "behind http", None);
}
