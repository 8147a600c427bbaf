//! Clusters that cannot be reached, and clusters that are others than the runbook says.

use std::net::TcpListener;

use crate::{Answer, Bench, Expected, records};

/// A port on which nobody listens now.
fn closed_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[test]
fn an_unreachable_target_is_unknown_named_and_exit_3() {
    let mut bench = Bench::new("unreachable").even(records(50), 20);
    let address = format!("127.0.0.1:{}", closed_port());
    let properties = bench.folder.path().join("closed.properties");
    std::fs::write(&properties, format!("bootstrap.servers={address}\n")).unwrap();
    bench.site.target.properties = properties.display().to_string();
    let checks =
        ["topic-shape", "position-provable", "client-probe", "api-support", "acl-parity", "rollback-anchor"];
    let run = bench.run(&checks, &[]);
    assert_eq!(run.code, 3, "{run:#?}");
    let answer = Answer::of(run);
    for check in &checks[..5] {
        answer.is("unreachable", &Expected::new(check, "unknown", "").says(&address));
    }
    // What the source alone answers is measured all the same.
    answer.has("unreachable", &Expected::new("rollback-anchor", "green", ""));
}

#[test]
fn another_cluster_than_pinned_is_refused_before_anything_runs() {
    let mut bench = Bench::new("pinned").even(records(50), 20);
    let ran = bench.folder.path().join("ran");
    bench.reconcile(&format!("touch {}; echo '{{\"missing\": 0}}'", ran.display()));
    let right = bench.site.target.cluster_id.clone();
    bench.site.target.cluster_id = "AAAAAAAAAAAAAAAAAAAAAA".to_owned();
    let run = bench.run(&[], &[]);
    assert_eq!(run.code, 1, "{run:#?}");
    assert!(run.stdout.is_empty(), "no scorecard: {run:#?}");
    assert!(run.says(&right) && run.says("target"), "{run:#?}");
    assert!(!ran.exists(), "a command was run against clusters that are not the runbook's");
    assert!(!bench.runs().exists(), "nothing was measured and a run was kept");
}

#[test]
fn both_sides_being_one_cluster_is_refused() {
    let mut bench = Bench::new("one");
    bench.site.target = bench.site.source.clone();
    let run = bench.run(&[], &[]);
    assert!(matches!(run.code, 1 | 2), "{run:#?}");
    assert!(run.stdout.is_empty(), "no scorecard: {run:#?}");
}
