use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use serde_json::{Map, Value, json};

use super::Rest;
use crate::cluster::Cluster;
use crate::error::{LabError, Result};
use crate::files;
use crate::flow::Flow;
use crate::jars::Jars;
use crate::java;
use crate::limits::{POLL, REPLICATOR_READY};
use crate::process::{Guard, Server, log_tail};
use crate::properties::Properties;

/// The three connectors of a flow: suffix of the name and class.
const CONNECTORS: [(&str, &str); 3] = [
    ("source", "org.apache.kafka.connect.mirror.MirrorSourceConnector"),
    ("checkpoint", "org.apache.kafka.connect.mirror.MirrorCheckpointConnector"),
    ("heartbeat", "org.apache.kafka.connect.mirror.MirrorHeartbeatConnector"),
];

const BYTES: &str = "org.apache.kafka.connect.converters.ByteArrayConverter";

/// Writes the configuration of a Connect worker beside the target cluster. `name` is its server's and its
/// folder's name, and part of its internal topics' names.
pub(crate) fn worker(
    lab: &Path,
    name: &str,
    target: &Cluster,
    port: u16,
    jars: &Jars,
    options: &BTreeMap<String, String>,
) -> Result<Server> {
    let home = lab.join(name);
    files::make_dir(&home)?;
    let config = home.join("worker.properties");
    let factor = target.brokers.len();
    Properties::default()
        .set("bootstrap.servers", &target.bootstrap)
        .set("group.id", format!("cutover-lab-{name}"))
        .set("listeners", format!("http://127.0.0.1:{port}"))
        .set("rest.advertised.host.name", "127.0.0.1")
        .set("rest.advertised.port", port)
        .set("plugin.discovery", "service_load")
        .set("connector.client.config.override.policy", "All")
        .set("key.converter", "org.apache.kafka.connect.json.JsonConverter")
        .set("value.converter", "org.apache.kafka.connect.json.JsonConverter")
        .set("config.storage.topic", format!("cutover-lab-{name}-configs"))
        .set("config.storage.replication.factor", factor)
        .set("offset.storage.topic", format!("cutover-lab-{name}-offsets"))
        .set("offset.storage.replication.factor", factor)
        .set("offset.storage.partitions", 4)
        .set("status.storage.topic", format!("cutover-lab-{name}-status"))
        .set("status.storage.replication.factor", factor)
        .set("status.storage.partitions", 2)
        .set("offset.flush.interval.ms", 1000)
        // A worker that was killed on purpose comes back at once and gets its tasks at once.
        .set("scheduled.rebalance.max.delay.ms", 0)
        .set_all(options)
        .write(&config)?;
    let argv = java::command(jars, &home, java::CONNECT, &[&config.display().to_string()]);
    Ok(Server::new(name, argv, home.join("connect.log")))
}

/// Creates or changes the connectors of a flow.
pub(crate) fn put_flow(
    rest: &Rest,
    flow: &Flow,
    clusters: [&Cluster; 2],
    server: &Server,
    guard: Option<&mut Guard>,
) -> Result<()> {
    let mut patience = Patience::new(server, guard);
    for (suffix, class) in CONNECTORS {
        let path = format!("/connectors/{}-{suffix}/config", flow.name);
        let config = connector(flow, class, clusters);
        patience.retry(|| rest.put(&path, &config).map(|_| ()))?;
    }
    Ok(())
}

/// Removes the connectors of a flow; Connect keeps their offsets.
pub(crate) fn remove_flow(rest: &Rest, flow: &Flow, server: &Server) -> Result<()> {
    let mut patience = Patience::new(server, None);
    for (suffix, _) in CONNECTORS {
        let path = format!("/connectors/{}-{suffix}", flow.name);
        patience.retry(|| match rest.delete(&path) {
            Err(LabError::Connect { answer, .. }) if answer.starts_with("404") => Ok(()),
            other => other.map(|_| ()),
        })?;
    }
    Ok(())
}

/// Waits until the connectors of a flow and all their tasks run.
pub(crate) fn await_flow(rest: &Rest, flow: &Flow, server: &Server, guard: Option<&mut Guard>) -> Result<()> {
    let mut patience = Patience::new(server, guard);
    for (suffix, _) in CONNECTORS {
        let name = format!("{}-{suffix}", flow.name);
        let path = format!("/connectors/{name}/status");
        patience.retry(|| {
            let status = rest.get(&path)?;
            let states = states(&status);
            if states.iter().all(|state| *state == "RUNNING") {
                return Ok(());
            }
            Err(LabError::Connect { what: format!("connector {name}"), answer: status.to_string() })
        })?;
    }
    Ok(())
}

/// The states of a connector and its tasks. A connector with nothing to copy yet has no task.
fn states(status: &Value) -> Vec<&str> {
    let tasks = status["tasks"].as_array().map(Vec::as_slice).unwrap_or_default();
    std::iter::once(&status["connector"])
        .chain(tasks)
        .map(|part| part["state"].as_str().unwrap_or("UNKNOWN"))
        .collect()
}

fn connector(flow: &Flow, class: &str, [source, target]: [&Cluster; 2]) -> Value {
    let mut config = Map::new();
    let mut set = |key: &str, value: String| config.insert(key.to_owned(), json!(value));
    set("connector.class", class.to_owned());
    set("tasks.max", flow.tasks.to_string());
    set("source.cluster.alias", flow.source.clone());
    set("target.cluster.alias", flow.target.clone());
    set("source.cluster.bootstrap.servers", source.bootstrap.clone());
    set("target.cluster.bootstrap.servers", target.bootstrap.clone());
    // The worker's own converters would re-encode what is copied.
    for converter in ["key.converter", "value.converter", "header.converter"] {
        set(converter, BYTES.to_owned());
    }
    for (key, value) in flow.common(u16::try_from(target.brokers.len()).unwrap_or(1)) {
        set(key, value);
    }
    set("consumer.isolation.level", flow.isolation().to_owned());
    for (key, value) in &flow.options {
        set(key, value.clone());
    }
    Value::Object(config)
}

/// Tries again what Connect refuses while it starts or rebalances, until the time for the replicator is over or
/// its process has ended.
pub(super) struct Patience<'a> {
    server: &'a Server,
    guard: Option<&'a mut Guard>,
    end: Instant,
}

impl<'a> Patience<'a> {
    pub(super) fn new(server: &'a Server, guard: Option<&'a mut Guard>) -> Self {
        Patience { server, guard, end: Instant::now() + REPLICATOR_READY }
    }

    pub(super) fn retry(&mut self, mut attempt: impl FnMut() -> Result<()>) -> Result<()> {
        loop {
            let refused = match attempt() {
                Ok(()) => return Ok(()),
                Err(refused) => refused,
            };
            if let Some(guard) = &mut self.guard {
                guard.still_runs(self.server)?;
            } else if !self.server.runs() {
                return Err(refused);
            }
            // A configuration that is wrong stays wrong.
            let hopeless = matches!(&refused, LabError::Connect { answer, .. } if answer.starts_with("400"));
            if hopeless {
                return Err(refused);
            }
            if Instant::now() > self.end {
                return Err(LabError::NotReady {
                    server: self.server.name.clone(),
                    seconds: REPLICATOR_READY.as_secs(),
                    waited_for: refused.to_string(),
                    log: self.server.log.clone(),
                    tail: log_tail(&self.server.log),
                });
            }
            std::thread::sleep(POLL);
        }
    }
}
