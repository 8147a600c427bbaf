//! A rehearsal on real clusters: there and back from a point before the commit point and from one behind it, with the
//! conductor killed in every step that changes something.

use std::os::unix::fs::PermissionsExt;
use std::time::Instant;

use cutover_tests::matches_schema;
use lab::{Flow, Lab, LabSpec, Life, Side, TestLab};
use serde_json::Value;

use crate::conducted::Conducted;
use crate::past::of_the_source;
use crate::switch::Switch;
use crate::told::{Told, newest};
use crate::{AT_MOST, own_spec, until};

crate::tests!(daily: ; soak: there_and_back_from_two_points_with_the_conductor_killed, a_broker_of_each_side_and_the_replicator_go_away);

/// Points in the order in which they stand in the runbook; the one behind the commit point is rehearsed last.
const POINTS: &str = "[first-records, last-look]";

fn with_rehearsal<'a>(lab: &'a TestLab, name: &str, faults: &str) -> Switch<'a> {
    let mut switch = Switch::in_lab(lab, "own", name);
    switch.runbook.observe = "5s".to_owned();
    // With its group sync on, the replicator moves commits on the target for as long as the source is read.
    switch.runbook.observed_by = "cluster-health";
    switch.runbook.checks.extend(["reconciled", "rehearsal-covered"]);
    switch
        .runbook
        .set("first-records", "do: check, checks: [group-progress, reconciled], timeout: { total: 2m }");
    // What is proved by the rehearsal is not asked for in it.
    let gate = switch.runbook.steps.iter().find(|(id, _)| *id == "last-look").unwrap().1.clone();
    let gate = gate
        .replace("{ check: offset-boundary },", "{ check: offset-boundary }, { check: rehearsal-covered },");
    assert!(gate.contains("rehearsal-covered"));
    switch.runbook.set("last-look", gate);
    switch.runbook.rehearsal = section(faults);
    let script = switch.folder.path().join("reconciled.sh");
    std::fs::write(&script, "#!/bin/sh\necho '{\"lost\": 0}'\n").unwrap();
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    switch.with_log(3_000);
    switch.at_work();
    switch
}

fn section(faults: &str) -> String {
    format!(
        "rehearsal: {{ environment: here, workload: {{ kind: mirrored }}, rollback_from: {POINTS}, faults: [{faults}], valid_for: 14d }}\n"
    )
}

/// A lab that goes on by itself ends with its test.
struct Ended(TestLab);

impl Drop for Ended {
    fn drop(&mut self) {
        let dir = self.0.describe().dir;
        if let Err(error) = Lab::down_in(&dir) {
            println!("{error}");
        }
    }
}

fn rehearse(switch: &Switch<'_>) -> Conducted {
    switch.write();
    let lab = switch.dir().display().to_string();
    let arguments = [
        "rehearse",
        "runbook.yaml",
        "--yes",
        "--as",
        "ana",
        "--lab",
        &lab,
        "--evidence",
        "rehearsal.json",
        "-o",
        "json",
    ];
    switch.conduct(&arguments, None)
}

/// Answers wherever one of its runs asks, as people would, until it is over.
fn answered(switch: &Switch<'_>, run: &mut Conducted) {
    let end = Instant::now() + 4 * AT_MOST;
    while !run.is_over() {
        assert!(Instant::now() < end, "it does not end\n{}", run.said());
        if let Some(told) = newest(&switch.runs()).map(|run| Told::of(&run)) {
            // A conductor that is killed may not hear, and a gate that closed again asks again.
            if told.decides("last-look") {
                switch.cutover(&[
                    "go",
                    "last",
                    "--at",
                    "last-look",
                    "--role",
                    "rollback_owner",
                    "--as",
                    "ana",
                ]);
            }
            if told.began("back/discard") && told.of_step("step-ended", "back/discard").is_empty() {
                switch.cutover(&[
                    "go",
                    "last",
                    "--at",
                    "back/discard",
                    "--role",
                    "app_owner",
                    "--as",
                    "mina",
                ]);
            }
        }
        std::thread::sleep(std::time::Duration::from_millis(200));
    }
}

fn point<'v>(evidence: &'v Value, name: &str) -> &'v Value {
    evidence["points"].as_array().unwrap().iter().find(|point| point["point"] == name).unwrap()
}

fn covered_check(switch: &Switch<'_>) -> (String, Vec<String>) {
    let arguments = ["check", "runbook.yaml", "--env", "here", "--check", "rehearsal-covered", "-o", "json"];
    let card = switch.cutover(&arguments).json();
    let dimensions = card["units"][0]["dimensions"].as_array().unwrap();
    let mut checks = dimensions.iter().flat_map(|dimension| dimension["checks"].as_array().unwrap());
    let cell = checks.find(|cell| cell["check"] == "rehearsal-covered").unwrap();
    let findings = cell["findings"].as_array().unwrap().iter();
    (
        format!("{}: {}", cell["verdict"].as_str().unwrap(), cell["why"].as_str().unwrap_or_default()),
        findings.map(|finding| finding["code"].as_str().unwrap().to_owned()).collect(),
    )
}

/// `foreign`: whether records were written that no application knows.
fn all_is_back(switch: &Switch<'_>, name: &str, foreign: bool) {
    let running: Vec<Side> = switch.running().into_iter().map(|(_, side)| side).collect();
    assert_eq!(running, [Side::Source, Side::Source], "{name}: {:?}", switch.running());
    switch.stop_app(switch.producer()).unwrap();
    switch.stop_app(switch.group()).unwrap();
    switch.start(&lab::AppSpec { pace: 0.0, ..switch.consumer(Side::Source) });
    until("everything of the source is processed", || of_the_source(switch).pending == 0);
    switch.stop_app(switch.group()).unwrap();
    let line = of_the_source(switch);
    println!("{name}: {} processed, {} lost, {} repeated", line.processed, line.lost, line.duplicated);
    assert_eq!((line.lost, line.duplicated, line.foreign > 0), (0, 0, foreign), "{name}: {line:?}");
}

fn there_and_back_from_two_points_with_the_conductor_killed() {
    // Without group sync nothing but the run writes commits: landing is a step that changes something, both ways.
    let flow = Flow { sync_acls: false, sync_groups: false, ..Flow::named("own", "own-.*", "own-.*") };
    let lab = TestLab::new(&LabSpec { flows: vec![flow], ..LabSpec::default() });
    let mut switch = with_rehearsal(&lab, "rehearsed", "kill-engine");
    let mut run = rehearse(&switch);
    answered(&switch, &mut run);
    run.exits(0);
    let evidence: Value = serde_json::from_str(&run.printed()).unwrap();
    matches_schema("rehearsal", &evidence);

    let order: Vec<&str> =
        evidence["points"].as_array().unwrap().iter().map(|point| point["point"].as_str().unwrap()).collect();
    assert_eq!(order, ["last-look", "first-records"]);
    let (before, past) = (point(&evidence, "last-look"), point(&evidence, "first-records"));
    for one in [before, past] {
        assert!(one["reached"] == true && one["rolled_back"] == true, "{one:#}");
        assert!(one["stall_ms"].as_u64().unwrap() > 0 && one["rollback_ms"].as_u64().unwrap() > 0, "{one:#}");
        assert_eq!(one["replayed"], 0, "{one:#}");
        assert!(!one["answers"].as_array().unwrap().is_empty(), "{one:#}");
    }
    assert!(before["past_commit_point"] == false && past["past_commit_point"] == true);
    assert!(before["dirty"].as_array().unwrap().is_empty());
    assert_eq!(past["dirty"][0], switch.runbook.unit.as_str());
    assert!(past["born_on_target"].as_u64().unwrap() > 0, "{past:#}");
    for (name, element) in evidence["elements"].as_object().unwrap() {
        assert_eq!(element["covered"], true, "{name}: {element:#}");
    }
    let matrix = evidence["crash_matrix"].as_array().unwrap();
    for way in ["forward", "undo"] {
        assert!(matrix.iter().any(|crash| crash["way"] == way), "{way}: {matrix:#?}");
    }
    for crash in matrix {
        // A step that had nothing to change is listed, and nobody can be killed in it.
        assert!(
            crash["killed"] == crash["effect"]
                && crash["went_on"] == crash["effect"]
                && crash["survived"] == crash["effect"],
            "{crash:#}"
        );
    }
    println!(
        "rehearsed: {} kills survived; stall {} and {} ms, rollback {} and {} ms",
        matrix.iter().filter(|crash| crash["survived"] == true).count(),
        before["stall_ms"],
        past["stall_ms"],
        before["rollback_ms"],
        past["rollback_ms"]
    );

    // The check takes it, as long as it is of this plan and all that is wanted is in it.
    assert_eq!(covered_check(&switch), ("green: ".to_owned(), Vec::new()));
    edited_it_is_red_and_alone_it_is_unknown(&switch, &evidence);
    switch.runbook.rehearsal = section("kill-engine, hung-transaction");
    switch.write();
    let (verdict, findings) = covered_check(&switch);
    assert!(verdict.starts_with("yellow") && findings == ["CUT2534"], "{verdict} {findings:?}");
    switch.runbook.set("drain", "do: wait, until: { check: drained }, every: 2s, timeout: { total: 60s }, on_timeout: { rollback: back }");
    switch.write();
    let (verdict, _) = covered_check(&switch);
    assert!(verdict.starts_with("unknown") && verdict.contains("step drain differs"), "{verdict}");

    // Nobody begins again over a target that is no copy any more.
    let again = rehearse(&switch).exit_and_said();
    assert!(again.0 == 1 && again.1.contains("is dirty: run"), "{}", again.1);
    all_is_back(&switch, "rehearsed", false);
}

/// What was really rehearsed is believed with its journals, and to the last value.
fn edited_it_is_red_and_alone_it_is_unknown(switch: &Switch<'_>, evidence: &Value) {
    let (file, runs) =
        (switch.folder.path().join("rehearsal.json"), switch.folder.path().join("rehearsal.runs"));
    let written = std::fs::read(&file).unwrap();
    let mut edited = evidence.clone();
    edited["points"][1]["stall_ms"] = 1.into();
    std::fs::write(&file, edited.to_string()).unwrap();
    let (verdict, findings) = covered_check(switch);
    assert!(verdict.starts_with("red") && findings == ["CUT2540"], "{verdict} {findings:?}");
    std::fs::write(&file, &written).unwrap();
    let away = switch.folder.path().join("elsewhere");
    std::fs::rename(&runs, &away).unwrap();
    let (verdict, _) = covered_check(switch);
    assert!(verdict.starts_with("unknown") && verdict.contains("is not beside it"), "{verdict}");
    std::fs::rename(&away, &runs).unwrap();
    assert_eq!(covered_check(switch), ("green: ".to_owned(), Vec::new()));
}

fn a_broker_of_each_side_and_the_replicator_go_away() {
    // Only the servers of a lab that goes on by itself can be started by whoever rehearses.
    let place = tempfile::tempdir().unwrap();
    // A replicator that is killed copies records twice, and copies what is aborted later, unless it is told not to: both
    // is found by content-parity, and such a fault is not survived.
    let mut spec = own_spec();
    spec.flows[0].read_committed = true;
    let once = ("exactly.once.source.support".to_owned(), "enabled".to_owned());
    let lab = Ended(TestLab::new(&LabSpec {
        life: Life::Detached,
        dir: Some(place.path().join("lab")),
        replicator_options: [once].into(),
        ..spec
    }));
    let all = "restart-broker, kill-replicator, hung-transaction, rogue-producer";
    let mut switch = with_rehearsal(&lab.0, "faults", all);
    // Connect waits for a worker that was killed before it gives its tasks away.
    switch.runbook.set("drain", "do: wait, until: { check: drained }, every: 1s, timeout: { total: 3m }, on_timeout: { rollback: back }");
    let mut run = rehearse(&switch);
    answered(&switch, &mut run);
    run.exits(0);
    let evidence: Value = serde_json::from_str(&run.printed()).unwrap();
    let fault = |name: &str| {
        let faults = evidence["faults"].as_array().unwrap();
        let fault = faults.iter().find(|fault| fault["fault"] == name).unwrap();
        (fault["made"].as_bool().unwrap(), fault["survived"].as_bool().unwrap())
    };
    assert_eq!(fault("restart-broker"), (true, true), "{evidence:#}");
    assert_eq!(fault("kill-replicator"), (true, true), "{evidence:#}");
    assert_eq!(fault("hung-transaction"), (true, true), "{evidence:#}");
    assert_eq!(fault("rogue-producer"), (true, true), "{evidence:#}");
    // Faults of the environment are in the journals as well.
    let (verdict, findings) = covered_check(&switch);
    assert_eq!((verdict.as_str(), findings.len()), ("green: ", 0), "{findings:?}");
    let said = run.said();
    let moves = format!("moving: {}-0 from", switch.topic());
    assert!(said.contains(&moves), "the fence did not see who writes on: {said}");
    all_is_back(&switch, "faults", true);
}
