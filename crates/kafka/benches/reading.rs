//! `cargo bench -p cutover-kafka --bench reading`: what reading records costs, beside librdkafka on the same records.
//!
//! Ratios are what counts: both readers take turns on one topic of one lab, five times each.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench prints, and has failed when it cannot go on"
)]

use kafka::{Cluster, Isolation, PartitionReader, Patience, ReadOptions, properties};
use lab::{LabSpec, Produce, Record, Replicator, TestLab, Topic};
use parity::{Limit, PartitionLog, Pull, RecordSource};
use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::{Message, Offset, TopicPartitionList};
use std::sync::Arc;
use std::time::{Duration, Instant};

const RECORDS: i64 = 1_000_000;
const PROBES: i64 = 1_000;
const TURNS: usize = 5;

fn main() {
    let lab = TestLab::new(&LabSpec { replicator: Replicator::None, ..LabSpec::default() });
    let cluster = lab.source();
    let how = Produce { compression: "lz4".into(), ..Produce::default() };
    cluster.create_topic(&Topic::new("bench")).unwrap();
    for chunk in 0..RECORDS / 100_000 {
        let value = |n: i64| Record::value(format!("{:0>100}", chunk * 100_000 + n));
        cluster.produce("bench", (0..100_000).map(value), &how).unwrap();
    }
    let config = properties::from_file("source", &cluster.properties).unwrap();
    let patience = Patience::new(Duration::from_secs(3_600));
    let connected = Arc::new(Cluster::connect(config, &patience).unwrap());
    let topic = connected.topics(&["bench"], &patience).unwrap().remove(0);
    let options = ReadOptions::new(Isolation::ReadCommitted, patience.clone());
    let reader = || PartitionReader::new(Arc::clone(&connected), &topic, 0, None, options.clone());

    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..TURNS {
        ours.push(timed(|| {
            let mut stream = reader().open(0, i64::MAX).unwrap();
            let mut count = 0;
            while stream.pull(&mut |image| count += i64::from(image.value.is_some())).unwrap() != Pull::End {}
            assert_eq!(count, RECORDS);
        }));
        theirs.push(timed(|| librdkafka(&cluster.bootstrap)));
    }
    let per_record = |times: &[Duration]| summary(times, RECORDS);
    println!("stream, ns a record of 100 B:      {}", per_record(&ours));
    println!("librdkafka, safe poll, the same:   {}", per_record(&theirs));
    println!("librdkafka / ours:                 {:.2}", middle(&theirs) / middle(&ours));

    let probes: Vec<Duration> = (0..TURNS)
        .map(|_| {
            let mut reader = reader();
            reader.bounds().unwrap();
            timed(|| {
                for n in 0..PROBES {
                    let window = reader.read(n * 7_919 % RECORDS, Limit::records(9)).unwrap();
                    assert!(!window.records.is_empty());
                }
            })
        })
        .collect();
    println!("window at a random offset, ns:     {}", summary(&probes, PROBES));
}

fn librdkafka(bootstrap: &str) {
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", bootstrap)
        .set("group.id", "bench")
        .set("enable.auto.commit", "false")
        .set("enable.partition.eof", "true")
        .set("check.crcs", "true")
        .set("isolation.level", "read_committed")
        .set("auto.offset.reset", "error")
        .set("fetch.queue.backoff.ms", "5")
        .set("queued.min.messages", "50000");
    let consumer: BaseConsumer = config.create().unwrap();
    let mut list = TopicPartitionList::new();
    list.add_partition_offset("bench", 0, Offset::Beginning).unwrap();
    consumer.assign(&list).unwrap();
    let mut count = 0;
    while count < RECORDS {
        let message = consumer.poll(Duration::from_secs(60)).unwrap().unwrap();
        count += i64::from(message.payload().is_some());
    }
}

fn timed(work: impl FnOnce()) -> Duration {
    let since = Instant::now();
    work();
    since.elapsed()
}

fn middle(times: &[Duration]) -> f64 {
    let mut times = times.to_vec();
    times.sort();
    times[times.len() / 2].as_secs_f64()
}

fn summary(times: &[Duration], count: i64) -> String {
    let nanos = |time: f64| time * 1e9 / f64::from(i32::try_from(count).unwrap());
    let (least, most) = (times.iter().min().unwrap(), times.iter().max().unwrap());
    format!(
        "{:>8.0}  ({:.0} to {:.0})",
        nanos(middle(times)),
        nanos(least.as_secs_f64()),
        nanos(most.as_secs_f64())
    )
}
