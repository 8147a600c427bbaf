//! What the binary says about one topic or one group.

use std::sync::{Condvar, Mutex, PoisonError};

use lab::{Cluster, Lab, Position};
use serde_json::{Value, json};

use crate::ledger::Ledger;

/// The arguments that name both clusters.
fn sides(lab: &Lab) -> [String; 4] {
    let path = |cluster: &Cluster| cluster.properties.display().to_string();
    ["--source".to_owned(), path(lab.source()), "--target".to_owned(), path(lab.target())]
}

/// Runs `cutover ARGUMENTS --source … --target … -o json` and holds the answer against its schema.
#[track_caller]
pub fn cutover(lab: &Lab, arguments: &[&str], exit: i32) -> Value {
    let sides = sides(lab);
    let all = arguments.iter().copied().chain(sides.iter().map(String::as_str)).chain(["-o", "json"]);
    let answer = {
        let _turn = Turn::take();
        cutover_tests::Cutover::new(all).run().exits(exit).json()
    };
    let schema = if arguments[1] == "topic" { "parity-topic" } else { "parity-group" };
    cutover_tests::matches_schema(schema, &answer);
    answer
}

/// Programs at once: all cases ask at the same time, and the machine has to copy as well.
const AT_ONCE: usize = 4;

struct Turn(());

static TAKEN: Mutex<usize> = Mutex::new(0);
static GIVEN_BACK: Condvar = Condvar::new();

impl Turn {
    fn take() -> Turn {
        let mut taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
        while *taken >= AT_ONCE {
            taken = GIVEN_BACK.wait(taken).unwrap_or_else(PoisonError::into_inner);
        }
        *taken += 1;
        Turn(())
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        *TAKEN.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        GIVEN_BACK.notify_one();
    }
}

/// Compares a topic, which must be found exactly as its ledger says. What is to be on the target is there.
#[track_caller]
pub fn compare(lab: &Lab, topic: &str, ledger: &Ledger) -> Value {
    compare_as(lab, topic, ledger, &[])
}

/// The same with more arguments.
#[track_caller]
pub fn compare_as(lab: &Lab, topic: &str, ledger: &Ledger, more: &[&str]) -> Value {
    // Only what the ledger says is pending is still to come, and it will not.
    let settle = if ledger.pending > 0 { "1s" } else { "20s" };
    let arguments = ["parity", "topic", topic, "--settle", settle];
    let arguments: Vec<&str> = arguments.into_iter().chain(more.iter().copied()).collect();
    let answer = cutover(lab, &arguments, ledger.verdict().1);
    let topic = only(&answer["topics"]).clone();
    ledger.agrees(&topic);
    topic
}

/// Where one group stands in each partition, in order; the group must end with this exit code.
#[track_caller]
pub fn group(lab: &Lab, group: &str, exit: i32) -> Vec<Value> {
    group_as(lab, group, exit, &[])
}

#[track_caller]
pub fn group_as(lab: &Lab, group: &str, exit: i32, more: &[&str]) -> Vec<Value> {
    let arguments: Vec<&str> = ["parity", "group", group].into_iter().chain(more.iter().copied()).collect();
    let answer = cutover(lab, &arguments, exit);
    only(&answer["groups"])["partitions"].as_array().unwrap().clone()
}

/// What must be said of a group in one partition.
#[derive(Debug, Clone, Copy)]
pub struct Stand<'a> {
    pub outcome: &'a str,
    pub exact_target: Option<i64>,
    /// Records, where the outcome has a size.
    pub records: Option<u64>,
}

pub const fn exact(at: i64) -> Stand<'static> {
    Stand { outcome: "exact", exact_target: Some(at), records: Some(0) }
}

pub const fn replay(at: i64, records: u64) -> Stand<'static> {
    Stand { outcome: "replay", exact_target: Some(at), records: Some(records) }
}

pub const fn skip(at: i64, records: u64) -> Stand<'static> {
    Stand { outcome: "skip", exact_target: Some(at), records: Some(records) }
}

pub const fn untranslated(at: Option<i64>) -> Stand<'static> {
    Stand { outcome: "untranslated", exact_target: at, records: None }
}

pub const fn unprovable() -> Stand<'static> {
    Stand { outcome: "unprovable", exact_target: None, records: None }
}

impl Stand<'_> {
    /// The exit code of a group that stands so in its only partition.
    fn exit(&self) -> i32 {
        match self.outcome {
            "exact" => 0,
            "unprovable" => 3,
            "ambiguous" => 4,
            _ => 1,
        }
    }

    #[track_caller]
    pub fn agrees(&self, partition: &Value) {
        assert_eq!(partition["outcome"], self.outcome, "{partition:#}");
        assert_eq!(partition["exact_target"], json!(self.exact_target), "{partition:#}");
        assert_eq!(partition["records"], json!(self.records), "{partition:#}");
        let reasoned = matches!(self.outcome, "untranslated" | "unprovable" | "ambiguous");
        assert_eq!(partition["why"].is_string(), reasoned, "a reason beside these three: {partition:#}");
    }
}

/// Puts a group of its own at these offsets of partition 0 and asks where it stands.
#[track_caller]
pub fn stands(lab: &Lab, topic: &str, source: i64, target: i64, stand: &Stand<'_>) -> Value {
    let name = format!("hand.{topic}.{source}.{target}");
    lab.source().commit(&name, &[Position::new(topic, 0, source)]).unwrap();
    lab.target().commit(&name, &[Position::new(topic, 0, target)]).unwrap();
    let partitions = group(lab, &name, stand.exit());
    assert_eq!(partitions.len(), 1, "{partitions:#?}");
    stand.agrees(&partitions[0]);
    partitions[0].clone()
}

/// The same for a group whose target commit is the replicator's affair: it is awaited, then judged.
#[track_caller]
pub fn synced(lab: &Lab, group_name: &str, stand: &Stand<'_>) -> Value {
    let partitions = group(lab, group_name, stand.exit());
    assert_eq!(partitions.len(), 1, "{partitions:#?}");
    stand.agrees(&partitions[0]);
    partitions[0].clone()
}

/// The one element of a JSON array.
#[track_caller]
pub fn only(list: &Value) -> &Value {
    let list = list.as_array().unwrap_or_else(|| panic!("not a list: {list}"));
    assert_eq!(list.len(), 1, "not exactly one: {list:#?}");
    &list[0]
}
