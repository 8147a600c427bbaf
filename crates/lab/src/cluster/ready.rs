use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Instant;

use rdkafka::ClientConfig;
use rdkafka::consumer::Consumer;

use super::{Broker, Cluster};
use crate::client::{Quiet, Reader};
use crate::error::{LabError, Result};
use crate::limits::{ADMIN_CALL, BROKER_READY, POLL, PROBE};
use crate::process::{Guard, Server, log_tail};

/// Waits until each of these brokers answers a metadata request that names all of them and the cluster's id. A broker that ended, or that does not answer in time, is an error with the end of its log.
pub(crate) fn await_brokers(
    cluster: &Cluster,
    awaited: &[Broker],
    running: &mut [(Server, Guard)],
) -> Result<()> {
    let end = Instant::now() + BROKER_READY;
    for broker in awaited {
        let mut waited_for;
        loop {
            for (server, guard) in running.iter_mut() {
                guard.still_runs(server)?;
            }
            waited_for = match ask(cluster, broker.port, awaited) {
                Ok(()) => break,
                Err(missing) => missing,
            };
            if Instant::now() > end {
                let log = running
                    .iter()
                    .find(|(server, _)| server.name == broker.server)
                    .map(|(server, _)| server.log.clone())
                    .unwrap_or_default();
                return Err(LabError::NotReady {
                    server: broker.server.clone(),
                    seconds: BROKER_READY.as_secs(),
                    waited_for,
                    tail: log_tail(&log),
                    log,
                });
            }
            std::thread::sleep(POLL);
        }
    }
    Ok(())
}

/// Asks one broker who is in the cluster; tells what is still missing.
fn ask(cluster: &Cluster, port: u16, awaited: &[Broker]) -> std::result::Result<(), String> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    // A refused connection is found out here at once; librdkafka would back off before it tries again.
    TcpStream::connect_timeout(&address, PROBE)
        .map_err(|error| format!("{address} does not accept: {error}"))?;
    let client: Reader = ClientConfig::new()
        .set("bootstrap.servers", address.to_string())
        .create_with_context(Quiet)
        .map_err(|error| error.to_string())?;
    let metadata =
        client.fetch_metadata(None, PROBE).map_err(|error| format!("{address} does not answer: {error}"))?;
    if let Some(missing) = awaited.iter().find(|b| metadata.brokers().iter().all(|known| known.id() != b.id))
    {
        return Err(format!("{address} does not know broker {} yet", missing.id));
    }
    match client.client().fetch_cluster_id(PROBE) {
        Some(id) if cluster.cluster_id.is_empty() || id == cluster.cluster_id => Ok(()),
        Some(id) => Err(format!("{address} belongs to cluster {id} instead of {}", cluster.cluster_id)),
        None => Err(format!("{address} does not tell its cluster id")),
    }
}

/// The id that a cluster's brokers answer.
pub(super) fn cluster_id(cluster: &Cluster) -> Result<String> {
    let client = crate::client::consumer(cluster, &[])?;
    client.client().fetch_cluster_id(ADMIN_CALL).ok_or_else(|| LabError::Unexpected {
        cluster: cluster.side.to_string(),
        what: "its brokers do not tell the cluster's id".into(),
    })
}
