use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use serde::Serialize;

use super::control::names;
use super::{AppSpec, Entry};
use crate::error::{LabError, Result};
use crate::side::Side;

/// How many ids a report names of each kind; the counts are complete.
const EXAMPLES: usize = 10;

/// What all applications of a lab did, by record id: the truth that a cutover's outcome is compared with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Ledger {
    /// Records written and acknowledged, on either cluster.
    pub produced: u64,
    /// Records refused or given up.
    pub refused: u64,
    /// What each group made of each topic.
    pub groups: Vec<GroupLedger>,
}

/// What one group made of one topic.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
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
    /// Adds up the ledgers of all applications of a lab.
    ///
    /// # Errors
    /// If a ledger cannot be read or has a damaged line. Half a line at its end, which a killed application
    /// leaves, is passed over.
    pub fn read(lab: &Path) -> Result<Ledger> {
        let mut entries = Vec::new();
        for name in names(lab)? {
            read_entries(&AppSpec::home(lab, &name).join("ledger.jsonl"), &mut entries)?;
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
        ledger
    }

    /// The line of a group and topic.
    pub fn group(&self, group: &str, topic: &str) -> Option<&GroupLedger> {
        self.groups.iter().find(|line| line.group == group && line.topic == topic)
    }
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
