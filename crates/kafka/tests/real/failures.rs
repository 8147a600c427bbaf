//! Unreachable, not authenticated, not authorised, timed out: different clear answers that name the broker.

use super::{case, connect, connect_as, lab, patience, rpc};
use kafka::{Cluster, ClusterError, ErrorKind, Patience, TopicState, properties};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

fn failing(text: &str) -> ClusterError {
    let config =
        properties::from_bytes("source", "test", text.as_bytes().to_vec(), &properties::ThisProcess, None)
            .unwrap();
    Cluster::connect(config, &patience()).unwrap_err()
}

fn assert_tells(error: &ClusterError, kind: ErrorKind, parts: &[&str]) {
    let shown = error.to_string();
    assert_eq!(error.kind, kind, "{shown}");
    assert!(shown.starts_with("source cluster (broker "), "{shown}");
    for part in parts {
        assert!(shown.contains(part), "{part:?} in {shown}");
    }
    assert!(error.next.is_some(), "nothing to try next: {shown}");
}

#[test]
fn closed_port() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let error = failing(&format!("bootstrap.servers=127.0.0.1:{port}\n"));
    assert_tells(
        &error,
        ErrorKind::Unreachable,
        &["connection refused", &format!("127.0.0.1:{port}"), "running"],
    );
}

#[test]
fn unknown_name() {
    let error = failing("bootstrap.servers=no-such-host.invalid:9092\n");
    assert_tells(&error, ErrorKind::Unreachable, &["no-such-host.invalid:9092", "not resolved"]);
}

/// A socket that accepts and never answers.
#[test]
fn silence() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let error =
        failing(&format!("bootstrap.servers=127.0.0.1:{port}\nsocket.connection.setup.timeout.ms=1000\n"));
    assert_tells(&error, ErrorKind::TimedOut, &[&format!("127.0.0.1:{port}"), "nothing answers"]);
    drop(listener);
}

#[test]
fn the_caller_can_stop_waiting() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let text = format!("bootstrap.servers=127.0.0.1:{port}\nsocket.connection.setup.timeout.ms=600000\n");
    let config =
        properties::from_bytes("source", "test", text.into_bytes(), &properties::ThisProcess, None).unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&stop);
    let patience =
        Patience::new(Duration::from_secs(600)).stopped_by(Arc::new(move || seen.load(Ordering::Relaxed)));
    let waiting = std::thread::spawn(move || Cluster::connect(config, &patience).unwrap_err());
    let (mut accepted, _) = listener.accept().unwrap();
    accepted.read_exact(&mut [0; 4]).unwrap();
    stop.store(true, Ordering::Relaxed);
    let since = Instant::now();
    assert_eq!(waiting.join().unwrap().kind, ErrorKind::Stopped);
    assert!(since.elapsed() < Duration::from_secs(60));
}

/// Answers every connection with these bytes.
fn answering(bytes: &'static [u8]) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for socket in listener.incoming().take(1) {
            let mut socket = socket.unwrap();
            let _ = socket.read(&mut [0; 64]);
            let _ = socket.write_all(bytes);
        }
    });
    port
}

#[test]
fn other_protocols() {
    for (bytes, parts) in [
        (&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], &["an HTTP server answers"][..]),
        (b"\x15\x03\x03\x00\x02\x02\x46", &["speaks TLS", "security.protocol=SSL"]),
        (b"\xff\xff\xff\xff\x00\x00\x00\x01", &["no Kafka broker"]),
        (b"\x00\x00\x00\x04\x00\x00\x00\x09", &["belongs to no request"]),
        (b"\x00\x00\x00\x06\x00\x00\x00\x01\x00\x00", &["cannot be read"]),
        (b"", &["closed the connection", "security.protocol"]),
    ] {
        let error = failing(&format!("bootstrap.servers=127.0.0.1:{}\n", answering(bytes)));
        let shown = error.to_string();
        assert_eq!(error.kind, ErrorKind::Unreachable, "{shown}");
        assert!(parts.iter().all(|part| shown.contains(part)), "{parts:?} in {shown}");
    }
}

#[test]
fn tls_to_a_listener_without() {
    let error = failing(&format!("bootstrap.servers={}\nsecurity.protocol=SSL\n", lab().source().bootstrap));
    assert_eq!(error.kind, ErrorKind::Unreachable, "{error}");
    assert!(error.to_string().contains("TLS"), "{error}");
}

fn scram(password: &str, mechanism: &str) -> String {
    let module = if mechanism == "PLAIN" { "plain.PlainLoginModule" } else { "scram.ScramLoginModule" };
    format!(
        "bootstrap.servers={}\nsecurity.protocol=SASL_PLAINTEXT\nsasl.mechanism={mechanism}\n\
         sasl.jaas.config=org.apache.kafka.common.security.{module} required username=\"checkout\" password=\"{password}\";\n",
        lab().source().sasl_bootstrap
    )
}

#[test]
fn wrong_password() {
    let error = failing(&scram("hunter2-is-wrong", "SCRAM-SHA-256"));
    assert_tells(&error, ErrorKind::NotAuthenticated, &["checkout", "SCRAM-SHA-256", "password"]);
    assert!(!error.to_string().contains("hunter2"), "{error}");
}

#[test]
fn mechanism_the_broker_does_not_offer() {
    let error = failing(&scram("hunter2-is-wrong", "PLAIN"));
    assert_tells(&error, ErrorKind::NotAuthenticated, &["no PLAIN login", "SCRAM-SHA-256"]);
    assert!(!error.to_string().contains("hunter2"), "{error}");
}

#[test]
fn login_at_a_listener_without() {
    let text = scram("hunter2-is-wrong", "SCRAM-SHA-256")
        .replace(&lab().source().sasl_bootstrap, &lab().source().bootstrap);
    let error = failing(&text);
    assert_tells(&error, ErrorKind::NotAuthenticated, &["takes no SASL login", "security.protocol"]);
}

#[test]
fn no_login_at_a_listener_that_wants_one() {
    let error = failing(&format!("bootstrap.servers={}\n", lab().source().sasl_bootstrap));
    assert_tells(&error, ErrorKind::Unreachable, &["SASL", "security.protocol"]);
}

#[test]
fn the_right_password_works_and_the_id_is_pinned() {
    let cluster = connect_as(lab().source(), "checkout");
    assert_eq!(cluster.id(), lab().source().cluster_id);
    cluster.expect_id(&lab().source().cluster_id).unwrap();
    let error = cluster.expect_id(&lab().target().cluster_id).unwrap_err();
    assert_eq!(error.kind, ErrorKind::WrongCluster);
    assert!(error.to_string().contains(&lab().target().cluster_id));
    let other = connect(lab().target());
    cluster.expect_other_than(&other).unwrap();
    assert_eq!(other.expect_other_than(&connect(lab().target())).unwrap_err().kind, ErrorKind::WrongCluster);
}

#[test]
fn a_topic_that_may_not_be_described_is_not_absent() {
    let case = case("denied");
    let (hidden, missing) = (case.name("hidden"), case.name("missing"));
    case.source().create_topic(&lab::Topic::new(&hidden)).unwrap();
    // 8: DESCRIBE.
    rpc::create_acl(&case.source().bootstrap, "User:settlement", (2, &hidden, 3), 8, 2);
    let cluster = connect_as(case.source(), "settlement");
    // The controller takes an ACL before the broker applies it.
    let names = [hidden.as_str(), missing.as_str()];
    let patience = patience();
    let states = loop {
        let topics = cluster.topics(&names, &patience).unwrap();
        let states: Vec<TopicState> = topics.iter().map(|topic| topic.state).collect();
        if states[0] != TopicState::Present {
            break states;
        }
        assert!(!patience.is_over(), "the ACL is not applied");
        patience.pause(Duration::from_millis(50));
    };
    assert_eq!(states, [TopicState::NotAuthorised, TopicState::Absent]);
    let partition = kafka::TopicPartition::new(&hidden, 0);
    let ends = cluster.ends(std::slice::from_ref(&partition), &patience).unwrap();
    let code = ends[&partition].unwrap_err();
    assert_eq!((code.name(), code.kind()), ("TOPIC_AUTHORIZATION_FAILED", ErrorKind::NotAuthorised));
    assert_eq!(
        cluster.topic_configs(&[&hidden], &patience).unwrap()[&hidden].as_ref().unwrap_err().kind(),
        ErrorKind::NotAuthorised
    );
}
