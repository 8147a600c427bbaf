//! TLS: trusted, not trusted, another name, expired, a client certificate wanted. The server is ours, no broker needed.

use super::patience;
use bytes::{BufMut, BytesMut};
use kafka::{Cluster, ClusterError, ErrorKind, properties};
use openssl::asn1::Asn1Time;
use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::ssl::{SslAcceptor, SslMethod, SslVerifyMode};
use openssl::x509::extension::{BasicConstraints, SubjectAlternativeName};
use openssl::x509::{X509, X509NameBuilder};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;

type Identity = (X509, PKey<Private>);

/// A certificate for `name`, signed by `authority` or by itself.
fn certificate(name: &str, authority: Option<&Identity>, from: i64, until: i64) -> Identity {
    let key = PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap();
    let mut subject = X509NameBuilder::new().unwrap();
    subject.append_entry_by_text("CN", name).unwrap();
    let subject = subject.build();
    let mut builder = X509::builder().unwrap();
    builder.set_version(2).unwrap();
    builder.set_subject_name(&subject).unwrap();
    builder
        .set_issuer_name(authority.map_or(&subject, |(certificate, _)| certificate.subject_name()))
        .unwrap();
    builder.set_pubkey(&key).unwrap();
    builder.set_not_before(&Asn1Time::from_unix(from).unwrap()).unwrap();
    builder.set_not_after(&Asn1Time::from_unix(until).unwrap()).unwrap();
    if authority.is_none() {
        builder.append_extension(BasicConstraints::new().critical().ca().build().unwrap()).unwrap();
    } else {
        let context = builder.x509v3_context(authority.map(|(certificate, _)| &**certificate), None);
        let names = SubjectAlternativeName::new().dns(name).build(&context).unwrap();
        builder.append_extension(names).unwrap();
    }
    builder.sign(authority.map_or(&key, |(_, key)| key), MessageDigest::sha256()).unwrap();
    (builder.build(), key)
}

const FOR_EVER: i64 = 4_000_000_000;

/// Serves one connection: shakes hands, and tells that it knows no request but ApiVersions.
fn serve(identity: &Identity, client_authority: Option<&Identity>) -> u16 {
    let mut acceptor = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls_server()).unwrap();
    acceptor.set_certificate(&identity.0).unwrap();
    acceptor.set_private_key(&identity.1).unwrap();
    if let Some((certificate, _)) = client_authority {
        acceptor.cert_store_mut().add_cert(certificate.clone()).unwrap();
        acceptor.set_verify(SslVerifyMode::PEER | SslVerifyMode::FAIL_IF_NO_PEER_CERT);
    }
    let acceptor = acceptor.build();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let (socket, _) = listener.accept().unwrap();
        let Ok(mut stream) = acceptor.accept(socket) else { return };
        let mut length = [0; 4];
        if stream.read_exact(&mut length).is_err() {
            return;
        }
        let mut request = vec![0; usize::try_from(u32::from_be_bytes(length)).unwrap()];
        stream.read_exact(&mut request).unwrap();
        let mut body = BytesMut::new();
        // The correlation id stands behind key and version.
        body.put_slice(&request[4..8]);
        body.put_i16(0);
        // One entry (compact arrays count from 1): ApiVersions, versions 0 to 3, no tags; throttle time, no tags.
        body.put_slice(&[2, 0, 18, 0, 0, 0, 3, 0]);
        body.put_i32(0);
        body.put_u8(0);
        let mut frame = BytesMut::new();
        frame.put_u32(u32::try_from(body.len()).unwrap());
        frame.put_slice(&body);
        stream.write_all(&frame).unwrap();
        let _ = stream.read(&mut [0; 64]);
    });
    port
}

fn pem(certificate: &X509) -> String {
    String::from_utf8(certificate.to_pem().unwrap()).unwrap().trim().replace('\n', " ")
}

/// With a handshake that works the answer is that the server cannot do more.
fn connecting(port: u16, authority: &Identity, more: &str) -> ClusterError {
    let text = format!(
        "bootstrap.servers=localhost:{port}\nsecurity.protocol=SSL\nssl.truststore.certificates={}\n{more}",
        pem(&authority.0)
    );
    let config = properties::from_bytes(
        "source",
        "test",
        text.into_bytes(),
        &properties::ThisProcess,
        Some(Path::new("/")),
    )
    .unwrap();
    Cluster::connect(config, &patience()).unwrap_err()
}

fn assert_refused(error: &ClusterError, parts: &[&str]) {
    let shown = error.to_string();
    assert_eq!(error.kind, ErrorKind::Unreachable, "{shown}");
    for part in parts {
        assert!(shown.contains(part), "{part:?} in {shown}");
    }
}

#[test]
fn handshakes() {
    let authority = certificate("our authority", None, 0, FOR_EVER);
    let stranger = certificate("another authority", None, 0, FOR_EVER);
    let good = certificate("localhost", Some(&authority), 0, FOR_EVER);
    let error = connecting(serve(&good, None), &authority, "");
    assert_eq!(error.kind, ErrorKind::Unsupported, "{error}");

    let error = connecting(serve(&good, None), &stranger, "");
    assert_refused(&error, &["TLS handshake failed", "certificate", "ssl.truststore.location"]);

    let other_name = certificate("elsewhere.example", Some(&authority), 0, FOR_EVER);
    let error = connecting(serve(&other_name, None), &authority, "");
    assert_refused(&error, &["TLS handshake failed", "ostname", "name the certificate holds"]);
    let error = connecting(serve(&other_name, None), &authority, "ssl.endpoint.identification.algorithm=\n");
    assert_eq!(error.kind, ErrorKind::Unsupported, "{error}");

    let expired = certificate("localhost", Some(&authority), 0, 1_000_000_000);
    let error = connecting(serve(&expired, None), &authority, "");
    assert_refused(&error, &["TLS handshake failed", "expired", "renewed"]);
}

#[test]
fn client_certificates() {
    let authority = certificate("our authority", None, 0, FOR_EVER);
    let server = certificate("localhost", Some(&authority), 0, FOR_EVER);
    let client = certificate("checkout", Some(&authority), 0, FOR_EVER);
    let key = |cipher: bool| {
        let pem = if cipher {
            client.1.private_key_to_pem_pkcs8_passphrase(openssl::symm::Cipher::aes_256_cbc(), b"hunter2-key")
        } else {
            client.1.private_key_to_pem_pkcs8()
        };
        String::from_utf8(pem.unwrap()).unwrap().trim().replace('\n', " ")
    };
    let identity = |cipher: bool| {
        format!("ssl.keystore.certificate.chain={}\nssl.keystore.key={}\n", pem(&client.0), key(cipher))
    };
    for settings in [identity(false), format!("{}ssl.key.password=hunter2-key\n", identity(true))] {
        let error = connecting(serve(&server, Some(&authority)), &authority, &settings);
        assert_eq!(error.kind, ErrorKind::Unsupported, "{error}");
    }
    let error = connecting(serve(&server, Some(&authority)), &authority, "");
    assert_eq!(error.kind, ErrorKind::Unreachable, "{error}");
    assert!(error.to_string().contains("certificate"), "{error}");
    let error = connecting(
        serve(&server, Some(&authority)),
        &authority,
        &format!("{}ssl.key.password=wrong-hunter2\n", identity(true)),
    );
    assert_refused(&error, &["ssl.key.password"]);
    assert!(!error.to_string().contains("hunter2"), "{error}");
}
