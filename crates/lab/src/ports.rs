//! Free loopback ports.

use std::net::{Ipv4Addr, TcpListener};

use crate::error::{LabError, Result};
use crate::limits::PORT_ATTEMPTS;
use crate::random;

/// Below the range Linux gives to outgoing connections (32768 and up), so that a server that restarts finds its
/// port still free: no client of anybody can have been given it meanwhile.
const FIRST: u16 = 15_000;
const COUNT: u16 = 17_000;

/// `N` different ports that nobody listens on at this moment. Another process may take one before our server
/// binds it; whoever starts a server chooses again then.
pub(crate) fn free<const N: usize>() -> Result<[u16; N]> {
    let mut held = Vec::with_capacity(N);
    let mut ports = [0; N];
    for port in &mut ports {
        let listener = hold_one()?;
        *port = listener
            .local_addr()
            .map_err(|error| LabError::Spec(format!("cannot read the number of a free port: {error}")))?
            .port();
        held.push(listener);
    }
    Ok(ports)
}

fn hold_one() -> Result<TcpListener> {
    for _ in 0..PORT_ATTEMPTS * 20 {
        let port = FIRST + u16::from_ne_bytes(random::bytes::<2>()?) % COUNT;
        if let Ok(listener) = TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
            return Ok(listener);
        }
    }
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .map_err(|error| LabError::Spec(format!("cannot bind any port of 127.0.0.1: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_of_one_call_differ_and_can_be_bound() {
        let ports = free::<8>().unwrap();
        for (i, port) in ports.iter().enumerate() {
            assert!(!ports[..i].contains(port));
            TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).unwrap();
        }
    }
}
