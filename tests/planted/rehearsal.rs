//! Rehearsals that do not prove what the runbook wants, and evidence that nobody rehearsed.

use std::path::PathBuf;

use ::runbook::plan::Answers;
use serde_json::{Value, json};

use crate::rehearsed::Rehearsed;
use crate::runbook::REHEARSAL;
use crate::{Bench, Expected, records};

const COVERED: &str = "rehearsal-covered";

/// A runbook whose rehearsal can show all six elements.
fn bench(name: &str) -> Bench {
    let mut bench = Bench::new(name).even(records(20), 20);
    bench.set("group-progress", "use: group-progress, severity: blocker");
    bench
}

#[test]
fn what_a_rehearsal_did_not_show_is_found() {
    let mut bench = bench("rehearsed");
    let all = Rehearsed::default;
    let rows = [
        ("whole", all(), "green", "", ""),
        ("a point was left out", Rehearsed { points: vec!["soak"], ..all() }, "red", "CUT2532", "last-look"),
        (
            "a run was held and called back",
            Rehearsed { held: Some("last-look"), ..all() },
            "red",
            "CUT2531",
            "rolled back: held (drained did not come), and ana asked",
        ),
        ("nobody went on", Rehearsed { left: true, ..all() }, "red", "CUT2533", "kill-engine"),
        ("nobody was killed", Rehearsed { killed: false, ..all() }, "yellow", "CUT2534", "kill-engine"),
        ("nobody wrote", Rehearsed { written: 0, ..all() }, "red", "CUT2535", "steady-writes"),
        ("synthetic", Rehearsed { workload: "synthetic", ..all() }, "yellow", "CUT2537", "synthetic"),
        (
            "it answered itself",
            Rehearsed { answers: Answers::Rehearsal, ..all() },
            "yellow",
            "CUT2538",
            "answered itself",
        ),
        ("too old", Rehearsed { days_ago: 15, ..all() }, "unknown", "", "holds for 14d"),
        (
            "another plan",
            Rehearsed { digest: "0", other_part: Some("step fence"), ..all() },
            "unknown",
            "",
            "step fence differs",
        ),
        (
            "another application",
            Rehearsed { other_part: Some("apps"), ..all() },
            "unknown",
            "",
            "apps differs",
        ),
        (
            "another way back",
            Rehearsed { rollback_plan: "home", ..all() },
            "red",
            "CUT2532",
            "rollback plan back",
        ),
        ("elsewhere", Rehearsed { environment: "staging", ..all() }, "unknown", "", "rehearsed in staging"),
    ];
    for (planted, rehearsed, level, code, says) in rows {
        bench.rehearsed = rehearsed;
        bench.check(&[COVERED]).is(planted, &Expected::new(COVERED, level, code).says(says));
    }
}

/// Evidence that somebody edited is red, whatever the edit, and the first value that differs is named.
#[test]
fn evidence_that_somebody_edited_is_red() {
    let mut bench = bench("edited");
    // Not all was well here, so that there is something to better.
    bench.rehearsed = Rehearsed { left: true, held: Some("last-look"), written: 0, ..Rehearsed::default() };
    let rows: [(&str, Value, &str); 17] = [
        ("/faults/0/survived", json!(true), "/faults/0/survived: it says true, the journals tell false"),
        ("/faults/0/made", json!(false), "/faults/0/made: it says false, the journals tell true"),
        ("/faults", json!([]), "/faults: it has 0 entries, the journals tell of 1"),
        (
            "/points/0/rolled_back",
            json!(true),
            "/points/0/rolled_back: it says true, the journals tell false",
        ),
        ("/points/0/outcome", json!("rolled back"), "/points/0/outcome: it says \"rolled back\""),
        (
            "/points/0/point",
            json!("soak"),
            "/points/0/point: it says \"soak\", the journals tell \"last-look\"",
        ),
        ("/points/1/rollback_ms", json!(7), "/points/1/rollback_ms: it says 7, the journals tell 0"),
        ("/points/1/steps/0/took_ms", json!(1), "/points/1/steps/0/took_ms: it says 1"),
        ("/elements/steady-writes/covered", json!(true), "/elements/steady-writes/covered: it says true"),
        ("/crash_matrix/1/survived", json!(true), "/crash_matrix/1/survived: it says true"),
        ("/crash_matrix", json!([]), "/crash_matrix: it has 0 entries"),
        ("/plan_digest", json!("0"), "/plan_digest: it says \"0\""),
        ("/parts/apps", json!("0"), "/parts/apps: it says \"0\""),
        ("/answers", json!("rehearsal"), "/answers: it says \"rehearsal\", the journals tell \"people\""),
        ("/workload", json!("synthetic"), "/workload: it says \"synthetic\", the journals tell \"mirrored\""),
        ("/ended", json!("2026-01-01T00:00:00Z"), "/ended: it says \"2026-01-01T00:00:00Z\""),
        ("/points/1/head", json!("0".repeat(64)), "has no record of the hash"),
    ];
    for (pointer, value, says) in rows {
        bench.evidence = vec![(pointer, value)];
        bench.check(&[COVERED]).is(pointer, &Expected::new(COVERED, "red", "CUT2540").says(says));
    }
    // Not even where the runbook judges by a rule of its own.
    bench.set(COVERED, "use: rehearsal-covered, severity: blocker, green: \"part != 'nothing'\"");
    bench.evidence = vec![("/faults/0/survived", json!(true))];
    let expected = Expected::new(COVERED, "unknown", "").says("contradicts its journals");
    bench.check(&[COVERED]).is("a rule of its own", &expected);
}

/// A journal beside the evidence, of the run that went to that point.
fn journal_of(bench: &Bench, point: usize) -> PathBuf {
    let text = std::fs::read_to_string(bench.folder.path().join("rehearsal.json")).unwrap();
    let evidence: Value = serde_json::from_str(&text).unwrap();
    let run = evidence["points"][point]["run"].as_str().unwrap().to_owned();
    bench.folder.path().join(format!("rehearsal.runs/{run}.jsonl"))
}

#[test]
fn a_journal_that_does_not_fit_its_evidence_is_found() {
    let bench = bench("journals");
    // What is planted once the evidence is written.
    let found =
        |planted: &str, level: &'static str, code: &'static str, says: &str, plant: &dyn Fn(&Bench)| {
            bench.write();
            plant(&bench);
            let answer = crate::Answer::of(bench.run_as_written(&[COVERED], &[]));
            answer.is(planted, &Expected::new(COVERED, level, code).says(says));
        };
    let edit = |point: usize, from: &'static str, to: &'static str| {
        move |bench: &Bench| {
            let path = journal_of(bench, point);
            let text = std::fs::read_to_string(&path).unwrap();
            assert!(text.contains(from), "{from}");
            std::fs::write(&path, text.replacen(from, to, 1)).unwrap();
        }
    };
    let fits = "was changed after it was written: its hash does not fit";
    found("a number", "red", "CUT2540", fits, &edit(1, "\"records\":90", "\"records\":91"));
    found("a word", "red", "CUT2540", fits, &edit(0, "rolled-back", "completed"));
    found("a record is gone", "red", "CUT2540", "records were removed or moved", &|bench| {
        let path = journal_of(bench, 0);
        let text = std::fs::read_to_string(&path).unwrap();
        let kept: Vec<&str> =
            text.lines().enumerate().filter(|(n, _)| *n != 5).map(|(_, line)| line).collect();
        std::fs::write(&path, kept.join("\n") + "\n").unwrap();
    });
    found("its end is gone", "red", "CUT2540", "has no record of the hash", &|bench| {
        let path = journal_of(bench, 0);
        let text = std::fs::read_to_string(&path).unwrap();
        let count = text.lines().count();
        let kept: Vec<&str> = text.lines().take(count - 1).collect();
        std::fs::write(&path, kept.join("\n") + "\n").unwrap();
    });
    found("it is not there", "unknown", "", "is not beside it", &|bench| {
        std::fs::remove_file(journal_of(bench, 1)).unwrap();
    });
    found("it did not travel", "unknown", "", "is not beside it", &|bench| {
        std::fs::remove_dir_all(bench.folder.path().join("rehearsal.runs")).unwrap();
    });
    found("of another run", "red", "CUT2540", "has no record of the hash", &|bench| {
        std::fs::copy(journal_of(bench, 0), journal_of(bench, 1)).unwrap();
    });
    // Each journal is whole, and the two are of two rehearsals.
    bench.write();
    let (point, other) = (bench.evidence_now(), bench.folder.path().join("other.jsonl"));
    std::fs::copy(journal_of(&bench, 1), &other).unwrap();
    found("of another rehearsal", "red", "CUT2540", "was rehearsed with other runs", &|bench| {
        let mut evidence = bench.evidence_now();
        evidence["points"][1] = point["points"][1].clone();
        std::fs::write(bench.folder.path().join("rehearsal.json"), evidence.to_string()).unwrap();
        std::fs::copy(&other, journal_of(bench, 1)).unwrap();
    });
    found("a run is dropped", "red", "CUT2540", "it names 1 runs", &|bench| {
        let mut evidence = bench.evidence_now();
        evidence["points"].as_array_mut().unwrap().remove(0);
        std::fs::write(bench.folder.path().join("rehearsal.json"), evidence.to_string()).unwrap();
    });
    found("a run twice", "red", "CUT2540", "twice", &|bench| {
        let mut evidence = bench.evidence_now();
        evidence["points"][1] = evidence["points"][0].clone();
        std::fs::write(bench.folder.path().join("rehearsal.json"), evidence.to_string()).unwrap();
    });
    found("a way out of the folder", "red", "CUT2540", "is the name of no run", &|bench| {
        let mut evidence = bench.evidence_now();
        evidence["points"][0]["run"] = json!("../../secret");
        std::fs::write(bench.folder.path().join("rehearsal.json"), evidence.to_string()).unwrap();
    });
    found("nothing planted", "green", "", "", &|_| {});
}

#[test]
fn what_is_wanted_later_is_missing() {
    let mut bench = bench("wanted-later");
    let rehearsed_of = |bench: &mut Bench, rehearsal: String| {
        bench.runbook.rehearsal = REHEARSAL.to_owned();
        bench.write();
        bench.runbook.rehearsal = rehearsal;
        bench.write_runbook();
        crate::Answer::of(bench.run_as_written(&[COVERED], &[]))
    };
    let more = REHEARSAL.replace("[kill-engine]", "[kill-engine, hung-transaction]");
    let expected = Expected::new(COVERED, "yellow", "CUT2534").says("hung-transaction");
    rehearsed_of(&mut bench, more).is("a fault more", &expected);
    let more = REHEARSAL.replace("[last-look, soak]", "[last-look, soak, hand-over]");
    let expected = Expected::new(COVERED, "red", "CUT2532").says("hand-over");
    rehearsed_of(&mut bench, more).is("a point more", &expected);
    let one = REHEARSAL.replace("[last-look, soak]", "[last-look]");
    let expected = Expected::new(COVERED, "red", "CUT2532").says("fewer than 2 points");
    rehearsed_of(&mut bench, one).is("one point alone", &expected);
    // What went wrong is not mended by being wanted no more.
    bench.rehearsed = Rehearsed { left: true, ..Rehearsed::default() };
    let expected = Expected::new(COVERED, "red", "CUT2533").says("kill-engine");
    rehearsed_of(&mut bench, REHEARSAL.replace("[kill-engine]", "[]")).is("a fault less", &expected);
    bench.rehearsed = Rehearsed { held: Some("last-look"), ..Rehearsed::default() };
    let other = REHEARSAL.replace("[last-look, soak]", "[soak, hand-over]");
    let expected = Expected::new(COVERED, "red", "CUT2531").says("point last-look");
    rehearsed_of(&mut bench, other).is("a point less", &expected);
}

#[test]
fn without_evidence_it_is_unknown() {
    let mut bench = bench("never");
    bench.set(COVERED, "use: rehearsal-covered, severity: blocker, with: { evidence: nowhere.json }");
    bench
        .check(&[COVERED])
        .is("nobody rehearsed", &Expected::new(COVERED, "unknown", "").says("nowhere.json"));
}

/// Whatever it is called: where a site has one place alone, that is where it counts.
#[test]
fn the_only_environment_is_not_rehearsed_in_unless_it_says_so() {
    let bench = bench("only");
    let runbook = bench.write_runbook();
    let site = bench.folder.path().join("site.yaml");
    let text = std::fs::read_to_string(&site).unwrap();
    assert!(text.contains("    rehearse: true\n"));
    let rehearse = |site_text: &str, says: &str| {
        std::fs::write(&site, site_text).unwrap();
        let (runbook, runs) = (runbook.display().to_string(), bench.runs().display().to_string());
        let arguments = ["rehearse", &runbook, "--yes", "--answers", "yes", "--runs-dir", &runs];
        let run = cutover_tests::Cutover::new(arguments).run().exits(2);
        assert!(run.stderr.contains(says), "{run:#?}");
        assert!(!bench.runs().exists(), "a run was made");
    };
    rehearse(&text.replace("    rehearse: true\n", ""), "here is the only environment of the site");
    rehearse(&text.replace("rehearse: true", "rehearse: false"), "`rehearse: true` in the site");
    // A second name for the same clusters is no second environment.
    let (head, tail) = text.split_once("replication:").unwrap();
    let here = head.split_once("  here:\n").unwrap().1;
    let twice = format!("{head}  there:\n{here}replication:{tail}");
    rehearse(&twice, "the source of here is a cluster of there, too");
}
