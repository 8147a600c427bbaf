use std::collections::BTreeMap;
use std::time::Duration;

use lab::{Flow, LabSpec, Position, Produce, Record, Replicator, TestLab, Topic};
use serde_json::Value;

use super::Goal;
use crate::baselines::java::Java;
use crate::bench::Bench;
use crate::cost;
use crate::table::{Row, thousands};

const TOPIC: &str = "mirrored";
const RECORDS: i64 = 50_000;
/// Groups stand so many records before the end.
const LAGS: [i64; 10] = [0, 7, 50, 130, 333, 1_000, 2_500, 6_000, 12_345, 40_000];

/// T3: groups on a topic that MirrorMaker 2 has copied: ours beside `RemoteClusterUtils` (B7).
pub fn run(bench: &mut Bench) {
    if !bench.settings.wants("T3") {
        return;
    }
    bench.end_lab();
    let goal = || {
        Goal::at_most("T3", "records replayed from our positions, of groups MirrorMaker 2 copied", 0.0, "")
    };
    match measure(bench) {
        Ok((ours, theirs, note)) => {
            bench.row(goal().row(Ok(ours as f64), note));
            let figure =
                theirs.as_ref().map_or_else(|_| "–".to_owned(), |theirs| thousands(theirs.unsigned_abs()));
            bench.row(Row {
                id: "T3",
                what: "the same from `RemoteClusterUtils.translateOffsets` (B7)".to_owned(),
                figure,
                must: "> 0 is expected".to_owned(),
                holds: theirs.as_ref().ok().map(|theirs| *theirs > 0),
                note: theirs
                    .err()
                    .unwrap_or_else(|| "sum over the groups; never committed groups left out".to_owned()),
            });
        }
        Err(why) => bench.row(goal().row(Err(why), "")),
    }
}

type Replayed = (i64, Result<i64, String>, String);

fn measure(bench: &mut Bench) -> Result<Replayed, String> {
    eprintln!("two clusters and MirrorMaker 2");
    let shown = |error: lab::LabError| error.to_string();
    let flow = Flow { topics: TOPIC.to_owned(), ..Flow::default() };
    let lab =
        TestLab::new(&LabSpec { replicator: Replicator::Dedicated, flows: vec![flow], ..LabSpec::default() });
    let source = lab.source();
    source.create_topic(&Topic::new(TOPIC)).map_err(shown)?;
    let value = |n: i64| Record::value(format!("{n:0>100}")).at(crate::fill::FIRST + n);
    source.produce(TOPIC, (0..RECORDS).map(value), &Produce::default()).map_err(shown)?;
    let groups: BTreeMap<String, i64> =
        LAGS.iter().map(|lag| (format!("lag-{lag:05}"), RECORDS - lag)).collect();
    for (group, offset) in &groups {
        source.commit(group, &[Position::new(TOPIC, 0, *offset)]).map_err(shown)?;
    }
    lab.await_copied(TOPIC, Duration::from_secs(120)).map_err(shown)?;
    lab.await_group("lag-00000", TOPIC, Duration::from_secs(120)).map_err(shown)?;

    let mut command = std::process::Command::new(&bench.settings.cutover);
    command.args(["parity", "group", "-o", "json"]).args(groups.keys());
    command.arg("--source").arg(&source.properties).arg("--target").arg(&lab.target().properties);
    let cost = cost::run(command, bench.settings.patience)?;
    let answer: Value =
        serde_json::from_str(&cost.stdout).map_err(|error| format!("{error}: {}", cost.stdout))?;
    let mut ours = 0;
    let mut exact = 0;
    for group in answer["groups"].as_array().into_iter().flatten() {
        let committed = groups[group["group"].as_str().unwrap_or_default()];
        for partition in group["partitions"].as_array().into_iter().flatten() {
            // The copy began with the topic: offsets are the same.
            if let Some(at) = partition["exact_target"].as_i64() {
                ours += (committed - at).abs();
                exact += 1;
            }
        }
    }
    let note = format!("{exact} of {} groups with an exact position, lags 0 to 40,000", groups.len());
    if exact < groups.len() {
        return Err(note);
    }
    let theirs = theirs(bench, &lab, &groups);
    Ok((ours, theirs, note))
}

/// Records that come again when groups go on where MirrorMaker 2's library says.
fn theirs(bench: &Bench, lab: &TestLab, groups: &BTreeMap<String, i64>) -> Result<i64, String> {
    let list = tempfile::NamedTempFile::new().map_err(|error| error.to_string())?;
    let names: Vec<&str> = groups.keys().map(String::as_str).collect();
    std::fs::write(list.path(), names.join("\n")).map_err(|error| error.to_string())?;
    let file = list.path().display().to_string();
    let command = Java::build()?.command("Translate", &[&lab.target().bootstrap, "source", &file]);
    let cost = cost::run(command, bench.settings.patience)?;
    let mut replayed = 0;
    let mut seen = 0;
    for line in cost.stdout.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        if let [group, TOPIC, "0", offset] = words[..]
            && let (Some(committed), Ok(offset)) = (groups.get(group), offset.parse::<i64>())
        {
            replayed += (committed - offset).max(0);
            seen += 1;
        }
    }
    if seen == 0 { Err(format!("no translation: {}", cost.stdout)) } else { Ok(replayed) }
}
