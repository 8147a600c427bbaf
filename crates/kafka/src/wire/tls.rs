//! The TLS handshake, with the reason when it fails.

use super::error::{WireError, WireErrorKind};
use super::stream::go_on;
use crate::patience::Patience;
use crate::properties::{Authorities, BrokerAddress, Tls};
use openssl::error::ErrorStack;
use openssl::pkey::{PKey, Private};
use openssl::ssl::{HandshakeError, SslConnector, SslMethod, SslStream, SslVerifyMode, SslVersion};
use openssl::x509::X509;
use openssl::x509::X509VerifyResult;
use openssl::x509::store::X509StoreBuilder;
use secrecy::{ExposeSecret, SecretString};
use std::net::TcpStream;
use std::path::Path;

/// Shakes hands within the caller's patience.
pub(super) fn handshake(
    tls: &Tls,
    broker: &BrokerAddress,
    socket: TcpStream,
    patience: &Patience,
) -> Result<SslStream<TcpStream>, WireError> {
    let connector = connector(tls).map_err(|what| WireError::new(WireErrorKind::Tls, broker, what))?;
    let mut settings =
        connector.configure().map_err(|error| WireError::new(WireErrorKind::Tls, broker, plain(&error)))?;
    settings.set_verify_hostname(tls.verify_host);
    let name = broker.to_string();
    let mut attempt = settings.connect(&broker.host, socket);
    loop {
        attempt = match attempt {
            Ok(stream) => return Ok(stream),
            Err(HandshakeError::WouldBlock(half)) => {
                go_on(patience, &name)?;
                half.handshake()
            }
            Err(HandshakeError::SetupFailure(error)) => {
                return Err(WireError::new(WireErrorKind::Tls, broker, plain(&error)));
            }
            Err(HandshakeError::Failure(half)) => {
                let verified = half.ssl().verify_result();
                return Err(failed(broker, verified, &half.error().to_string()));
            }
        };
    }
}

fn failed(broker: &BrokerAddress, verified: X509VerifyResult, error: &str) -> WireError {
    let of = |why: String, next: &str| WireError::new(WireErrorKind::Tls, broker, why).next(next);
    if verified != X509VerifyResult::OK {
        let why =
            format!("TLS handshake failed: the broker's certificate is refused: {}", verified.error_string());
        let next = match verified.error_string() {
            text if text.contains("expired") => {
                "the broker's certificate has to be renewed (or this machine's clock is wrong)"
            }
            text if text.contains("ostname") || text.contains("IP address") => {
                "connect by a name the certificate holds, or have it reissued with this name"
            }
            _ => "give the authority that signed it as ssl.truststore.location (PEM)",
        };
        return of(why, next);
    }
    let lower = error.to_ascii_lowercase();
    if lower.contains("wrong version number")
        || lower.contains("record layer")
        || lower.contains("packet length too long")
    {
        return of(
            "TLS handshake failed: this listener does not speak TLS".to_owned(),
            "use the listener's real security.protocol (PLAINTEXT or SASL_PLAINTEXT), or its TLS port",
        );
    }
    if lower.contains("certificate required") || lower.contains("alert") && lower.contains("certificate") {
        return of(
            format!("TLS handshake failed: {error}"),
            "the broker wants (another) client certificate: ssl.keystore.location with PEM",
        );
    }
    of(
        format!("TLS handshake failed: {error}"),
        "compare the listener's TLS settings with this configuration",
    )
}

fn connector(tls: &Tls) -> Result<SslConnector, String> {
    let fail = |what: &'static str| move |error: ErrorStack| format!("{what}: {}", plain(&error));
    let mut builder = SslConnector::builder(SslMethod::tls_client()).map_err(fail("TLS cannot be set up"))?;
    builder.set_min_proto_version(Some(SslVersion::TLS1_2)).map_err(fail("TLS 1.2 is not available"))?;
    match &tls.authorities {
        Authorities::System => {}
        Authorities::Pem(pem) => {
            let mut store = X509StoreBuilder::new().map_err(fail("TLS cannot be set up"))?;
            let all = X509::stack_from_pem(pem.as_bytes())
                .map_err(fail("the trusted certificates are no PEM certificates"))?;
            for certificate in all {
                store.add_cert(certificate).map_err(fail("a trusted certificate is unusable"))?;
            }
            builder.set_cert_store(store.build());
        }
        Authorities::Directory(path) => builder
            .load_verify_locations(None, Some(Path::new(path)))
            .map_err(fail("the folder of trusted certificates is unusable"))?,
    }
    if let (Some(chain), Some(key)) = (&tls.certificate_pem, &tls.key_pem) {
        let mut chain = X509::stack_from_pem(chain.as_bytes())
            .map_err(fail("the client certificate is no PEM certificate"))?
            .into_iter();
        if let Some(own) = chain.next() {
            builder.set_certificate(&own).map_err(fail("the client certificate is unusable"))?;
        }
        for link in chain {
            builder
                .add_extra_chain_cert(link)
                .map_err(fail("a link of the client certificate's chain is unusable"))?;
        }
        let key = private_key(key, tls.key_password.as_ref())
            .map_err(fail("the private key cannot be read (is ssl.key.password right?)"))?;
        builder
            .set_private_key(&key)
            .map_err(fail("the private key does not belong to the client certificate"))?;
    }
    builder.set_verify(if tls.verify_chain { SslVerifyMode::PEER } else { SslVerifyMode::NONE });
    Ok(builder.build())
}

fn private_key(pem: &SecretString, password: Option<&SecretString>) -> Result<PKey<Private>, ErrorStack> {
    let password = password.map(|password| password.expose_secret().as_bytes()).unwrap_or_default();
    // The callback form never asks at the terminal.
    PKey::private_key_from_pem_callback(pem.expose_secret().as_bytes(), |buffer| {
        let length = password.len().min(buffer.len());
        buffer[..length].copy_from_slice(&password[..length]);
        Ok(length)
    })
}

/// OpenSSL's reasons without its source locations.
fn plain(error: &ErrorStack) -> String {
    let reasons: Vec<&str> = error.errors().iter().filter_map(|error| error.reason()).collect();
    if reasons.is_empty() { "no reason given by OpenSSL".to_owned() } else { reasons.join(", ") }
}
