use std::collections::{BTreeSet, HashSet};

use lab::{Cluster, Produce, Record};

use crate::labs::now;
use crate::ledger::{Finding, Ledger};

/// One partition, copied by a replicator that makes mistakes on purpose and keeps a ledger of them.
///
/// Offsets are counted along: a transaction leaves a marker behind it, and what is aborted stays in the log.
#[derive(Debug)]
pub struct Replica {
    partition: i32,
    source: Vec<Write>,
    target: Vec<Write>,
    /// The next offset of either side.
    source_next: i64,
    target_next: i64,
    /// What has been copied faithfully since the last mistake: source offset, target offset, record.
    calm: Vec<(i64, i64, Record)>,
    made: i64,
    begin: i64,
    ledger: Ledger,
    findings: BTreeSet<Finding>,
}

/// What is written in one go.
#[derive(Debug)]
enum Write {
    Plain(Vec<Record>),
    Committed(Vec<Record>),
    Aborted(Vec<Record>),
}

/// The field of a record that a replicator changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    Key,
    Value,
    NullToEmpty,
    Header,
    Timestamp,
}

impl Change {
    pub const ALL: [Change; 5] =
        [Change::Key, Change::Value, Change::NullToEmpty, Change::Header, Change::Timestamp];

    /// The word of the contract.
    fn field(self) -> &'static str {
        match self {
            Change::Key => "key",
            Change::Value | Change::NullToEmpty => "value",
            Change::Header => "headers",
            Change::Timestamp => "timestamp",
        }
    }
}

impl Replica {
    pub fn new(partition: i32) -> Replica {
        Replica {
            partition,
            source: Vec::new(),
            target: Vec::new(),
            source_next: 0,
            target_next: 0,
            calm: Vec::new(),
            made: 0,
            // A day ago, so that no timestamp lies in the future.
            begin: now() - 86_400_000,
            ledger: Ledger::default(),
            findings: BTreeSet::new(),
        }
    }

    /// The next source offset.
    pub fn source_next(&self) -> i64 {
        self.source_next
    }

    pub fn target_next(&self) -> i64 {
        self.target_next
    }

    /// Records copied faithfully since the last mistake.
    pub fn calm(&self) -> usize {
        self.calm.len()
    }

    /// New records of the source.
    fn make(&mut self, count: usize) -> Vec<Record> {
        let made = (self.made..).take(count).map(|n| {
            Record::keyed(format!("key-{}", n % 97), format!("p{} value-{n:07}", self.partition))
                .to(self.partition)
                .at(self.begin + n)
        });
        let made = made.collect();
        self.made += i64::try_from(count).unwrap();
        made
    }

    fn write_source(&mut self, records: Vec<Record>) -> i64 {
        let at = self.source_next;
        self.source_next += length(&records);
        append(&mut self.source, records);
        at
    }

    fn write_target(&mut self, records: Vec<Record>) -> i64 {
        let at = self.target_next;
        self.target_next += length(&records);
        append(&mut self.target, records);
        at
    }

    fn find(&mut self, kind: &str, count: usize, source: Option<i64>, target: Option<i64>) {
        let span = |at: i64| (at, at + i64::try_from(count).unwrap() - 1);
        self.findings.insert(Finding {
            partition: self.partition.into(),
            kind: kind.to_owned(),
            count: count as u64,
            source: source.map(span),
            target: target.map(span),
            field: None,
        });
        self.calm.clear();
    }

    /// Copies faithfully.
    pub fn copy(&mut self, count: usize) {
        let records = self.make(count);
        let (source, target) = (self.write_source(records.clone()), self.write_target(records.clone()));
        self.copied(records, source, target);
    }

    /// Copies a committed transaction faithfully, with or without transactions of its own on the target.
    pub fn transaction(&mut self, count: usize, exactly_once: bool) {
        let records = self.make(count);
        let (source, target) = (self.source_next, self.target_next);
        self.source.push(Write::Committed(records.clone()));
        self.source_next += length(&records) + 1;
        if exactly_once {
            self.target.push(Write::Committed(records.clone()));
            self.target_next += length(&records) + 1;
        } else {
            self.write_target(records.clone());
        }
        self.copied(records, source, target);
    }

    fn copied(&mut self, records: Vec<Record>, source: i64, target: i64) {
        self.ledger.matched += records.len() as u64;
        let pairs = records.into_iter().zip(0..).map(|(record, n)| (source + n, target + n, record));
        self.calm.extend(pairs);
    }

    /// An aborted transaction on the source, which a replicator that reads uncommitted records copies.
    pub fn abort(&mut self, count: usize, copied: bool) {
        let records = self.make(count);
        self.source.push(Write::Aborted(records.clone()));
        self.source_next += length(&records) + 1;
        if copied {
            let target = self.write_target(records);
            self.ledger.extra += count as u64;
            self.find("extra", count, None, Some(target));
        }
    }

    /// Loses records.
    pub fn lose(&mut self, count: usize) {
        let records = self.make(count);
        let source = self.write_source(records);
        self.ledger.missing += count as u64;
        self.find("missing", count, Some(source), None);
    }

    /// Changes one record.
    pub fn alter(&mut self, change: Change) {
        let mut record = self.make(1).remove(0);
        if change == Change::NullToEmpty {
            record.value = None;
        }
        let mut altered = record.clone();
        match change {
            Change::Key => altered.key = Some(b"another".to_vec()),
            Change::Value => altered.value = Some([altered.value.unwrap(), b"!".to_vec()].concat()),
            Change::NullToEmpty => altered.value = Some(Vec::new()),
            Change::Header => altered.headers.push(("added".to_owned(), None)),
            Change::Timestamp => altered.timestamp = altered.timestamp.map(|at| at + 1),
        }
        let (source, target) = (self.write_source(vec![record]), self.write_target(vec![altered]));
        self.ledger.altered += 1;
        self.find("altered", 1, Some(source), Some(target));
        let found = self.findings.iter().find(|f| f.kind == "altered" && f.field.is_none()).unwrap().clone();
        self.findings.remove(&found);
        self.findings.insert(Finding { field: Some(change.field().to_owned()), ..found });
    }

    /// Lets two neighbours change places.
    pub fn swap(&mut self) {
        let records = self.make(2);
        let source = self.write_source(records.clone());
        let target = self.write_target(records.into_iter().rev().collect());
        self.ledger.matched += 2;
        self.ledger.reordered += 2;
        self.find("reordered", 2, Some(source), Some(target));
    }

    /// Copies the last records again, at most all since the last mistake.
    pub fn repeat(&mut self, count: usize) {
        let from = self.calm.len() - count.min(self.calm.len());
        let again: Vec<(i64, i64, Record)> = self.calm.split_off(from);
        // Only neighbours make one finding: from the last marker on.
        let from = (1..again.len()).rev().find(|&n| again[n].0 != again[n - 1].0 + 1).unwrap_or(0);
        let again = &again[from..];
        let Some(first) = again.first().map(|first| first.0) else { return };
        let target = self.write_target(again.iter().map(|(_, _, record)| record.clone()).collect());
        self.ledger.duplicated += again.len() as u64;
        self.find("duplicated", again.len(), Some(first), Some(target));
    }

    /// Records that never were on the source.
    pub fn foreign(&mut self, count: usize) {
        let at = self.begin + self.made;
        let records = (0..count)
            .map(|n| Record::keyed("foreign", format!("{} {n}", self.target_next)).to(self.partition).at(at));
        let target = self.write_target(records.collect());
        self.ledger.extra += count as u64;
        self.find("extra", count, None, Some(target));
    }

    /// What must be found.
    pub fn ledger(&self) -> Ledger {
        Ledger { findings: Some(self.findings.clone()), ..self.ledger.clone() }
    }

    /// The target offset of the first record at or behind a source offset that has arrived in order; the target's end
    /// if there is none.
    pub fn place(&self, committed: i64) -> i64 {
        let to_come: Vec<Record> =
            visible(&self.source).into_iter().filter(|(at, _)| *at >= committed).map(|(_, r)| r).collect();
        let target = visible(&self.target);
        let first = to_come.iter().find_map(|wanted| target.iter().find(|(_, record)| record == wanted));
        first.map_or(self.target_next, |(at, _)| *at)
    }

    /// What a group is never given, and what it is given again, that has committed this on the source and goes on
    /// there on the target: by counting, as all records differ.
    pub fn meaning(&self, committed: i64, at: i64) -> (u64, u64) {
        let delivered: HashSet<Record> =
            visible(&self.target).into_iter().filter(|(offset, _)| *offset >= at).map(|(_, r)| r).collect();
        let (finished, to_come): (Vec<_>, Vec<_>) =
            visible(&self.source).into_iter().partition(|(offset, _)| *offset < committed);
        let skipped = to_come.iter().filter(|(_, record)| !delivered.contains(record)).count();
        let replayed = finished.iter().filter(|(_, record)| delivered.contains(record)).count();
        (skipped as u64, replayed as u64)
    }

    /// Writes both sides; `id` names the transactions.
    pub fn write(&self, source: &Cluster, target: &Cluster, topic: &str, how: &Produce, id: &str) {
        self.write_source_only(source, topic, how, id);
        self.write_to(target, &self.target, topic, how, id);
    }

    /// Writes the source and leaves the copying to a replicator.
    pub fn write_source_only(&self, source: &Cluster, topic: &str, how: &Produce, id: &str) {
        self.write_to(source, &self.source, topic, how, id);
    }

    fn write_to(&self, cluster: &Cluster, writes: &[Write], topic: &str, how: &Produce, id: &str) {
        let mut transactions = None;
        for write in writes {
            let (records, commit) = match write {
                Write::Plain(records) => {
                    cluster.produce(topic, records.clone(), how).unwrap();
                    continue;
                }
                Write::Committed(records) => (records, true),
                Write::Aborted(records) => (records, false),
            };
            let id = format!("{id}-{}-{}", cluster.side, self.partition);
            let transactions = transactions.get_or_insert_with(|| cluster.transactions(&id, how).unwrap());
            transactions.begin().unwrap();
            transactions.send(topic, records.clone()).unwrap();
            if commit { transactions.commit() } else { transactions.abort() }.unwrap();
        }
    }
}

/// What a reader of committed records sees, with its offsets.
fn visible(writes: &[Write]) -> Vec<(i64, Record)> {
    let mut next = 0;
    let mut seen = Vec::new();
    for write in writes {
        let (records, markers) = match write {
            Write::Plain(records) => (records, 0),
            Write::Committed(records) | Write::Aborted(records) => (records, 1),
        };
        if !matches!(write, Write::Aborted(_)) {
            seen.extend((next..).zip(records.iter().cloned()));
        }
        next += length(records) + markers;
    }
    seen
}

fn append(writes: &mut Vec<Write>, records: Vec<Record>) {
    match writes.last_mut() {
        Some(Write::Plain(last)) => last.extend(records),
        _ => writes.push(Write::Plain(records)),
    }
}

fn length(records: &[Record]) -> i64 {
    i64::try_from(records.len()).unwrap()
}
