//! Connectors changed: a worker that answers as a real one, and as badly as a test wants.

use std::collections::BTreeMap;
use std::io::Write;
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use runbook::world::{Receipt, SettingChange};
use serde_json::{Value, json};

use crate::connect::Connect;
use crate::http::server::{Seen, Server, reply};
use crate::{Http, Scrubber, Secrets, Until};

const GUARD: Duration = Duration::from_secs(120);
const JSON: &str = "content-type: application/json\r\n";
const PASSWORD: &str = "cAn4ry-p4ssword";
const DONE: Receipt = Receipt::Applied { said: None };

/// What the worker knows.
struct Worker {
    config: Value,
    state: String,
    /// What it does with the next changes, the last of them for ever; empty: what it should.
    moods: Vec<Mood>,
    /// It is of before 3.8, and takes settings only as a whole.
    whole_only: bool,
    /// What somebody else sets `topics.exclude` to once a change was shown.
    overwritten: Option<&'static str>,
}

#[derive(Clone, Copy, PartialEq)]
enum Mood {
    /// 409, and nothing is done.
    Rebalancing,
    /// The same as a worker 4.3.1 says it at times.
    Expecting,
    /// Done, and then 500.
    DoneAnd500,
    /// 500, and nothing is done.
    Only500,
    /// Done, and the connection breaks.
    DoneAndLost,
    /// The connection breaks, and nothing is done.
    Lost,
    /// 400, quoting a password.
    Quotes,
    /// Made anew.
    Created,
    /// 409, and somebody else sets `topics.exclude` to `audit,ledger` meanwhile.
    RebalancingAndChanged,
    /// Done and shown once; then somebody else, who read it before, writes `audit,ledger`.
    WrittenOver,
    /// An answer of an old worker, which knows no such request.
    Old,
    Well,
}

fn config() -> Value {
    json!({
        "name": "mirror", "connector.class": "MirrorSourceConnector", "topics": "orders,pay.*", "tasks.max": "2",
        "topics.exclude": "audit",
        "source.cluster.sasl.jaas.config":
            format!("org.apache.kafka.X required username=\"mm2\" password=\"{PASSWORD}\";"),
        "target.cluster.ssl.keystore.password": PASSWORD,
        "odd": "ä \"quoted\" \\ and\ttab",
    })
}

fn worker(moods: &[Mood]) -> (Server, Arc<Mutex<Worker>>) {
    let worker = Worker {
        config: config(),
        state: "RUNNING".to_owned(),
        moods: moods.to_vec(),
        whole_only: false,
        overwritten: None,
    };
    let worker = Arc::new(Mutex::new(worker));
    let kept = Arc::clone(&worker);
    (Server::start(move |_, seen, stream| serve(&mut kept.lock().unwrap(), seen, stream)), worker)
}

fn serve(worker: &mut Worker, seen: &Seen, stream: &mut dyn Write) {
    let status = |state: &str| json!({"name": "mirror", "connector": {"state": state, "worker_id": "w"}, "tasks": [{"id": 0, "state": "RUNNING", "worker_id": "w"}]});
    let path = seen.path.as_str();
    let Some(path) = path.strip_prefix("/connectors/mirror") else {
        let body = json!({"error_code": 404, "message": "Unknown connector none"}).to_string();
        return reply(stream, "404 Not Found", JSON, &body);
    };
    if seen.method == "GET" {
        let body = if path == "/config" { worker.config.clone() } else { status(&worker.state) };
        if path == "/config"
            && body["topics.exclude"] != "audit"
            && let Some(other) = worker.overwritten.take()
        {
            worker.config["topics.exclude"] = json!(other);
        }
        return reply(stream, "200 OK", JSON, &body.to_string());
    }
    if seen.method == "PATCH" && worker.whole_only {
        let body = r#"{"error_code":405,"message":"HTTP 405 Method Not Allowed"}"#;
        return reply(stream, "405 Method Not Allowed", JSON, body);
    }
    let mood = match worker.moods.len() {
        0 => Mood::Well,
        1 => worker.moods[0],
        _ => worker.moods.remove(0),
    };
    if matches!(mood, Mood::Well | Mood::DoneAnd500 | Mood::DoneAndLost | Mood::Created | Mood::WrittenOver) {
        match path {
            "/config" if seen.method == "PATCH" => patch(&mut worker.config, &seen.body),
            "/config" => worker.config = serde_json::from_str(&seen.body).unwrap(),
            "/pause" => worker.state = "PAUSED".to_owned(),
            "/resume" => worker.state = "RUNNING".to_owned(),
            "/stop" => worker.state = "STOPPED".to_owned(),
            other => panic!("{other}"),
        }
    }
    match mood {
        Mood::RebalancingAndChanged => {
            worker.config["topics.exclude"] = json!("audit,ledger");
            reply(stream, "409 Conflict", JSON, r#"{"error_code":409,"message":"rebalance"}"#);
        }
        Mood::WrittenOver => {
            worker.overwritten = Some("audit,ledger");
            reply(stream, "200 OK", JSON, &worker.config.to_string());
        }
        Mood::Well if path == "/config" => reply(stream, "200 OK", JSON, &worker.config.to_string()),
        Mood::Well => reply(stream, "202 Accepted", "", ""),
        Mood::Created => reply(stream, "201 Created", JSON, "{}"),
        Mood::Rebalancing => {
            reply(stream, "409 Conflict", JSON, r#"{"error_code":409,"message":"rebalance"}"#)
        }
        Mood::Expecting => {
            let why = "Request cannot be completed because a rebalance is expected";
            reply(
                stream,
                "500 Internal Server Error",
                JSON,
                &json!({"error_code": 500, "message": why}).to_string(),
            );
        }
        Mood::DoneAnd500 | Mood::Only500 => {
            reply(
                stream,
                "500 Internal Server Error",
                JSON,
                r#"{"error_code":500,"message":"Request timed out"}"#,
            );
        }
        Mood::Quotes => {
            let body =
                json!({"error_code": 400, "message": format!("Invalid value {PASSWORD} for tasks.max")});
            reply(stream, "400 Bad Request", JSON, &body.to_string());
        }
        Mood::Old => {
            reply(stream, "404 Not Found", JSON, r#"{"error_code":404,"message":"HTTP 404 Not Found"}"#)
        }
        Mood::DoneAndLost | Mood::Lost => {}
    }
}

/// As Connect does since 3.8: named settings are set, or unset by null.
fn patch(config: &mut Value, body: &str) {
    let config = config.as_object_mut().unwrap();
    for (name, value) in serde_json::from_str::<serde_json::Map<_, _>>(body).unwrap() {
        match value {
            Value::Null => drop(config.remove(&name)),
            value => drop(config.insert(name, value)),
        }
    }
}

fn client(url: &str) -> Connect {
    let secrets = Arc::new(Secrets::new("/", BTreeMap::new(), Scrubber::default()));
    Connect::new(url, Arc::new(Http::new(secrets).hasty())).unwrap()
}

fn change(name: &str, from: Option<&str>, to: Option<&str>) -> SettingChange {
    SettingChange {
        name: name.to_owned(),
        from: from.map(str::to_owned),
        to: to.map(str::to_owned),
        entries: Vec::new(),
    }
}

fn guard() -> Until<'static> {
    Until::after(GUARD, &|| false)
}

fn set(server: &Server, changes: &[SettingChange]) -> Receipt {
    let receipt = client(&server.url("/")).set_settings("mirror", changes, guard());
    assert!(!format!("{receipt:?}").contains("cAn4ry"), "{receipt:?}");
    receipt
}

fn exclude() -> [SettingChange; 1] {
    [change("topics.exclude", Some("audit"), Some("audit,orders"))]
}

#[test]
fn settings_change_and_only_they_are_sent() {
    only_these_change(false);
}

#[test]
fn an_older_worker_gets_the_others_back_as_they_were() {
    only_these_change(true);
}

fn only_these_change(whole_only: bool) {
    let (server, worker) = worker(&[]);
    worker.lock().unwrap().whole_only = whole_only;
    let changes = [
        change("topics.exclude", Some("audit"), Some("audit,orders")),
        change("emit.checkpoints.enabled", None, Some("false")),
        change("tasks.max", Some("2"), None),
    ];
    assert_eq!(set(&server, &changes), DONE);
    let mut expected = config();
    expected["topics.exclude"] = json!("audit,orders");
    expected["emit.checkpoints.enabled"] = json!("false");
    expected.as_object_mut().unwrap().remove("tasks.max");
    assert_eq!(worker.lock().unwrap().config, expected);
    let taken = if whole_only { "PUT" } else { "PATCH" };
    let puts = || server.seen().iter().filter(|seen| seen.method == taken).count();
    assert_eq!(puts(), 1);
    let sent = server.seen().into_iter().find(|seen| seen.method == taken).unwrap();
    assert_eq!(sent.body.contains(PASSWORD), whole_only, "{}", sent.body);
    assert_eq!(set(&server, &changes), Receipt::Already);
    assert_eq!(puts(), 1, "nothing is written twice");
    let back = changes.map(|change| change.inverse());
    assert_eq!(set(&server, &back), DONE);
    assert_eq!(worker.lock().unwrap().config, config());
    assert_eq!(set(&server, &back), Receipt::Already);
}

/// Our entry of a list that somebody else changes too.
fn entry() -> [SettingChange; 1] {
    [SettingChange { entries: vec!["orders".to_owned()], ..exclude()[0].clone() }]
}

#[test]
fn what_somebody_else_adds_to_the_list_meanwhile_stays() {
    for (moods, whole_only) in [
        (vec![Mood::RebalancingAndChanged, Mood::Well], false),
        (vec![Mood::WrittenOver, Mood::Well], false),
        (vec![Mood::WrittenOver, Mood::Well], true),
    ] {
        let (server, worker) = worker(&moods);
        worker.lock().unwrap().whole_only = whole_only;
        assert_eq!(set(&server, &entry()), DONE);
        assert_eq!(worker.lock().unwrap().config["topics.exclude"], "audit,ledger,orders");
        assert_eq!(set(&server, &entry()), Receipt::Already);
        let back = entry().map(|change| change.inverse());
        assert_eq!(set(&server, &back), DONE);
        assert_eq!(worker.lock().unwrap().config["topics.exclude"], "audit,ledger");
        assert_eq!(set(&server, &back), Receipt::Already);
    }
    // One value is not merged: what somebody else has set stays, and is told.
    let (server, worker) = worker(&[Mood::RebalancingAndChanged, Mood::Well]);
    refused(&set(&server, &exclude()), &["topics.exclude is \"audit,ledger\"", "nothing was changed"]);
    assert_eq!(worker.lock().unwrap().config["topics.exclude"], "audit,ledger");
}

#[test]
fn who_keeps_writing_over_it_is_not_fought_for_ever() {
    let (server, _) = worker(&[Mood::WrittenOver]);
    let receipt = set(&server, &entry());
    let Receipt::Unknown { why } = &receipt else { panic!("{receipt:?}") };
    assert!(why.contains("written over by somebody else (it was set 5 times)"), "{why}");
    let patches = server.seen().iter().filter(|seen| seen.method == "PATCH").count();
    assert_eq!(patches, crate::limits::WRITTEN_OVER);
    // One value that somebody else sets to another right after.
    let (server, _) = worker(&[Mood::WrittenOver]);
    let receipt = set(&server, &exclude());
    assert!(matches!(&receipt, Receipt::Unknown { why } if why.contains("audit,ledger")), "{receipt:?}");
}

fn refused(receipt: &Receipt, parts: &[&str]) {
    let Receipt::Refused { why } = receipt else { panic!("{receipt:?}") };
    assert!(parts.iter().all(|part| why.contains(part)), "{parts:?} in {why}");
}

#[test]
fn what_is_neither_is_refused_and_secrets_are_neither_compared_nor_written() {
    let (server, worker) = worker(&[]);
    let moved = [change("topics", Some("orders"), Some("pay.*")), exclude()[0].clone()];
    let words = ["topics is \"orders,pay.*\"", "\"orders\" (expected)", "\"pay.*\" (wanted)", "mirror"];
    refused(&set(&server, &moved), &words);
    refused(
        &set(&server, &[change("topics", None, Some("x"))]),
        &["not set (expected)", "nothing was changed"],
    );
    refused(&set(&server, &[change("topics", Some("x"), None)]), &["not set (wanted)"]);
    for odd in [
        change("target.cluster.ssl.keystore.password", Some(PASSWORD), Some("another-one")),
        change("source.cluster.sasl.jaas.config", None, Some("x")),
    ] {
        refused(&set(&server, &[odd]), &["is a secret"]);
    }
    refused(&set(&server, &[change("url", Some("https://***@h"), Some("x"))]), &["masked value"]);
    refused(&set(&server, &[exclude()[0].clone(), exclude()[0].clone()]), &["named twice"]);
    // A secret that is in the way of a change is not shown.
    let hidden = [change("target.cluster.ssl.keystore.password", Some("true"), None)];
    refused(&set(&server, &hidden), &["is \"***\""]);
    assert_eq!(worker.lock().unwrap().config, config());
    assert!(server.seen().iter().all(|seen| seen.method == "GET"));
    let receipt = client(&server.url("/")).set_settings("none", &exclude(), guard());
    refused(&receipt, &["Unknown connector", "check the connector's name", "nothing was changed"]);
}

#[test]
fn a_rebalance_is_waited_out_within_the_time() {
    let (server, worker) = worker(&[Mood::Rebalancing, Mood::Expecting, Mood::Rebalancing, Mood::Well]);
    assert_eq!(set(&server, &exclude()), DONE);
    assert_eq!(worker.lock().unwrap().config["topics.exclude"], "audit,orders");
    let (server, kept) = self::worker(&[Mood::Rebalancing]);
    let until = Until::after(Duration::from_secs(2), &|| false);
    let receipt = client(&server.url("/")).set_settings("mirror", &exclude(), until);
    assert!(matches!(&receipt, Receipt::Refused { .. }), "{receipt:?}");
    assert_eq!(kept.lock().unwrap().config, config());
}

#[test]
fn what_may_have_been_done_is_looked_at() {
    for (mood, done) in
        [(Mood::DoneAnd500, true), (Mood::DoneAndLost, true), (Mood::Only500, false), (Mood::Lost, false)]
    {
        let (server, _) = worker(&[mood]);
        let receipt = set(&server, &exclude());
        let state = client(&server.url("/")).set_state("mirror", "RUNNING", "PAUSED", guard());
        for receipt in [receipt, state] {
            assert_eq!(receipt == DONE, done, "{receipt:?}");
            assert!(done || matches!(receipt, Receipt::Unknown { .. }), "{receipt:?}");
        }
    }
    let (server, _) = worker(&[Mood::Created]);
    let receipt = set(&server, &exclude());
    assert!(matches!(&receipt, Receipt::Unknown { why } if why.contains("made it anew")), "{receipt:?}");
}

#[test]
fn a_refusal_of_connects_is_quoted_without_secrets() {
    let (server, worker) = worker(&[Mood::Quotes]);
    let words = ["400 Bad Request", "Invalid value *** for tasks.max", "nothing was changed"];
    refused(&set(&server, &[change("tasks.max", Some("2"), Some("x"))]), &words);
    assert_eq!(worker.lock().unwrap().config, config());
}

#[test]
fn states_change_from_what_they_must_be() {
    let (server, worker) = worker(&[]);
    let connect = client(&server.url("/"));
    let set = |from, to| connect.set_state("mirror", from, to, guard());
    for (from, to) in [("RUNNING", "STOPPED"), ("STOPPED", "PAUSED"), ("PAUSED", "RUNNING")] {
        assert_eq!(set(from, to), DONE);
        assert_eq!(worker.lock().unwrap().state, to);
        assert_eq!(set(from, to), Receipt::Already);
    }
    refused(&set("PAUSED", "STOPPED"), &["is RUNNING, neither PAUSED (expected) nor STOPPED (wanted)"]);
    refused(&set("RUNNING", "FAILED"), &["cannot be brought to \"FAILED\""]);
    worker.lock().unwrap().state = "FAILED".to_owned();
    refused(&set("RUNNING", "STOPPED"), &["is FAILED"]);
    refused(&connect.set_state("none", "RUNNING", "PAUSED", guard()), &["Unknown connector"]);
    let (old, _) = self::worker(&[Mood::Old]);
    refused(
        &client(&old.url("/")).set_state("mirror", "RUNNING", "STOPPED", guard()),
        &["needs Connect 3.5"],
    );
}

#[test]
fn a_state_that_passes_is_waited_out() {
    let (server, worker) = worker(&[]);
    worker.lock().unwrap().state = "UNASSIGNED".to_owned();
    let assigning = Arc::clone(&worker);
    let connect = client(&server.url("/"));
    std::thread::scope(|scope| {
        scope.spawn(move || {
            std::thread::sleep(Duration::from_millis(300));
            assigning.lock().unwrap().state = "RUNNING".to_owned();
        });
        assert_eq!(connect.set_state("mirror", "RUNNING", "PAUSED", guard()), DONE);
    });
}

#[test]
fn a_worker_that_is_not_there_was_told_nothing() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let connect = client(&format!("http://127.0.0.1:{port}"));
    refused(
        &connect.set_settings("mirror", &exclude(), guard()),
        &["nothing was changed", "nothing listens"],
    );
    refused(&connect.set_state("mirror", "RUNNING", "PAUSED", guard()), &["nothing was changed"]);
}
