//! Requests that do something: done, refused, or nobody can tell.

use std::net::TcpListener;
use std::time::Instant;

use runbook::world::Receipt;

use super::*;

fn apply(request: &HttpRequest) -> Receipt {
    http().apply(request, Until::after(GUARD, &|| false))
}

fn refused(receipt: &Receipt, parts: &[&str]) {
    let Receipt::Refused { why } = receipt else { panic!("{receipt:?}") };
    assert!(parts.iter().all(|part| why.contains(part)), "{parts:?} in {why}");
}

fn unknown(receipt: &Receipt, parts: &[&str]) {
    let Receipt::Unknown { why } = receipt else { panic!("{receipt:?}") };
    assert!(parts.iter().all(|part| why.contains(part)), "{parts:?} in {why}");
}

#[test]
fn a_success_is_done_and_what_it_said_is_kept_masked() {
    let server = Server::fixed("201 Created", JSON, format!(r#"{{"id": 7, "echo": "{CANARY}"}}"#));
    let mut post = with_token(request("POST", server.url("/pause")));
    post.body = Some(r#"{"flow": "orders", "key": "{{secret token}}"}"#.to_owned());
    let receipt = apply(&post);
    let Receipt::Applied { said: Some(said) } = &receipt else { panic!("{receipt:?}") };
    assert!(said.contains("\"id\": 7") && said.contains("***") && !said.contains("cAn4ry"), "{said}");
    let seen = server.seen();
    assert_eq!((seen.len(), seen[0].method.as_str()), (1, "POST"));
    assert_eq!(seen[0].body, format!(r#"{{"flow": "orders", "key": "{CANARY}"}}"#));
    let silent = Server::fixed("204 No Content", "", "");
    assert_eq!(apply(&request("DELETE", silent.url("/x"))), Receipt::Applied { said: None });
}

#[test]
fn a_request_without_a_body_ends_with_its_headers() {
    let server = Server::fixed("204 No Content", "", "");
    for (method, length) in [("POST", Some("0")), ("PUT", Some("0")), ("DELETE", None), ("GET", None)] {
        apply(&request(method, server.url("/x")));
        let seen = server.seen();
        let last = seen.last().unwrap();
        assert_eq!((last.method.as_str(), last.header("content-length")), (method, length));
        assert_eq!(last.header("transfer-encoding"), None, "{method}");
    }
}

#[test]
fn a_refusal_is_quoted_and_masked() {
    for status in ["400 Bad Request", "404 Not Found", "409 Conflict", "422 Unprocessable Entity"] {
        let server = Server::fixed(status, "", format!("no: {CANARY} is wrong"));
        let receipt = apply(&with_token(request("PUT", server.url("/x"))));
        refused(&receipt, &[status, "no: *** is wrong"]);
        assert_eq!(server.seen().len(), 1, "{status}");
    }
    let server = Server::fixed("401 Unauthorized", "", "who are you?");
    refused(&apply(&request("POST", server.url("/x"))), &["who are you?", "bearer"]);
    let busy = Server::fixed("429 Too Many Requests", "", "later");
    refused(&apply(&request("POST", busy.url("/x"))), &["later"]);
}

#[test]
fn a_trouble_of_the_servers_leaves_it_open() {
    for (method, times) in [("POST", 1), ("PUT", 3), ("DELETE", 3)] {
        let server = Server::fixed("503 Service Unavailable", "", "overloaded");
        unknown(&apply(&request(method, server.url("/x"))), &["503", "overloaded"]);
        assert_eq!(server.seen().len(), times, "{method}");
    }
    // The first attempt may have been done, whatever became of the second.
    let server = Server::start(|number, _, stream| {
        if number == 0 {
            reply(stream, "500 Internal Server Error", "", "");
        }
    });
    unknown(&apply(&request("PUT", server.url("/x"))), &["closed the connection"]);
}

#[test]
fn what_breaks_off_or_never_answers_leaves_it_open() {
    let silent = Server::start(|_, _, _| {});
    unknown(&apply(&request("POST", silent.url("/x"))), &["closed the connection"]);
    let half = Server::start(|_, _, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf");
    });
    assert!(matches!(apply(&request("POST", half.url("/x"))), Receipt::Unknown { .. }));
    let hangs = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/x", hangs.local_addr().unwrap());
    let begun = Instant::now();
    let short = HttpRequest { timeout_ms: 300, ..request("POST", url.clone()) };
    assert!(matches!(apply(&short), Receipt::Unknown { .. }));
    let receipt = http().apply(&request("POST", url), Until::after(Duration::from_millis(300), &|| false));
    assert!(matches!(receipt, Receipt::Unknown { .. }), "the caller's time is obeyed as well");
    assert!(begun.elapsed() < GUARD);
}

#[test]
fn what_was_never_sent_is_refused() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let closed = apply(&request("POST", format!("http://127.0.0.1:{port}/x")));
    refused(&closed, &["nothing was changed", "nothing listens"]);
    refused(&apply(&request("POST", "http://no-such-host.invalid/x".to_owned())), &["nothing was changed"]);
    let clear = with_token(request("POST", "http://192.0.2.1/x".to_owned()));
    refused(&apply(&clear), &["nothing was changed", "a secret is not sent over http"]);
    let mut unknown_secret = request("POST", format!("http://127.0.0.1:{port}/x"));
    unknown_secret.bearer = Some("tokne".to_owned());
    refused(&apply(&unknown_secret), &["nothing was changed", "tokne is not declared"]);
    let mut no_json = request("POST", format!("http://127.0.0.1:{port}/x"));
    no_json.body = Some("{".to_owned());
    refused(&apply(&no_json), &["nothing was changed", "not JSON"]);
}

#[test]
fn a_redirect_is_not_followed_and_only_some_say_that_nothing_was_done() {
    let server = Server::fixed("307 Temporary Redirect", "location: /y\r\n", "");
    refused(&apply(&request("PUT", server.url("/x"))), &["a PUT is redirected", "nothing was changed"]);
    let server = Server::fixed("303 See Other", "location: /result\r\n", "");
    unknown(&apply(&request("POST", server.url("/x"))), &["a POST is redirected"]);
}
