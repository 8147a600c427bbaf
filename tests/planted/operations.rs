use std::sync::PoisonError;

use lab::{Flow, Generate, Position, Produce, Topic};

use crate::{AT_MOST, Bench, Expected, TROUBLE, lab, records, until};

#[test]
fn promises_of_durability_are_held_against_each_side() {
    let _trouble = TROUBLE.write().unwrap_or_else(PoisonError::into_inner);
    let with = |min: u32| {
        format!(
            "use: durability, severity: blocker, with: {{ min_replication_factor: {min}, min_insync_replicas: 1 }}"
        )
    };
    type Configs = &'static [(&'static str, &'static str)];
    let rows: [(&str, Configs, u32, &str, &str); 4] = [
        ("as promised", &[], 1, "green", ""),
        ("unclean", &[("unclean.leader.election.enable", "true")], 1, "red", "CUT2324"),
        ("no slack", &[("min.insync.replicas", "2")], 1, "yellow", "CUT2323"),
        ("too few", &[], 3, "red", "CUT2321"),
    ];
    for (planted, target, min, level, code) in rows {
        let mut bench = Bench::new("durability").shaped(&[], target);
        bench.set("durability", with(min));
        let mut expected = Expected::new("durability", level, code);
        if !code.is_empty() {
            expected = expected.says(bench.topic()).says("target");
        }
        bench.check(&["durability"]).is(planted, &expected);
        bench.delete_topic();
    }
}

#[test]
fn too_few_brokers_are_red_on_each_side() {
    let _untroubled = TROUBLE.read().unwrap_or_else(PoisonError::into_inner);
    let mut bench = Bench::new("brokers").shaped(&[], &[]);
    bench.check(&["cluster-health"]).is("one", &Expected::new("cluster-health", "green", ""));
    bench.set("cluster-health", "use: cluster-health, severity: blocker, with: { min_brokers: 3 }");
    let answer = bench.check(&["cluster-health"]);
    for side in ["source", "target"] {
        answer.is("three wanted", &Expected::new("cluster-health", "red", "CUT2302").says(side));
    }
}

const STARVED: &str = "starved";
const REPLICATION: &str = "replication-health";

#[test]
fn a_topic_that_the_replicator_leaves_out_is_red() {
    let bench = Bench::new("left-out").shaped(&[], &[]);
    bench.case.source().produce(&bench.topic(), records(10), &Produce::default()).unwrap();
    let expected = Expected::new(REPLICATION, "red", "CUT2345").says(bench.topic()).says("10 are waiting");
    bench.check(&[REPLICATION]).is("left out", &expected);
}

/// A flow of its own on a Connect worker of its own, so that it can be paused, starved and stopped.
#[test]
fn a_flow_that_is_paused_starved_or_stopped_is_red() {
    let mut bench = Bench::new("flow");
    let topic = bench.topic();
    bench.case.source().create_topic(&Topic::new(&topic)).unwrap();
    bench.case.source().produce(&topic, Generate::records(100), &Produce::default()).unwrap();
    bench.case.source().commit(&bench.group(), &[Position::new(&topic, 0, 100)]).unwrap();
    let flow = Flow::named("starved", &topic, bench.group());
    let rest = lab().add_worker(STARVED, vec![flow], [].into()).unwrap();
    bench.site.connect = rest.url().to_owned();
    bench.site.flow = "starved-source->starved-target".to_owned();
    bench.set(
        REPLICATION,
        "use: replication-health, severity: blocker, with: { over: 2s, heartbeat_max_age: 10s }",
    );
    bench.case.await_copied(&topic, AT_MOST).unwrap();
    until("the flow is healthy", || bench.check(&[REPLICATION]).cell(REPLICATION).1["verdict"] == "green");

    rest.put("/connectors/starved-source/pause", &serde_json::Value::Null).unwrap();
    let paused =
        || rest.get("/connectors/starved-source/status").unwrap().to_string().matches("PAUSED").count();
    until("every task is paused", || paused() >= 2);
    let answer = bench.check(&[REPLICATION]);
    answer.is("paused", &Expected::new(REPLICATION, "red", "CUT2342").says("starved-source").says("PAUSED"));

    bench
        .case
        .source()
        .produce(&topic, Generate { first: 100, ..Generate::records(50) }, &Produce::default())
        .unwrap();
    let answer = bench.check(&[REPLICATION]);
    answer.is(
        "waiting",
        &Expected::new(REPLICATION, "red", "CUT2343").says(&topic).says("50 records wait at 100"),
    );

    bench.case.source().delete_records(&topic, 0, 120).unwrap();
    let answer = bench.check(&[REPLICATION]);
    answer
        .is("purged", &Expected::new(REPLICATION, "red", "CUT2344").says(&topic).says("20 offsets from 100"));

    lab().stop("connect-starved").unwrap();
    let answer = bench.check(&[REPLICATION]);
    let (_, cell) = answer.cell(REPLICATION);
    assert!(matches!(cell["verdict"].as_str(), Some("red" | "unknown")), "stopped: {cell:#}");
}
