//! Connect as it answers when all is well (recorded from a worker 4.3.1), and when it is not.

mod changes;

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use runbook::world::Reason;
use serde_json::{Value, json};

use super::*;
use crate::http::server::{Seen, Server, reply};
use crate::{Http, Scrubber, SecretReference, SecretSource, Secrets, ServiceError, Until};

/// Long enough that only a hang reaches it.
const GUARD: Duration = Duration::from_secs(120);
const JSON: &str = "content-type: application/json\r\n";

fn client(server: &Server) -> Connect {
    let source = SecretSource::Exec(["printf", "cAn4ry-t0ken"].map(str::to_owned).to_vec());
    let references = BTreeMap::from([("token".to_owned(), SecretReference { source, unlock_at: None })]);
    let secrets = Arc::new(Secrets::new("/", references, Scrubber::default()));
    Connect::new(&server.url("/base/"), Arc::new(Http::new(secrets).hasty())).unwrap()
}

fn guard() -> Until<'static> {
    Until::after(GUARD, &|| false)
}

fn connector(class: &str, flow: (&str, &str), more: &[(&str, &str)]) -> Value {
    let mut config = json!({
        "connector.class": class, "source.cluster.alias": flow.0, "target.cluster.alias": flow.1, "tasks.max": "2"
    });
    more.iter().for_each(|(key, value)| config[*key] = json!(value));
    json!({
        "info": {"name": "ignored", "config": config, "tasks": [], "type": "source"},
        "status": {
            "name": "ignored", "type": "source",
            "connector": {"state": "RUNNING", "worker_id": "10.0.0.1:8083", "version": "4.3.1"},
            "tasks": [
                {"id": 1, "state": "RUNNING", "worker_id": "10.0.0.2:8083", "version": "4.3.1"},
                {"id": 0, "state": "RUNNING", "worker_id": "10.0.0.1:8083"}
            ]
        }
    })
}

fn position(cluster: &str, topic: &str, partition: i32, offset: i64) -> Value {
    json!({"partition": {"cluster": cluster, "topic": topic, "partition": partition}, "offset": {"offset": offset}})
}

/// A worker with these connectors and the offsets of each.
fn worker(connectors: Value, offsets: Value) -> Server {
    Server::start(move |_, seen, stream| answer(&connectors, &offsets, seen, stream))
}

fn answer(connectors: &Value, offsets: &Value, seen: &Seen, stream: &mut dyn Write) {
    let name = seen.path.strip_prefix("/base/connectors/").and_then(|rest| rest.strip_suffix("/offsets"));
    match name {
        _ if seen.path == "/base/connectors?expand=info&expand=status" => {
            reply(stream, "200 OK", JSON, &connectors.to_string());
        }
        Some(name) if offsets.get(name).is_some() => {
            reply(stream, "200 OK", JSON, &json!({"offsets": offsets[name]}).to_string());
        }
        Some(name) => {
            let body = json!({"error_code": 404, "message": format!("Connector {name} not found")});
            reply(stream, "404 Not Found", JSON, &body.to_string());
        }
        None => reply(stream, "404 Not Found", "", r#"{"error_code":404,"message":"HTTP 404 Not Found"}"#),
    }
}

const SOURCE: &str = "org.apache.kafka.connect.mirror.MirrorSourceConnector";
const CHECKPOINT: &str = "org.apache.kafka.connect.mirror.MirrorCheckpointConnector";

#[test]
fn a_flow_is_found_among_all_connectors() {
    let connectors = json!({
        "b-source": connector(SOURCE, ("aws", "gcp"), &[]),
        "a-source": connector("MirrorSource", ("aws", "gcp"), &[]),
        "checkpoint": connector("MirrorCheckpointConnector", ("aws", "gcp"), &[]),
        "heartbeat": connector("org.apache.kafka.connect.mirror.MirrorHeartbeatConnector", ("aws", "gcp"), &[]),
        "back": connector(SOURCE, ("gcp", "aws"), &[]),
        "sink": connector("org.apache.kafka.connect.file.FileStreamSinkConnector", ("aws", "gcp"), &[]),
        "not-ours": connector("com.example.MirrorSourceConnectorX", ("aws", "gcp"), &[]),
    });
    let offsets = json!({
        "a-source": [position("aws", "orders", 0, 41), position("aws", "orders", 1, 7)],
        "b-source": [position("aws", "orders", 0, 40), position("aws", "accounts", 0, 9), position("old", "x", 0, 1)],
    });
    let server = worker(connectors, offsets);
    let mirror = client(&server).mirror("aws", "gcp", guard()).unwrap();
    let names: Vec<_> =
        mirror.connectors.iter().map(|c| (c.name.as_str(), c.mirror_role().unwrap())).collect();
    let (source, checkpoint, heartbeat) = (MirrorRole::Source, MirrorRole::Checkpoint, MirrorRole::Heartbeat);
    assert_eq!(
        names,
        [("a-source", source), ("b-source", source), ("checkpoint", checkpoint), ("heartbeat", heartbeat)]
    );
    assert_eq!(mirror.of_role(MirrorRole::Source).count(), 2);
    let copied: Vec<_> =
        mirror.copied.iter().map(|((topic, p), offset)| (topic.as_str(), *p, *offset)).collect();
    assert_eq!(copied, [("accounts", 0, 9), ("orders", 0, 40), ("orders", 1, 7)]);
    let states = mirror.states();
    assert_eq!(states.len(), 12);
    let first: Vec<_> = states[..3].iter().map(|s| (s.task, s.state.as_str(), s.worker.as_str())).collect();
    let (one, two) = ("10.0.0.1:8083", "10.0.0.2:8083");
    assert_eq!(first, [(None, "RUNNING", one), (Some(0), "RUNNING", one), (Some(1), "RUNNING", two)]);
}

#[test]
fn a_flow_nobody_copies_is_an_error_that_names_the_others() {
    let connectors = json!({
        "back": connector(SOURCE, ("gcp", "aws"), &[]),
        "checkpoint": connector(CHECKPOINT, ("aws", "gcp"), &[]),
    });
    let server = worker(connectors, json!({}));
    let error = client(&server).mirror("aws", "gcp", guard()).unwrap_err();
    assert!(error.message.contains("copies aws -> gcp: back (gcp -> aws)"), "{error}");
    let empty = worker(json!({}), json!({}));
    let error = client(&empty).mirror("aws", "gcp", guard()).unwrap_err();
    assert!(error.message.contains("none copies any flow"), "{error}");
}

#[test]
fn a_failed_task_is_shown_with_the_first_line_of_its_trace() {
    let mut failed = connector(SOURCE, ("a", "b"), &[]);
    failed["status"]["connector"] = json!({"state": "PAUSED", "worker_id": "w"});
    failed["status"]["tasks"] = json!([
        {"id": 0, "state": "FAILED", "worker_id": "w", "trace": format!("java.lang.OutOfMemoryError: {}\n\tat a.b.C", "x".repeat(9000))},
        {"id": 1, "state": "UNASSIGNED", "worker_id": null},
        {"id": 2, "state": "\u{1b}[31mODD\nSTATE", "worker_id": "w"}
    ]);
    let server = worker(json!({ "m": failed }), json!({}));
    let connectors = client(&server).connectors(guard()).unwrap();
    let states: Vec<_> = connectors[0].states.iter().map(|s| (s.task, s.state.as_str())).collect();
    assert_eq!(states, [(None, "PAUSED"), (Some(0), "FAILED"), (Some(1), "UNASSIGNED"), (Some(2), "ODD")]);
    let trace = connectors[0].states[1].trace.as_deref().unwrap();
    assert!(
        trace.starts_with("java.lang.OutOfMemoryError: xxx")
            && trace.len() <= 512
            && !trace.contains("a.b.C")
    );
    assert_eq!(connectors[0].states[2].worker, "");
}

#[test]
fn secrets_of_settings_are_shown_neither_there_nor_in_traces() {
    let jaas = r#"org.apache.kafka.common.security.scram.ScramLoginModule required username="mm2" password="cAn4ry1jaas";"#;
    let mut failed = connector(
        SOURCE,
        ("a", "b"),
        &[
            ("source.cluster.sasl.jaas.config", jaas),
            ("target.cluster.ssl.keystore.password", "cAn4ry2store"),
            ("target.cluster.ssl.key.password", "${file:/opt/secrets:key}"),
            ("url", "https://ann:cAn4ry3user@host/x"),
            ("emit.token.headers", "true"),
            ("topics", "orders,accounts"),
        ],
    );
    failed["status"]["tasks"] = json!([{"id": 0, "state": "FAILED", "worker_id": "w",
        "trace": "ConfigException: cAn4ry2store is wrong, and so is cAn4ry1jaas at https://ann:cAn4ry3user@host"}]);
    let other = connector(CHECKPOINT, ("a", "b"), &[]);
    let server = worker(json!({ "m": failed, "a": other }), json!({}));
    let connectors = client(&server).connectors(guard()).unwrap();
    let visible = format!("{connectors:?}");
    assert!(!visible.contains("cAn4ry"), "{visible}");
    let mirror = &connectors[1];
    assert_eq!(mirror.setting("source.cluster.sasl.jaas.config"), Some("***"));
    assert_eq!(mirror.setting("target.cluster.ssl.key.password"), Some("${file:/opt/secrets:key}"));
    assert_eq!(mirror.setting("emit.token.headers"), Some("true"));
    assert_eq!(mirror.setting("topics"), Some("orders,accounts"));
    assert_eq!(mirror.setting("url"), Some("https://***@host/x"));
    assert_eq!(
        mirror.states[1].trace.as_deref().unwrap(),
        "ConfigException: *** is wrong, and so is *** at https://***@host"
    );
}

#[test]
fn a_rebalance_is_waited_out() {
    let body = r#"{"error_code":409,"message":"Cannot complete request because of a conflicting operation (e.g. worker rebalance)"}"#;
    let server = Server::start(move |number, _, stream| match number {
        0..7 => reply(stream, "409 Conflict", JSON, body),
        _ => reply(stream, "200 OK", JSON, "{}"),
    });
    assert!(client(&server).connectors(guard()).unwrap().is_empty());
    assert_eq!(server.seen().len(), 8);
}

#[test]
fn a_rebalance_without_end_is_an_error() {
    let server =
        Server::fixed("409 Conflict", JSON, r#"{"error_code":409,"message":"rebalance in progress"}"#);
    let error = client(&server).connectors(Until::after(Duration::from_millis(300), &|| false)).unwrap_err();
    assert!(matches!(error.reason, Reason::Failed | Reason::TimedOut), "{error:?}");
    let asked = || server.seen().len() > 2;
    let error = client(&server).connectors(Until::after(GUARD, &asked)).unwrap_err();
    assert_eq!(error.reason, Reason::Stopped);
}

fn refused(status: &'static str, body: &'static str) -> [ServiceError; 2] {
    let server = Server::fixed(status, JSON, body);
    let client = client(&server).bearer("token");
    [client.connectors(guard()).unwrap_err(), client.copied("m", guard()).unwrap_err()]
}

#[test]
fn refusals_say_what_to_do() {
    let [list, offsets] = refused("404 Not Found", r#"{"error_code":404,"message":"HTTP 404 Not Found"}"#);
    assert!(
        list.reason == Reason::Failed && list.hint.unwrap().contains("not that of a Connect REST interface")
    );
    assert!(offsets.reason == Reason::Unsupported && offsets.hint.unwrap().contains("Connect 3.5"));
    let [_, gone] = refused("404 Not Found", r#"{"error_code":404,"message":"Connector m not found"}"#);
    assert!(gone.reason == Reason::Failed && gone.hint.unwrap().contains("removed"));
    for status in ["401 Unauthorized", "403 Forbidden"] {
        let [list, offsets] = refused(status, "User cannot access the resource: cAn4ry-t0ken");
        assert_eq!((list.reason, offsets.reason), (Reason::Unauthorised, Reason::Unauthorised));
        assert!(list.message.contains("***") && !format!("{list:?}").contains("cAn4ry"), "{list}");
    }
    let [broken, _] =
        refused("500 Internal Server Error", r#"{"error_code":500,"message":"Request timed out"}"#);
    assert!(broken.message.contains("500 Internal Server Error; it said: Request timed out"), "{broken}");
}

#[test]
fn what_connect_never_says_is_not_believed() {
    for body in [
        "",
        "[]",
        r#"["mirror-source"]"#,
        "<html></html>",
        r#"{"m":{"info":{"config":{}}}}"#,
        r#"{"m":{"info":{"config":{}},"status":{"connector":{"state":7},"tasks":[]}}}"#,
        r#"{"m":{"status":{"connector":{"state":"RUNNING"},"tasks":[]}}}"#,
        r#"{"offsets":"cAn4ry"}"#,
    ] {
        let server = Server::fixed("200 OK", JSON, body);
        let error = client(&server).connectors(guard()).unwrap_err();
        assert!(
            error.message.contains("cannot be read") && !format!("{error:?}").contains("cAn4ry"),
            "{error}"
        );
        assert!(client(&server).copied("m", guard()).is_err(), "{body}");
    }
}

#[test]
fn odd_names_stay_names() {
    let server = worker(json!({}), json!({"a%2F..%20%3Fb": []}));
    assert!(client(&server).copied("a/.. ?b", guard()).unwrap().is_empty());
}

#[test]
fn the_address_and_the_token() {
    let http = Arc::new(Http::new(Arc::new(Secrets::new("/", BTreeMap::new(), Scrubber::default()))));
    for base in ["connect:8083", "ftp://h", "https://ann:cAn4ry@h"] {
        let error = Connect::new(base, Arc::clone(&http)).err().unwrap();
        assert!(error.message.contains("address of Connect") && !error.message.contains("cAn4ry"), "{error}");
    }
    let server = worker(json!({}), json!({}));
    client(&server).bearer("token").connectors(guard()).unwrap();
    client(&server).connectors(guard()).unwrap();
    let seen = server.seen();
    assert_eq!(seen[0].header("authorization"), Some("Bearer cAn4ry-t0ken"));
    assert_eq!(seen[1].header("authorization"), None);
}

proptest::proptest! {
    #[test]
    fn no_answer_breaks_the_reading(noise in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..4), at in 0_usize..900) {
        let whole = json!({
            "m": connector(SOURCE, ("a", "b"), &[("sasl.jaas.config", "x password=\"cAn4ry1jaas\";")])
        });
        let mut bytes = whole.to_string().into_bytes();
        let at = at.min(bytes.len());
        bytes.splice(at..(at + noise.len()).min(bytes.len()), noise);
        if let Ok(expanded) = serde_json::from_slice(&bytes) {
            super::connector::all(expanded, &Scrubber::default());
        }
    }
}
