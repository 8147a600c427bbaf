//! Evidence of a rehearsal that does not prove what the runbook wants.

use serde_json::json;

use crate::runbook::REHEARSAL;
use crate::{Bench, Expected, records, utc};

const COVERED: &str = "rehearsal-covered";

fn bench(name: &str) -> Bench {
    Bench::new(name).even(records(20), 20)
}

#[test]
fn what_a_rehearsal_did_not_show_is_found() {
    let mut bench = bench("rehearsed");
    let rows = [
        ("whole", vec![], "green", "", ""),
        ("a point is missing", vec![("/points/1/point", json!("elsewhere"))], "red", "CUT2532", "soak"),
        ("a rollback failed", vec![("/points/0/rolled_back", json!(false))], "red", "CUT2531", "last-look"),
        (
            "a fault was not survived",
            vec![("/faults/0/survived", json!(false))],
            "red",
            "CUT2533",
            "kill-engine",
        ),
        (
            "a fault was not made",
            vec![("/faults/0/made", json!(false)), ("/faults/0/survived", json!(false))],
            "yellow",
            "CUT2534",
            "kill-engine",
        ),
        (
            "nobody wrote",
            vec![("/elements/steady-writes/covered", json!(false))],
            "red",
            "CUT2535",
            "steady-writes",
        ),
        ("synthetic", vec![("/workload", json!("synthetic"))], "yellow", "CUT2537", "synthetic"),
        (
            "it answered itself",
            vec![("/answers", json!("rehearsal"))],
            "yellow",
            "CUT2538",
            "answered itself",
        ),
        ("too old", vec![("/ended", json!(utc(15)))], "unknown", "", "holds for 14d"),
        (
            "another plan",
            vec![("/plan_digest", json!("0")), ("/parts/step fence", json!("0"))],
            "unknown",
            "",
            "step fence differs",
        ),
        ("another application", vec![("/parts/apps", json!("0"))], "unknown", "", "apps differs"),
        ("another way back", vec![("/rollback_plan", json!("home"))], "red", "CUT2532", "rollback plan back"),
        ("elsewhere", vec![("/environment", json!("staging"))], "unknown", "", "rehearsed in staging"),
    ];
    for (planted, evidence, level, code, says) in rows {
        bench.evidence = evidence;
        bench.check(&[COVERED]).is(planted, &Expected::new(COVERED, level, code).says(says));
    }
}

#[test]
fn what_is_wanted_later_is_missing() {
    let mut bench = bench("wanted-later");
    bench.runbook.rehearsal = REHEARSAL.replace("[kill-engine]", "[kill-engine, hung-transaction]");
    let expected = Expected::new(COVERED, "yellow", "CUT2534").says("hung-transaction");
    bench.check(&[COVERED]).is("a fault more", &expected);
    bench.runbook.rehearsal = REHEARSAL.replace("[last-look, soak]", "[last-look, soak, hand-over]");
    let expected = Expected::new(COVERED, "red", "CUT2532").says("hand-over");
    bench.check(&[COVERED]).is("a point more", &expected);
    bench.runbook.rehearsal = REHEARSAL.replace("[last-look, soak]", "[last-look]");
    let expected = Expected::new(COVERED, "red", "CUT2532").says("fewer than 2 points");
    bench.check(&[COVERED]).is("one point alone", &expected);
}

#[test]
fn what_went_wrong_is_not_mended_by_being_wanted_no_more() {
    let mut bench = bench("wanted-no-more");
    bench.runbook.rehearsal = REHEARSAL.replace("[kill-engine]", "[]");
    bench.evidence = vec![("/faults/0/survived", json!(false))];
    let expected = Expected::new(COVERED, "red", "CUT2533").says("kill-engine");
    bench.check(&[COVERED]).is("a fault less", &expected);
    bench.runbook.rehearsal = REHEARSAL.replace("[last-look, soak]", "[last-look, hand-over]");
    bench.evidence = vec![("/points/1/rolled_back", json!(false))];
    let expected = Expected::new(COVERED, "red", "CUT2531").says("point soak");
    bench.check(&[COVERED]).is("a point less", &expected);
}

#[test]
fn without_evidence_it_is_unknown() {
    let mut bench = bench("never");
    bench.set(COVERED, "use: rehearsal-covered, severity: blocker, with: { evidence: nowhere.json }");
    bench
        .check(&[COVERED])
        .is("nobody rehearsed", &Expected::new(COVERED, "unknown", "").says("nowhere.json"));
}
