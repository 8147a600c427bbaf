//! A healthy lab is green when every owner has signed, and not when one finding is new.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::sync::PoisonError;

use cutover_tests::{Cutover, Run, matches_schema};

use ::runbook::plan::Answers;

use crate::rehearsed::Rehearsed;
use crate::{Bench, TROUBLE};

const OWNERS: [(&str, &str); 4] = [
    ("app_owner", "mina"),
    ("platform_owner", "omar"),
    ("security_owner", "tomas"),
    ("rollback_owner", "ana"),
];

/// Keys of everybody who owns something, declared in the site.
fn keys(bench: &mut Bench) {
    let folder = bench.folder.path().join("keys");
    std::fs::create_dir(&folder).unwrap();
    for (_, person) in OWNERS {
        let made = Command::new("ssh-keygen")
            .args(["-q", "-t", "ed25519", "-N", "", "-C", person, "-f"])
            .arg(folder.join(person))
            .status();
        assert!(made.unwrap().success());
    }
    let people = OWNERS.map(|(_, person)| format!("{person}: {{ key: keys/{person}.pub }}")).join(", ");
    bench.site.people = format!("{{ ilse: {{}}, {people} }}");
}

fn sign(bench: &Bench, role: &str, person: &str, more: &[&str]) -> Run {
    let (runs, key) = (bench.runs().display().to_string(), bench.folder.path().join("keys").join(person));
    let key = key.display().to_string();
    let mut arguments =
        vec!["sign", "last", "--runs-dir", &runs, "--role", role, "--as", person, "--key", &key];
    arguments.extend(more);
    Cutover::new(arguments).run()
}

fn accept(bench: &Bench, role: &str, person: &str) -> Run {
    sign(bench, role, person, &["--decision", "accept"])
}

fn dimension<'a>(scorecard: &'a serde_json::Value, name: &str) -> &'a serde_json::Value {
    let dimensions = scorecard["units"][0]["dimensions"].as_array().unwrap();
    dimensions.iter().find(|dimension| dimension["dimension"] == name).unwrap()
}

/// The commands of the guide, run in the folder of the last run.
fn by_ordinary_tools(run: &Path) {
    let guide = std::fs::read_to_string(cutover_tests::repository().join("docs/guides/sign.md")).unwrap();
    let blocks: Vec<&str> =
        guide.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert_eq!(blocks.len(), 3);
    for block in blocks {
        let out = Command::new("sh").args(["-c", block]).current_dir(run).output().unwrap();
        let said =
            format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
        assert!(out.status.success(), "{block}\n{said}");
    }
}

/// Keys that are no use say so, and nothing is signed.
fn with_a_key_that_cannot_sign(bench: &Bench) {
    let keys = bench.folder.path().join("keys");
    let put = |name: &str, text: &[u8], mode: u32| {
        let path = keys.join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    put("open", &std::fs::read(keys.join("mina")).unwrap(), 0o644);
    put("nothing", b"", 0o600);
    put("locked", &std::fs::read(keys.join("mina")).unwrap(), 0o600);
    let mut locking = Command::new("ssh-keygen");
    locking.args(["-q", "-p", "-P", "", "-N", "open sesame", "-f"]).arg(keys.join("locked"));
    assert!(locking.output().unwrap().status.success());
    let cases = [
        ("mina.pub", "it is a public key"),
        ("missing", "cannot sign"),
        ("open", "others can read it"),
        ("nothing", "no private key"),
        ("locked", "locked with a passphrase"),
        ("omar", "not the one declared for mina"),
    ];
    let runs = bench.runs().display().to_string();
    for (file, says) in cases {
        let key = keys.join(file).display().to_string();
        // Without a terminal: nobody is there to type a passphrase.
        let mut command = Command::new("setsid");
        let arguments =
            ["sign", "last", "--runs-dir", &runs, "--role", "app_owner", "--as", "mina", "--key", &key];
        command.arg(cutover_tests::binary()).args(arguments).args(["--decision", "accept"]);
        let out = command.stdin(std::process::Stdio::null()).output().unwrap();
        let said = String::from_utf8_lossy(&out.stderr);
        assert!(!out.status.success() && said.contains(says), "{file}: {said}");
    }
}

/// Every dimension is accepted by its owner, and green but for proofs that no kind of this version gives.
fn all_that_can_be_is_green(scorecard: &serde_json::Value) {
    let mut green = Vec::new();
    for dimension in scorecard["units"][0]["dimensions"].as_array().unwrap() {
        let name = dimension["dimension"].as_str().unwrap();
        assert!(dimension["accepted_by"].is_string(), "{dimension:#}");
        match dimension.get("not_yet_judged") {
            None => {
                assert_eq!(dimension["level"], "green", "{dimension:#}");
                green.push(name);
            }
            Some(_) => {
                assert_eq!(dimension["level"], "yellow", "{dimension:#}");
                let reason = dimension["reason"].as_str().unwrap();
                assert!(reason.starts_with("not yet judged"), "{reason}");
            }
        }
    }
    assert!(green.starts_with(&["offset_parity", "platform_compatibility", "operations"]), "{green:?}");
    let overall = if green.len() == 5 { "green" } else { "yellow" };
    assert_eq!(scorecard["overall"], overall);
}

/// Signed and rehearsed it is green; a rehearsal that answered itself is yellow, one without a point red, edited evidence too,
/// and an old one is none.
fn every_colour_of_the_way_back(bench: &mut Bench, signed: &serde_json::Value) {
    let colour = |scorecard: &serde_json::Value| dimension(scorecard, "rollback")["level"].clone();
    assert_eq!(colour(signed), "green");
    let all = Rehearsed::default;
    let planted = [
        (Rehearsed { answers: Answers::Rehearsal, ..all() }, Vec::new(), "yellow"),
        (Rehearsed { points: vec!["soak"], ..all() }, Vec::new(), "red"),
        (all(), vec![("/points/1/point", "elsewhere".into())], "red"),
        (Rehearsed { days_ago: 15, ..all() }, Vec::new(), "unknown"),
        (all(), Vec::new(), "green"),
    ];
    for (rehearsed, evidence, level) in planted {
        (bench.rehearsed, bench.evidence) = (rehearsed, evidence);
        let found = bench.check(&[]).scorecard;
        assert_eq!(colour(&found), level, "{:#}", dimension(&found, "rollback"));
    }
}

#[test]
fn a_healthy_lab_is_green_when_all_have_signed_and_yellow_after_one_new_finding() {
    let _untroubled = TROUBLE.read().unwrap_or_else(PoisonError::into_inner);
    let mut bench = crate::healthy::copied_to_the_end("mm-signed");
    keys(&mut bench);
    let last = |bench: &Bench| {
        let mut runs: Vec<_> =
            std::fs::read_dir(bench.runs()).unwrap().map(|run| run.unwrap().path()).collect();
        runs.sort();
        runs.pop().unwrap()
    };

    let answer = bench.check(&[]);
    assert_eq!(answer.run.code, 4, "{:#?}", answer.run);
    // Who may not, cannot.
    let refused =
        |run: Run, says: &str| assert!(run.code != 0 && run.stderr.contains(says), "{says}: {run:#?}");
    refused(sign(&bench, "app_owner", "omar", &["--decision", "accept"]), "omar does not hold the role");
    refused(sign(&bench, "king", "mina", &["--decision", "accept"]), "no role king");
    refused(
        sign(&bench, "app_owner", "mina", &["--decision", "accept", "--dimension", "governance"]),
        "does not accept governance",
    );
    refused(sign(&bench, "app_owner", "mina", &["--decision", "reject"]), "--reason");

    with_a_key_that_cannot_sign(&bench);
    for (place, (role, person)) in OWNERS.into_iter().enumerate() {
        let run = accept(&bench, role, person).exits(0);
        let green = run.stdout.contains("accepted by");
        assert!(green, "{}: {run:#?}", place);
    }
    let runs = bench.runs().display().to_string();
    let report = || Cutover::new(["report", "last", "--runs-dir", &runs, "-o", "json"]).run().exits(0).json();
    let signed = report();
    all_that_can_be_is_green(&signed);
    let verified = Cutover::new(["verify", "last", "--runs-dir", &runs, "-o", "json"]).run().exits(0).json();
    matches_schema("verify", &verified);
    assert_eq!((verified["signatures"].as_array().unwrap().len(), &verified["unsigned"]), (4, &0.into()));
    by_ordinary_tools(&last(&bench));

    // Measured again, the same is found: it is still accepted.
    let again = bench.check(&[]);
    all_that_can_be_is_green(&again.scorecard);
    by_ordinary_tools(&last(&bench));
    every_colour_of_the_way_back(&mut bench, &again.scorecard);

    // One new finding, of a check that is still good enough to be yellow.
    bench.script("reconcile.sh", "echo '{\"missing\": 1}'");
    let found = bench.check(&[]);
    assert_eq!(found.run.code, 4, "{:#?}", found.run);
    let parity = dimension(&found.scorecard, "offset_parity");
    assert_eq!((&parity["level"], &parity["accepted_by"]), (&"yellow".into(), &serde_json::Value::Null));
    let void = parity["signatures"][0]["void"].as_str().unwrap();
    assert!(void.contains("reconciled"), "{void}");
    assert_eq!(dimension(&found.scorecard, "operations")["level"], "green");

    // The owner may live with it, which is no green; and may say no, which is red.
    accept(&bench, "app_owner", "mina").exits(0);
    assert_eq!(dimension(&report(), "offset_parity")["level"], "yellow");
    sign(&bench, "app_owner", "mina", &["--decision", "reject", "--reason", "one is missing"]).exits(0);
    let rejected = report();
    assert_eq!(rejected["overall"], "red");
    assert!(dimension(&rejected, "offset_parity")["reason"].as_str().unwrap().contains("one is missing"));

    // A byte of what was signed is another.
    let folder = last(&bench).join("signatures");
    let document = std::fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path());
    let document = document.into_iter().find(|file| file.extension().is_some_and(|e| e == "json")).unwrap();
    let text = std::fs::read_to_string(&document).unwrap();
    std::fs::write(&document, text.replacen("accept", "reject", 1)).unwrap();
    Cutover::new(["verify", "last", "--runs-dir", &runs]).run().exits(1);
}
