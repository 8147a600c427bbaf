use std::net::TcpStream;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use runbook::world::{Reason, Receipt};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::*;
use crate::Trust;

struct Authority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

fn authority() -> Authority {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let pem = params.self_signed(&key).unwrap().pem();
    Authority { pem, issuer: Issuer::new(params, key) }
}

/// A server whose certificate is made by `make`, signed by `authority` or by itself.
fn server(authority: Option<&Authority>, make: impl Fn(&mut CertificateParams), name: &str) -> Server {
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    make(&mut params);
    let key = KeyPair::generate().unwrap();
    let certificate = match authority {
        Some(authority) => params.signed_by(&key, &authority.issuer).unwrap(),
        None => params.self_signed(&key).unwrap(),
    };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        )
        .unwrap();
    let config = Arc::new(config);
    Server::wrapped(
        Box::new(move |stream: TcpStream| {
            Box::new(StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), stream))
        }),
        |_, _, stream| reply(stream, "200 OK", JSON, r#"{"n":1}"#),
    )
}

fn ask(server: &Server, host: &str, trust: Trust) -> Result<OutputSeen, ServiceError> {
    let asked = with_token(request("GET", format!("https://{host}:{}/x", server.port())));
    http().trusting(trust).observe(&asked, Until::after(GUARD, &|| false))
}

#[test]
fn a_trusted_certificate_is_enough_and_the_token_arrives() {
    let authority = authority();
    let server = server(Some(&authority), |_| {}, "localhost");
    assert_eq!(ask(&server, "localhost", Trust::Only(authority.pem)).unwrap().facts.len(), 1);
    assert_eq!(server.seen()[0].header("authorization"), Some(format!("Bearer {CANARY}").as_str()));
}

#[test]
fn a_certificate_that_is_not_good_is_named_and_nothing_is_sent() {
    let (known, other) = (authority(), authority());
    let expired = |params: &mut CertificateParams| params.not_after = date_time_ymd(2020, 1, 1);
    let future = |params: &mut CertificateParams| params.not_before = date_time_ymd(4000, 1, 1);
    for (server, part) in [
        (server(None, |_| {}, "localhost"), "is not signed by an authority this machine trusts"),
        (server(Some(&other), |_| {}, "localhost"), "is not signed by an authority this machine trusts"),
        (server(Some(&known), |_| {}, "connect.internal"), "is for another name"),
        (server(Some(&known), expired, "localhost"), "has expired"),
        (server(Some(&known), future, "localhost"), "is not valid yet"),
    ] {
        let error = ask(&server, "localhost", Trust::Only(known.pem.clone())).unwrap_err();
        assert_eq!(error.reason, Reason::Failed);
        assert!(error.message.contains(&format!("localhost:{} {part}", server.port())), "{error}");
        assert!(error.hint.is_some());
        assert!(server.seen().is_empty());
    }
}

#[test]
fn the_machine_does_not_trust_a_certificate_of_ours() {
    let server = server(None, |_| {}, "localhost");
    let error = ask(&server, "localhost", Trust::System).unwrap_err();
    assert!(error.hint.unwrap().contains("SSL_CERT_FILE"));
}

#[test]
fn http_and_https_mixed_up() {
    let plain = Server::start(|_, _, _| {});
    let error = ask(&plain, "localhost", Trust::System).unwrap_err();
    assert!(matches!(error.reason, Reason::Failed), "{error}");
    let authority = authority();
    let secure = server(Some(&authority), |_| {}, "localhost");
    let error = observe(&request("GET", format!("http://localhost:{}/x", secure.port()))).unwrap_err();
    assert!(format!("{error:?}").contains("https"), "{error:?}");
}

#[test]
fn trust_that_is_none_is_refused() {
    let server = server(None, |_| {}, "localhost");
    for pem in ["", "canary", "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n"] {
        let error = ask(&server, "localhost", Trust::Only(pem.to_owned())).unwrap_err();
        assert!(
            error.message.contains("trusted certificates") && !error.message.contains("canary"),
            "{error}"
        );
    }
}

#[test]
fn nothing_is_sent_to_a_server_that_is_not_trusted() {
    let server = server(None, |_| {}, "localhost");
    let asked = with_token(request("POST", format!("https://localhost:{}/x", server.port())));
    let receipt = http().trusting(Trust::Only(authority().pem)).apply(&asked, Until::after(GUARD, &|| false));
    let is_refused = matches!(&receipt, Receipt::Refused { why } if why.contains("nothing was changed"));
    assert!(is_refused, "{receipt:?}");
    assert!(server.seen().is_empty());
}
