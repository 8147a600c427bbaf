//! Source offsets in the billions, as on a topic of many years: real ones, on a real broker.

use std::path::Path;

use lab::{Cluster, Flow, LabSpec, Position, Replicator, TestLab, Topic};

use crate::AT_MOST;
use crate::ask::{compare, exact, group, replay, skip, stands};
use crate::labs::{await_end, records, write};
use crate::ledger::{Finding, Ledger};

crate::cases!(
    copied:;
    by_hand:
        offsets_in_the_billions_are_offsets
);

/// Above what an unsigned integer of 32 bits holds.
const BASE: i64 = 5_000_000_000;

fn offsets_in_the_billions_are_offsets() {
    let lab =
        TestLab::new(&LabSpec { replicator: Replicator::None, users: Vec::new(), ..LabSpec::default() });
    let case = lab.case("billions");
    let topic = case.name("orders");
    case.source().create_topic(&Topic::new(&topic)).unwrap();
    let all = records(1_000);
    write(case.source(), &topic, all[..700].to_vec());
    case.stop("source/broker-1").unwrap();
    lift(case.source(), &topic, 0, BASE);
    case.start("source/broker-1").unwrap();
    assert_eq!(case.source().watermarks(&topic).unwrap()[&0], (BASE, BASE + 700));
    write(case.source(), &topic, all[700..].to_vec());
    let drained = case.name("drained");
    case.source().commit(&drained, &[Position::new(&topic, 0, BASE + 1_000)]).unwrap();
    lab.add_worker("billions", vec![Flow::named("billions", "billions-.*", "billions-.*")], [].into())
        .unwrap();
    await_end(&case, &topic, 1_000);
    compare(&case, &topic, &Ledger { findings: Some([].into()), ..Ledger::matched(1_000) });
    stands(&case, &topic, BASE, 0, &exact(0));
    stands(&case, &topic, BASE + 123, 123, &exact(123));
    stands(&case, &topic, BASE + 800, 750, &replay(800, 50));
    stands(&case, &topic, BASE + 800, 801, &skip(800, 1));
    case.await_committed(&drained, &topic, &[(0, 1_000)].into(), AT_MOST).unwrap();
    exact(1_000).agrees(&group(&case, &drained, 0)[0]);
    // Both offsets of a finding are right as well.
    case.target().delete_records(&topic, 0, 400).unwrap();
    let finding = Finding {
        partition: 0,
        kind: "missing".to_owned(),
        count: 400,
        source: Some((BASE, BASE + 399)),
        target: None,
        field: None,
    };
    let ledger = Ledger { missing: 400, findings: Some([finding].into()), ..Ledger::matched(600) };
    compare(&case, &topic, &ledger);
}

/// Moves all records of a partition of a stopped broker up by `base` offsets, as if as many had been removed before
/// them: base offsets stand outside what a batch's CRC covers.
fn lift(cluster: &Cluster, topic: &str, partition: i32, base: i64) {
    let data = &cluster.brokers[0].data;
    let folder = data.join(format!("{topic}-{partition}"));
    let mut end = base;
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if let Some(first) = name.strip_suffix(".log") {
            let first: i64 = first.parse().unwrap();
            let (log, next) = lifted(std::fs::read(&path).unwrap(), base);
            std::fs::write(folder.join(format!("{:020}.log", first + base)), log).unwrap();
            end = end.max(next);
        }
        if [".log", ".index", ".timeindex", ".snapshot", ".txnindex"].iter().any(|end| name.ends_with(end)) {
            std::fs::remove_file(path).unwrap();
        }
    }
    std::fs::write(folder.join("leader-epoch-checkpoint"), format!("0\n1\n0 {base}\n")).unwrap();
    note(&data.join("recovery-point-offset-checkpoint"), topic, partition, base);
    note(&data.join("log-start-offset-checkpoint"), topic, partition, base);
    note(&data.join("replication-offset-checkpoint"), topic, partition, end);
    // Without the sign of an orderly end the broker reads the segments and builds their indexes anew.
    std::fs::remove_file(data.join(".kafka_cleanshutdown")).unwrap();
}

/// The batches of a segment with other base offsets, and the offset behind the last record.
fn lifted(mut log: Vec<u8>, base: i64) -> (Vec<u8>, i64) {
    let (mut at, mut next) = (0, base);
    while at + 27 <= log.len() {
        let number = |from: usize, length: usize| {
            log[from..from + length].iter().fold(0_i64, |number, byte| number << 8 | i64::from(*byte))
        };
        let (first, length, last_delta) = (number(at, 8) + base, number(at + 8, 4), number(at + 23, 4));
        next = first + last_delta + 1;
        log[at..at + 8].copy_from_slice(&first.to_be_bytes());
        at += 12 + usize::try_from(length).unwrap();
    }
    (log, next)
}

/// Sets a partition's offset in one of the broker's checkpoint files: version, number of lines, lines.
fn note(path: &Path, topic: &str, partition: i32, offset: i64) {
    let text = std::fs::read_to_string(path).unwrap();
    let of = format!("{topic} {partition} ");
    let mut lines: Vec<String> =
        text.lines().skip(2).filter(|line| !line.starts_with(&of)).map(str::to_owned).collect();
    lines.push(format!("{of}{offset}"));
    std::fs::write(path, format!("0\n{}\n{}\n", lines.len(), lines.join("\n"))).unwrap();
}
