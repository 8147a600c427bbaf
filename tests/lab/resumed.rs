//! `cutover parity topic --resume`: a second run reads only what is new, and answers about the whole topic.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use lab::{Case, Record, Topic};
use serde_json::{Value, json};

use crate::{cutover, lab, only, records, topic_on_both, write};

/// Compares with a resume file in this folder.
fn resumed(case: &Case<'_>, folder: &Path, topic: &str, exit: i32) -> Value {
    let file = format!("--resume={}", folder.join("saved.json").display());
    let answer = cutover(case, &["parity", "topic", topic, "--settle", "1s", &file]).exits(exit).json();
    only(&answer["topics"]).clone()
}

fn anew(case: &Case<'_>, topic: &str, exit: i32) -> Value {
    let answer = cutover(case, &["parity", "topic", topic, "--settle", "1s"]).exits(exit).json();
    only(&answer["topics"]).clone()
}

/// What must not depend on how often the topic was read.
#[track_caller]
fn same_answer(resumed: &Value, anew: &Value) {
    let fields = ["verdict", "matched", "missing", "altered", "duplicated", "extra", "reordered", "pending"];
    for field in fields.into_iter().chain(["source_records", "target_records", "evidence_sha256"]) {
        assert_eq!(resumed[field], anew[field], "`{field}` of {resumed:#}\nand {anew:#}");
    }
    let findings = |topic: &Value| only(&topic["partitions"])["findings"].clone();
    assert_eq!(findings(resumed), findings(anew));
}

fn notes(topic: &Value) -> String {
    topic["notes"].to_string()
}

#[test]
fn a_second_run_reads_what_is_new_and_answers_about_everything() {
    let case = lab().case("resume");
    let folder = tempfile::tempdir().unwrap();
    let topic = topic_on_both(&case, "orders");
    let all = records(300);
    let mut copied = all[..200].to_vec();
    copied.remove(50);
    write(case.source(), &topic, all[..200].to_vec());
    write(case.target(), &topic, copied);
    let first = resumed(&case, folder.path(), &topic, 1);
    assert_eq!((&first["missing"], &first["notes"]), (&json!(1), &Value::Null), "{first:#}");
    let mode = std::fs::metadata(folder.path().join("saved.json")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    // Nothing new.
    let second = resumed(&case, folder.path(), &topic, 1);
    same_answer(&second, &anew(&case, &topic, 1));
    assert!(notes(&second).contains("200 source records were compared earlier"), "{second:#}");

    // More, with another fault among it and a copy of something old.
    let mut more = all[200..].to_vec();
    write(case.source(), &topic, more.clone());
    more[30].value = Some(b"another".to_vec());
    more.insert(60, all[10].clone());
    write(case.target(), &topic, more);
    let third = resumed(&case, folder.path(), &topic, 1);
    same_answer(&third, &anew(&case, &topic, 1));
    let expected = (&json!(298), &json!(1), &json!(1), &json!(1));
    assert_eq!((&third["matched"], &third["missing"], &third["altered"], &third["duplicated"]), expected);
    let fourth = resumed(&case, folder.path(), &topic, 1);
    same_answer(&fourth, &third);
    assert!(notes(&fourth).contains("300 source records were compared earlier"), "{fourth:#}");
}

#[test]
fn what_is_pending_is_compared_by_a_later_run() {
    let case = lab().case("resume-pending");
    let folder = tempfile::tempdir().unwrap();
    let topic = topic_on_both(&case, "orders");
    let all = records(100);
    write(case.source(), &topic, all.clone());
    write(case.target(), &topic, all[..60].to_vec());
    assert_eq!(resumed(&case, folder.path(), &topic, 4)["pending"], 40);
    write(case.target(), &topic, all[60..].to_vec());
    let second = resumed(&case, folder.path(), &topic, 0);
    assert_eq!((&second["verdict"], &second["matched"]), (&json!("green"), &json!(100)));
    let third = resumed(&case, folder.path(), &topic, 0);
    assert!(notes(&third).contains("100 source records were compared earlier"), "{third:#}");
}

#[test]
fn another_topic_of_the_same_name_is_compared_anew() {
    let case = lab().case("resume-recreated");
    let folder = tempfile::tempdir().unwrap();
    let topic = topic_on_both(&case, "orders");
    let all = records(50);
    for cluster in [case.source(), case.target()] {
        write(cluster, &topic, all.clone());
    }
    resumed(&case, folder.path(), &topic, 0);
    let mut other: Vec<Record> = all.clone();
    other.remove(3);
    let target = case.target();
    target.delete_topic(&topic).unwrap();
    let until = std::time::Instant::now() + crate::AT_MOST;
    while !target.partitions(&topic).unwrap().is_empty() {
        assert!(std::time::Instant::now() < until, "{topic} is still there");
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    target.create_topic(&Topic::new(&topic)).unwrap();
    write(target, &topic, other);
    let topic = resumed(&case, folder.path(), &topic, 1);
    assert_eq!(topic["missing"], 1);
    assert!(notes(&topic).contains("created anew"), "{topic:#}");
}

#[test]
fn a_head_that_is_gone_since_is_compared_anew_only_when_the_cut_is_gone_with_it() {
    let case = lab().case("resume-trimmed");
    let folder = tempfile::tempdir().unwrap();
    let topic = topic_on_both(&case, "orders");
    let all = records(120);
    for cluster in [case.source(), case.target()] {
        write(cluster, &topic, all[..80].to_vec());
    }
    resumed(&case, folder.path(), &topic, 0);
    case.source().delete_records(&topic, 0, 40).unwrap();
    let second = resumed(&case, folder.path(), &topic, 0);
    assert_eq!(second["matched"], 80, "what was compared stays compared: {second:#}");
    for cluster in [case.source(), case.target()] {
        write(cluster, &topic, all[80..].to_vec());
    }
    for cluster in [case.source(), case.target()] {
        cluster.delete_records(&topic, 0, 100).unwrap();
    }
    let third = resumed(&case, folder.path(), &topic, 0);
    assert_eq!((&third["matched"], &third["source_records"]), (&json!(20), &json!(20)), "{third:#}");
    assert!(notes(&third).contains("compared anew"), "{third:#}");
}

#[test]
fn a_damaged_file_is_said_and_everything_is_read() {
    let case = lab().case("resume-damaged");
    let folder = tempfile::tempdir().unwrap();
    let topic = topic_on_both(&case, "orders");
    let all = records(20);
    for cluster in [case.source(), case.target()] {
        write(cluster, &topic, all.clone());
    }
    resumed(&case, folder.path(), &topic, 0);
    let path = folder.path().join("saved.json");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replacen("\"missing\":0", "\"missing\":1", 1)).unwrap();
    let file = format!("--resume={}", path.display());
    let run = cutover(&case, &["parity", "topic", &topic, "--settle", "1s", &file]).exits(0);
    assert!(run.stderr.contains("everything is read") && run.stderr.contains("damaged"), "{}", run.stderr);
    assert_eq!(only(&run.json()["topics"])["matched"], 20);
}
