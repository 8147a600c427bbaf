use std::fs;
use std::path::{Path, PathBuf};

use runbook::Observation;

use super::*;
use crate::fixture::*;
use crate::{Header, Run};

fn journal(run: &RunFolder) -> PathBuf {
    run.path().join("journal.jsonl")
}

fn lines(run: &RunFolder) -> Vec<String> {
    fs::read_to_string(journal(run)).unwrap().lines().map(|line| format!("{line}\n")).collect()
}

/// Whether tampering is seen: refused, or shown as an end that is not one.
fn seen(run: &RunFolder) -> bool {
    verify(run).map_or(true, |verified| !verified.is_whole())
}

/// Flips one bit of every byte of `path`, one byte at a time, another bit each time.
fn flip_every_byte(run: &RunFolder, path: &Path) {
    let whole = fs::read(path).unwrap();
    assert!(!seen(run), "untouched, {} verifies", path.display());
    let mut bytes = whole.clone();
    for at in 0..whole.len() {
        bytes[at] ^= 1 << (at % 8);
        fs::write(path, &bytes).unwrap();
        assert!(seen(run), "changed byte {at} of {} unseen", path.display());
        bytes[at] = whole[at];
    }
    fs::write(path, &whole).unwrap();
    assert!(!seen(run));
}

#[test]
fn a_whole_run_verifies() {
    let (_top, runs) = runs();
    let run = complete(&runs);
    let verified = verify(&run).unwrap();
    assert!(verified.is_whole());
    assert_eq!((verified.records, verified.evidence, verified.unnamed.len()), (8, 1, 0));
    let last = lines(&run).pop().unwrap();
    assert!(last.contains(&format!("\"hash\":\"{}\"", verified.head)));
}

#[test]
fn a_run_that_was_interrupted_has_no_end() {
    let (_top, runs) = runs();
    let mut run = Run::create(&runs, Header::new(plan(), "check", time(0)), time(0)).unwrap();
    run.append(time(1), Event::Interrupted { by: "ilse".into() }).unwrap();
    let folder = RunFolder::open(run.folder().path()).unwrap();
    drop(run);
    let verified = verify(&folder).unwrap();
    assert_eq!(verified.phase, Phase::Interrupted { by: "ilse".into() });
    assert!(!verified.is_whole());
}

#[test]
fn a_missing_copy_of_a_file_of_the_plan_is_named() {
    let (_top, runs) = runs();
    let mut plan = plan();
    plan.checks.clear();
    let bytes = b"kind: Runbook\n";
    plan.files = vec![FileDigest { path: "runbook.yaml".into(), sha256: sha256::hex(bytes) }];
    let mut run = Run::create(&runs, Header::new(plan, "check", time(0)), time(0)).unwrap();
    run.folder().keep_copy("runbook.yaml", bytes).unwrap();
    run.append(time(1), Event::RunEnded { overall: runbook::Level::Unknown, exit: 3, ending: None }).unwrap();
    let folder = RunFolder::open(run.folder().path()).unwrap();
    drop(run);
    let verified = verify(&folder).unwrap();
    assert_eq!((verified.copies, verified.uncopied.len(), verified.is_whole()), (1, 0, true));
    let copy = fs::read_dir(folder.path().join(COPIES)).unwrap().next().unwrap().unwrap().path();
    fs::remove_file(copy).unwrap();
    let verified = verify(&folder).unwrap();
    assert_eq!((verified.uncopied, verified.copies), (vec!["runbook.yaml".to_owned()], 0));
}

#[test]
fn every_flipped_byte_of_journal_and_evidence_is_found() {
    let (_top, runs) = runs();
    let run = complete(&runs);
    flip_every_byte(&run, &journal(&run));
    let evidence = run.path().join("evidence").join(&run.evidence.files().unwrap()[0]);
    flip_every_byte(&run, &evidence);
}

#[test]
fn the_first_record_that_does_not_fit_is_named() {
    let (_top, runs) = runs();
    let run = complete(&runs);
    let mut text = lines(&run);
    let begins: usize = text[..4].iter().map(String::len).sum();
    text[4] = text[4].replace("\"round\":2", "\"round\":3");
    fs::write(journal(&run), text.concat()).unwrap();
    let JournalError::Damaged(damage) = verify(&run).unwrap_err() else { panic!() };
    assert_eq!((damage.record, damage.byte), (Some(4), Some(begins as u64)));
    assert!(damage.to_string().contains("record 4 (byte"), "{damage}");
}

#[test]
fn removed_moved_doubled_and_mixed_records_are_found() {
    let (_top, runs) = runs();
    let run = complete(&runs);
    let other = lines(&complete(&runs));
    let whole = lines(&run);
    let put = |lines: &[String]| fs::write(journal(&run), lines.concat()).unwrap();
    for at in 0..whole.len() {
        let mut removed = whole.clone();
        removed.remove(at);
        put(&removed);
        assert!(seen(&run), "record {at} removed");
        let mut doubled = whole.clone();
        doubled.insert(at, whole[at].clone());
        put(&doubled);
        assert!(seen(&run), "record {at} doubled");
        let mut mixed = whole.clone();
        mixed[at].clone_from(&other[at]);
        put(&mixed);
        assert!(seen(&run), "record {at} of another run");
        if at > 0 {
            let mut moved = whole.clone();
            moved.swap(at - 1, at);
            put(&moved);
            assert!(seen(&run), "records {} and {at} swapped", at - 1);
            put(&[&whole[..at], &other[at..]].concat());
            assert!(seen(&run), "spliced at {at}");
        }
    }
}

#[test]
fn a_cut_at_any_byte_is_seen_and_leaves_a_readable_prefix() {
    let (_top, runs) = runs();
    let run = complete(&runs);
    let whole = fs::read(journal(&run)).unwrap();
    let first = lines(&run)[0].len();
    for end in 0..whole.len() {
        fs::write(journal(&run), &whole[..end]).unwrap();
        match run.read() {
            Ok(reading) => assert!(reading.torn.is_some() || whole[end - 1] == b'\n'),
            Err(error) => assert!(end < first, "cut at {end}: {error}"),
        }
        assert!(seen(&run), "cut at {end}");
    }
}

#[test]
fn evidence_that_is_missing_or_of_another_measurement_is_found() {
    let (_top, runs) = runs();
    let run = complete(&runs);
    let name = run.evidence.files().unwrap().remove(0);
    fs::remove_file(run.path().join("evidence").join(&name)).unwrap();
    let error = verify(&run).unwrap_err().to_string();
    assert!(error.contains("record 5") && error.contains("missing"), "{error}");

    let mut run = start(&runs);
    run.append(time(1), Event::ProbeStarted { probe: probe(), round: 1 }).unwrap();
    let partial = Observation { partial: Some("62 % measured".into()), ..observation(9) };
    let evidence = run.folder().evidence.keep(&partial).unwrap();
    let claim =
        Event::Observed { probe: probe(), round: 1, evidence, at: time(1), took_ms: 12, partial: None };
    run.append(time(2), claim).unwrap();
    let error = verify(run.folder()).unwrap_err().to_string();
    assert!(error.contains("another measurement"), "a record may not call partial evidence whole: {error}");
}

#[test]
fn a_copy_of_the_runbook_that_was_changed_is_found() {
    let (_top, runs) = runs();
    let mut header = crate::Header::new(plan(), "check", time(0));
    header.plan.files.push(FileDigest { path: "../site.yaml".into(), sha256: sha256::hex(b"kind: Site\n") });
    let run = crate::Run::create(&runs, header, time(0)).unwrap();
    run.folder().keep_copy("../site.yaml", b"kind: Site\n").unwrap();
    assert_eq!(verify(run.folder()).unwrap().copies, 1);
    let copies = run.folder().path().join("runbook");
    let copy = fs::read_dir(&copies).unwrap().next().unwrap().unwrap().path();
    assert!(copy.to_string_lossy().ends_with("-site.yaml"), "{copy:?}");
    fs::write(&copy, "kind: Bite\n").unwrap();
    assert!(verify(run.folder()).unwrap_err().to_string().contains("../site.yaml"));
}

#[test]
fn a_journal_of_a_newer_version_is_refused_by_name() {
    let (_top, runs) = runs();
    let run = complete(&runs);
    let body = r#"{"seq":0,"at":"2026-12-06T00:45:01Z","prev":"0000000000000000000000000000000000000000000000000000000000000000","event":{"event":"run-started","header":{"format":"cutover/journal/v9"}}}"#;
    let line = format!("{},\"hash\":\"{}\"}}\n", &body[..body.len() - 1], sha256::hex(body.as_bytes()));
    fs::write(journal(&run), line).unwrap();
    let error = run.read().unwrap_err();
    assert_eq!(error.code(), "CUT5005");
    assert!(error.to_string().contains("cutover/journal/v9"), "{error}");
}

#[test]
fn the_chain_is_verifiable_with_ordinary_tools() {
    let (_top, runs) = runs();
    let run = complete(&runs);
    let script = r#"prev=0000000000000000000000000000000000000000000000000000000000000000
while IFS= read -r line; do
  hash=$(printf '%s' "$line" | sed 's/,"hash":"[0-9a-f]*"}$/}/' | sha256sum | cut -d' ' -f1)
  case "$line" in *"\"prev\":\"$prev\""*"\"hash\":\"$hash\"}") prev=$hash ;; *) exit 1 ;; esac
done < "$1"
printf %s "$prev""#;
    let out =
        std::process::Command::new("sh").args(["-c", script, "sh"]).arg(journal(&run)).output().unwrap();
    assert!(out.status.success());
    assert_eq!(String::from_utf8(out.stdout).unwrap(), verify(&run).unwrap().head);
}

/// The files of `signatures/`.
fn signed_files(run: &RunFolder) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> =
        fs::read_dir(run.path().join("signatures")).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn every_flipped_byte_of_a_signed_run_is_found() {
    let (_top, runs) = runs();
    let run = accepted(&runs);
    flip_every_byte(&run, &journal(&run));
    let files = signed_files(&run);
    assert_eq!(files.len(), 3, "{files:?}");
    files.iter().for_each(|file| flip_every_byte(&run, file));
}

#[test]
fn removed_moved_cut_and_spliced_records_of_a_signed_run_are_found() {
    let (_top, runs) = runs();
    let run = accepted(&runs);
    let other = lines(&accepted(&runs));
    let whole = lines(&run);
    assert_eq!(whole.len(), 7);
    let put = |lines: &[String]| fs::write(journal(&run), lines.concat()).unwrap();
    for at in 0..whole.len() {
        let mut removed = whole.clone();
        removed.remove(at);
        put(&removed);
        assert!(seen(&run), "record {at} removed");
        let mut mixed = whole.clone();
        mixed[at].clone_from(&other[at]);
        put(&mixed);
        assert!(seen(&run), "record {at} of another run");
        put(&whole[..at]);
        assert!(seen(&run), "cut before record {at}");
        for with in at + 1..whole.len() {
            let mut moved = whole.clone();
            moved.swap(at, with);
            put(&moved);
            assert!(seen(&run), "records {at} and {with} swapped");
        }
        put(&[&whole[..at], &other[at..]].concat());
        assert!(at == 0 || seen(&run), "spliced at {at}");
    }
    // A whole journal of another run, with this run's signatures beside it.
    put(&other);
    assert!(verify(&run).is_err());
}

/// Writes the journal anew with `change` made to its lines, every hash computed again: it fits in itself.
fn written_anew(run: &RunFolder, change: impl Fn(usize, String) -> Option<String>) {
    let mut prev = "0".repeat(64);
    let mut text = String::new();
    let mut seq = 0;
    for (at, line) in lines(run).into_iter().enumerate() {
        let Some(line) = change(at, line.trim_end().to_owned()) else { continue };
        let mut value: serde_json::Value = serde_json::from_str(&line).unwrap();
        let record = value.as_object_mut().unwrap();
        record.remove("hash");
        record["prev"] = prev.into();
        record["seq"] = seq.into();
        let body = value.to_string();
        prev = sha256::hex(body.as_bytes());
        text.push_str(&format!("{},\"hash\":\"{prev}\"}}\n", &body[..body.len() - 1]));
        seq += 1;
    }
    fs::write(journal(run), text).unwrap();
}

#[test]
fn a_journal_written_anew_around_an_old_signature_is_found() {
    let (_top, runs) = runs();
    let run = accepted(&runs);
    let whole = fs::read(journal(&run)).unwrap();
    written_anew(&run, |_, line| Some(line));
    assert!(!seen(&run), "written anew without a change it is the same");
    let keep_two = |at: usize, line: String| (at != 3).then_some(line);
    type Change<'a> = &'a dyn Fn(usize, String) -> Option<String>;
    let changes: [(&str, Change<'_>); 5] = [
        ("a record left out", &keep_two),
        ("a moment changed", &|at, line| Some(if at == 1 { line.replacen("Z\"", "1Z\"", 1) } else { line })),
        ("a level changed", &|_, line| Some(line.replace("\"overall\":\"yellow\"", "\"overall\":\"green\""))),
        ("another key declared", &|_, line| {
            Some(line.replace(&signer(1).public_key(), &signer(5).public_key()))
        }),
        ("a document changed", &|_, line| Some(line.replace("accept", "reject"))),
    ];
    for (what, change) in changes {
        fs::write(journal(&run), &whole).unwrap();
        written_anew(&run, change);
        assert_ne!(fs::read(journal(&run)).unwrap(), whole, "{what}");
        assert!(run.read().is_err(), "{what}: a report would be made of it");
        assert!(verify(&run).is_err(), "{what}");
    }
}

#[test]
fn a_signature_of_another_run_in_a_journal_written_anew_is_found() {
    let (_top, runs) = runs();
    let (run, other) = (accepted(&runs), accepted(&runs));
    let theirs = lines(&other).pop().unwrap();
    written_anew(&run, |at, line| Some(if at == 6 { theirs.trim_end().to_owned() } else { line }));
    let error = run.read().unwrap_err().to_string();
    assert!(error.contains("record 6") && error.contains("it is of run"), "{error}");
}

#[test]
fn copies_of_signatures_that_are_missing_or_too_many_are_found() {
    let (_top, runs) = runs();
    let run = accepted(&runs);
    for file in signed_files(&run) {
        let bytes = fs::read(&file).unwrap();
        fs::remove_file(&file).unwrap();
        let is_list = file.ends_with("allowed_signers");
        assert!(is_list || seen(&run), "{} missing", file.display());
        fs::write(&file, bytes).unwrap();
    }
    fs::write(run.path().join("signatures/more.json"), "{}").unwrap();
    assert!(verify(&run).unwrap_err().to_string().contains("records are missing"));
}

#[test]
fn stock_ssh_keygen_agrees() {
    let (_top, runs) = runs();
    let run = accepted(&runs);
    let folder = run.path().join("signatures");
    let check = |name: &str, document: &Path| {
        let signature =
            signed_files(&run).into_iter().find(|file| file.extension().is_some_and(|e| e == "sig"));
        std::process::Command::new("ssh-keygen")
            .args(["-Y", "verify", "-f", "allowed_signers", "-I", name, "-n", "cutover", "-s"])
            .arg(signature.unwrap())
            .stdin(fs::File::open(document).unwrap())
            .current_dir(&folder)
            .output()
            .unwrap()
    };
    let document =
        signed_files(&run).into_iter().find(|file| file.extension().is_some_and(|e| e == "json")).unwrap();
    let good = check("mina", &document);
    assert!(good.status.success(), "{}", String::from_utf8_lossy(&good.stderr));
    assert!(!check("omar", &document).status.success());
    let bent = run.path().join("bent");
    fs::write(&bent, fs::read_to_string(&document).unwrap().replace("green", "red")).unwrap();
    assert!(!check("mina", &bent).status.success());
}

#[test]
fn what_ssh_keygen_signs_is_taken() {
    let (top, runs) = runs();
    let run = accepted(&runs);
    let file = top.path().join("key");
    fs::write(&file, key(1)).unwrap();
    fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let document = says(&run, runbook::verdict::Decision::Accept, time(30)).document();
    let path = top.path().join("document.json");
    fs::write(&path, &document).unwrap();
    let out = std::process::Command::new("ssh-keygen")
        .args(["-Y", "sign", "-n", "cutover", "-f"])
        .args([&file, &path])
        .output()
        .unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let signature = fs::read_to_string(top.path().join("document.json.sig")).unwrap();
    let holder = crate::Holder::this_process(time(30));
    let folder = RunFolder::open(run.path()).unwrap();
    crate::Run::reopen_to_add(folder, &holder).unwrap().sign(time(30), &document, &signature).unwrap();
    assert_eq!(verify(&run).unwrap().signatures.len(), 2);
}

#[test]
fn a_carried_statement_by_a_key_that_is_not_declared_is_named() {
    let (_top, runs) = runs();
    let earlier = accepted(&runs).read().unwrap().state.signed()[0].clone();
    let carried = |plan| {
        let mut run = Run::create(&runs, Header::new(plan, "check", time(30)), time(30)).unwrap();
        run.sign(time(30), &earlier.document, &earlier.signature).unwrap();
        verify(run.folder()).unwrap()
    };
    assert_eq!(carried(owned()).undeclared, []);
    let mut plan = owned();
    plan.people.get_mut("mina").unwrap().public_key = Some(signer(9).public_key());
    let verified = carried(plan);
    let (record, why) = &verified.undeclared[0];
    assert_eq!((verified.signatures.len(), *record), (1, verified.signatures[0].0));
    assert!(why.contains("not the one declared for mina"), "{why}");
}
