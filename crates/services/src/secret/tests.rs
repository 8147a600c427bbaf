//! Where secrets come from, what keeps them back, and that nobody can print them.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use runbook::world::Reason;
use tempfile::TempDir;

use super::*;
use crate::{Scrubber, Until};

const GUARD: Duration = Duration::from_secs(60);

fn secrets(folder: &Path, list: &[(&str, SecretSource, Option<&str>)]) -> Secrets {
    let references = list.iter().map(|(name, source, gate)| {
        let reference = SecretReference { source: source.clone(), unlock_at: gate.map(str::to_owned) };
        ((*name).to_owned(), reference)
    });
    Secrets::new(folder, references.collect(), Scrubber::default())
}

fn file(path: &str) -> SecretSource {
    SecretSource::File(path.to_owned())
}

fn command(script: &str) -> SecretSource {
    SecretSource::Exec(["sh", "-c", script].map(str::to_owned).to_vec())
}

fn value(secrets: &Secrets, name: &str) -> Result<String, crate::ServiceError> {
    secrets.value(name, Until::after(GUARD, &|| false)).map(|value| value.expose().to_owned())
}

#[test]
fn each_source() {
    let top = TempDir::new().unwrap();
    std::fs::write(top.path().join("f"), "from a file\r\n").unwrap();
    let list = [
        ("env", SecretSource::Env("PATH".to_owned()), None),
        ("file", file("f"), None),
        ("exec", command("echo 'from a command'"), None),
    ];
    let secrets = secrets(top.path(), &list);
    assert_eq!(value(&secrets, "env").unwrap(), std::env::var("PATH").unwrap());
    assert_eq!(value(&secrets, "file").unwrap(), "from a file");
    assert_eq!(value(&secrets, "exec").unwrap(), "from a command");
    assert_eq!(secrets.scrubber().mask("it is from a command, from a file"), "it is ***, ***");
}

#[test]
fn a_rotated_file_is_seen_and_the_old_value_stays_masked() {
    let top = TempDir::new().unwrap();
    let path = top.path().join("f");
    std::fs::write(&path, "first value").unwrap();
    let secrets = secrets(top.path(), &[("s", file("f"), None)]);
    assert_eq!(value(&secrets, "s").unwrap(), "first value");
    std::fs::write(&path, "second value").unwrap();
    assert_eq!(value(&secrets, "s").unwrap(), "second value");
    assert_eq!(secrets.scrubber().mask("first value second value"), "*** ***");
}

#[test]
fn a_locked_secret_is_refused_by_name_and_not_even_read() {
    let top = TempDir::new().unwrap();
    let secrets =
        secrets(top.path(), &[("deploy_token", command("touch read; echo canary"), Some("go-no-go"))]);
    let error = value(&secrets, "deploy_token").unwrap_err();
    assert_eq!(error.reason, Reason::Refused);
    assert_eq!(error.message, "secret deploy_token is locked until gate go-no-go opens in this run");
    secrets.gate_opened("another");
    assert!(value(&secrets, "deploy_token").is_err());
    assert!(!top.path().join("read").exists());
    secrets.gate_opened("go-no-go");
    assert_eq!(value(&secrets, "deploy_token").unwrap(), "canary");
}

#[test]
fn deny_exec_refuses_commands_by_name() {
    let top = TempDir::new().unwrap();
    std::fs::write(top.path().join("f"), "from a file").unwrap();
    let list = [("exec", command("touch read; echo canary"), None), ("file", file("f"), None)];
    let secrets = secrets(top.path(), &list).deny_exec(true);
    let error = value(&secrets, "exec").unwrap_err();
    assert_eq!(error.reason, Reason::Refused);
    assert!(error.message.contains("secret exec") && error.message.contains("--deny-exec"));
    assert!(!top.path().join("read").exists());
    assert!(value(&secrets, "file").is_ok());
}

#[test]
fn what_cannot_be_a_secret_is_refused_without_showing_it() {
    let top = TempDir::new().unwrap();
    let write = |name: &str, bytes: &[u8]| std::fs::write(top.path().join(name), bytes).unwrap();
    write("empty", b" \n");
    write("short", b"xQz\n");
    write("binary", b"canary\xff\xfe");
    write("huge", "canary".repeat(4000).as_bytes());
    let list = [
        ("empty", file("empty"), None),
        ("short", file("short"), None),
        ("binary", file("binary"), None),
        ("huge", file("huge"), None),
        ("folder", file("."), None),
        ("missing", file("nowhere"), None),
        ("pipe", file("/dev/zero"), None),
        ("env", SecretSource::Env("CUTOVER_TEST_NOT_SET".to_owned()), None),
        ("failing", command("echo canary; echo 'token: canary refused' >&2; exit 1"), None),
        ("flood", command("yes canary"), None),
        ("nothing", SecretSource::Exec(Vec::new()), None),
    ];
    let secrets = secrets(top.path(), &list);
    for (name, part) in [
        ("empty", "is empty"),
        ("short", "fewer than 4"),
        ("binary", "not UTF-8"),
        ("huge", "larger than 16 KiB"),
        ("folder", "not a regular file"),
        ("missing", "nowhere"),
        ("pipe", "not a regular file"),
        ("env", "CUTOVER_TEST_NOT_SET is not set"),
        ("failing", "exit code 1"),
        ("nothing", "no program"),
        ("unknown", "is not declared"),
    ] {
        let error = value(&secrets, name).unwrap_err();
        let all = format!("{error} {error:?}");
        assert!(error.message.starts_with(&format!("secret {name}")) && all.contains(part), "{all}");
        assert!(!all.contains("canary") && !all.contains("xQz"), "{all}");
    }
    let stopped = secrets.value("flood", Until::after(Duration::from_millis(200), &|| false));
    assert!(stopped.is_err_and(|error| error.reason == Reason::TimedOut));
}

#[test]
fn doubtful_places_are_warned_about() {
    let top = TempDir::new().unwrap();
    for (name, mode) in [("open", 0o644), ("tight", 0o600), ("tighter", 0o400), ("short", 0o600)] {
        let path = top.path().join(name);
        std::fs::write(&path, if name == "short" { "abc45" } else { "long enough" }).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    }
    let list = ["open", "tight", "tighter", "short"].map(|name| (name, file(name), None));
    let secrets = secrets(top.path(), &list);
    for _ in 0..2 {
        list.iter().for_each(|(name, ..)| assert!(value(&secrets, name).is_ok()));
    }
    let warnings = secrets.warnings();
    assert_eq!(warnings.len(), 2, "{warnings:?}");
    assert!(warnings[0].starts_with("secret open: ") && warnings[0].ends_with("(mode 0644): chmod 600"));
    assert!(warnings[1].starts_with("secret short is short"));
}

#[test]
fn references_are_plain_data() {
    let text = r#"{"source":{"file":"/run/secrets/deploy"},"unlock_at":"go-no-go"}"#;
    let reference: SecretReference = serde_json::from_str(text).unwrap();
    assert_eq!(
        reference,
        SecretReference { source: file("/run/secrets/deploy"), unlock_at: Some("go-no-go".to_owned()) }
    );
    assert_eq!(serde_json::to_string(&reference).unwrap(), text);
    assert!(serde_json::from_str::<SecretReference>(r#"{"source":{"value":"x"},"unlock_at":null}"#).is_err());
}

/// Compiles only while `SecretValue`, `Secrets` and `Scrubber` lack these traits: with one of them the call would be
/// ambiguous.
#[test]
fn secrets_have_no_string_form() {
    trait Lacks<Marker> {
        fn lacks() {}
    }
    struct Debugs;
    struct Displays;
    struct Serialises;
    impl<T: ?Sized> Lacks<()> for T {}
    impl<T: ?Sized + std::fmt::Debug> Lacks<Debugs> for T {}
    impl<T: ?Sized + std::fmt::Display> Lacks<Displays> for T {}
    impl<T: ?Sized + serde::Serialize> Lacks<Serialises> for T {}
    <SecretValue as Lacks<_>>::lacks();
    <Secrets as Lacks<_>>::lacks();
    <Scrubber as Lacks<_>>::lacks();
}
