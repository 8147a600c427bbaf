//! What runs in a process of its own, so that its processor time and memory are its own: `part SOURCE TARGET NAME …`.
//! Each prints one JSON object.

mod align;
mod inventory;
mod map;
mod read;
mod scan;
mod translate;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use kafka::{Cluster, Isolation, PartitionReader, Patience, ReadOptions, Topic, properties};

/// Both clusters, and one topic of each.
pub struct Sides {
    pub source: (Arc<Cluster>, Topic),
    pub target: (Arc<Cluster>, Topic),
    pub patience: Patience,
}

impl Sides {
    fn new(source: &str, target: &str, topic: &str) -> Sides {
        let patience = Patience::new(Duration::from_secs(3_600));
        let side = |name: &str, file: &str| {
            let cluster = connect(name, file, &patience);
            let topic = cluster.topics(&[topic], &patience).unwrap().remove(0);
            (cluster, topic)
        };
        Sides { source: side("source", source), target: side("target", target), patience: patience.clone() }
    }

    pub fn partitions(&self) -> Vec<i32> {
        self.source.1.partitions.iter().map(|partition| partition.partition).collect()
    }

    /// Readers of one partition, source and target.
    pub fn readers(&self, partition: i32) -> [PartitionReader; 2] {
        [&self.source, &self.target].map(|(cluster, topic)| {
            let options = ReadOptions::new(Isolation::ReadCommitted, self.patience.clone());
            PartitionReader::new(Arc::clone(cluster), topic, partition, None, options)
        })
    }

    /// Works on all partitions, as many at once as `cutover parity topic` does.
    pub fn each<T: Send>(&self, work: impl Fn(i32) -> T + Sync) -> Vec<T> {
        let (partitions, next) = (self.partitions(), std::sync::atomic::AtomicUsize::new(0));
        let done = std::sync::Mutex::new(Vec::new());
        std::thread::scope(|scope| {
            for _ in 0..4.min(partitions.len()) {
                scope.spawn(|| {
                    while let Some(partition) =
                        partitions.get(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed))
                    {
                        let one = work(*partition);
                        done.lock().unwrap().push(one);
                    }
                });
            }
        });
        done.into_inner().unwrap()
    }

    pub fn requests(&self) -> u64 {
        self.source.0.traffic().requests() + self.target.0.traffic().requests()
    }
}

fn connect(name: &str, file: &str, patience: &Patience) -> Arc<Cluster> {
    let config = properties::from_file(name, Path::new(file)).unwrap();
    Arc::new(Cluster::connect(config, patience).unwrap())
}

pub fn run(arguments: &[String]) {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let number = |text: &str| text.parse::<u64>().unwrap();
    let [source, target, name, topic, rest @ ..] = &words[..] else {
        panic!("part SOURCE TARGET NAME TOPIC …")
    };
    if *name == "inventory" {
        return inventory::run(&connect("source", source, &Patience::new(Duration::from_secs(3_600))));
    }
    let sides = Sides::new(source, target, topic);
    match (*name, rest) {
        ("align", [evidence]) => align::run(&sides, *evidence == "evidence"),
        ("read", []) => read::run(&sides),
        ("map", [count]) => map::run(&sides, number(count)),
        ("scan", [count, lead]) => scan::run(&sides, number(count), number(lead)),
        ("translate", [count, lead, how]) => translate::run(&sides, number(count), number(lead), how),
        _ => panic!("no such part: {arguments:?}"),
    }
}
