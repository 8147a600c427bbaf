//! Login on a fresh connection.

use super::connection::Connection;
use super::error::{WireError, WireErrorKind};
use super::names::name_of;
use super::scram::Scram;
use crate::patience::Patience;
use crate::properties::{Sasl, SaslMechanism};
use bytes::Bytes;
use kafka_protocol::messages::{SaslAuthenticateRequest, SaslHandshakeRequest};
use kafka_protocol::protocol::StrBytes;
use openssl::base64::encode_block;
use openssl::hash::MessageDigest;
use secrecy::ExposeSecret;

const ILLEGAL_SASL_STATE: i16 = 34;
const UNSUPPORTED_SASL_MECHANISM: i16 = 33;

/// Proves who we are.
pub(super) fn login(connection: &mut Connection, sasl: &Sasl, patience: &Patience) -> Result<(), WireError> {
    handshake(connection, sasl.mechanism, patience)?;
    let password = sasl.password.expose_secret();
    match sasl.mechanism {
        SaslMechanism::Plain => {
            let message = format!("\0{}\0{password}", sasl.username);
            send(connection, sasl, message.into_bytes(), patience).map(drop)
        }
        SaslMechanism::ScramSha256 => scram(connection, sasl, MessageDigest::sha256(), password, patience),
        SaslMechanism::ScramSha512 => scram(connection, sasl, MessageDigest::sha512(), password, patience),
    }
}

fn handshake(
    connection: &mut Connection,
    mechanism: SaslMechanism,
    patience: &Patience,
) -> Result<(), WireError> {
    let request = SaslHandshakeRequest::default().with_mechanism(StrBytes::from_static_str(mechanism.name()));
    let answer = connection.call(patience, |_| request)?;
    let broker = connection.broker().to_owned();
    match answer.error_code {
        0 => Ok(()),
        ILLEGAL_SASL_STATE => {
            Err(WireError::new(WireErrorKind::Sasl, broker, "this listener takes no SASL login")
                .next("use the listener's real security.protocol (PLAINTEXT or SSL), or its SASL port"))
        }
        UNSUPPORTED_SASL_MECHANISM => {
            let enabled: Vec<&str> = answer.mechanisms.iter().map(StrBytes::as_str).collect();
            Err(WireError::new(
                WireErrorKind::Sasl,
                broker,
                format!("the broker has no {} login", mechanism.name()),
            )
            .next(format!("it offers: {}", enabled.join(", "))))
        }
        code => {
            Err(WireError::new(WireErrorKind::Sasl, broker, format!("SASL handshake: {}", name_of(code))))
        }
    }
}

fn scram(
    connection: &mut Connection,
    sasl: &Sasl,
    digest: MessageDigest,
    password: &str,
    patience: &Patience,
) -> Result<(), WireError> {
    let broker = connection.broker().to_owned();
    let failed = |why: String| WireError::new(WireErrorKind::Sasl, &broker, why);
    let mut random = [0; 24];
    openssl::rand::rand_bytes(&mut random)
        .map_err(|_| failed("no random numbers from OpenSSL".to_owned()))?;
    let mut scram = Scram::new(digest, &sasl.username, encode_block(&random));
    let challenge = send(connection, sasl, scram.first().into_bytes(), patience)?;
    let challenge = String::from_utf8(challenge.to_vec())
        .map_err(|_| failed("the broker's SCRAM challenge is no text".to_owned()))?;
    let answer = scram.answer(&challenge, password).map_err(failed)?;
    let last = send(connection, sasl, answer.into_bytes(), patience)?;
    scram.finish(&String::from_utf8_lossy(&last)).map_err(failed)
}

fn send(
    connection: &mut Connection,
    sasl: &Sasl,
    message: Vec<u8>,
    patience: &Patience,
) -> Result<Bytes, WireError> {
    let request = SaslAuthenticateRequest::default().with_auth_bytes(Bytes::from(message));
    let answer = connection.call(patience, |_| request).map_err(|error| match error.kind {
        // Some brokers close the connection instead of answering a failed login.
        WireErrorKind::Lost => {
            refused(&error.broker, sasl, "the broker closed the connection during the login")
        }
        _ => error,
    })?;
    if answer.error_code == 0 {
        return Ok(answer.auth_bytes);
    }
    let told = answer.error_message.as_ref().map(|text| text.as_str().trim()).filter(|text| !text.is_empty());
    // The broker's words, cut: they are not ours and may be long.
    let told: String = told.unwrap_or(name_of(answer.error_code)).chars().take(200).collect();
    // A proxy that echoes what it was given must not make us print it.
    let told = told.replace(sasl.password.expose_secret(), "***");
    Err(refused(connection.broker(), sasl, &told))
}

fn refused(broker: &str, sasl: &Sasl, told: &str) -> WireError {
    let why = format!("login of {} with {} failed: {told}", sasl.username, sasl.mechanism.name());
    WireError::new(WireErrorKind::Sasl, broker, why)
        .next("check user name and password, and that this user exists on this cluster")
}
