//! One connection to one broker: framing, correlation, version negotiation, login.

use super::call::Call;
use super::dial;
use super::error::{WireError, WireErrorKind};
use super::sasl;
use super::stream::Stream;
use super::traffic::Traffic;
use super::versions::{ApiVersions, VersionRange};
use crate::patience::Patience;
use crate::properties::{BrokerAddress, ClusterConfig};
use bytes::{Buf, BufMut, Bytes, BytesMut};
use kafka_protocol::messages::{ApiVersionsRequest, ApiVersionsResponse, RequestHeader, ResponseHeader};
use kafka_protocol::protocol::{Decodable, Encodable, HeaderVersion, StrBytes};
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

/// The largest answer taken. Kafka's own clients have no limit; 256 MiB is the metadata of some million partitions.
const LARGEST_ANSWER: usize = 256 * 1024 * 1024;
const UNSUPPORTED_VERSION: i16 = 35;
const API_VERSIONS_KEY: i16 = 18;

/// A request whose answer is still to come.
pub(crate) struct Sent<C> {
    version: i16,
    correlation: i32,
    bytes: usize,
    answer: PhantomData<fn() -> C>,
}

impl<C> Sent<C> {
    /// The version it was sent in.
    pub fn version(&self) -> i16 {
        self.version
    }
}

/// A connection that is ready for requests.
pub(crate) struct Connection {
    stream: Stream,
    /// `host:port`.
    broker: String,
    client_id: StrBytes,
    correlation: i32,
    versions: ApiVersions,
    request_timeout: Duration,
    traffic: Arc<Traffic>,
}

impl Connection {
    /// Dials, asks for versions, logs in.
    pub fn open(
        config: &ClusterConfig,
        broker: &BrokerAddress,
        traffic: &Arc<Traffic>,
        patience: &Patience,
    ) -> Result<Self, WireError> {
        let mut connection = Connection::negotiated(config, broker, traffic, patience)?;
        if let Some(login) = config.sasl.as_ref().filter(|_| config.protocol.has_sasl()) {
            sasl::login(&mut connection, login, &patience.at_most(config.request_timeout))?;
        }
        Ok(connection)
    }

    /// Dials and asks for versions, which a broker tells before any login.
    fn negotiated(
        config: &ClusterConfig,
        broker: &BrokerAddress,
        traffic: &Arc<Traffic>,
        patience: &Patience,
    ) -> Result<Self, WireError> {
        let stream = dial::dial(config, broker, patience)?;
        let mut connection = Connection {
            stream,
            broker: broker.to_string(),
            client_id: StrBytes::from_string(config.client_id.clone()),
            correlation: 0,
            versions: ApiVersions::default(),
            request_timeout: config.request_timeout,
            traffic: Arc::clone(traffic),
        };
        connection.versions = connection.negotiate(&patience.at_most(config.connect_timeout)).map_err(|error| match error.kind {
            WireErrorKind::Lost if !config.protocol.is_encrypted() => WireError::new(
                WireErrorKind::NoKafka,
                broker,
                format!("{} at the first request", error.why),
            )
            .next("a TLS listener does this to a plain client: check security.protocol and port"),
            // With TLS 1.3 a refused client certificate shows only after the handshake.
                WireErrorKind::Lost if config.tls.certificate_pem.is_none() => {
                    let why = format!("{} at the first request after the TLS handshake", error.why);
                    WireError::new(WireErrorKind::NoKafka, broker, why).next(
                        "a listener that wants a client certificate does this (ssl.keystore.location with PEM); \
                         else check security.protocol and port",
                    )
                }
                WireErrorKind::Lost => {
                    let why = format!("{} at the first request after the TLS handshake", error.why);
                    WireError::new(WireErrorKind::NoKafka, broker, why)
                        .next("is the client certificate one this listener trusts? check security.protocol and port too")
                }
            WireErrorKind::TimedOut => WireError::new(
                WireErrorKind::TimedOut,
                broker,
                "the connection is accepted, but nothing answers the first request",
            )
            .next("is it a Kafka broker that listens there, is it overloaded, or does a proxy accept in its place?"),
            _ => error,
        })?;
        Ok(connection)
    }

    /// `host:port`.
    pub fn broker(&self) -> &str {
        &self.broker
    }

    /// What the broker says it can do.
    pub fn versions(&self) -> &ApiVersions {
        &self.versions
    }

    /// Whether both sides know a common version of a request, and which.
    pub fn version_of<C: Call>(&self) -> Option<i16> {
        self.versions.newest(C::KEY, C::VERSIONS)
    }

    /// Sends one request, built for the newest version both sides know, and waits for its answer.
    pub fn call<C: Call>(
        &mut self,
        patience: &Patience,
        build: impl FnOnce(i16) -> C,
    ) -> Result<C::Answer, WireError> {
        let sent = self.send(C::VERSIONS.max, patience, build)?;
        self.receive(sent, patience)
    }

    /// Sends one request in the newest version both sides know, but none above `newest`. Answers come in the order of
    /// their requests and must be received in it.
    pub fn send<C: Call>(
        &mut self,
        newest: i16,
        patience: &Patience,
        build: impl FnOnce(i16) -> C,
    ) -> Result<Sent<C>, WireError> {
        let ours = VersionRange { min: C::VERSIONS.min, max: newest.min(C::VERSIONS.max) };
        let version = self.versions.newest(C::KEY, ours).ok_or_else(|| self.unsupported::<C>())?;
        let frame = self.frame(&build(version), version).map_err(|error| {
            let why = format!("the request {} cannot be written: {error}", C::NAME);
            WireError::new(WireErrorKind::Malformed, &self.broker, why)
        })?;
        self.stream.write_all(&frame, &patience.at_most(self.request_timeout), &self.broker)?;
        Ok(Sent { version, correlation: self.correlation, bytes: frame.len(), answer: PhantomData })
    }

    /// Waits for the answer to a request.
    pub fn receive<C: Call>(&mut self, sent: Sent<C>, patience: &Patience) -> Result<C::Answer, WireError> {
        let version = sent.version;
        let mut body = self.read_frame(sent.correlation, sent.bytes, patience)?;
        let malformed = |error: &dyn std::fmt::Display| {
            let why = format!("the answer to {} version {version} cannot be read: {error}", C::NAME);
            WireError::new(WireErrorKind::Malformed, &self.broker, why)
        };
        ResponseHeader::decode(&mut body, C::Answer::header_version(version))
            .map_err(|error| malformed(&error))?;
        C::Answer::decode(&mut body, version).map_err(|error| malformed(&error))
    }

    /// The error for a request the broker does not know in any version we know.
    pub fn unsupported<C: Call>(&self) -> WireError {
        let ours = C::VERSIONS;
        let theirs = match self.versions.0.get(&C::KEY) {
            None => "the broker does not know it".to_owned(),
            Some(theirs) => format!(
                "the broker knows versions {} to {}, we {} to {}",
                theirs.min, theirs.max, ours.min, ours.max
            ),
        };
        WireError::new(
            WireErrorKind::Unsupported,
            &self.broker,
            format!("the request {} is not possible: {theirs}", C::NAME),
        )
    }

    fn frame<C: Call>(&mut self, request: &C, version: i16) -> Result<Bytes, String> {
        self.correlation = self.correlation.wrapping_add(1) & i32::MAX;
        let header = RequestHeader::default()
            .with_request_api_key(C::KEY)
            .with_request_api_version(version)
            .with_correlation_id(self.correlation)
            .with_client_id(Some(self.client_id.clone()));
        let mut frame = BytesMut::new();
        frame.put_i32(0);
        header.encode(&mut frame, C::header_version(version)).map_err(|error| error.to_string())?;
        request.encode(&mut frame, version).map_err(|error| error.to_string())?;
        let length = i32::try_from(frame.len() - 4).map_err(|_| "it is larger than 2 GiB".to_owned())?;
        frame[..4].copy_from_slice(&length.to_be_bytes());
        Ok(frame.freeze())
    }

    /// Writes a frame; reads the frame that answers it, correlation id still inside.
    fn exchange(&mut self, frame: &[u8], patience: &Patience) -> Result<Bytes, WireError> {
        self.stream.write_all(frame, &patience.at_most(self.request_timeout), &self.broker)?;
        self.read_frame(self.correlation, frame.len(), patience)
    }

    /// Reads one frame, correlation id still inside.
    fn read_frame(&mut self, correlation: i32, sent: usize, patience: &Patience) -> Result<Bytes, WireError> {
        let patience = patience.at_most(self.request_timeout);
        let mut length = [0; 4];
        self.stream.read_exact(&mut length, &patience, &self.broker)?;
        let length = self.length(length)?;
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body, &patience, &self.broker)?;
        self.traffic.count(sent, 4 + length);
        let theirs = body.get(..4).map(|mut id| id.get_i32());
        if theirs != Some(correlation) {
            return Err(WireError::new(
                WireErrorKind::NoKafka,
                &self.broker,
                "the answer belongs to no request of ours",
            ));
        }
        Ok(Bytes::from(body))
    }

    fn length(&self, bytes: [u8; 4]) -> Result<usize, WireError> {
        match usize::try_from(i32::from_be_bytes(bytes)) {
            Ok(length) if (4..=LARGEST_ANSWER).contains(&length) => Ok(length),
            _ => {
                let (why, next) = match &bytes {
                    b"HTTP" => (
                        "an HTTP server answers there",
                        "give a broker's port, not that of a web page or REST service",
                    ),
                    [0x15 | 0x16, 0x03, ..] => {
                        ("this listener speaks TLS", "use security.protocol=SSL or SASL_SSL")
                    }
                    _ => ("what answers there is no Kafka broker", "check host and port"),
                };
                Err(WireError::new(WireErrorKind::NoKafka, &self.broker, why).next(next))
            }
        }
    }

    fn negotiate(&mut self, patience: &Patience) -> Result<ApiVersions, WireError> {
        const OURS: i16 = 3;
        let request = ApiVersionsRequest::default()
            .with_client_software_name(StrBytes::from_static_str("cutover"))
            .with_client_software_version(StrBytes::from_static_str(env!("CARGO_PKG_VERSION")));
        let frame = self
            .frame(&request, OURS)
            .map_err(|error| WireError::new(WireErrorKind::Malformed, &self.broker, error))?;
        let mut body = self.exchange(&frame, patience)?;
        body.advance(4);
        // A broker that does not know our version answers in version 0, with its own range for a second attempt.
        let refused = body.get(..2).map(|mut code| code.get_i16()) == Some(UNSUPPORTED_VERSION);
        let answer = if refused {
            let retry = ApiVersionsRequest::default();
            let frame = self
                .frame(&retry, 0)
                .map_err(|error| WireError::new(WireErrorKind::Malformed, &self.broker, error))?;
            body = self.exchange(&frame, patience)?;
            body.advance(4);
            ApiVersionsResponse::decode(&mut body, 0)
        } else {
            ApiVersionsResponse::decode(&mut body, OURS)
        };
        let answer = answer.map_err(|error| {
            WireError::new(
                WireErrorKind::NoKafka,
                &self.broker,
                format!("the list of API versions cannot be read: {error}"),
            )
        })?;
        if answer.error_code != 0 {
            let why =
                format!("the broker does not tell its API versions: {}", super::name_of(answer.error_code));
            return Err(WireError::new(WireErrorKind::NoKafka, &self.broker, why));
        }
        let ranges = answer
            .api_keys
            .iter()
            .map(|api| (api.api_key, VersionRange { min: api.min_version, max: api.max_version }));
        let mut versions = ApiVersions(ranges.collect());
        versions.0.entry(API_VERSIONS_KEY).or_insert(VersionRange { min: 0, max: 0 });
        Ok(versions)
    }
}
