use runbook::world::Reason;

use super::*;

#[test]
fn a_redirect_elsewhere_is_not_followed_and_the_token_stays() {
    let other = Arc::new(Server::fixed("200 OK", JSON, r#"{"missing":0}"#));
    for location in [
        other.url("/stolen"),
        format!("//127.0.0.1:{}/stolen", other.port()),
        format!("http://localhost:{}/stolen", other.port()),
        "https://127.0.0.1/stolen".to_owned(),
    ] {
        let server = {
            let location = location.clone();
            Server::start(move |_, _, stream| {
                reply(stream, "302 Found", &format!("location: {location}\r\n"), "")
            })
        };
        for asked in [get(&server), with_token(get(&server))] {
            let outcome = observe(&asked);
            let error = outcome.as_ref().unwrap_err();
            assert_eq!(error.reason, Reason::Failed);
            assert!(error.message.contains("redirects to another origin"), "{error}");
            assert!(!visible(&outcome).contains("stolen"), "the path may be anything");
        }
        assert_eq!(server.seen().len(), 2);
    }
    assert!(other.seen().is_empty());
}

#[test]
fn a_redirect_to_what_is_no_address_is_named() {
    for location in ["javascript://x", "https://ann:pw@h/", "http://", "https://[::"] {
        let headers = format!("location: {location}\r\n");
        let server = Server::start(move |_, _, stream| reply(stream, "301 Moved Permanently", &headers, ""));
        let error = observe(&with_token(get(&server))).unwrap_err();
        assert!(error.message.contains("redirects to what is no address"), "{location}: {error}");
    }
}

#[test]
fn nothing_secret_goes_out_in_the_clear() {
    let far = "http://192.0.2.1:9/x".to_owned();
    let marker = "{{secret token}}".to_owned();
    for asked in [
        with_token(request("GET", far.clone())),
        HttpRequest {
            headers: BTreeMap::from([("x".into(), marker.clone())]),
            ..request("GET", far.clone())
        },
        HttpRequest { body: Some(format!("{{\"k\":\"{marker}\"}}")), ..request("PUT", far.clone()) },
    ] {
        let error = observe(&asked).unwrap_err();
        assert!(error.message.contains("a secret is not sent over http"), "{error}");
    }
    let error = observe(&request("GET", "https://h/{{secret token}}".to_owned())).unwrap_err();
    assert!(error.message.contains("URLs end up in logs"), "{error}");
    let error = observe(&request("GET", "https://ann:cAn4ry@h/".to_owned())).unwrap_err();
    assert!(error.message.contains("user or password") && !error.message.contains("cAn4ry"), "{error}");
}

#[test]
fn a_server_that_repeats_the_token_gives_nothing_away() {
    let hex: String = CANARY.bytes().map(|byte| format!("{byte:02x}")).collect();
    let echoes = [
        ("200 OK", JSON, format!(r#"{{"echo":"{CANARY}","{CANARY}":1,"hex":"{hex}"}}"#)),
        ("200 OK", JSON, format!("you sent {CANARY}")),
        ("200 OK", "content-type: text/html\r\n", format!("<p>Bearer {CANARY}</p>")),
        ("401 Unauthorized", JSON, format!(r#"{{"error":"bad token {CANARY}"}}"#)),
        ("403 Forbidden", "", CANARY.to_owned()),
        ("500 Internal Server Error", "", format!("stack trace: {hex}")),
    ];
    for (status, headers, body) in echoes {
        let server = Server::fixed(status, headers, body);
        let outcome = observe(&with_token(get(&server)));
        let visible = visible(&outcome);
        assert!(!visible.contains("cAn4ry") && !visible.contains(&hex), "{visible}");
        assert!(visible.contains("***"), "{visible}");
    }
    let kind: &'static str = Box::leak(format!("content-type: x/{CANARY}\r\n").into_boxed_str());
    let server = Server::fixed("200 OK", kind, "{}");
    let visible = visible(&observe(&with_token(get(&server))));
    assert!(!visible.to_lowercase().contains("can4ry"), "{visible}");
}

#[test]
fn not_being_allowed_is_no_answer() {
    for (status, token, hint) in
        [("401 Unauthorized", false, "send a token"), ("403 Forbidden", true, "its rights")]
    {
        let server = Server::fixed(status, JSON, r#"{"missing":0}"#);
        let asked = if token { with_token(get(&server)) } else { get(&server) };
        let error = observe(&asked).unwrap_err();
        assert_eq!(error.reason, Reason::Unauthorised);
        assert!(error.message.contains(status) && error.hint.unwrap().contains(hint));
    }
}

#[test]
fn a_token_that_cannot_be_a_header_is_not_shown() {
    let source = SecretSource::Exec(["printf", "cAn4ry\nsecond line"].map(str::to_owned).to_vec());
    let references = BTreeMap::from([("token".to_owned(), SecretReference { source, unlock_at: None })]);
    let http = Http::new(Arc::new(Secrets::new("/", references, Scrubber::default())));
    let server = Server::fixed("200 OK", JSON, "{}");
    let outcome = http.observe(&with_token(get(&server)), Until::after(GUARD, &|| false));
    let visible = visible(&outcome);
    assert!(
        visible.contains("header authorization cannot be sent") && !visible.contains("cAn4ry"),
        "{visible}"
    );
}
