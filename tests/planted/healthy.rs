//! Nothing planted: every cell good, and nothing green that nobody accepted. And the one defect that MirrorMaker 2
//! plants by itself.

use std::process::Command;
use std::sync::PoisonError;

use cutover_tests::binary;
use lab::{Generate, Position, Produce, Topic};

use crate::offset_parity::only;
use crate::{AT_MOST, Bench, TROUBLE};

const RECORDS: u64 = 20_000;
const END: i64 = 20_000;

/// A topic with records that MirrorMaker 2 copies.
fn copied(name: &str) -> Bench {
    let mut bench = Bench::new(name);
    // A rehearsal shows how groups go on, so the runbook has to look at it; here nobody reads.
    bench.set(
        "group-progress",
        "use: group-progress, severity: major, with: { look: 1s }, green: \"members == 0\"",
    );
    let (topic, source) = (bench.topic(), bench.case.source());
    source.create_topic(&Topic::new(&topic)).unwrap();
    let records = Generate { partitions: Some(1), ..Generate::records(RECORDS) };
    source.produce(&topic, records, &Produce::default()).unwrap();
    bench
}

/// The same, with the group at its end on both sides.
pub fn copied_to_the_end(name: &str) -> Bench {
    let bench = copied(name);
    let (topic, group) = (bench.topic(), bench.group());
    bench.case.source().commit(&group, &[Position::new(&topic, 0, END)]).unwrap();
    bench.case.await_copied(&topic, AT_MOST).unwrap();
    bench.case.await_committed(&group, &topic, &only(END), AT_MOST).unwrap();
    bench
}

#[test]
fn groups_at_the_end_make_it_yellow_and_every_dimension_waits_to_be_accepted() {
    let _untroubled = TROUBLE.read().unwrap_or_else(PoisonError::into_inner);
    let bench = copied_to_the_end("mm-healthy");

    let answer = bench.check(&[]);
    assert_eq!(answer.run.code, 4, "{:#?}", answer.run);
    let scorecard = &answer.scorecard;
    assert_eq!((&scorecard["overall"], &scorecard["partial"]), (&"yellow".into(), &false.into()));
    let dimensions = scorecard["units"][0]["dimensions"].as_array().unwrap();
    let names: Vec<&str> = dimensions.iter().map(|d| d["dimension"].as_str().unwrap()).collect();
    assert_eq!(names, ["offset_parity", "platform_compatibility", "operations", "governance", "rollback"]);
    let mut checks = Vec::new();
    for dimension in dimensions {
        assert_eq!(dimension["level"], "yellow", "{dimension:#}");
        let reason = dimension["reason"].as_str().unwrap();
        assert!(reason.contains("evidence present, not accepted"), "{reason}");
        for cell in dimension["checks"].as_array().unwrap() {
            assert_eq!(cell["verdict"], "green", "{cell:#}");
            assert!(!cell["evidence"].as_array().unwrap().is_empty(), "green over nothing: {cell:#}");
            checks.push(cell["check"].as_str().unwrap());
        }
    }
    assert_eq!(checks.len(), 25, "{checks:?}");

    // The commands it proposes are ones to be pasted, wherever one is: they name environment and folder of runs.
    let proposed = scorecard["next_steps"].as_array().unwrap().iter().map(|step| step.as_str().unwrap());
    let proposed =
        proposed.filter(|step| step.starts_with("cutover plan ") || step.starts_with("cutover report "));
    let mut pasted = 0;
    for step in proposed {
        let command = step.replacen("cutover", &binary().display().to_string(), 1);
        let run = Command::new("sh").args(["-c", &command]).current_dir("/").output().unwrap();
        assert!(run.status.success(), "{step}: {run:?}");
        pasted += 1;
    }
    assert_eq!(pasted, 2, "{scorecard:#}");
}

#[test]
fn a_lagging_group_under_mirrormakers_sync_makes_offset_parity_red_with_its_replay() {
    let _untroubled = TROUBLE.read().unwrap_or_else(PoisonError::into_inner);
    let bench = copied("mm-lagging");
    let (topic, group) = (bench.topic(), bench.group());
    let source_committed = 5_000;
    let ahead = bench.case.name("ahead");
    bench.case.source().commit(&group, &[Position::new(&topic, 0, source_committed)]).unwrap();
    bench.case.source().commit(&ahead, &[Position::new(&topic, 0, END)]).unwrap();
    bench.case.await_copied(&topic, AT_MOST).unwrap();
    bench.case.await_committed(&ahead, &topic, &only(END), AT_MOST).unwrap();
    bench.case.await_group(&group, &topic, AT_MOST).unwrap();
    let target_committed = bench.case.target().committed(&group, &topic).unwrap()[&0];
    assert!(target_committed < source_committed, "MirrorMaker 2 translated exactly: nothing is planted");

    let answer = bench.check(&[]);
    assert_eq!(answer.run.code, 1, "{:#?}", answer.run);
    let (dimension, cell) = answer.cell("offset-boundary");
    assert_eq!((&dimension["level"], &cell["verdict"]), (&"red".into(), &"red".into()));
    let findings = cell["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 1, "{cell:#}");
    let finding = &findings[0];
    assert_eq!(finding["code"], "CUT2141");
    assert_eq!(finding["expected"], format!("target offset {source_committed}"));
    let actual = finding["actual"].as_str().unwrap();
    let replayed =
        format!("target offset {target_committed}: {} records replayed", source_committed - target_committed);
    assert!(actual.starts_with(&replayed), "{actual} instead of {replayed}");
    let (_, proved) = answer.cell("position-provable");
    assert_eq!(proved["verdict"], "green", "{proved:#}");
    for other in ["platform_compatibility", "operations", "governance", "rollback"] {
        let dimensions = answer.scorecard["units"][0]["dimensions"].as_array().unwrap();
        let dimension = dimensions.iter().find(|dimension| dimension["dimension"] == other).unwrap();
        assert_eq!(dimension["level"], "yellow", "{dimension:#}");
    }
}
