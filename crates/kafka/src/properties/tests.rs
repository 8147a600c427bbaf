use super::*;
use secrecy::ExposeSecret;
use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

#[derive(Default)]
struct Fake(BTreeMap<PathBuf, Vec<u8>>);

impl Fake {
    fn with(files: &[(&str, &[u8])]) -> Self {
        Fake(files.iter().map(|(path, bytes)| (PathBuf::from(path), bytes.to_vec())).collect())
    }
}

impl Surroundings for Fake {
    fn env(&self, name: &str) -> Option<String> {
        match name {
            "PW" => Some(r#"pa"ss\;word"#.to_owned()),
            "HOSTS" => Some("b1:9092,b2:9092".to_owned()),
            "EMPTY" => Some(String::new()),
            _ => None,
        }
    }
    fn file(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.0.get(path).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }
    fn exists(&self, path: &Path) -> bool {
        self.0.contains_key(path)
    }
}

const CERT: &str = "-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----\n";
const KEY: &str = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nc2VjcmV0\n-----END ENCRYPTED PRIVATE KEY-----\n";

fn read(text: &str) -> Result<ClusterConfig, ConfigError> {
    read_with(text, &Fake::default())
}

fn read_with(text: &str, around: &Fake) -> Result<ClusterConfig, ConfigError> {
    from_bytes("source", "c.properties", text.as_bytes().to_vec(), around, Some(Path::new("/conf")))
}

fn settings(config: &ClusterConfig) -> BTreeMap<&'static str, String> {
    config
        .connection_settings()
        .into_iter()
        .map(|(key, value)| (key, value.expose_secret().to_owned()))
        .collect()
}

fn problems(text: &str) -> String {
    read(text).unwrap_err().to_string()
}

#[test]
fn scram_over_plaintext_with_a_password_that_holds_quotes() {
    let config = read(
        "bootstrap.servers=${env:HOSTS}\nsecurity.protocol=SASL_PLAINTEXT\nsasl.mechanism=SCRAM-SHA-256\n\
         sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required \\\n   username=\"checkout\" password=\"${env:PW}\";\n\
         request.timeout.ms=7000\nclient.id = mine \n",
    )
    .unwrap();
    let set = settings(&config);
    assert_eq!(set["bootstrap.servers"], "b1:9092,b2:9092");
    assert_eq!(set["sasl.mechanisms"], "SCRAM-SHA-256");
    assert_eq!(set["sasl.username"], "checkout");
    assert_eq!(set["sasl.password"], r#"pa"ss\;word"#);
    assert_eq!(set["socket.timeout.ms"], "7000");
    assert_eq!(set["client.id"], "mine");
    assert!(!set.keys().any(|key| key.starts_with("ssl.")));
    let shown = format!("{config:?} {:?} {:?}", config.client_config(), config.notes);
    assert!(!shown.contains("ss\\"), "{shown}");
}

#[test]
fn librdkafka_keys() {
    let config = read(
        "metadata.broker.list=b:1\nsecurity.protocol=sasl_plaintext\nsasl.mechanisms=PLAIN\nsasl.username=u\nsasl.password=p w \n\
         socket.keepalive.enable=TRUE\nretry.backoff.ms=5\n",
    )
    .unwrap();
    let set = settings(&config);
    assert_eq!(
        (
            set["sasl.password"].as_str(),
            set["socket.keepalive.enable"].as_str(),
            set["retry.backoff.ms"].as_str()
        ),
        ("p w ", "true", "5")
    );
    assert!(config.notes.iter().any(|note| note.warning && note.message.contains("ends with a blank")));
}

#[test]
fn tls_with_pem_files_and_a_relative_path_beside_the_file() {
    let around = Fake::with(&[
        ("/conf/ca.pem", CERT.as_bytes()),
        ("/k/me.pem", format!("{KEY}{CERT}{CERT}").as_bytes()),
    ]);
    let config = read_with(
        "bootstrap.servers=b:9093\nsecurity.protocol=SSL\nssl.truststore.type=PEM\nssl.truststore.location=ca.pem\n\
         ssl.keystore.type=PEM\nssl.keystore.location=/k/me.pem\nssl.key.password=${env:PW}\n",
        &around,
    )
    .unwrap();
    let set = settings(&config);
    assert_eq!(set["ssl.ca.pem"], CERT);
    assert_eq!(set["ssl.certificate.pem"], format!("{CERT}{CERT}"));
    assert_eq!(set["ssl.key.pem"], KEY);
    assert_eq!(set["ssl.endpoint.identification.algorithm"], "https");
    assert_eq!(set["enable.ssl.certificate.verification"], "true");
    assert!(!format!("{config:?}").contains("c2VjcmV0"));
}

#[test]
fn inline_pem_on_one_line() {
    let one_line = |pem: &str| pem.trim().replace('\n', " ");
    let config = read(&format!(
        "bootstrap.servers=b:9093\nsecurity.protocol=SASL_SSL\nsasl.mechanism=PLAIN\n\
         sasl.jaas.config=x.PlainLoginModule required username=u password=p;\n\
         ssl.truststore.certificates={}\nssl.keystore.certificate.chain={}\nssl.keystore.key={}\nssl.endpoint.identification.algorithm=\n",
        one_line(CERT),
        one_line(CERT),
        one_line(KEY)
    ))
    .unwrap();
    let set = settings(&config);
    assert_eq!((set["ssl.ca.pem"].as_str(), set["ssl.key.pem"].as_str()), (CERT, KEY));
    assert_eq!(set["ssl.endpoint.identification.algorithm"], "none");
    assert!(
        config.notes.iter().any(|note| note.warning && note.message.contains("host name is not verified"))
    );
}

#[test]
fn stores_are_refused_with_the_command_that_converts_them() {
    let around = Fake::with(&[
        ("/s/trust store.jks", b"\xfe\xed\xfe\xed\0\0\0\x02"),
        ("/s/key.jks", b"\xfe\xed\xfe\xed\0\0\0\x02"),
        ("/s/t.p12", b"\x30\x82\x01\x00"),
        ("/s/k.p12", b"\x30\x82\x01\x00"),
        ("/s/noise", b"hello"),
    ]);
    for (key, path, command) in [
        (
            "ssl.truststore.location",
            "/s/trust store.jks",
            "keytool -list -rfc -keystore '/s/trust store.jks' > '/s/trust store.pem'",
        ),
        (
            "ssl.keystore.location",
            "/s/key.jks",
            "-destkeystore /s/key.p12 -deststoretype PKCS12 && openssl pkcs12 -in /s/key.p12 -out /s/key.pem",
        ),
        (
            "ssl.truststore.location",
            "/s/t.p12",
            "keytool -list -rfc -keystore /s/t.p12 -storetype PKCS12 > /s/t.pem",
        ),
        ("ssl.keystore.location", "/s/k.p12", "openssl pkcs12 -in /s/k.p12 -out /s/k.pem"),
        ("ssl.keystore.location", "/s/noise", "neither PEM nor a known store"),
        ("ssl.keystore.location", "/s/none", "/s/none: "),
    ] {
        let text = format!("bootstrap.servers=b:1\nsecurity.protocol=SSL\n{key}={path}\n");
        let error = read_with(&text, &around).unwrap_err().to_string();
        assert!(error.contains("c.properties:3: ") && error.contains(command), "{error}");
    }
}

#[test]
fn every_problem_is_listed_with_its_line() {
    let error = problems(
        "bootstrap.server=b:1\nsecurity.protocol=SASL_PLAIN\nretry.backoff.ms=soon\nsocket.keepalive.enable=yes\nx.y=1\nlinger.ms=5\nbad=\\u12\n",
    );
    for part in [
        "c.properties:1: bootstrap.server: unknown key",
        "did you mean bootstrap.servers?",
        "c.properties: bootstrap.servers: is missing",
        "c.properties:2: security.protocol: no such protocol",
        "c.properties:3: retry.backoff.ms: needs a whole number from 1 to 300000",
        "c.properties:4: socket.keepalive.enable: needs true or false",
        "c.properties:5: x.y: unknown key",
        "c.properties:7: a \\u escape needs four",
    ] {
        assert!(error.contains(part), "{part} in\n{error}");
    }
    assert!(!error.contains("linger.ms"), "a known key without effect is no problem");
}

#[test]
fn unsupported_logins_are_named() {
    let sasl = "bootstrap.servers=b:1\nsecurity.protocol=SASL_SSL\n";
    for (rest, part) in [
        ("sasl.mechanism=OAUTHBEARER\n", "OAUTHBEARER is not supported yet"),
        ("sasl.mechanism=GSSAPI\n", "GSSAPI is not supported yet"),
        ("sasl.mechanism=AWS_MSK_IAM\n", "AWS_MSK_IAM is not supported yet"),
        ("sasl.mechanism=X\n", "no such mechanism"),
        ("sasl.username=u\nsasl.password=p\n", "sasl.mechanism: is missing"),
        ("sasl.mechanism=PLAIN\n", "user and password are missing"),
        (
            "sasl.mechanism=PLAIN\nsasl.jaas.config=a.ScramLoginModule required username=u password=p;\n",
            "does not go with",
        ),
        (
            "sasl.mechanism=PLAIN\nsasl.jaas.config=a.Krb5LoginModule required username=u password=p;\n",
            "not supported yet",
        ),
        (
            "sasl.mechanism=PLAIN\nsasl.jaas.config=a.PlainLoginModule required username=u;\n",
            "has no password",
        ),
        (
            "sasl.mechanism=PLAIN\nsasl.jaas.config=a.PlainLoginModule required username=u password=\"${env:NO}\";\n",
            "NO is not set",
        ),
        (
            "sasl.mechanism=PLAIN\nsasl.jaas.config=a.PlainLoginModule required username=u password=\"${env:EMPTY}\";\n",
            "password is empty",
        ),
        (
            "sasl.mechanism=PLAIN\nsasl.jaas.config=a.PlainLoginModule required username=u password=p\n",
            "must end with `;`",
        ),
        ("sasl.login.callback.handler.class=x\n", "Java class"),
    ] {
        let error = problems(&format!("{sasl}{rest}"));
        assert!(error.contains(part), "{part} in\n{error}");
    }
}

#[test]
fn settings_without_effect_are_notes() {
    let config = read("bootstrap.servers=localhost:1\nsasl.mechanism=PLAIN\nssl.truststore.location=/x.jks\ngroup.id=g\nkey.deserializer=K\n").unwrap();
    let notes: Vec<_> = config.notes.iter().map(|note| (note.line, note.warning)).collect();
    assert_eq!(notes, [(Some(2), false), (Some(3), false), (Some(4), false), (Some(5), false)]);
}

#[test]
fn no_message_ever_holds_a_secret() {
    const SECRET: &str = "hunter2";
    for text in [
        "bootstrap.servers=b:1\nsecurity.protocol=SASL_SSL\nsasl.mechanism=PLAIN\nsasl.password=hunter2\n",
        "bootstrap.servers=b:1\nsasl.passwort=hunter2\n",
        "bootstrap.servers=u:hunter2@b:1\n",
        "bootstrap.servers=b:1\nsecurity.protocol=SASL_SSL\nsasl.mechanism=PLAIN\nsasl.jaas.config=M required password=\"hunter2;\n",
        "bootstrap.servers=b:1\nsecurity.protocol=SSL\nssl.keystore.key=hunter2\n",
        "bootstrap.servers=b:1\nsecurity.protocol=SSL\nssl.keystore.key=-----BEGIN PRIVATE KEY-----\nhunter2AbC=\n-----END PRIVATE KEY-----\n",
        "bootstrap.servers=b:1\nhunter2\nhunter2\n",
        "bootstrap.servers=b:1\nssl.key.password=hunter2\\u00\n",
        "bootstrap.servers=b:1\nsecurity.protocol=hunter2\n",
        "bootstrap.servers=b:1\nretry.backoff.ms=hunter2\n",
    ] {
        let (error, notes) = match read(text) {
            Ok(config) => (String::new(), format!("{:?} {config:?}", config.notes)),
            Err(error) => (format!("{error} {error:?}"), String::new()),
        };
        assert!(!error.contains(SECRET) && !notes.contains(SECRET), "{text:?}: {error} {notes}");
    }
}

#[test]
fn load_takes_files_and_addresses() {
    assert_eq!(
        load("source", "127.0.0.1:9092,[::1]:9093").unwrap().bootstrap_list(),
        "127.0.0.1:9092,[::1]:9093"
    );
    assert!(load("source", "conf/none.properties").unwrap_err().to_string().contains("no such file"));
    assert!(load("source", "nonsense").unwrap_err().to_string().contains("neither a file nor"));
    assert!(load("source", "/dev/zero").unwrap_err().to_string().contains("not a regular file"));
    assert!(load("source", "/").is_err());
}

#[cfg(unix)]
#[test]
fn an_open_mode_is_a_warning_only_with_a_secret() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c.properties");
    let secret = "bootstrap.servers=localhost:1\nsecurity.protocol=SASL_PLAINTEXT\nsasl.mechanism=PLAIN\nsasl.username=u\nsasl.password=p\n";
    for (text, mode, warned) in
        [(secret, 0o644, true), (secret, 0o600, false), ("bootstrap.servers=localhost:1\n", 0o644, false)]
    {
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        let config = from_file("source", &path).unwrap();
        assert_eq!(config.notes.iter().any(|note| note.message.contains("chmod 600")), warned);
    }
}

#[test]
fn hostile_files_never_panic() {
    let pieces = [
        "bootstrap.servers",
        "=",
        ":",
        "\\",
        "\n",
        "${",
        "}",
        "env:PW",
        "file:",
        "sasl.jaas.config",
        "\"",
        ";",
        "required",
        "\\u",
        "00",
        "é",
        "SASL_SSL",
        "security.protocol",
        "-----BEGIN ",
        "-----",
        "\r",
    ];
    let mut state = 7u64;
    for _ in 0..400 {
        let text: String = (0..40)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                pieces[usize::try_from(state >> 33).unwrap() % pieces.len()]
            })
            .collect();
        let _ = read(&text).map_err(|error| error.to_string());
    }
    let _ = from_bytes("source", "f", (0..=255u8).cycle().take(100_000).collect(), &Fake::default(), None);
}
