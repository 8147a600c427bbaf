use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use super::MIRRORMAKER;
use crate::cluster::Cluster;
use crate::error::{LabError, Result};
use crate::files;
use crate::flow::Flow;
use crate::jars::Jars;
use crate::java;
use crate::limits::{POLL, PROBE, REPLICATOR_READY};
use crate::process::{Guard, Server, log_tail};
use crate::properties::Properties;

/// Writes the configuration of a dedicated MirrorMaker 2.
pub(crate) fn mirrormaker(
    lab: &Path,
    flow: &Flow,
    [source, target]: [&Cluster; 2],
    jars: &Jars,
    options: &BTreeMap<String, String>,
) -> Result<Server> {
    let home = lab.join(MIRRORMAKER);
    files::make_dir(&home)?;
    let config = home.join("mm2.properties");
    let factor = target.brokers.len();
    let (from, to) = (&flow.source, &flow.target);
    let mut properties = Properties::default();
    properties
        .set("clusters", format!("{from}, {to}"))
        .set(&format!("{from}.bootstrap.servers"), &source.bootstrap)
        .set(&format!("{to}.bootstrap.servers"), &target.bootstrap)
        .set(&format!("{from}->{to}.enabled"), true)
        .set(&format!("{to}->{from}.enabled"), false)
        .set("tasks.max", flow.tasks);
    for (key, value) in flow.common(u16::try_from(factor).unwrap_or(1)) {
        properties.set(key, value);
    }
    for storage in ["config", "offset", "status"] {
        properties.set(&format!("{storage}.storage.replication.factor"), factor);
    }
    properties.set("offset.storage.partitions", 4).set("status.storage.partitions", 2);
    properties.set(&format!("{from}->{to}.consumer.isolation.level"), flow.isolation());
    // Each direction has a worker of its own, which takes its settings from the cluster it writes to.
    for cluster in [from, to] {
        properties.set(&format!("{cluster}.offset.flush.interval.ms"), 1000);
        properties.set(&format!("{cluster}.scheduled.rebalance.max.delay.ms"), 0);
    }
    properties.set_all(options).set_all(&flow.options).write(&config)?;
    let argv = java::command(jars, &home, java::MIRRORMAKER, &[&config.display().to_string()]);
    Ok(Server::new(MIRRORMAKER, argv, home.join("mirrormaker.log")))
}

/// Waits until a heartbeat written to the source has been copied to the target: the whole flow works. With
/// heartbeats turned off, until the flow has created its topic of offset syncs.
pub(crate) fn await_copying(
    flow: &Flow,
    clusters: [&Cluster; 2],
    server: &Server,
    guard: &mut Guard,
) -> Result<()> {
    let [source, target] = clusters;
    let beats = flow.options.get("emit.heartbeats.enabled").is_none_or(|value| value != "false");
    let (cluster, topic) = if beats {
        (target, "heartbeats".to_owned())
    } else {
        (source, format!("mm2-offset-syncs.{}.internal", flow.target))
    };
    let client = crate::client::consumer(cluster, &[])?;
    let end = Instant::now() + REPLICATOR_READY;
    loop {
        let there = match rdkafka::consumer::Consumer::fetch_watermarks(&client, &topic, 0, PROBE) {
            Ok((_, high)) => !beats || high > 0,
            Err(_) => false,
        };
        if there {
            return Ok(());
        }
        guard.still_runs(server)?;
        if Instant::now() > end {
            return Err(LabError::NotReady {
                server: server.name.clone(),
                seconds: REPLICATOR_READY.as_secs(),
                waited_for: format!("topic {topic} on the {} cluster", cluster.side),
                log: server.log.clone(),
                tail: log_tail(&server.log),
            });
        }
        std::thread::sleep(POLL);
    }
}
