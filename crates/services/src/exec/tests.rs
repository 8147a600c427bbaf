//! Commands of checks, and what of their output is kept.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use runbook::world::{OutputSeen, Receipt};
use serde_json::json;
use tempfile::TempDir;

use super::*;
use crate::{Scrubber, SecretReference, SecretSource, Secrets, ServiceError, Until};

const GUARD: Duration = Duration::from_secs(120);
const CANARY: &str = "cAn4ry+/\"q\" \\x";

/// A secret `token` with the canary in a file.
fn secrets(folder: &Path) -> Arc<Secrets> {
    std::fs::write(folder.join("token"), format!("{CANARY}\n")).unwrap();
    let reference = SecretReference { source: SecretSource::File("token".to_owned()), unlock_at: None };
    Arc::new(Secrets::new(folder, BTreeMap::from([("token".to_owned(), reference)]), Scrubber::default()))
}

fn observe(script: &str, env: &[(&str, &str)]) -> Result<OutputSeen, ServiceError> {
    let top = TempDir::new().unwrap();
    let exec = Exec::new(top.path(), secrets(top.path()));
    let env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let argv = ["sh", "-c", script].map(str::to_owned);
    exec.observe(&argv, &env, GUARD, Until::after(GUARD, &|| false))
}

#[test]
fn facts_status_and_excerpt() {
    let seen =
        observe(r#"echo '{"missing": 0, "double_charged": 2}'; echo compared 17 >&2; exit 4"#, &[]).unwrap();
    assert_eq!(seen.status, 4);
    assert_eq!(serde_json::to_value(&seen.facts).unwrap(), json!({"missing": 0, "double_charged": 2}));
    assert_eq!((seen.unreadable, seen.excerpt.as_str()), (None, "compared 17"));
}

#[test]
fn what_is_no_object_of_facts_gives_none() {
    for (script, part) in [
        ("true", "empty"),
        ("echo all good", "not one JSON object"),
        (r#"echo '{"missing":1,"missing":0}'"#, "given twice"),
        (r#"echo '{"missing":0}'; head -c 2000000 /dev/zero"#, "more than 1024 KiB"),
        (r#"echo '{"missing":0}'; echo '{"missing":1}'"#, "more than one"),
    ] {
        let seen = observe(script, &[]).unwrap();
        assert!(seen.facts.is_empty(), "{script}");
        assert!(
            seen.unreadable.as_ref().is_some_and(|why| why.contains(part)),
            "{script}: {:?}",
            seen.unreadable
        );
    }
}

#[test]
fn a_secret_reaches_the_command_and_nothing_that_is_kept() {
    let script = r#"
        echo "token $TOKEN" >&2
        printf %s "$TOKEN" | base64 >&2
        printf %s "$TOKEN" | od -An -tx1 | tr -d ' \n' >&2
        printf '\n\033[31m%s\033[0m\n' "$TOKEN" >&2
        echo '{"length": '$(printf %s "$TOKEN" | wc -c)', "text": "'$(printf %s "$TOKEN" | base64)'"}'"#;
    let seen = observe(script, &[("TOKEN", "{{secret token}}"), ("PLAIN", "x")]).unwrap();
    assert_eq!(seen.facts["length"], json!(CANARY.len()), "{seen:?}");
    let kept = format!("{seen:?} {}", serde_json::to_string(&seen).unwrap());
    assert!(
        !kept.contains("cAn4ry") && !kept.contains("Y0FuNHJ5") && !kept.contains("63416e347279"),
        "{kept}"
    );
    assert_eq!(seen.facts["text"], json!("***"));
}

#[test]
fn an_argument_is_no_place_for_a_secret() {
    let error = observe("echo {{secret token}}", &[]).unwrap_err();
    assert!(error.message.contains("arguments can be read by every user"), "{}", error.message);
    assert!(error.hint.unwrap().contains("env"));
}

#[test]
fn a_secret_that_cannot_be_had_is_named() {
    let error = observe("true", &[("TOKEN", "{{secret tokne}}")]).unwrap_err();
    assert!(error.message.contains("variable TOKEN: secret tokne is not declared"), "{}", error.message);
    assert_eq!(error.hint.as_deref(), Some("declared are token"));
}

#[test]
fn an_impossible_variable_is_refused_without_its_value() {
    for (name, value) in [("A=B", "v"), ("", "v"), ("A", "cAn4ry\0")] {
        let error = observe("true", &[(name, value)]).unwrap_err();
        assert!(
            error.message.contains("impossible name") && !error.message.contains("cAn4ry"),
            "{}",
            error.message
        );
    }
}

fn apply(script: &str, env: &[(&str, &str)], time: Duration) -> Receipt {
    let top = TempDir::new().unwrap();
    let exec = Exec::new(top.path(), secrets(top.path()));
    let env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let argv = ["sh", "-c", script].map(str::to_owned);
    exec.apply(&argv, &env, time, Until::after(GUARD, &|| false))
}

#[test]
fn exit_code_0_is_done_and_any_other_a_refusal() {
    let script = "echo paused; echo \"with $TOKEN\" >&2";
    let done = apply(script, &[("TOKEN", "{{secret token}}")], GUARD);
    assert_eq!(done, Receipt::Applied { said: Some("paused\nwith ***".to_owned()) });
    assert_eq!(apply("true", &[], GUARD), Receipt::Applied { said: None });
    let refused = apply("echo \"no: $TOKEN\" >&2; exit 3", &[("TOKEN", "{{secret token}}")], GUARD);
    let why = "command sh ended with exit code 3; it said: no: ***".to_owned();
    assert_eq!(refused, Receipt::Refused { why });
}

#[test]
fn what_did_not_end_by_itself_may_have_done_it() {
    for (script, part) in
        [("echo half; sleep 1000", "did not end in time"), ("kill -KILL $$", "ended by signal 9")]
    {
        let receipt = apply(script, &[], Duration::from_millis(500));
        assert!(matches!(&receipt, Receipt::Unknown { why } if why.contains(part)), "{receipt:?}");
    }
}

#[test]
fn what_was_not_started_has_done_nothing() {
    let top = TempDir::new().unwrap();
    let exec = Exec::new(top.path(), secrets(top.path()));
    let none = BTreeMap::new();
    let until = Until::after(GUARD, &|| false);
    let missing = exec.apply(&["./no-such-program".to_owned()], &none, GUARD, until);
    assert!(
        matches!(&missing, Receipt::Refused { why } if why.contains("nothing was changed")),
        "{missing:?}"
    );
    let argument = ["echo", "{{secret token}}"].map(str::to_owned);
    let argument = exec.apply(&argument, &none, GUARD, until);
    assert!(matches!(&argument, Receipt::Refused { why } if why.contains("every user")), "{argument:?}");
    let over = exec.apply(&["true".to_owned()], &none, Duration::ZERO, until);
    assert!(matches!(over, Receipt::Refused { .. }), "{over:?}");
}
