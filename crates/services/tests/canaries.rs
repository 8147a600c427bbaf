//! Fourteen secrets planted wherever a secret can be, and not one of them seen in anything this crate hands out:
//! observations, errors, their debug forms, connectors, and logs of everything at trace level.

#![expect(clippy::unwrap_used, reason = "a test may fail where it stands")]

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use runbook::Probe;
use runbook::world::HttpRequest;
use serde_json::json;
use services::{
    Connect, MaskedWriter, Scrubber, SecretReference, SecretSource, Secrets, ServiceError, Services, Until,
};
use tracing_subscriber::fmt::MakeWriter;

const GUARD: Duration = Duration::from_secs(120);

/// The planted secrets. The first six the program reads itself; the others come from systems it asks.
const CANARIES: [(&str, &str); 14] = [
    ("a file", "cAn01-file-q7Zr+/x"),
    ("a command's output", "cAn02-exec \"q7Zr\""),
    ("a rotated file", "cAn03-rotated-q7Zr"),
    ("a header", "cAn04-header-q7Zr=="),
    ("a body", "cAn05-body\\q7Zr'&"),
    ("a variable", "cAn06-variable-q7Zr"),
    ("a URL's user part", "cAn07-userinfo-q7Zr"),
    ("a JAAS configuration", "cAn08-jaas-q7Zr"),
    ("a keystore password", "cAn09-keystore-q7Zr"),
    ("a private key", "cAn10MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7q7Zr"),
    ("a cookie", "cAn11-cookie-q7Zr"),
    ("a secret nobody told us, on standard error", "cAn12-foreign-q7Zr"),
    ("a secret nobody told us, in facts", "cAn13-fact-q7Zr"),
    ("a redirect", "cAn14-redirect-q7Zr"),
];

fn canary(number: usize) -> &'static str {
    CANARIES[number - 1].1
}

/// Everything that was handed out, and everything that was logged.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Vec<u8>>>);

impl Seen {
    fn add(&self, text: impl AsRef<str>) {
        self.0.lock().unwrap().extend_from_slice(text.as_ref().as_bytes());
    }

    fn outcome<T: Debug>(&self, outcome: &Result<T, ServiceError>) {
        self.add(format!("{outcome:?}\n"));
        if let Err(error) = outcome {
            self.add(format!("{error} {error:#?} {:?}\n", error.hint));
        }
    }
}

impl Write for Seen {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

struct Log(Seen, Scrubber);

impl<'a> MakeWriter<'a> for Log {
    type Writer = MaskedWriter<Seen>;
    fn make_writer(&'a self) -> Self::Writer {
        MaskedWriter::new(self.0.clone(), self.1.clone())
    }
}

/// Answers by path, and repeats in every answer what it was sent.
fn server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || listener.incoming().for_each(|stream| serve(stream.unwrap())));
    format!("http://{address}")
}

fn serve(stream: TcpStream) {
    let mut stream = BufReader::new(stream);
    let (mut head, mut length) = (Vec::new(), 0);
    for line in stream.by_ref().lines() {
        let line = line.unwrap();
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line.is_empty() {
            break;
        }
        head.push(line);
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).unwrap();
    let echo = format!("{}\n{}", head.join("\n"), String::from_utf8(body).unwrap());
    let path = head.first().and_then(|line| line.split(' ').nth(1)).unwrap_or_default().to_owned();
    let (status, more, body) = match path.as_str() {
        "/facts" => ("200 OK", "", json!({"echo": echo, "session_token": canary(13), "n": 1}).to_string()),
        "/denied" => ("401 Unauthorized", "", echo),
        "/broken" => ("500 Internal Server Error", "", format!("Set-Cookie: id={}\n{echo}", canary(11))),
        "/away" => ("302 Found", "location", String::new()),
        path if path.starts_with("/connectors?") => ("200 OK", "", connectors().to_string()),
        _ => ("404 Not Found", "", json!({"error_code": 404, "message": echo}).to_string()),
    };
    let more = match more {
        "" => "content-type: application/json\r\n".to_owned(),
        _ => format!("location: https://elsewhere.invalid/{}\r\n", canary(14)),
    };
    let length = body.len();
    let _ = write!(
        stream.get_mut(),
        "HTTP/1.1 {status}\r\n{more}content-length: {length}\r\nconnection: close\r\n\r\n{body}"
    );
}

fn connectors() -> serde_json::Value {
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----", canary(10));
    let config = json!({
        "connector.class": "org.apache.kafka.connect.mirror.MirrorSourceConnector",
        "source.cluster.sasl.jaas.config": format!("x.PlainLoginModule required username=\"u\" password=\"{}\";", canary(8)),
        "source.cluster.ssl.keystore.password": canary(9),
        "source.cluster.ssl.keystore.key": pem,
        "some.url": format!("https://ann:{}@host/x", canary(7)),
    });
    let trace = format!(
        "ConfigException: {} {} {} at https://ann:{}@host\n\tat a.b.C",
        canary(8),
        canary(9),
        canary(10),
        canary(7)
    );
    json!({"mirror": {
        "info": {"config": config},
        "status": {
            "connector": {"state": "RUNNING", "worker_id": "w:1"},
            "tasks": [{"id": 0, "state": "FAILED", "worker_id": "w:1", "trace": trace}]
        }
    }})
}

/// A secret in the forms others would write it in.
fn forms(secret: &str) -> Vec<String> {
    let json = serde_json::to_string(secret).unwrap();
    let percent: String = secret
        .bytes()
        .map(|b| {
            if b.is_ascii_alphanumeric() || b == b'-' {
                char::from(b).to_string()
            } else {
                format!("%{b:02X}")
            }
        })
        .collect();
    let hex = secret.bytes().map(|b| format!("{b:02x}")).collect();
    let base64 = |bytes: &[u8]| {
        let mut text = String::new();
        for group in bytes.chunks(3) {
            let mut word = [0; 3];
            word[..group.len()].copy_from_slice(group);
            let word = u32::from_be_bytes([0, word[0], word[1], word[2]]);
            const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
            let letters =
                (0..=group.len()).map(|n| char::from(LETTERS[(word >> (18 - 6 * n)) as usize & 63]));
            text.extend(letters);
        }
        text
    };
    vec![secret.to_owned(), json[1..json.len() - 1].to_owned(), percent, hex, base64(secret.as_bytes())]
}

#[test]
fn fourteen_secrets_and_none_is_seen() {
    let top = tempfile::TempDir::new().unwrap();
    let write = |name: &str, text: &str| std::fs::write(top.path().join(name), text).unwrap();
    write("file", canary(1));
    write("rotated", canary(3));
    write("print", canary(2));
    for (name, number) in [("header", 4), ("body", 5), ("variable", 6)] {
        write(name, canary(number));
    }
    let reference = |source| SecretReference { source, unlock_at: None };
    let mut references: BTreeMap<String, SecretReference> = ["file", "rotated", "header", "body", "variable"]
        .map(|name| (name.to_owned(), reference(SecretSource::File(name.to_owned()))))
        .into();
    let argv = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    references.insert("exec".to_owned(), reference(SecretSource::Exec(argv(&["cat", "print"]))));
    let talking = format!("cat print >&2; echo 'password: {}' >&2; exit 1", canary(12));
    references.insert("failing".to_owned(), reference(SecretSource::Exec(argv(&["sh", "-c", &talking]))));

    let (seen, scrubber) = (Seen::default(), Scrubber::default());
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(Log(seen.clone(), scrubber.clone()))
        .init();
    let secrets = Arc::new(Secrets::new(top.path(), references, scrubber));
    let services = Services::new(top.path(), Arc::clone(&secrets));
    let until = Until::after(GUARD, &|| false);

    // Rotation: the first value is known for ever.
    secrets.value("rotated", until).unwrap();
    write("rotated", "another value, in order");
    seen.outcome(&secrets.value("failing", until).map(|_| ()));

    // A command that prints all it has, and how it and its parents were called.
    let script = format!(
        "env | sed 's/^/{{\"env\":\"/' >&2; printf '%s' \"$A\" | base64 >&2; \
         printf '%s\\n' \"$A\" \"$B\" \"$C\" >&2; echo 'db_password={}' >&2; tr '\\0' ' ' </proc/$PPID/cmdline >&2; \
         printf '{{\"n\":1,\"a\":\"%s\",\"api_token\":\"{}\"}}' \"$A\"",
        canary(12),
        canary(13)
    );
    let marker = |name: &str| format!("{{{{secret {name}}}}}");
    let env = [("A", "variable"), ("B", "exec"), ("C", "rotated")]
        .map(|(key, name)| (key.to_owned(), marker(name)));
    let exec = |argv: Vec<String>| Probe::Exec { argv, env: env.clone().into(), timeout_ms: 60_000 };
    write("script.sh", &script);
    let outcome = services.observe(&exec(argv(&["sh", "script.sh"])), until);
    assert!(outcome.is_ok(), "{outcome:?}");
    seen.outcome(&outcome);
    seen.add(serde_json::to_string(&outcome.unwrap()).unwrap());
    write("script.sh", &format!("{script}; kill -9 $$"));
    seen.outcome(&services.observe(&exec(argv(&["sh", "script.sh"])), until));

    // An endpoint that repeats all it is sent, in every kind of answer.
    let base = server();
    let mut answers = 0;
    for path in ["/facts", "/denied", "/broken", "/away", "/nowhere"] {
        for method in ["GET", "PUT"] {
            let request = HttpRequest {
                method: method.to_owned(),
                url: format!("{base}{path}"),
                headers: BTreeMap::from([("x-key".to_owned(), format!("k {}", marker("header")))]),
                body: (method == "PUT").then(|| format!("{{\"key\":\"{}\"}}", marker("body"))),
                bearer: Some("file".to_owned()),
                timeout_ms: 60_000,
            };
            let outcome = services.observe(&Probe::Http(request), until);
            seen.outcome(&outcome);
            answers += usize::from(outcome.is_ok());
            if let Ok(measured) = outcome {
                seen.add(serde_json::to_string(&measured).unwrap());
            }
        }
    }
    assert_eq!(answers, 6, "facts, broken and nowhere answer; denied and away do not");
    let userinfo = HttpRequest {
        method: "GET".to_owned(),
        url: format!("https://ann:{}@host/x", canary(7)),
        headers: BTreeMap::new(),
        body: None,
        bearer: None,
        timeout_ms: 60_000,
    };
    seen.outcome(&services.observe(&Probe::Http(userinfo), until));

    let connect = Connect::new(&base, services.http()).unwrap().bearer("file");
    let connectors = connect.connectors(until);
    assert!(connectors.is_ok(), "{connectors:?}");
    seen.outcome(&connectors);
    seen.outcome(&connect.copied("mirror", until));
    seen.add(format!("{:?}", secrets.warnings()));

    let text = String::from_utf8(seen.0.lock().unwrap().clone()).unwrap();
    assert!(text.contains("***") && text.contains("DEBUG services"), "there was something to mask");
    let mut visible = Vec::new();
    for (place, secret) in CANARIES {
        for form in forms(secret) {
            // Without regard to case, and also the first half of it, which is what a cut leaves.
            let half = &form[..form.len() / 2];
            let found = text.lines().find(|l| l.to_ascii_lowercase().contains(&half.to_ascii_lowercase()));
            if let Some(line) = found {
                visible.push(format!("{place}: {half}: {line}"));
            }
        }
    }
    assert!(visible.is_empty(), "{visible:#?}");
}
