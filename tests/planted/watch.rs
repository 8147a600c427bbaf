//! `cutover watch` beside planted defects: it says what changes, and what changes back.

use std::path::PathBuf;
use std::process::Child;
use std::time::Instant;

use cutover_tests::{Cutover, call, config, matches_schema};
use kafka_protocol::messages::{ApiKey, ListGroupsRequest, ListGroupsResponse};
use lab::{Position, Produce};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::{AT_MOST, Bench, records};

/// A watch that goes on beside the test.
struct Watching {
    child: Child,
    printed: PathBuf,
    said: PathBuf,
}

impl Watching {
    /// Of these checks, each second.
    fn new(bench: &Bench, checks: &[&str], more: &[&str]) -> Watching {
        let (runbook, runs) = (bench.write().display().to_string(), bench.runs().display().to_string());
        let mut arguments = vec!["watch", &runbook, "--env", "here", "--runs-dir", &runs, "--every", "1s"];
        checks.iter().for_each(|check| arguments.extend(["--check", check]));
        arguments.extend(more);
        let [printed, said] = ["watch.out", "watch.err"].map(|name| bench.folder.path().join(name));
        let child = Cutover::new(arguments).start(&printed, &said);
        Watching { child, printed, said }
    }

    fn printed(&self) -> String {
        std::fs::read_to_string(&self.printed).unwrap()
    }

    /// Waits for a line that was printed and fits.
    #[track_caller]
    fn line(&mut self, what: &str, fits: impl Fn(&str) -> bool) -> String {
        let end = Instant::now() + AT_MOST;
        loop {
            let printed = self.printed();
            if let Some(line) = printed.lines().find(|line| fits(line)) {
                return line.to_owned();
            }
            let over = self.child.try_wait().unwrap();
            let said = std::fs::read_to_string(&self.said).unwrap();
            assert!(over.is_none() && Instant::now() < end, "{what}: {over:?}\n{printed}\n{said}");
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
    }

    /// Ctrl-C, and how it ended.
    fn interrupt(&mut self) {
        let pid = Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap();
        kill_process(pid, Signal::INT).unwrap();
    }

    /// Fails unless it ends with this code.
    #[track_caller]
    fn exits(&mut self, code: i32, why: &str) {
        let exit = self.child.wait().unwrap().code();
        let said = std::fs::read_to_string(&self.said).unwrap();
        assert_eq!(exit, Some(code), "{why}\n{}\n{said}", self.printed());
        assert!(!said.contains("error:"), "{said}");
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        if self.child.try_wait().is_ok_and(|status| status.is_none()) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// Every line of history of the only run of a bench.
fn history(bench: &Bench) -> Vec<Value> {
    let run = std::fs::read_dir(bench.runs()).unwrap().next().unwrap().unwrap().path();
    let mut days: Vec<PathBuf> =
        std::fs::read_dir(run.join("history")).unwrap().map(|entry| entry.unwrap().path()).collect();
    days.sort();
    let lines: String = days.iter().map(|day| std::fs::read_to_string(day).unwrap()).collect();
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn of<'a>(sample: &'a Value, check: &str) -> &'a Value {
    sample["checks"].as_array().unwrap().iter().find(|one| one["check"] == check).unwrap()
}

#[test]
fn what_is_planted_is_said_with_its_finding_and_what_is_mended_is_green_again() {
    let mut bench = Bench::new("watched").even(records(50), 50);
    bench.set("group-lag", "use: group-lag, on: source, severity: major, with: { max: { records: 100 } }");
    let (topic, group) = (bench.topic(), bench.group());
    let mut watch = Watching::new(&bench, &["topic-shape", "group-lag"], &[]);
    watch.line("the first look prints the scorecard", |line| line.contains("Offset parity"));

    let changed = |check: &str, to: &str| {
        let (check, to) = (format!("  {check} of "), to.to_owned());
        move |line: &str| line.contains(&check) && line.contains(&to)
    };
    bench.case.source().produce(&topic, records(500), &Produce::default()).unwrap();
    let line = watch.line("the lag is told", changed("group-lag", ": green -> red: CUT"));
    assert!(line.contains(&format!("group {group}")) && line.contains("500"), "{line}");
    config::set(bench.case.target(), &topic, "max.message.bytes", "1000");
    let line = watch.line("the topic is told", changed("topic-shape", ": green -> "));
    assert!(line.contains("CUT21") && line.contains(&topic) && line.contains("1000"), "{line}");

    bench.case.source().commit(&group, &[Position::new(&topic, 0, 550)]).unwrap();
    watch.line("the group has caught up", changed("group-lag", ": red -> green"));
    watch.interrupt();
    watch.exits(1, "the topic is red still");
    let printed = watch.printed();
    assert!(printed.contains("watched ") && printed.contains("changes"), "{printed}");

    let history = history(&bench);
    history.iter().for_each(|sample| matches_schema("history", sample));
    let levels = |check: &str| {
        let mut levels: Vec<String> =
            history.iter().map(|sample| of(sample, check)["level"].as_str().unwrap().to_owned()).collect();
        levels.dedup();
        levels
    };
    assert_eq!(levels("group-lag"), ["green", "red", "green"]);
    assert_eq!(levels("topic-shape"), ["green", "red"]);
    let red = history.iter().find(|sample| of(sample, "group-lag")["level"] == "red").unwrap();
    assert_eq!(of(red, "group-lag")["findings"], 1, "{red:#}");
    assert_eq!(of(red, "group-lag")["numbers"]["lag"], 500, "{red:#}");

    // The run of a watch is a run like any other: verified, and rendered again from its journal.
    let runs = bench.runs().display().to_string();
    let verified = Cutover::new(["verify", "last", "--runs-dir", &runs]).run().exits(0);
    assert!(verified.says("chain") || verified.says("records"), "{verified:#?}");
    let report = Cutover::new(["report", "last", "--runs-dir", &runs, "-o", "json"]).run().exits(0);
    let card = report.json();
    assert_eq!((&card["overall"], &card["partial"]), (&"red".into(), &true.into()));
    // The evidence of the last look, whenever it changed last.
    let cells = card["units"][0]["dimensions"][0]["checks"].as_array().unwrap().clone();
    let ages: Vec<u64> = cells.iter().filter_map(|cell| cell["age_seconds"].as_u64()).collect();
    assert!(!ages.is_empty() && ages.iter().all(|age| *age < 30), "{ages:?}");
    let page = Cutover::new(["report", "last", "--runs-dir", &runs, "--format", "md"]).run().exits(0);
    assert!(page.says("## Watched") && page.says("| `group-lag` | settlement |"), "{}", page.stdout);
    // One record of each verdict that changed, and of the end: not one for each look.
    let journal = std::fs::read_dir(bench.runs()).unwrap().next().unwrap().unwrap().path();
    let journal = std::fs::read_to_string(journal.join("journal.jsonl")).unwrap();
    let judged = journal.matches("\"event\":\"judged\"").count();
    assert!((5..=8).contains(&judged), "{judged} verdicts over {} looks", history.len());
}

#[test]
fn json_is_a_line_a_look_and_nothing_is_made_on_the_clusters() {
    let bench = Bench::new("watched-json").even(records(50), 20);
    let checks = ["topic-shape", "position-provable", "client-probe"];
    let mut watch = Watching::new(&bench, &checks, &["-o", "json", "--for", "3s"]);
    watch.exits(3, "client-probe needs scratch objects, and none are made");
    let printed = watch.printed();
    let samples: Vec<Value> = printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(samples.len() >= 2, "{printed}");
    for sample in &samples {
        matches_schema("history", sample);
        assert_eq!(of(sample, "position-provable")["level"], "green");
        let why = of(sample, "client-probe")["why"].as_str().unwrap();
        assert!(why.contains("scratch"), "{why}");
    }
    assert_eq!(samples, history(&bench), "what is printed is what is kept");
    let asked = ListGroupsRequest::default();
    let address = &bench.case.target().bootstrap;
    let answer: ListGroupsResponse = call(address, ApiKey::ListGroups as i16, 4, &asked);
    let run = std::fs::read_dir(bench.runs()).unwrap().next().unwrap().unwrap().file_name();
    let run = run.to_string_lossy().into_owned();
    let groups: Vec<&str> = answer.groups.iter().map(|group| group.group_id.as_str()).collect();
    assert!(!groups.iter().any(|group| group.contains(&run)), "{groups:?}");
}
