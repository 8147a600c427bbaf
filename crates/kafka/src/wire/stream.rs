//! Bytes to and from one broker, with an end to every wait.

use super::error::{WireError, WireErrorKind};
use crate::patience::{Patience, SLICE};
use openssl::ssl::SslStream;
use std::io::{self, Read, Write};
use std::net::TcpStream;

/// A connected socket.
pub(super) enum Stream {
    Plain(TcpStream),
    Tls(Box<SslStream<TcpStream>>),
}

impl Stream {
    /// Writes everything or fails.
    pub fn write_all(&mut self, bytes: &[u8], patience: &Patience, broker: &str) -> Result<(), WireError> {
        let mut rest = bytes;
        while !rest.is_empty() {
            go_on(patience, broker)?;
            let written = match self {
                Stream::Plain(socket) => socket.write(rest),
                Stream::Tls(stream) => stream.write(rest),
            };
            match written {
                Ok(0) => {
                    return Err(WireError::new(WireErrorKind::Lost, broker, "the connection was closed"));
                }
                Ok(count) => rest = &rest[count..],
                Err(error) => passing(error, broker)?,
            }
        }
        Ok(())
    }

    /// Fills the whole buffer or fails.
    pub fn read_exact(
        &mut self,
        buffer: &mut [u8],
        patience: &Patience,
        broker: &str,
    ) -> Result<(), WireError> {
        let mut filled = 0;
        while filled < buffer.len() {
            go_on(patience, broker)?;
            let read = match self {
                Stream::Plain(socket) => socket.read(&mut buffer[filled..]),
                Stream::Tls(stream) => stream.read(&mut buffer[filled..]),
            };
            match read {
                Ok(0) => {
                    return Err(WireError::new(
                        WireErrorKind::Lost,
                        broker,
                        "the broker closed the connection",
                    ));
                }
                Ok(count) => filled += count,
                Err(error) => passing(error, broker)?,
            }
        }
        Ok(())
    }
}

/// Makes every later socket operation come back after one slice at the latest, to look at clock and stop flag.
pub(super) fn sliced(socket: &TcpStream, broker: &str) -> Result<(), WireError> {
    socket
        .set_read_timeout(Some(SLICE))
        .and_then(|()| socket.set_write_timeout(Some(SLICE)))
        .map_err(|error| WireError::new(WireErrorKind::NotConnected, broker, error.to_string()))
}

/// Looks at clock and stop flag.
pub(super) fn go_on(patience: &Patience, broker: &str) -> Result<(), WireError> {
    if patience.is_stopped() {
        return Err(WireError::new(WireErrorKind::Stopped, broker, "stopped by the caller"));
    }
    if patience.is_over() {
        return Err(WireError::new(WireErrorKind::TimedOut, broker, "the broker gave no answer in time")
            .next("is the broker overloaded, or something else listening there? try again with more time"));
    }
    Ok(())
}

/// A timeout of one slice is no failure.
fn passing(error: io::Error, broker: &str) -> Result<(), WireError> {
    match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted => Ok(()),
        _ => Err(WireError::new(WireErrorKind::Lost, broker, format!("the connection broke: {error}"))),
    }
}
