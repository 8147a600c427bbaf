use std::io;

use runbook::world::Reason;
use rustls::CertificateError;
use ureq::{Error, Timeout};

use super::Request;
use crate::{ServiceError, limits};

/// What went wrong with `request`, in words that name the host and what to try.
pub fn explain(error: Error, request: &Request) -> ServiceError {
    let host = request.url.host_and_port();
    let seconds = limits::CONNECT.as_secs();
    let unreachable = |why: String| ServiceError::new(Reason::Unreachable, format!("{request}: {why}"));
    let failed = |why: String| ServiceError::failed(format!("{request}: {why}"));
    match error {
        Error::HostNotFound => no_such_host(request),
        Error::Timeout(Timeout::Resolve) => {
            unreachable(format!("the name of {host} was not resolved within {seconds} s"))
        }
        Error::Timeout(Timeout::Connect) => {
            unreachable(format!("no connection to {host} within {seconds} s"))
                .hint("a firewall or a stopped server drops the connection silently")
        }
        Error::Timeout(_) => {
            ServiceError::new(Reason::TimedOut, format!("{request}: no whole answer in time"))
                .hint("raise the check's timeout, or find out what the server waits for")
        }
        Error::Rustls(error) => tls(&error, request),
        Error::Tls(why) => failed(format!("no secure connection: {why}")),
        Error::Io(error) => from_io(error, request),
        Error::LargeResponseHeader(..) => failed("the answer's headers are larger than 64 KiB".to_owned()),
        Error::Protocol(_) | Error::BodyStalled => failed(format!("{host} does not answer in HTTP"))
            .hint("check the port, and whether it is http or https"),
        Error::ConnectProxyFailed(_) => unreachable("the proxy refused the connection".to_owned())
            .hint("look at HTTPS_PROXY and NO_PROXY in the environment"),
        Error::InvalidProxyUrl => failed("the proxy in the environment is not a URL".to_owned()),
        Error::ConnectionFailed => unreachable(format!("no connection to {host}")),
        other => failed(other.to_string()),
    }
}

/// Whether the request may have reached somebody who reads it. Up to the connection, and to a certificate that is not
/// accepted, nothing of it has left this machine.
pub fn may_be_sent(error: &Error) -> bool {
    match error {
        Error::HostNotFound
        | Error::Timeout(Timeout::Resolve | Timeout::Connect)
        | Error::ConnectProxyFailed(_)
        | Error::InvalidProxyUrl
        | Error::ConnectionFailed => false,
        Error::Rustls(rustls::Error::InvalidCertificate(_)) => false,
        Error::Io(error) => {
            let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
            let untrusted = matches!(inner, Some(rustls::Error::InvalidCertificate(_)));
            let apart = matches!(
                error.kind(),
                io::ErrorKind::ConnectionRefused
                    | io::ErrorKind::HostUnreachable
                    | io::ErrorKind::NetworkUnreachable
            );
            !untrusted && !apart && !error.to_string().contains("lookup address")
        }
        _ => true,
    }
}

fn from_io(error: io::Error, request: &Request) -> ServiceError {
    if let Some(error) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        return tls(error, request);
    }
    let host = request.url.host_and_port();
    let unreachable = |why: String| ServiceError::new(Reason::Unreachable, format!("{request}: {why}"));
    match error.kind() {
        io::ErrorKind::ConnectionRefused => unreachable(format!("nothing listens at {host}"))
            .hint("check host and port, and whether it is running"),
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
            unreachable(format!("there is no route to {host}"))
        }
        io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted | io::ErrorKind::BrokenPipe => {
            ServiceError::failed(format!(
                "{request}: {host} closed the connection before its answer was whole"
            ))
        }
        io::ErrorKind::UnexpectedEof => {
            let error = ServiceError::failed(format!(
                "{request}: {host} closed the connection before its answer was whole"
            ));
            if request.url.is_https() { error } else { error.hint("does this port expect https?") }
        }
        // The standard library gives a failed look-up no kind of its own.
        _ if error.to_string().contains("lookup address") => no_such_host(request),
        kind => ServiceError::failed(format!("{request}: {kind}")),
    }
}

fn no_such_host(request: &Request) -> ServiceError {
    let host = request.url.host_and_port();
    ServiceError::new(Reason::Unreachable, format!("{request}: there is no address for {host}"))
        .hint("check the spelling, and whether this machine sees the network the name lives in")
}

fn tls(error: &rustls::Error, request: &Request) -> ServiceError {
    let host = request.url.host_and_port();
    let failed = |why: String| ServiceError::failed(format!("{request}: the certificate of {host} {why}"));
    let rustls::Error::InvalidCertificate(certificate) = error else {
        return ServiceError::failed(format!("{request}: no secure connection to {host}: {error}")).hint(
            "check the port, whether it is http or https, and that the server offers TLS 1.2 or newer",
        );
    };
    match certificate {
        // A wrong signature: an authority of the same name, but not the same.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => failed(
            "is not signed by an authority this machine trusts".to_owned(),
        )
        .hint("add its authority to this machine's store, or name a PEM file that holds it in SSL_CERT_FILE"),
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            failed("has expired".to_owned()).hint("have it renewed, and check this machine's clock")
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            failed("is not valid yet".to_owned()).hint("check this machine's clock")
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            failed("is for another name".to_owned()).hint("use a name that stands in the certificate")
        }
        CertificateError::Revoked => failed("is revoked".to_owned()),
        CertificateError::Other(_) => {
            failed("cannot be used as a server's: self-signed, or an authority's own".to_owned())
                .hint("have an authority sign a certificate for the server")
        }
        other => failed(format!("is not accepted: {other}")),
    }
}
