use std::net::TcpListener;

use runbook::world::Reason;

use super::*;

#[test]
fn a_failing_server_is_asked_a_bounded_number_of_times_and_gives_no_facts() {
    for (status, method, times) in [
        ("500 Internal Server Error", "GET", 3),
        ("429 Too Many Requests", "PUT", 3),
        ("503 Service Unavailable", "POST", 1),
        ("404 Not Found", "GET", 1),
    ] {
        let server = Server::fixed(status, JSON, r#"{"missing": 0}"#);
        let seen = observe(&request(method, server.url("/x"))).unwrap();
        assert_eq!(server.seen().len(), times, "{status}");
        assert!(seen.facts.is_empty(), "an answer that is no success has no facts");
        assert_eq!(seen.unreadable, Some(format!("the server answered {status}")));
        assert_eq!(seen.status.to_string(), status[..3]);
    }
}

#[test]
fn a_server_that_wants_a_day_is_not_asked_again() {
    let server = Server::fixed("429 Too Many Requests", "retry-after: 86400\r\n", "");
    assert_eq!(observe(&get(&server)).unwrap().status, 429);
    assert_eq!(server.seen().len(), 1);
}

#[test]
fn a_body_of_a_gigabyte_is_not_taken() {
    let announced = Server::start(|_, _, stream| {
        let _ = write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: 1073741824\r\n\r\n");
        let _ = std::io::copy(&mut std::io::repeat(b'x'), stream);
    });
    let endless = Server::start(|_, _, stream| {
        let _ = write!(stream, "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
        while write!(stream, "10000\r\n{}\r\n", "x".repeat(0x10000)).is_ok() {}
    });
    for server in [announced, endless] {
        let error = observe(&get(&server)).unwrap_err();
        assert_eq!(error.reason, Reason::OverBudget);
        assert!(error.message.contains("more than 8 MiB"), "{error}");
    }
}

#[test]
fn a_slow_drip_ends_in_time() {
    let body = Server::start(|_, _, stream| {
        let _ = write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n");
        while stream.write_all(b" ").and_then(|()| stream.flush()).is_ok() {
            std::thread::sleep(Duration::from_millis(10));
        }
    });
    let head = Server::start(|_, _, stream| {
        let _ = write!(stream, "HTTP/1.1 200 OK\r\nx: ");
        while stream.write_all(b"x").and_then(|()| stream.flush()).is_ok() {
            std::thread::sleep(Duration::from_millis(10));
        }
    });
    for server in [body, head] {
        let error = observe(&HttpRequest { timeout_ms: 300, ..get(&server) }).unwrap_err();
        assert_eq!(error.reason, Reason::TimedOut, "{error}");
    }
}

#[test]
fn a_stopped_run_does_not_wait_for_a_silent_server() {
    let server = Server::start(|_, _, _| std::thread::sleep(GUARD));
    let asked = || !server.seen().is_empty();
    let error = http().observe(&get(&server), Until::after(GUARD, &asked)).unwrap_err();
    assert_eq!(error.reason, Reason::Stopped);
    let none = Server::fixed("200 OK", JSON, "{}");
    assert_eq!(
        http().observe(&get(&none), Until::after(GUARD, &|| true)).unwrap_err().reason,
        Reason::Stopped
    );
    assert!(none.seen().is_empty());
}

#[test]
fn what_is_not_json_has_no_facts_and_an_excerpt() {
    for (headers, body, part) in [
        (JSON, "<html>log in</html>", "not one JSON object"),
        (JSON, "", "empty"),
        (JSON, r#"{"missing":1,"missing":0}"#, "given twice"),
        (JSON, "[0]", "a list"),
        ("content-type: text/html; charset=utf-8\r\n", r#"{"missing":0}"#, "content type is text/html"),
        ("content-type: image/png\r\n", r#"{"missing":0}"#, "content type is image/png"),
        (
            "content-encoding: gzip\r\ncontent-type: application/json\r\n",
            "\u{1f}\u{8b}\u{8}",
            "not one JSON object",
        ),
    ] {
        let server = Server::fixed("200 OK", headers, body);
        let seen = observe(&get(&server)).unwrap();
        assert!(seen.facts.is_empty() && seen.status == 200, "{body}");
        assert!(
            seen.unreadable.as_ref().is_some_and(|why| why.contains(part)),
            "{body}: {:?}",
            seen.unreadable
        );
    }
    let server = Server::fixed("200 OK", JSON, "\u{1b}[2J<b>log in</b>\r\nplease");
    assert_eq!(observe(&get(&server)).unwrap().excerpt, "<b>log in</b>\nplease");
}

#[test]
fn a_json_answer_without_a_type_is_read() {
    for headers in ["", "content-type: text/plain\r\n", "content-type: application/problem+json; x=y\r\n"] {
        let server = Server::fixed("200 OK", headers, r#"{"n":1}"#);
        assert_eq!(observe(&get(&server)).unwrap().facts.len(), 1, "{headers}");
    }
}

#[test]
fn half_an_answer_is_none() {
    let server = Server::start(|_, _, stream| {
        let _ = write!(stream, "HTTP/1.1 200 OK\r\n{JSON}content-length: 100\r\n\r\n{{\"missing\":0}}");
    });
    let error = observe(&get(&server)).unwrap_err();
    assert!(error.message.contains("closed the connection before its answer was whole"), "{error}");
}

#[test]
fn what_does_not_speak_http_is_named() {
    let banner = Server::start(|_, _, stream| {
        let _ = stream.write_all(b"SSH-2.0-OpenSSH_9.6\r\n\r\n");
    });
    let error = observe(&get(&banner)).unwrap_err();
    assert!(error.message.contains("does not answer in HTTP"), "{error}");
    let heads = Server::start(|_, _, stream| {
        let _ = write!(stream, "HTTP/1.1 200 OK\r\n");
        while write!(stream, "x-{}: y\r\n", "x".repeat(1000)).is_ok() {}
    });
    assert_eq!(observe(&get(&heads)).unwrap_err().reason, Reason::Failed);
}

#[test]
fn unreachable_is_told_from_wrong() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = observe(&request("GET", format!("http://{closed}/x"))).unwrap_err();
    assert_eq!(error.reason, Reason::Unreachable);
    assert!(error.message.contains(&format!("nothing listens at {closed}")), "{error}");
    let error = observe(&request("GET", "http://no-such-host.invalid/x".to_owned())).unwrap_err();
    assert_eq!(error.reason, Reason::Unreachable, "{error}");
    assert!(error.message.contains("no-such-host.invalid"), "{error}");
}

#[test]
fn a_circle_of_redirects_ends() {
    let server = Server::fixed("302 Found", "location: /x\r\n", "");
    let error = observe(&get(&server)).unwrap_err();
    assert!(error.message.contains("more than 3 redirects"), "{error}");
    assert_eq!(server.seen().len(), 4);
}

#[test]
fn an_effect_is_not_redirected() {
    let server = Server::fixed("308 Permanent Redirect", "location: /y\r\n", "");
    for method in ["PUT", "POST", "DELETE"] {
        let error = observe(&request(method, server.url("/x"))).unwrap_err();
        assert!(error.message.contains(&format!("a {method} is redirected")), "{error}");
    }
    assert_eq!(server.seen().len(), 3);
}

#[test]
fn requests_that_make_no_sense_are_not_sent() {
    let server = Server::fixed("200 OK", JSON, "{}");
    for (asked, part) in [
        (request("TRACE", server.url("/")), "its method"),
        (request("get", server.url("/")), "its method"),
        (request("GET", "127.0.0.1".to_owned()), "https://"),
        (HttpRequest { body: Some("{n: 0}".to_owned()), ..get(&server) }, "not JSON"),
        (HttpRequest { headers: BTreeMap::from([("a b".into(), "c".into())]), ..get(&server) }, "header a b"),
        (
            HttpRequest { headers: BTreeMap::from([("a".into(), "c\r\nx: y".into())]), ..get(&server) },
            "header a",
        ),
        (HttpRequest { bearer: Some("tokne".into()), ..get(&server) }, "secret tokne is not declared"),
        (
            HttpRequest {
                headers: BTreeMap::from([("a".into(), "{{secret".to_owned() + " x")]),
                ..get(&server)
            },
            "without its",
        ),
    ] {
        let error = observe(&asked).unwrap_err();
        assert!(error.message.contains(part), "{error}");
    }
    assert!(server.seen().is_empty());
}
