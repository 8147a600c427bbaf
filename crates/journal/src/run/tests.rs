use std::fs;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use runbook::Level;
use runbook::plan::{Answers, Leg, Plan, Rehearsal};

use super::*;
use crate::fixture::*;
use crate::{Following, Watched};

#[test]
fn what_was_written_is_what_is_read() {
    let (_top, runs) = runs();
    let run = complete(&runs);
    let reading = run.read().unwrap();
    assert_eq!(reading.state.verdict("orders", "ends").level, Level::Green);
    assert_eq!(reading.state.verdict("orders", "health").level, Level::Unknown);
    assert!(reading.state.is_complete());
    let digest = reading.state.verdict("orders", "ends").evidence[0].clone();
    assert_eq!(run.evidence(&digest).unwrap(), observation(9));
    assert_eq!(digest, observation(9).digest());
}

#[test]
fn a_watch_judges_again_over_new_evidence_and_a_check_does_not() {
    let judged_twice = |command: &str| {
        let (_top, runs) = runs();
        let mut run = Run::create(&runs, Header::new(plan(), command, time(0)), time(0)).unwrap();
        for (round, end) in [(1, 9), (2, 10)] {
            run.append(time(1), Event::ProbeStarted { probe: probe(), round })?;
            let evidence = run.observed(time(2), round, &observation(end))?;
            run.append(time(3), judged("ends", judgement(Level::Green, &[evidence])))?;
        }
        run.append(time(4), Event::Warned { about: "sick".to_owned(), message: "fired".to_owned() })?;
        run.folder().read().map(|reading| reading.state.verdict("orders", "ends").evidence)
    };
    assert_eq!(judged_twice("watch").unwrap(), [observation(10).digest()]);
    assert!(matches!(judged_twice("check"), Err(JournalError::Illegal { event: "judged", .. })));
}

#[test]
fn a_run_that_nobody_keeps_is_read_like_any_other() {
    let (_top, runs) = runs();
    let mut run = Run::create_fleeting(&runs, Header::new(plan(), "check", time(0)), time(0)).unwrap();
    run.append(time(1), Event::ProbeStarted { probe: probe(), round: 1 }).unwrap();
    let evidence = run.observed(time(2), 1, &observation(9)).unwrap();
    run.sync().unwrap();
    assert_eq!(run.folder().evidence(&evidence).unwrap(), observation(9));
    assert_eq!(
        run.folder().evidence_size(&evidence).unwrap(),
        serde_json::to_vec(&observation(9)).unwrap().len() as u64
    );
    assert_eq!(run.folder().read().unwrap().records, 3);
}

#[test]
fn a_second_writer_is_refused_and_the_holder_is_named() {
    let (_top, runs) = runs();
    let run = start(&runs);
    let path = run.folder().path().to_owned();
    let second = Run::reopen(RunFolder::open(&path).unwrap(), Holder::this_process(time(9)), time(9));
    let error = second.unwrap_err();
    assert_eq!(error.code(), "CUT5003");
    let (text, host) = (error.to_string(), Holder::this_process(time(0)).host);
    assert!(text.contains(&format!("process {}", std::process::id())) && text.contains(&host), "{text}");
    drop(run);
    let run = Run::reopen(RunFolder::open(&path).unwrap(), Holder::this_process(time(9)), time(9)).unwrap();
    assert_eq!(run.records(), 2);
}

#[test]
fn a_torn_last_line_is_set_aside_and_said() {
    let (_top, runs) = runs();
    let mut run = start(&runs);
    run.append(time(1), Event::ProbeStarted { probe: probe(), round: 1 }).unwrap();
    let path = run.folder().path().to_owned();
    drop(run);
    let journal = path.join("journal.jsonl");
    let whole = fs::read(&journal).unwrap();
    let first = whole.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    for end in first + 1..whole.len() {
        fs::write(&journal, &whole[..end]).unwrap();
        let folder = RunFolder::open(&path).unwrap();
        assert!(folder.read().unwrap().torn.is_some());
        let mut run = Run::reopen(folder, Holder::this_process(time(9)), time(9)).unwrap();
        run.append(time(9), Event::ProbeStarted { probe: probe(), round: 1 }).unwrap();
        run.append(time(9), Event::Unobserved { round: 1, unobserved: unobserved() }).unwrap();
        let mut torn = None;
        let reading = run.folder().read_each(|record, _| {
            if let Event::Resumed { torn: found, .. } = &record.event {
                torn.clone_from(found);
            }
        });
        assert_eq!(reading.unwrap().records, 4);
        let torn = torn.unwrap();
        assert_eq!((torn.byte, torn.bytes), (first as u64, (end - first) as u64));
        assert_eq!(fs::read(path.join(torn.quarantine.unwrap())).unwrap(), &whole[first..end]);
    }
}

#[test]
fn a_probe_that_was_under_way_at_a_crash_is_lost_and_may_be_asked_again() {
    let (_top, runs) = runs();
    let mut run = start(&runs);
    run.append(time(1), Event::ProbeStarted { probe: probe(), round: 1 }).unwrap();
    let path = run.folder().path().to_owned();
    drop(run);
    let folder = RunFolder::open(&path).unwrap();
    let mut run = Run::reopen(folder, Holder::this_process(time(9)), time(9)).unwrap();
    assert_eq!(run.state().probes()[&probe()].status, crate::Status::Lost);
    assert!(run.observed(time(9), 1, &observation(9)).is_err());
    run.append(time(9), Event::ProbeStarted { probe: probe(), round: 2 }).unwrap();
    run.observed(time(9), 2, &observation(9)).unwrap();
}

#[test]
fn an_illegal_event_writes_nothing() {
    let (_top, runs) = runs();
    let mut run = start(&runs);
    let before = fs::read(run.folder().path().join("journal.jsonl")).unwrap();
    let error = run.append(time(1), Event::Unobserved { round: 1, unobserved: unobserved() }).unwrap_err();
    assert_eq!(error.code(), "CUT5006");
    assert_eq!(fs::read(run.folder().path().join("journal.jsonl")).unwrap(), before);
    run.append(time(1), Event::ProbeStarted { probe: probe(), round: 1 }).unwrap();
}

/// A file that fails at one call, and can write half a line before it does.
#[derive(Debug)]
struct Failing {
    file: fs::File,
    calls: Arc<AtomicU32>,
    fails_at: u32,
    half: bool,
}

impl Failing {
    fn fails(&self) -> bool {
        self.calls.fetch_add(1, Ordering::Relaxed) == self.fails_at
    }
}

impl Tail for Failing {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.fails() {
            if self.half {
                Tail::append(&mut self.file, &bytes[..bytes.len() / 2])?;
            }
            return Err(io::ErrorKind::StorageFull.into());
        }
        Tail::append(&mut self.file, bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        if self.fails() { Err(io::Error::from_raw_os_error(5)) } else { Tail::sync(&mut self.file) }
    }
}

/// Three events, each made durable; `Err` is the first failure.
fn drive(runs: &Runs, fails_at: u32, half: bool, calls: &Arc<AtomicU32>) -> Result<(), JournalError> {
    let header = Header::new(plan(), "check", time(0));
    let calls = calls.clone();
    let mut run = Run::create_with(runs, header, time(0), move |file| {
        Box::new(Failing { file, calls, fails_at, half })
    })?;
    let events = [
        Event::ProbeStarted { probe: probe(), round: 1 },
        Event::Unobserved { round: 1, unobserved: unobserved() },
        Event::Interrupted { by: "SIGINT".into() },
    ];
    for event in events {
        let written = run.append(time(1), event).and_then(|()| run.sync());
        if let Err(error) = written {
            let again = run.append(time(2), Event::Interrupted { by: "SIGINT".into() }).unwrap_err();
            assert!(matches!(again, JournalError::Closed { .. }), "{again}");
            assert!(
                matches!(run.sync().unwrap_err(), JournalError::Closed { .. }),
                "a sync is never retried"
            );
            assert!(matches!(run.observed(time(2), 1, &observation(1)), Err(JournalError::Closed { .. })));
            return Err(error);
        }
    }
    Ok(())
}

#[test]
fn a_disk_that_fails_at_any_write_or_sync_closes_the_journal_and_leaves_a_valid_prefix() {
    let calls = Arc::new(AtomicU32::new(0));
    let (_top, all) = runs();
    drive(&all, u32::MAX, false, &calls).unwrap();
    let count = calls.load(Ordering::Relaxed);
    assert_eq!(count, 8, "four writes and four syncs");
    for half in [false, true] {
        for fails_at in 0..count {
            let (_top, runs) = runs();
            let error = drive(&runs, fails_at, half, &Arc::default()).unwrap_err();
            assert_eq!(error.code(), "CUT5002", "{error}");
            let run = runs.resolve("last").unwrap();
            match run.read() {
                Ok(reading) => {
                    assert_eq!(reading.records, u64::from(fails_at.div_ceil(2)));
                    assert_eq!(reading.torn.is_some(), half && fails_at % 2 == 0);
                }
                Err(error) => assert!(fails_at == 0, "{error}"),
            }
        }
    }
}

/// A run of a rehearsal that was left, with its last word.
fn rehearsed(runs: &Runs) -> Run {
    let leg = Leg { point: "a".into(), plan: "back".into(), answers: Answers::People };
    let rehearsal = Rehearsal { leg: Some(leg), ..Rehearsal::default() };
    let plan = Plan { rehearsal: Some(rehearsal), ..plan() };
    let mut run = Run::create(runs, Header::new(plan, "rehearse", time(0)), time(0)).unwrap();
    run.append(time(1), Event::ProbeStarted { probe: probe(), round: 1 }).unwrap();
    let watched = Watched { runs: vec![run.id().to_string()], ..Watched::default() };
    run.append(time(2), Event::Rehearsed { watched: Box::new(watched) }).unwrap();
    run
}

#[test]
fn a_rehearsal_is_written_of_its_own_runs_alone_wherever_they_were_left() {
    let (_top, runs) = runs();
    // A measurement is under way: whoever conducted it was killed.
    let mut run = rehearsed(&runs);
    let other =
        Event::Rehearsed { watched: Box::new(Watched { runs: vec!["other".into()], ..Watched::default() }) };
    let refused = run.append(time(3), other.clone()).unwrap_err().to_string();
    assert!(refused.contains("is not among the runs of that rehearsal"), "{refused}");
    // It may be gone on with all the same.
    run.append(time(4), Event::Interrupted { by: "ana".into() }).unwrap_err();
    let observed = run.observed(time(4), 1, &observation(9));
    assert!(observed.is_ok());
    let refused = start(&runs).append(time(3), other).unwrap_err().to_string();
    assert!(refused.contains("no part of a rehearsal"), "{refused}");
}

#[test]
fn a_copy_is_folded_to_its_head_and_verified_to_its_end() {
    let (top, runs) = runs();
    let mut run = rehearsed(&runs);
    let head = run.head().to_owned();
    run.observed(time(4), 1, &observation(9)).unwrap();
    run.sync().unwrap();
    let copy = top.path().join("copy.jsonl");
    let journal = fs::read(run.folder().path().join(JOURNAL)).unwrap();
    let read = |bytes: &[u8], head: &str| {
        fs::write(&copy, bytes).unwrap();
        let mut last = "";
        let following = Following::of_copy(&copy, head, |record, _| last = record.event.word());
        following.map(|following| following.map(|following| (following.head().to_owned(), last)))
    };
    assert_eq!(read(&journal, &head).unwrap(), Some((head.clone(), "rehearsed")));
    assert_eq!(read(&journal, &"0".repeat(64)).unwrap(), None);
    // What comes behind it does not count, and has to follow.
    let text = String::from_utf8(journal.clone()).unwrap();
    let behind = text.replacen("\"took_ms\":12", "\"took_ms\":13", 1);
    assert!(matches!(read(behind.as_bytes(), &head), Err(JournalError::Damaged(_))));
    assert!(matches!(read(b"", &head), Err(JournalError::Damaged(_))));
    std::os::unix::fs::symlink(&copy, top.path().join("link.jsonl")).unwrap();
    assert!(Following::of_copy(&top.path().join("link.jsonl"), &head, |_, _| {}).is_err());
    assert!(Following::of_copy(&top.path().join("none.jsonl"), &head, |_, _| {}).is_err());
}

#[test]
fn outputs_are_plain_files_and_never_the_journal() {
    let (_top, runs) = runs();
    let run = complete(&runs);
    run.write_output("scorecard.json", b"1").unwrap();
    run.write_output("scorecard.json", b"22").unwrap();
    assert_eq!(run.read_output("scorecard.json", 10).unwrap().unwrap(), b"22");
    for name in ["journal.jsonl", "lock", "../x", "a/b", ".hidden", "", "inbox", "journal.jsonl.torn-7"] {
        assert_eq!(run.write_output(name, b"x").unwrap_err().code(), "CUT5004", "{name}");
    }
}

#[test]
fn who_follows_a_journal_reads_each_record_once() {
    let (_top, runs) = runs();
    let mut run = start(&runs);
    let mut told = Vec::new();
    let mut following = run.folder().follow(|record, _| told.push(record.seq)).unwrap();
    following.read_on(|record, _| told.push(record.seq)).unwrap();
    let before = told.len();
    run.append(time(1), Event::ProbeStarted { probe: probe(), round: 1 }).unwrap();
    run.sync().unwrap();
    // What the writer has not come to the end of is no record yet, and none when whoever goes on sets it aside.
    let path = run.folder().path().to_owned();
    drop(run);
    let journal = path.join(JOURNAL);
    let whole = fs::read(&journal).unwrap();
    fs::write(&journal, [whole.as_slice(), b"{\"seq\":"].concat()).unwrap();
    following.read_on(|record, _| told.push(record.seq)).unwrap();
    assert_eq!(told.len(), before + 1);
    let folder = RunFolder::open(&path).unwrap();
    let again = Run::reopen(folder, Holder::this_process(time(9)), time(9)).unwrap();
    following.read_on(|record, _| told.push(record.seq)).unwrap();
    let reading = again.folder().read().unwrap();
    assert_eq!(told, (0..reading.records).collect::<Vec<_>>());
    assert_eq!((following.state(), following.head()), (&reading.state, reading.head.as_str()));
    // A journal that lost what was read of it is damaged.
    drop(again);
    fs::write(&journal, &whole[..whole.len() / 2]).unwrap();
    let refused = following.read_on(|_, _| {}).unwrap_err().to_string();
    assert!(refused.contains("shorter than what was read"), "{refused}");
}
