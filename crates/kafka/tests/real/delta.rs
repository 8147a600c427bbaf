//! What a run has compared once it does not read again.

use super::{case, connect, patience};
use kafka::Cluster;
use kafka::observe::{Clusters, Cuts};
use lab::{Produce, Record, Topic};
use runbook::world::{ContentCounts, ContentSeen, Isolation, Measured, Probe};
use std::sync::Arc;

struct Sides {
    source: Arc<Cluster>,
    target: Arc<Cluster>,
}

impl Sides {
    /// The topic compared, and the bytes that were read for it.
    fn content(&self, topic: &str, cuts: &Cuts) -> (ContentSeen, u64) {
        let clusters = Clusters { cuts: Some(cuts), ..super::clusters(&self.source, &self.target) };
        let probe = Probe::Content {
            topic: topic.to_owned(),
            isolation: Isolation::ReadCommitted,
            ignore_headers: Vec::new(),
            settle_ms: 2_000,
            sample: None,
            without: Vec::new(),
        };
        let before = self.source.traffic().bytes_received() + self.target.traffic().bytes_received();
        match clusters.observe(&probe, &patience()).unwrap().unwrap().measured {
            Measured::Content(seen) => (
                seen,
                self.source.traffic().bytes_received() + self.target.traffic().bytes_received() - before,
            ),
            other => panic!("{other:?}"),
        }
    }
}

fn records(from: usize, to: usize) -> impl Iterator<Item = Record> {
    (from..to).map(|n| Record::value(format!("{n:0>500}")).to(0).at(1_700_000_000_000 + n as i64))
}

fn matched_and_missing(seen: &ContentSeen) -> (u64, u64) {
    match seen.partitions[0].counts {
        ContentCounts::Records(counts) => (counts.matched, counts.missing),
        ContentCounts::Keys(_) => panic!("compared by key"),
    }
}

#[test]
fn only_what_came_since_is_read_and_a_difference_is_looked_at_from_the_start() {
    let case = case("delta");
    let topic = case.name("t");
    let write = |side: &lab::Cluster, from, to| {
        side.produce(
            &topic,
            records(from, to),
            &Produce { compression: "none".into(), ..Produce::default() },
        )
        .unwrap();
    };
    for side in [case.source(), case.target()] {
        side.create_topic(&Topic::new(&topic)).unwrap();
        write(side, 0, 2_000);
    }
    let sides = Sides { source: Arc::new(connect(case.source())), target: Arc::new(connect(case.target())) };
    let cuts = Cuts::default();
    let (seen, whole) = sides.content(&topic, &cuts);
    assert_eq!(matched_and_missing(&seen), (2_000, 0));
    assert!(whole > 2_000_000, "{whole}");
    for side in [case.source(), case.target()] {
        write(side, 2_000, 2_010);
    }
    let (seen, delta) = sides.content(&topic, &cuts);
    assert_eq!(matched_and_missing(&seen), (2_010, 0), "the answer is about the whole topic");
    assert!(delta < whole / 10, "{delta} of {whole}");
    assert!(seen.notes[0].contains("2000 source records were compared earlier"), "{:?}", seen.notes);
    // One record is lost, and found; a look after that is whole again.
    write(case.source(), 2_010, 2_012);
    write(case.target(), 2_011, 2_012);
    let (seen, _) = sides.content(&topic, &cuts);
    assert_eq!(matched_and_missing(&seen), (2_011, 1));
    let (seen, again) = sides.content(&topic, &cuts);
    assert_eq!(matched_and_missing(&seen), (2_011, 1));
    assert!(again > whole / 2, "{again} of {whole}");
}
