use std::collections::BTreeMap;
use std::time::Duration;

use kafka::{Cluster, NewCommit, Patience, TopicPartition, properties};
use lab::{LabSpec, Replicator, TestLab, Topic};
use serde_json::Value;

use super::ordered::clone;
use super::{Goal, times};
use crate::baselines::java::Java;
use crate::bench::{Bench, Contestant};
use crate::cost;
use crate::table::thousands;

/// Partitions of each topic.
const PARTITIONS: i32 = 10;

/// I1: everything a cluster holds, beside Kafka's own tools.
pub fn run(bench: &mut Bench) {
    if !bench.settings.wants("I1") {
        return;
    }
    bench.end_lab();
    let (topics, rounds, patience) =
        (bench.settings.topics, bench.settings.rounds.min(3), bench.settings.patience);
    eprintln!("a lab with {topics} topics of {PARTITIONS} partitions and {topics} groups");
    let lab = TestLab::new(&LabSpec { replicator: Replicator::None, ..LabSpec::default() });
    let source = lab.source().clone();
    fill(&source, topics);
    let file = source.properties.display().to_string();
    let mut ours = std::process::Command::new(std::env::current_exe().unwrap());
    ours.args(["part", &file, &file, "inventory", "all"]);
    let java = Java::build();
    let all = vec![
        Contestant::new("inventory", 1, || {
            let cost = cost::run(clone(&ours), patience)?;
            let told: Value = serde_json::from_str(&cost.stdout).map_err(|_| cost.stdout.clone())?;
            let whole = told["groups"].as_u64() >= Some(topics as u64)
                && told["partitions"].as_u64() >= Some(topics as u64 * PARTITIONS.unsigned_abs() as u64);
            if whole { Ok(cost) } else { Err(cost.stdout) }
        }),
        Contestant::new("B10: kafka-topics, kafka-get-offsets, kafka-consumer-groups", 1, || {
            let java = java.as_ref().map_err(Clone::clone)?;
            let mut sum = cost::Cost::default();
            for (main, arguments) in [
                ("org.apache.kafka.tools.TopicCommand", &["--describe"][..]),
                ("org.apache.kafka.tools.GetOffsetShell", &[]),
                (
                    "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand",
                    &["--describe", "--all-groups"],
                ),
            ] {
                let arguments = [&["--bootstrap-server", &source.bootstrap][..], arguments].concat();
                let cost = cost::run(java.command(main, &arguments), patience)?;
                if !cost.succeeded() {
                    return Err(format!("{main}: {}", cost.stdout.lines().last().unwrap_or_default()));
                }
                sum.wall += cost.wall;
                sum.cpu += cost.cpu;
                sum.peak = sum.peak.max(cost.peak);
            }
            Ok(sum)
        }),
    ];
    let series = bench.turns(rounds, all);
    let note = format!(
        "{} topics, {} partitions, {} groups; the tools one after the other, each starts a JVM",
        thousands(topics as u64),
        thousands(topics as u64 * PARTITIONS.unsigned_abs() as u64),
        thousands(topics as u64)
    );
    bench.row(
        Goal::at_most("I1", "inventory ÷ B10 (Kafka's tools)", 0.5, "×")
            .row(times(&series[0], &series[1]), note),
    );
}

fn fill(source: &lab::Cluster, topics: usize) {
    let name = |n: usize| format!("inventory-{n:04}");
    for n in 0..topics {
        source.create_topic(&Topic::new(name(n)).partitions(PARTITIONS)).unwrap();
        if (n + 1) % 100 == 0 {
            eprintln!("  {} topics", n + 1);
        }
    }
    let patience = Patience::new(Duration::from_secs(600));
    let config = properties::from_file("source", &source.properties).unwrap();
    let cluster = Cluster::connect(config, &patience).unwrap();
    for n in 0..topics {
        let commits: BTreeMap<TopicPartition, NewCommit> = (0..PARTITIONS)
            .map(|partition| {
                (TopicPartition::new(name(n), partition), NewCommit { offset: 0, metadata: String::new() })
            })
            .collect();
        let told = cluster.write_commits(&format!("inventory-{n:04}"), &commits, &patience).unwrap();
        assert!(told.values().all(Result::is_ok), "{told:?}");
    }
}
