use runbook::verdict::Decision;

use super::*;
use crate::fixture::*;
use crate::{Event, Header, JournalError, Run, RunFolder, verify};

fn why(result: Result<(), JournalError>) -> String {
    match result.unwrap_err() {
        JournalError::Illegal { why, .. } => why,
        other => panic!("{other}"),
    }
}

#[test]
fn an_owner_accepts_a_run_that_ended_and_it_stays_ended() {
    let (_top, runs) = runs();
    let run = accepted(&runs);
    let state = run.read().unwrap().state;
    assert!(matches!(state.phase(), crate::Phase::Ended { .. }));
    assert_eq!(state.ended_at(), Some(time(6)));
    let acceptances = state.acceptances();
    assert_eq!(acceptances.len(), 1);
    assert_eq!((acceptances[0].by.as_str(), acceptances[0].checks.len()), ("mina", 2));
    assert_eq!(acceptances[0].key, signer(1).public_key());
    let verified = verify(&run).unwrap();
    assert_eq!((verified.signatures.len(), verified.unsigned), (1, 0));
}

#[test]
fn what_does_not_fit_the_run_is_refused_and_nothing_is_written() {
    let (_top, runs) = runs();
    let run = accepted(&runs);
    let other = accepted(&runs);
    let fresh = || says(&run, Decision::Accept, time(20));
    let with = |bend: &dyn Fn(&mut Statement)| {
        let mut statement = fresh();
        bend(&mut statement);
        statement
    };
    let cases: Vec<(Statement, u8, &str)> = vec![
        (fresh(), 2, "not the one declared for mina"),
        (fresh(), 9, "not the one declared for mina"),
        (with(&|s| s.by = "lena".into()), 3, "lena does not hold the role app_owner"),
        (with(&|s| s.by = "ana".into()), 4, "no key of ana is declared"),
        (with(&|s| s.by = "nobody".into()), 4, "nobody does not hold"),
        (with(&|s| s.role = "king".into()), 1, "there is no role king"),
        (with(&|s| s.plan_digest = "x".into()), 1, "another plan"),
        (with(&|s| s.environment_digest = "x".into()), 1, "another plan or environment"),
        (with(&|s| s.journal.records = 3), 1, "another record 2"),
        (with(&|s| s.journal.records = 0), 1, "another record"),
        (with(&|s| s.journal.records = 99), 1, "another record"),
        (with(&|s| s.journal.head = "0".repeat(64)), 1, "records were changed"),
        (with(&|s| s.at = time(7)), 1, "something newer"),
        (says(&other, Decision::Accept, time(20)), 1, "it is of run"),
    ];
    let before = std::fs::read(run.path().join("journal.jsonl")).unwrap();
    for (statement, key, expected) in cases {
        let told = why(sign(&run, &statement, key));
        assert!(told.contains(expected), "{expected}: {told}");
    }
    let bend_accepts = |bend: fn(&mut Accepts)| {
        let mut statement = fresh();
        let Says::Scorecard { accepts, .. } = &mut statement.says else { panic!() };
        bend(&mut accepts[0]);
        statement
    };
    type Bend = fn(&mut Accepts);
    let cases: [(Bend, &str); 4] = [
        (|a| a.dimension = runbook::Dimension::Rollback, "does not accept"),
        (|a| a.unit = "other".into(), "no unit other"),
        (|a| a.evidence = vec!["a".repeat(64)], "did not see"),
        (|a| drop(a.checks.insert("new".into(), a.checks["ends"].clone())), "no check new"),
    ];
    for (bend, expected) in cases {
        let told = why(sign(&run, &bend_accepts(bend), 1));
        assert!(told.contains(expected), "{expected}: {told}");
    }
    let mut reject = says(&run, Decision::Reject, time(20));
    let Says::Scorecard { reason, .. } = &mut reject.says else { panic!() };
    *reason = Some("  ".into());
    assert!(why(sign(&run, &reject, 1)).contains("needs a reason"));
    assert_eq!(std::fs::read(run.path().join("journal.jsonl")).unwrap(), before);
}

#[test]
fn a_signature_of_other_bytes_or_for_another_use_is_refused() {
    let (_top, runs) = runs();
    let run = accepted(&runs);
    let statement = says(&run, Decision::Accept, time(20));
    let (document, signature) = (statement.document(), signer(1).sign(&statement.document()).unwrap());
    let put = |document: &str, signature: &str| {
        let folder = RunFolder::open(run.path()).unwrap();
        let holder = crate::Holder::this_process(time(20));
        why(Run::reopen_to_add(folder, &holder).unwrap().sign(time(20), document, signature))
    };
    assert!(put(&document.replace("green", "red"), &signature).contains("not of this document"));
    assert!(put(&document, "nonsense").contains("cannot be read"));
    assert!(put(&document, "").contains("cannot be read"));
    assert!(put(&document, &"A".repeat(10_000)).contains("longer"));
    let spaced = document.replace(": ", ":  ");
    assert!(put(&spaced, &signer(1).sign(&spaced).unwrap()).contains("not written as"));
    let more = document.replacen('{', "{\n  \"extra\": 1,", 1);
    assert!(put(&more, &signer(1).sign(&more).unwrap()).contains("no statement"));

    let key = ssh_key::PrivateKey::from_openssh(key(1)).unwrap();
    let other = ssh_key::SshSig::sign(&key, "file", ssh_key::HashAlg::Sha512, document.as_bytes()).unwrap();
    assert!(put(&document, &other.to_pem(ssh_key::LineEnding::LF).unwrap()).contains("not of this document"));
}

#[test]
fn an_old_word_is_not_said_again() {
    let (_top, runs) = runs();
    let run = accepted(&runs);
    let first = run.read().unwrap().state.signed()[0].clone();
    sign(&run, &says(&run, Decision::Reject, time(20)), 1).unwrap();
    let folder = RunFolder::open(run.path()).unwrap();
    let holder = crate::Holder::this_process(time(21));
    let replayed =
        Run::reopen_to_add(folder, &holder).unwrap().sign(time(21), &first.document, &first.signature);
    assert!(why(replayed).contains("does not count twice"));
    // One that was kept back and never journalled is older than the rejection.
    let kept = Statement { at: time(19), ..says(&run, Decision::Accept, time(19)) };
    assert!(why(sign(&run, &kept, 1)).contains("something newer"));
    sign(&run, &says(&run, Decision::Accept, time(22)), 1).unwrap();
    assert_eq!(run.read().unwrap().state.acceptances().len(), 3);
}

#[test]
fn a_word_of_an_earlier_run_is_carried_over_only_before_anything_happens() {
    let (_top, runs) = runs();
    let earlier = accepted(&runs).read().unwrap().state.signed()[0].clone();
    let begin = || Run::create(&runs, Header::new(owned(), "check", time(30)), time(30)).unwrap();
    let mut run = begin();
    run.sign(time(30), &earlier.document, &earlier.signature).unwrap();
    assert_eq!(run.state().acceptances()[0].by, "mina");
    assert_eq!(verify(run.folder()).unwrap().signatures.len(), 1);

    let mut late = begin();
    late.append(time(31), Event::ProbeStarted { probe: probe(), round: 1 }).unwrap();
    assert!(why(late.sign(time(31), &earlier.document, &earlier.signature)).contains("it is of run"));

    let mut plan = owned();
    plan.name = "other".into();
    let mut foreign = Run::create(&runs, Header::new(plan, "check", time(30)), time(30)).unwrap();
    assert!(why(foreign.sign(time(30), &earlier.document, &earlier.signature)).contains("it is of run"));
}

#[test]
fn a_part_of_a_run_is_not_signed() {
    let (_top, runs) = runs();
    let mut header = Header::new(owned(), "check", time(0));
    header.selection.checks = Some(vec!["ends".into()]);
    let run = Run::create(&runs, header, time(0)).unwrap();
    let folder = RunFolder::open(run.folder().path()).unwrap();
    drop(run);
    assert!(why(sign(&folder, &says(&folder, Decision::Accept, time(8)), 1)).contains("a part only"));
}

#[test]
fn a_run_that_ended_asks_for_no_votes() {
    let (_top, runs) = runs();
    let run = accepted(&runs);
    let vote = Statement {
        says: Says::Vote { at: None, vote: crate::Vote::Go },
        ..says(&run, Decision::Accept, time(20))
    };
    assert!(why(sign(&run, &vote, 1)).contains("the run has ended"));
}

#[test]
fn a_vote_by_a_clock_that_is_ahead_was_said_when_it_was_journalled() {
    let (_top, runs) = runs();
    let mut run = Run::create(&runs, Header::new(owned(), "run", time(0)), time(0)).unwrap();
    let vote = |seconds| Statement {
        says: Says::Vote { at: None, vote: crate::Vote::Go },
        ..says(run.folder(), Decision::Accept, time(seconds))
    };
    let (ahead, behind) = (vote(14), vote(9));
    for (statement, said) in [(behind, time(9)), (ahead, time(10))] {
        let document = statement.document();
        run.sign(time(10), &document, &signer(1).sign(&document).unwrap()).unwrap();
        assert_eq!(run.state().execution().votes[0].said, said);
    }
}

#[test]
fn keys_that_cannot_sign_say_why() {
    let locked = ssh_key::PrivateKey::from_openssh(key(1)).unwrap();
    let locked =
        locked.encrypt(&mut Fixed, "open sesame").unwrap().to_openssh(ssh_key::LineEnding::LF).unwrap();
    let read = |bytes: &[u8], passphrase: Option<&str>| Signer::read(bytes, passphrase).err();
    assert_eq!(read(locked.as_bytes(), None), Some(KeyError::Locked));
    assert_eq!(read(locked.as_bytes(), Some("open")), Some(KeyError::WrongPassphrase));
    let opened = Signer::read(locked.as_bytes(), Some("open sesame")).unwrap();
    assert_eq!(opened.public_key(), signer(1).public_key());
    assert_eq!(read(format!("{} mina\n", signer(1).public_key()).as_bytes(), None), Some(KeyError::Public));
    assert_eq!(read(b"-----BEGIN RSA PRIVATE KEY-----\nMIIE\n", None), Some(KeyError::NotAKey));
    assert_eq!(read(b"", None), Some(KeyError::NotAKey));
    assert_eq!(read(&[0xff; 90], None), Some(KeyError::NotAKey));
    assert!(!format!("{opened:?}").contains("PRIVATE"));
}

/// Not random: a test is the same every time.
struct Fixed;

impl ssh_key::rand_core::RngCore for Fixed {
    fn next_u32(&mut self) -> u32 {
        7
    }
    fn next_u64(&mut self) -> u64 {
        7
    }
    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), ssh_key::rand_core::Error> {
        bytes.fill(7);
        Ok(())
    }
}

impl ssh_key::rand_core::CryptoRng for Fixed {}
