use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Serialize;

use super::control::names;
use super::{AppSpec, Entry};
use crate::error::{LabError, Result};
use crate::files;
use crate::side::Side;

/// How many ids a report names of each kind; the counts are complete.
const EXAMPLES: usize = 10;

/// What all applications of a lab did, by record id: the truth that a cutover's outcome is compared with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Ledger {
    /// Records written and acknowledged, on either cluster.
    pub produced: u64,
    /// Records refused or given up.
    pub refused: u64,
    /// Records that groups passed over, of all groups and topics.
    pub lost: u64,
    /// Times that groups processed a record again, of all groups and topics.
    pub repeated: u64,
    /// What each group made of each topic.
    pub groups: Vec<GroupLedger>,
}

/// What one group made of one topic.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct GroupLedger {
    /// The group.
    pub group: String,
    /// The topic.
    pub topic: String,
    /// Different records it processed.
    pub processed: u64,
    /// Records it passed over: acknowledged, never processed, while a later one of the same partition was. Later is
    /// a higher offset, and between records of different clusters the later acknowledgement.
    pub lost: u64,
    /// Records it has not come to yet.
    pub pending: u64,
    /// Times it processed a record again.
    pub duplicated: u64,
    /// Records it processed that no application of the lab has acknowledged.
    pub foreign: u64,
    /// The first ids of the lost.
    pub lost_ids: Vec<String>,
    /// The first ids of those processed more than once.
    pub duplicated_ids: Vec<String>,
}

/// Where and when a record was written.
#[derive(Debug, Clone, Copy)]
struct Born {
    side: Side,
    partition: i32,
    offset: i64,
    at: i64,
}

/// How far a group came in the records of one cluster and partition.
#[derive(Debug, Clone, Copy)]
struct Reached {
    offset: i64,
    at: i64,
}

impl Ledger {
    /// Adds up the ledgers of all applications of a lab. What they wrote on the target before its topics were deleted
    /// (`Lab::recopy`) exists no more, and counts nowhere.
    ///
    /// # Errors
    /// If a ledger cannot be read or has a damaged line. Half a line at its end, which a killed application
    /// leaves, is passed over.
    pub fn read(lab: &Path) -> Result<Ledger> {
        let mut entries = Vec::new();
        for name in names(lab)? {
            read_entries(&AppSpec::home(lab, &name).join("ledger.jsonl"), &mut entries)?;
        }
        if let Some(at) = deleted_at(lab)? {
            leave_out_deleted(at, &mut entries);
        }
        Ok(Ledger::of(&entries))
    }

    /// Adds up entries.
    pub fn of(entries: &[Entry]) -> Ledger {
        let mut ledger = Ledger::default();
        let mut born: BTreeMap<&str, BTreeMap<&str, Born>> = BTreeMap::new();
        let mut times: BTreeMap<(&str, &str), BTreeMap<&str, u64>> = BTreeMap::new();
        for entry in entries {
            match entry {
                Entry::Produced { id, side, topic, partition, offset, at } => {
                    ledger.produced += 1;
                    let place = Born { side: *side, partition: *partition, offset: *offset, at: *at };
                    born.entry(topic).or_default().insert(id, place);
                }
                Entry::Refused { .. } => ledger.refused += 1,
                Entry::Processed { id, group, topic, .. } => {
                    *times.entry((group, topic)).or_default().entry(id).or_default() += 1;
                }
                Entry::Started { .. }
                | Entry::Committed { .. }
                | Entry::Trouble { .. }
                | Entry::Stopped { .. } => {}
            }
        }
        let none = BTreeMap::new();
        ledger.groups = times
            .iter()
            .map(|((group, topic), times)| {
                group_ledger(group, topic, times, born.get(topic).unwrap_or(&none))
            })
            .collect();
        ledger.lost = ledger.groups.iter().map(|line| line.lost).sum();
        ledger.repeated = ledger.groups.iter().map(|line| line.duplicated).sum();
        ledger
    }

    /// The line of a group and topic.
    pub fn group(&self, group: &str, topic: &str) -> Option<&GroupLedger> {
        self.groups.iter().find(|line| line.group == group && line.topic == topic)
    }
}

/// The file that says when topics of the target were deleted last: milliseconds since 1970.
fn deleted(lab: &Path) -> PathBuf {
    lab.join("apps").join("target-deleted")
}

/// Notes that topics of the target were deleted at this moment.
pub(crate) fn note_deleted(lab: &Path, at: i64) -> Result<()> {
    let path = deleted(lab);
    if !lab.join("apps").is_dir() {
        return Ok(());
    }
    files::write(&path, &at.to_string())
}

fn deleted_at(lab: &Path) -> Result<Option<i64>> {
    let path = deleted(lab);
    let text = match std::fs::read_to_string(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        other => other.map_err(LabError::file("read", &path))?,
    };
    let at = text.trim().parse().map_err(|error| {
        LabError::file("understand", &path)(std::io::Error::other(format!("{text:?}: {error}")))
    })?;
    Ok(Some(at))
}

/// Leaves out what is about records that were written on the target before this moment.
fn leave_out_deleted(before: i64, entries: &mut Vec<Entry>) {
    let gone: BTreeSet<String> = entries
        .iter()
        .filter_map(|entry| match entry {
            Entry::Produced { id, side: Side::Target, at, .. } if *at < before => Some(id.clone()),
            _ => None,
        })
        .collect();
    entries.retain(|entry| match entry {
        Entry::Produced { id, .. } | Entry::Processed { id, .. } => !gone.contains(id),
        _ => true,
    });
}

fn group_ledger(
    group: &str,
    topic: &str,
    times: &BTreeMap<&str, u64>,
    born: &BTreeMap<&str, Born>,
) -> GroupLedger {
    // The last record of each partition that was processed, of those born on either cluster: what lies before it was
    // passed over.
    let mut reached: BTreeMap<(Side, i32), Reached> = BTreeMap::new();
    for id in times.keys() {
        if let Some(Born { side, partition, offset, at }) = born.get(id).copied() {
            let last = reached.entry((side, partition)).or_insert(Reached { offset, at });
            *last = Reached { offset: last.offset.max(offset), at: last.at.max(at) };
        }
    }
    let passed_over = |place: &Born| {
        [Side::Source, Side::Target].into_iter().any(|side| {
            reached.get(&(side, place.partition)).is_some_and(|last| {
                if side == place.side { place.offset < last.offset } else { place.at < last.at }
            })
        })
    };
    let mut lost: BTreeSet<(Side, i32, i64, &str)> = BTreeSet::new();
    let mut line = GroupLedger { group: group.into(), topic: topic.into(), ..GroupLedger::default() };
    for (id, place) in born {
        if !times.contains_key(id) {
            if passed_over(place) {
                lost.insert((place.side, place.partition, place.offset, id));
            } else {
                line.pending += 1;
            }
        }
    }
    line.lost = lost.len() as u64;
    line.lost_ids = lost.iter().take(EXAMPLES).map(|(.., id)| (*id).to_owned()).collect();
    for (id, times) in times {
        line.processed += 1;
        line.duplicated += times - 1;
        if *times > 1 && line.duplicated_ids.len() < EXAMPLES {
            line.duplicated_ids.push((*id).to_owned());
        }
        if !born.contains_key(id) {
            line.foreign += 1;
        }
    }
    line
}

fn read_entries(path: &Path, entries: &mut Vec<Entry>) -> Result<()> {
    let file = File::open(path).map_err(LabError::file("read", path))?;
    let mut reader = BufReader::new(file);
    let mut line = Vec::new();
    let mut number = 0;
    loop {
        line.clear();
        number += 1;
        let read = reader.read_until(b'\n', &mut line).map_err(LabError::file("read", path))?;
        if read == 0 || line.last() != Some(&b'\n') {
            return Ok(());
        }
        let entry = serde_json::from_slice(&line).map_err(|error| {
            LabError::file("understand", path)(std::io::Error::other(format!("line {number}: {error}")))
        })?;
        entries.push(entry);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn produced(side: Side, offset: i64) -> Entry {
        let id = format!("{side}-{offset}");
        Entry::Produced { id, side, topic: "orders".into(), partition: 0, offset, at: offset }
    }

    fn processed(id: &str, side: Side, offset: i64) -> Entry {
        Entry::Processed {
            id: id.into(),
            group: "settlement".into(),
            side,
            topic: "orders".into(),
            partition: 0,
            offset,
            at: 0,
        }
    }

    #[test]
    fn lost_pending_duplicated_and_foreign_are_told_apart_across_a_switch() {
        let mut entries: Vec<Entry> = (0..10).map(|offset| produced(Side::Source, offset)).collect();
        entries.extend((0..4).map(|n| processed(&format!("source-{n}"), Side::Source, n)));
        // On the target the group starts over at 2 and later leaves out 5.
        entries.extend([2, 3, 4, 6, 7].map(|n| processed(&format!("source-{n}"), Side::Target, n)));
        entries.push(processed("somebody-else", Side::Target, 20));
        let ledger = Ledger::of(&entries);
        let line = ledger.group("settlement", "orders").unwrap();
        assert_eq!((line.processed, line.lost, line.pending, line.duplicated, line.foreign), (8, 1, 2, 2, 1));
        assert_eq!(line.lost_ids, ["source-5"]);
        assert_eq!(line.duplicated_ids, ["source-2", "source-3"]);
        assert_eq!(ledger.produced, 10);
        assert_eq!((ledger.lost, ledger.repeated), (1, 2));
    }

    #[test]
    fn a_tail_that_was_left_out_before_the_first_record_of_the_other_cluster_is_lost() {
        let mut entries: Vec<Entry> = (0..5).map(|offset| produced(Side::Source, offset)).collect();
        entries.extend((0..3).map(|n| processed(&format!("source-{n}"), Side::Source, n)));
        entries.extend((5..7).map(|offset| produced(Side::Target, offset)));
        let line = |entries: &[Entry]| {
            let ledger = Ledger::of(entries);
            ledger.group("settlement", "orders").map(|line| (line.lost, line.pending)).unwrap()
        };
        assert_eq!(line(&entries), (0, 4));
        entries.push(processed("target-5", Side::Target, 5));
        assert_eq!(line(&entries), (2, 1));
    }

    #[test]
    fn what_was_deleted_with_the_topics_of_the_target_is_not_lost() {
        let dir = tempfile::tempdir().unwrap();
        let home = AppSpec::home(dir.path(), "checkout");
        std::fs::create_dir_all(&home).unwrap();
        let mut entries: Vec<Entry> = (0..2).map(|offset| produced(Side::Source, offset)).collect();
        entries.extend([5, 6].map(|offset| produced(Side::Target, offset)));
        entries.push(processed("target-6", Side::Target, 6));
        entries.push(produced(Side::Source, 7));
        entries.extend([0, 1, 7].map(|n| processed(&format!("source-{n}"), Side::Source, n)));
        // Written after that, and passed over.
        entries.extend([8, 9].map(|offset| produced(Side::Target, offset)));
        entries.push(processed("target-9", Side::Target, 9));
        let lines: String =
            entries.iter().map(|entry| serde_json::to_string(entry).unwrap() + "\n").collect();
        std::fs::write(home.join("ledger.jsonl"), lines).unwrap();
        let count = || {
            let ledger = Ledger::read(dir.path()).unwrap();
            (ledger.produced, ledger.lost, ledger.repeated, ledger.groups[0].lost_ids.clone())
        };
        assert_eq!(count(), (7, 2, 0, vec!["target-5".to_owned(), "target-8".to_owned()]));
        note_deleted(dir.path(), 7).unwrap();
        assert_eq!(count(), (5, 1, 0, vec!["target-8".to_owned()]));
    }

    #[test]
    fn half_a_line_at_the_end_is_passed_over_and_any_other_damage_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ledger.jsonl");
        let line = serde_json::to_string(&produced(Side::Source, 1)).unwrap();
        std::fs::write(&path, format!("{line}\n{}", &line[..20])).unwrap();
        let mut entries = Vec::new();
        read_entries(&path, &mut entries).unwrap();
        assert_eq!(entries, [produced(Side::Source, 1)]);
        std::fs::write(&path, format!("{}\n{line}\n", &line[..20])).unwrap();
        let error = read_entries(&path, &mut Vec::new()).unwrap_err().to_string();
        assert!(error.contains("line 1"), "{error}");
    }
}
