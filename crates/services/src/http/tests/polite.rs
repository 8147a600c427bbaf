use serde_json::json;

use super::*;

#[test]
fn facts_of_an_answer() {
    let server = Server::fixed("200 OK", JSON, r#"{"replicas": 0, "ready": true, "list": [1]}"#);
    let seen = observe(&get(&server)).unwrap();
    assert_eq!(serde_json::to_value(&seen.facts).unwrap(), json!({"replicas": 0, "ready": true}));
    assert_eq!((seen.status, seen.unreadable, seen.excerpt.as_str()), (200, None, ""));
    let asked = &server.seen()[0];
    assert_eq!((asked.method.as_str(), asked.path.as_str()), ("GET", "/x"));
    assert_eq!(asked.header("accept"), Some("application/json"));
    assert!(asked.header("user-agent").unwrap().starts_with("cutover/"));
    assert_eq!(asked.header("authorization"), None);
}

#[test]
fn methods_with_bodies_and_secrets() {
    let server = Server::fixed("200 OK", JSON, "{}");
    for method in ["PUT", "POST", "DELETE"] {
        let body = Some(r#"{"n": 0, "key": "{{secret token}}"}"#.to_owned());
        let headers = BTreeMap::from([("X-Key".to_owned(), "k {{secret token}}".to_owned())]);
        let asked = HttpRequest { body, headers, ..with_token(request(method, server.url("/a?b=c"))) };
        observe(&asked).unwrap();
        let came = server.seen().pop().unwrap();
        assert_eq!((came.method.as_str(), came.path.as_str()), (method, "/a?b=c"));
        assert_eq!(came.body, format!(r#"{{"n": 0, "key": "{CANARY}"}}"#));
        assert_eq!(came.header("content-type"), Some("application/json"));
        assert_eq!(came.header("authorization"), Some(format!("Bearer {CANARY}").as_str()));
        assert_eq!(came.header("x-key"), Some(format!("k {CANARY}").as_str()));
    }
}

#[test]
fn passing_troubles_pass() {
    let server = Server::start(|number, _, stream| match number {
        0 => reply(stream, "429 Too Many Requests", "retry-after: 0\r\n", ""),
        1 => reply(stream, "503 Service Unavailable", "", "busy"),
        _ => reply(stream, "200 OK", JSON, r#"{"n":1}"#),
    });
    assert_eq!(observe(&get(&server)).unwrap().facts["n"], json!(1));
    assert_eq!(server.seen().len(), 3);
}

#[test]
fn redirects_within_the_origin_are_followed() {
    let server = Server::start(|_, seen, stream| match seen.path.as_str() {
        "/x" => reply(stream, "302 Found", "location: /y\r\n", ""),
        "/y" => reply(stream, "307 Temporary Redirect", "location: z?q\r\n", ""),
        _ => reply(stream, "200 OK", JSON, r#"{"n":1}"#),
    });
    assert_eq!(observe(&with_token(get(&server))).unwrap().facts["n"], json!(1));
    let paths: Vec<_> = server.seen().into_iter().map(|seen: Seen| seen.path).collect();
    assert_eq!(paths, ["/x", "/y", "/z?q"]);
}
