use std::collections::BTreeMap;
use std::path::Path;

use super::{Broker, Cluster, Formatted, await_brokers};
use crate::error::{LabError, Result};
use crate::files;
use crate::jars::Jars;
use crate::java;
use crate::limits::PORT_ATTEMPTS;
use crate::ports;
use crate::process::{Guard, Server, log_says};
use crate::properties::Properties;
use crate::random;
use crate::side::Side;
use crate::version::KafkaVersion;

/// Node ids of separate controllers begin after this.
const CONTROLLERS: i32 = 100;

/// What [`start`] needs to know.
#[derive(Debug)]
pub(crate) struct Kraft<'a> {
    pub(crate) lab: &'a Path,
    pub(crate) side: Side,
    pub(crate) version: KafkaVersion,
    pub(crate) brokers: u16,
    pub(crate) options: &'a BTreeMap<String, String>,
    pub(crate) jars: &'a Jars,
    pub(crate) formatted: &'a Formatted,
}

/// A node and its ports.
#[derive(Debug, Clone, Copy)]
struct Node {
    id: i32,
    broker: bool,
    controller: bool,
    port: u16,
    sasl_port: u16,
    controller_port: u16,
}

/// Starts a cluster and waits until all its brokers answer. Chooses other ports if some were taken meanwhile.
pub(crate) fn start(cluster: &Kraft<'_>) -> Result<(Cluster, Vec<(Server, Guard)>)> {
    let id = random::cluster_id()?;
    let folder = cluster.lab.join(cluster.side.name());
    let mut attempt = 1;
    loop {
        files::remove(&folder)?;
        let started = start_once(cluster, &id, &folder);
        match started {
            Err(LabError::Ended { ref log, ref server, .. })
                if attempt < PORT_ATTEMPTS && log_says(log, "Address already in use") =>
            {
                tracing::info!(%server, attempt, "a port was taken meanwhile; choosing others");
                attempt += 1;
            }
            other => return other,
        }
    }
}

fn start_once(spec: &Kraft<'_>, id: &str, folder: &Path) -> Result<(Cluster, Vec<(Server, Guard)>)> {
    let nodes = nodes(spec.brokers)?;
    let mut servers = Vec::new();
    let mut brokers = Vec::new();
    for node in &nodes {
        let kind = if node.broker { "broker" } else { "controller" };
        let home = folder.join(format!("{kind}-{}", node.id));
        let data = home.join("data");
        spec.formatted.make(&data, id, node.id)?;
        let config = home.join("server.properties");
        properties(spec, node, &nodes, &data).write(&config)?;
        let argv = java::command(spec.jars, &home, java::BROKER, &[&config.display().to_string()]);
        let name = format!("{}/{kind}-{}", spec.side, node.id);
        servers.push(Server::new(name.clone(), argv, home.join("server.log")));
        if node.broker {
            let (port, sasl_port) = (node.port, node.sasl_port);
            brokers.push(Broker { id: node.id, server: name, port, sasl_port, data });
        }
    }
    let list = |port: fn(&Broker) -> u16| {
        brokers.iter().map(|b| format!("127.0.0.1:{}", port(b))).collect::<Vec<_>>().join(",")
    };
    let cluster = Cluster {
        side: spec.side,
        version: spec.version,
        cluster_id: id.to_owned(),
        bootstrap: list(|broker| broker.port),
        sasl_bootstrap: list(|broker| broker.sasl_port),
        properties: spec.lab.join(format!("{}.properties", spec.side)),
        brokers,
    };
    let mut running = Vec::new();
    for mut server in servers {
        let guard = Guard::start(&mut server)?;
        running.push((server, guard));
    }
    await_brokers(&cluster, &cluster.brokers, &mut running)?;
    Ok((cluster, running))
}

/// One node that is broker and controller, or three of each.
fn nodes(brokers: u16) -> Result<Vec<Node>> {
    let node = |id, broker, controller| -> Result<Node> {
        let [port, sasl_port, controller_port] = ports::free::<3>()?;
        Ok(Node { id, broker, controller, port, sasl_port, controller_port })
    };
    if brokers == 1 {
        return Ok(vec![node(1, true, true)?]);
    }
    let count = i32::from(brokers);
    let controllers = (1..=count).map(|id| node(CONTROLLERS + id, false, true));
    controllers.chain((1..=count).map(|id| node(id, true, false))).collect()
}

fn properties(spec: &Kraft<'_>, node: &Node, nodes: &[Node], data: &Path) -> Properties {
    let voters: Vec<String> = nodes
        .iter()
        .filter(|other| other.controller)
        .map(|other| format!("{}@127.0.0.1:{}", other.id, other.controller_port))
        .collect();
    let mut roles = Vec::new();
    let mut listeners = Vec::new();
    let mut properties = Properties::default();
    if node.broker {
        roles.push("broker");
        listeners.push(format!("PLAINTEXT://127.0.0.1:{}", node.port));
        listeners.push(format!("SASL_PLAINTEXT://127.0.0.1:{}", node.sasl_port));
        properties.set("advertised.listeners", listeners.join(","));
        properties.set("inter.broker.listener.name", "PLAINTEXT");
        broker_properties(&mut properties, spec.brokers);
    }
    if node.controller {
        roles.push("controller");
        // Controllers create topics, so these defaults are theirs.
        topic_defaults(&mut properties, spec.brokers);
        listeners.push(format!("CONTROLLER://127.0.0.1:{}", node.controller_port));
    }
    properties
        .set("process.roles", roles.join(","))
        .set("node.id", node.id)
        .set("listeners", listeners.join(","))
        .set(
            "listener.security.protocol.map",
            "PLAINTEXT:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT",
        )
        .set("controller.listener.names", "CONTROLLER")
        .set("controller.quorum.voters", voters.join(","))
        .set("authorizer.class.name", "org.apache.kafka.metadata.authorizer.StandardAuthorizer")
        .set("super.users", "User:ANONYMOUS")
        .set("allow.everyone.if.no.acl.found", true)
        .set("log.dirs", data.display())
        .set_all(spec.options);
    properties
}

/// How replicated a topic is that does not say.
pub(super) fn topic_defaults(properties: &mut Properties, brokers: u16) {
    properties.set("default.replication.factor", brokers).set("min.insync.replicas", in_sync(brokers));
}

/// One replica may be missing where there are three.
fn in_sync(brokers: u16) -> u16 {
    if brokers == 1 { 1 } else { 2 }
}

/// What a broker of either generation is told.
pub(super) fn broker_properties(properties: &mut Properties, brokers: u16) {
    let in_sync = in_sync(brokers);
    properties
        .set("sasl.enabled.mechanisms", "SCRAM-SHA-256")
        .set(
            "listener.name.sasl_plaintext.scram-sha-256.sasl.jaas.config",
            "org.apache.kafka.common.security.scram.ScramLoginModule required;",
        )
        // A topic that a typing mistake in a test creates would hide the mistake.
        .set("auto.create.topics.enable", false)
        .set("group.initial.rebalance.delay.ms", 0)
        // Few partitions of the internal topics: each costs files and an election at the start.
        .set("offsets.topic.num.partitions", 4)
        .set("offsets.topic.replication.factor", brokers)
        .set("transaction.state.log.num.partitions", 4)
        .set("transaction.state.log.replication.factor", brokers)
        .set("transaction.state.log.min.isr", in_sync)
        .set("share.coordinator.state.topic.num.partitions", 4)
        .set("share.coordinator.state.topic.replication.factor", brokers)
        .set("share.coordinator.state.topic.min.isr", in_sync);
}
