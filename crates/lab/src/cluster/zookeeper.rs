//! A cluster of the ZooKeeper generation.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::Path;
use std::time::Instant;

use super::{Broker, Cluster, Start, await_brokers, settings};
use crate::error::{LabError, Result};
use crate::files;
use crate::java;
use crate::limits::{BROKER_READY, FORMAT, POLL, PROBE};
use crate::ports;
use crate::process::{Guard, Server, log_tail};
use crate::properties::Properties;

const ZOOKEEPER: &str = "org.apache.zookeeper.server.quorum.QuorumPeerMain";

/// Starts ZooKeeper, creates the users in it, and then the brokers, on ports that are free at this moment.
pub(super) fn start(spec: &Start<'_>, folder: &Path) -> Result<(Cluster, Vec<(Server, Guard)>)> {
    let [port] = ports::free::<1>()?;
    let mut running = vec![start_zookeeper(spec, folder, port)?];
    create_users(spec, folder, port)?;
    let mut brokers = Vec::new();
    for id in 1..=i32::from(spec.brokers) {
        let [plain, sasl] = ports::free::<2>()?;
        let home = folder.join(format!("broker-{id}"));
        files::make_dir(&home)?;
        let broker = Broker {
            id,
            server: format!("{}/broker-{id}", spec.side),
            port: plain,
            sasl_port: sasl,
            data: home.join("data"),
        };
        let config = home.join("server.properties");
        properties(spec, &broker, port).write(&config)?;
        let argv = java::command(spec.jars, &home, java::BROKER, &[&config.display().to_string()]);
        let mut server = Server::new(broker.server.clone(), argv, home.join("server.log"));
        let guard = Guard::start(&mut server)?;
        running.push((server, guard));
        brokers.push(broker);
    }
    // The brokers themselves make up the cluster's id.
    let mut cluster = Cluster::new(spec.lab, spec.side, spec.version, String::new(), brokers);
    await_brokers(&cluster, &cluster.brokers, &mut running)?;
    cluster.cluster_id = super::ready::cluster_id(&cluster)?;
    Ok((cluster, running))
}

fn start_zookeeper(spec: &Start<'_>, folder: &Path, port: u16) -> Result<(Server, Guard)> {
    let home = folder.join("zookeeper");
    files::make_dir(&home)?;
    let config = home.join("zookeeper.properties");
    Properties::default()
        .set("dataDir", home.join("data").display())
        .set("clientPort", port)
        .set("clientPortAddress", "127.0.0.1")
        .set("maxClientCnxns", 0)
        .set("admin.enableServer", false)
        .set("4lw.commands.whitelist", "ruok")
        .write(&config)?;
    let argv = java::command(spec.jars, &home, ZOOKEEPER, &[&config.display().to_string()]);
    let mut server = Server::new(format!("{}/zookeeper", spec.side), argv, home.join("server.log"));
    let mut guard = Guard::start(&mut server)?;
    await_zookeeper(&server, &mut guard)?;
    Ok((server, guard))
}

/// True for the server of a ZooKeeper.
pub(crate) fn is_zookeeper(server: &Server) -> bool {
    server.argv.iter().any(|word| word == ZOOKEEPER)
}

/// Waits until a ZooKeeper says that it is well. Its port stands in its configuration, the last of its arguments.
pub(crate) fn await_zookeeper(server: &Server, guard: &mut Guard) -> Result<()> {
    let config = Path::new(server.argv.last().map_or("", String::as_str));
    let text = std::fs::read_to_string(config).map_err(LabError::file("read", config))?;
    let port = text.lines().find_map(|line| line.strip_prefix("clientPort=")?.parse().ok());
    let port = port.ok_or_else(|| LabError::Spec(format!("{} names no clientPort", config.display())))?;
    let end = Instant::now() + BROKER_READY;
    while !is_ok(port) {
        guard.still_runs(server)?;
        if Instant::now() > end {
            return Err(LabError::NotReady {
                server: server.name.clone(),
                seconds: BROKER_READY.as_secs(),
                waited_for: "its answer to ruok".into(),
                log: server.log.clone(),
                tail: log_tail(&server.log),
            });
        }
        std::thread::sleep(POLL);
    }
    Ok(())
}

/// Asks ZooKeeper in its own words.
fn is_ok(port: u16) -> bool {
    let ask = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect_timeout(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)), PROBE)?;
        stream.set_read_timeout(Some(PROBE))?;
        stream.write_all(b"ruok")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    };
    ask().is_ok_and(|answer| answer == "imok")
}

/// One run of Kafka's tool per user, all at once: it takes no list of them.
fn create_users(spec: &Start<'_>, folder: &Path, port: u16) -> Result<()> {
    let zookeeper = format!("127.0.0.1:{port}");
    let home = folder.join("users");
    let mut tools = Vec::new();
    for user in spec.users {
        let password = format!("SCRAM-SHA-256=[password={}]", user.password);
        let args =
            ["--zookeeper", &zookeeper, "--alter", "--add-config", &password, "--entity-type", "users"];
        let args = [&args[..], &["--entity-name", &user.name]].concat();
        let argv = java::command(spec.jars, &home, "kafka.admin.ConfigCommand", &args);
        let name = format!("creating user {} in ZooKeeper", user.name);
        let mut tool = Server::new(name, argv, home.join(format!("{}.log", user.name)));
        let guard = Guard::start(&mut tool)?;
        tools.push((tool, guard));
    }
    tools.into_iter().try_for_each(|(tool, guard)| guard.finish(&tool, FORMAT))
}

fn properties(spec: &Start<'_>, broker: &Broker, zookeeper: u16) -> Properties {
    let listeners =
        format!("PLAINTEXT://127.0.0.1:{},SASL_PLAINTEXT://127.0.0.1:{}", broker.port, broker.sasl_port);
    let mut properties = Properties::default();
    settings::broker(&mut properties, spec.brokers);
    settings::topics(&mut properties, spec.brokers);
    settings::access(&mut properties);
    properties
        .set("broker.id", broker.id)
        .set("zookeeper.connect", format!("127.0.0.1:{zookeeper}"))
        .set("listeners", &listeners)
        .set("advertised.listeners", &listeners)
        .set("inter.broker.listener.name", "PLAINTEXT")
        .set("authorizer.class.name", "kafka.security.authorizer.AclAuthorizer")
        .set("log.dirs", broker.data.display())
        .set_all(spec.options);
    properties
}
