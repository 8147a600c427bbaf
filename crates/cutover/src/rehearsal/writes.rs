//! Whether the applications write: how far the source's logs reach, looked at every two seconds while a run goes.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use journal::Growth;
use kafka::{Cluster, Patience, TopicPartition};

const EVERY: Duration = Duration::from_secs(2);
/// A look that takes longer is none.
const LOOK: Duration = Duration::from_secs(10);
/// So long after a run the applications have to begin to write again.
const AGAIN_WITHIN: Duration = Duration::from_secs(60);

/// Offsets all topics reach together, with the moment of the look.
pub(super) type Looks = Vec<(Timestamp, i64)>;

pub(super) struct Writes {
    looks: Arc<Mutex<Looks>>,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Writes {
    pub fn watch(source: Arc<Cluster>, topics: Vec<String>) -> Writes {
        let (looks, over) = (Arc::new(Mutex::new(Looks::new())), Arc::new(AtomicBool::new(false)));
        let (seen, asked) = (Arc::clone(&looks), Arc::clone(&over));
        let thread = std::thread::spawn(move || {
            while !asked.load(Ordering::Relaxed) {
                let at = Timestamp::now();
                // A broker that is away is another finding; the next look may see it again.
                if let Some(reach) = reach(&source, &topics) {
                    seen.lock().unwrap_or_else(PoisonError::into_inner).push((at, reach));
                }
                std::thread::sleep(EVERY);
            }
        });
        Writes { looks, over, thread: Some(thread) }
    }

    fn looks(&self) -> Looks {
        self.looks.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until so many looks were made: a run may stop the producers a second after it begins, and one look shows no
    /// growth. A source that cannot be looked at is not waited for.
    pub fn await_looks(&self, count: usize) {
        let until = Instant::now() + AGAIN_WITHIN;
        while Instant::now() < until && self.looks().len() < count {
            std::thread::sleep(EVERY / 4);
        }
    }

    /// Waits for a while until the logs grow after `since`.
    pub fn await_growth_since(&self, since: Timestamp) {
        let until = Instant::now() + AGAIN_WITHIN;
        while Instant::now() < until && grown(&self.looks(), since, Timestamp::MAX).records <= 0 {
            std::thread::sleep(EVERY / 2);
        }
    }

    pub fn stop(&mut self) -> Looks {
        self.over.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // A look that failed has been left out already.
            let _ = thread.join();
        }
        self.looks()
    }
}

/// How far the topics reach together; `None` when any of it is not told.
fn reach(source: &Cluster, topics: &[String]) -> Option<i64> {
    let patience = Patience::new(LOOK);
    let told = source.topics(topics, &patience).ok()?;
    let partitions: Vec<TopicPartition> = told
        .iter()
        .flat_map(|topic| {
            topic
                .partitions
                .iter()
                .map(|partition| TopicPartition { topic: topic.name.clone(), partition: partition.partition })
        })
        .collect();
    if partitions.is_empty() {
        return None;
    }
    let ends = source.ends(&partitions, &patience).ok()?;
    ends.into_values().map(|ends| ends.ok().map(|ends| ends.high_watermark)).sum()
}

/// What was written within a time.
pub(super) fn grown(looks: &Looks, from: Timestamp, to: Timestamp) -> Growth {
    let within: Vec<i64> =
        looks.iter().filter(|(at, _)| *at >= from && *at <= to).map(|(_, reach)| *reach).collect();
    let records = within.last().zip(within.first()).map_or(0, |(last, first)| last - first);
    let still = within.windows(2).filter(|pair| pair[1] <= pair[0]).count();
    let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    Growth { records, looks: count(within.len()), still: count(still) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_is_counted_between_looks_within_the_time_alone() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let looks = vec![(at(1), 10), (at(3), 20), (at(5), 20), (at(7), 25), (at(9), 90)];
        assert_eq!(grown(&looks, at(2), at(8)), Growth { records: 5, looks: 3, still: 1 });
        // One look shows no growth, and none neither.
        assert_eq!(grown(&looks, at(9), at(9)), Growth { records: 0, looks: 1, still: 0 });
        assert_eq!(grown(&looks, at(10), at(20)), Growth::default());
    }
}
