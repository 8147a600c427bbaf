use std::path::Path;

use super::{Broker, Cluster, Start, await_brokers, settings};
use crate::error::{LabError, Result};
use crate::java;
use crate::ports;
use crate::process::{Guard, Server};
use crate::properties::Properties;
use crate::random;

/// Node ids of separate controllers begin after this.
const CONTROLLERS: i32 = 100;

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

/// Starts a cluster once, on ports that are free at this moment.
pub(super) fn start(spec: &Start<'_>, folder: &Path) -> Result<(Cluster, Vec<(Server, Guard)>)> {
    let id = &random::cluster_id()?;
    let Some(formatted) = spec.formatted else {
        return Err(LabError::Spec(format!("Kafka {} has no storage to format", spec.version)));
    };
    let nodes = nodes(spec.brokers)?;
    let mut servers = Vec::new();
    let mut brokers = Vec::new();
    for node in &nodes {
        let kind = if node.broker { "broker" } else { "controller" };
        let home = folder.join(format!("{kind}-{}", node.id));
        let data = home.join("data");
        formatted.make(&data, id, node.id)?;
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
    let cluster = Cluster::new(spec.lab, spec.side, spec.version, id.to_owned(), brokers);
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

fn properties(spec: &Start<'_>, node: &Node, nodes: &[Node], data: &Path) -> Properties {
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
        settings::broker(&mut properties, spec.brokers);
    }
    if node.controller {
        roles.push("controller");
        // Controllers create topics, so these defaults are theirs.
        settings::topics(&mut properties, spec.brokers);
        listeners.push(format!("CONTROLLER://127.0.0.1:{}", node.controller_port));
    }
    settings::access(&mut properties);
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
        .set("log.dirs", data.display())
        .set_all(spec.options);
    properties
}
