//! From an address to a connected stream; each way of failing has its own words.

use super::error::{WireError, WireErrorKind};
use super::stream::{self, Stream};
use super::tls;
use crate::patience::{Patience, SLICE};
use crate::properties::{BrokerAddress, ClusterConfig};
use std::io;
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::mpsc;

/// Resolves, connects and shakes hands.
pub(super) fn dial(
    config: &ClusterConfig,
    broker: &BrokerAddress,
    patience: &Patience,
) -> Result<Stream, WireError> {
    let patience = patience.at_most(config.connect_timeout);
    let addresses = resolve(broker, &patience)?;
    let socket = connect(broker, &addresses, &patience)?;
    // A request is one write; waiting to merge it with the next one only costs time.
    socket
        .set_nodelay(true)
        .map_err(|error| WireError::new(WireErrorKind::NotConnected, broker, error.to_string()))?;
    stream::sliced(&socket, &broker.to_string())?;
    if config.protocol.is_encrypted() {
        Ok(Stream::Tls(Box::new(tls::handshake(&config.tls, broker, socket, &patience)?)))
    } else {
        Ok(Stream::Plain(socket))
    }
}

/// The system's resolver knows no deadline, so it runs on a thread that may outlive the wait.
fn resolve(broker: &BrokerAddress, patience: &Patience) -> Result<Vec<SocketAddr>, WireError> {
    let not = |why: String| {
        WireError::new(WireErrorKind::NotResolved, broker, why)
            .next("check the name in bootstrap.servers and in the brokers' advertised.listeners, and the DNS of this machine")
    };
    if let Ok(ip) = broker.host.parse() {
        return Ok(vec![SocketAddr::new(ip, broker.port)]);
    }
    let (send, receive) = mpsc::channel();
    let name = (broker.host.clone(), broker.port);
    std::thread::Builder::new()
        .name("resolve".to_owned())
        .spawn(move || send.send(name.to_socket_addrs().map(Vec::from_iter)))
        .map_err(|error| not(error.to_string()))?;
    loop {
        match receive.recv_timeout(SLICE.min(patience.remaining())) {
            Ok(Ok(addresses)) if !addresses.is_empty() => return Ok(addresses),
            Ok(Ok(_)) => return Err(not(format!("the name {} has no address", broker.host))),
            Ok(Err(error)) => return Err(not(format!("the name {} is not resolved: {error}", broker.host))),
            Err(_) if patience.is_stopped() => {
                return Err(WireError::new(WireErrorKind::Stopped, broker, "stopped by the caller"));
            }
            Err(_) if patience.is_over() => {
                return Err(not(format!("the name {} is not resolved in time", broker.host)));
            }
            Err(_) => {}
        }
    }
}

fn connect(
    broker: &BrokerAddress,
    addresses: &[SocketAddr],
    patience: &Patience,
) -> Result<TcpStream, WireError> {
    let mut last = None;
    for address in addresses {
        if patience.is_stopped() {
            return Err(WireError::new(WireErrorKind::Stopped, broker, "stopped by the caller"));
        }
        let left = patience.remaining();
        if left.is_zero() {
            break;
        }
        match TcpStream::connect_timeout(address, left) {
            Ok(socket) => return Ok(socket),
            Err(error) => last = Some((address, error)),
        }
    }
    let Some((address, error)) = last else {
        return Err(WireError::new(WireErrorKind::NotConnected, broker, "no connection in time"));
    };
    let (why, next) = match error.kind() {
        io::ErrorKind::ConnectionRefused => {
            ("connection refused", "is the broker running, and is this its port?")
        }
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => {
            ("no connection in time", "is a firewall or security group dropping packets?")
        }
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
            ("no route to it", "is the network or VPN up?")
        }
        _ => ("no connection", "check network and address"),
    };
    let why = match error.kind() {
        io::ErrorKind::ConnectionRefused => format!("{why} at {address}"),
        _ => format!("{why} at {address}: {error}"),
    };
    Err(WireError::new(WireErrorKind::NotConnected, broker, why).next(next))
}
