use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use parity::Ignore;
use parity::ordered::Head;

use super::topic_comparison::TopicOutcome;
use crate::setting::{is_compacted, is_stamped};
use crate::{Cluster, ClusterError, Code, Configs, Patience, Topic, TopicState};

/// One topic on both sides, as it was before reading.
pub(super) struct Pair {
    pub name: String,
    /// Sorted partition numbers, the same on both sides.
    pub partitions: Vec<i32>,
    pub source: Topic,
    pub target: Topic,
    pub source_configs: Configs,
    pub target_configs: Configs,
    /// The target sets timestamps itself.
    pub is_stamped: bool,
    /// Headers that are not compared.
    pub ignore_headers: Vec<String>,
}

impl Pair {
    /// Latest values of keys are what counts, not records in order.
    pub fn is_compacted(&self) -> bool {
        has_policy(&self.source_configs, "compact")
    }

    /// What the target rewrites and so cannot be compared, and what was asked to be left out.
    pub fn ignored(&self) -> Ignore {
        let headers = self.ignore_headers.iter().map(|name| name.clone().into_bytes()).collect();
        Ignore { timestamp: self.is_stamped, headers }
    }

    /// What retention can explain at the head of the source's log.
    pub fn source_head(&self, log_start: i64) -> Head {
        head(log_start, &self.source_configs)
    }

    /// What retention can explain at the head of the target's log. Of a compacted topic only what the source would have
    /// removed as well: a copy that forgets live keys by their age has lost them.
    pub fn target_head(&self, log_start: i64) -> Head {
        if self.is_compacted() && !has_policy(&self.source_configs, "delete") {
            return Head { log_start, ..Head::default() };
        }
        head(log_start, &self.target_configs)
    }

    /// The side that removes tombstones first, and how long it keeps them.
    pub fn tombstones_kept(&self) -> Option<(&'static str, Duration)> {
        let kept = |side, configs: &Configs| {
            let kept = value(configs, "delete.retention.ms")?.parse().ok()?;
            has_policy(configs, "compact").then_some((side, Duration::from_millis(kept)))
        };
        let sides = [kept("source", &self.source_configs), kept("target", &self.target_configs)];
        sides.into_iter().flatten().min_by_key(|(_, kept)| *kept)
    }
}

fn value<'a>(configs: &'a Configs, name: &str) -> Option<&'a str> {
    configs.get(name).and_then(|config| config.value.as_deref())
}

fn has_policy(configs: &Configs, policy: &str) -> bool {
    value(configs, "cleanup.policy").is_some_and(|all| all.split(',').any(|one| one.trim() == policy))
}

fn head(log_start: i64, configs: &Configs) -> Head {
    let number =
        |name| value(configs, name).and_then(|value| value.parse::<i64>().ok()).filter(|value| *value >= 0);
    let deletes = has_policy(configs, "delete");
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX));
    Head {
        log_start,
        removed_before: number("retention.ms").filter(|_| deletes).map(|retention| now - retention),
        limited_by_size: deletes && number("retention.bytes").is_some(),
    }
}

/// Topics that can be compared, and why the others cannot; in the order of the names.
pub(super) fn pairs(
    source: &Cluster,
    target: &Cluster,
    names: &[String],
    patience: &Patience,
) -> Result<Vec<Result<Pair, TopicOutcome>>, ClusterError> {
    let (here, there) = std::thread::scope(|scope| {
        let here = scope.spawn(|| described(source, names, patience));
        let there = described(target, names, patience);
        (here.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)), there)
    });
    let ((on_source, mut source_configs), (on_target, mut target_configs)) = (here?, there?);
    let pairs = on_source.into_iter().zip(on_target).map(|(here, there)| {
        let name = here.name.clone();
        for (cluster, topic) in [(source, &here), (target, &there)] {
            if let Some(why) = not_readable(cluster, topic) {
                return Err(TopicOutcome::unknown(&name, why));
            }
        }
        let numbers = |topic: &Topic| topic.partitions.iter().map(|p| p.partition).collect::<Vec<_>>();
        let (partitions, others) = (numbers(&here), numbers(&there));
        if partitions != others {
            let why = format!("{} partitions on source, {} on target", partitions.len(), others.len());
            return Err(TopicOutcome::unknown(&name, why));
        }
        let (ours, theirs) = (source_configs.remove(&name), target_configs.remove(&name));
        // What decides how the records are compared: neither is guessed.
        let known = is_compacted(source.name(), &name, ours.as_ref())
            .and_then(|_| is_stamped(target.name(), &name, theirs.as_ref()));
        let is_stamped = known.map_err(|why| TopicOutcome::unknown(&name, why))?;
        let told = |told: Option<Result<Configs, Code>>| told.and_then(Result::ok).unwrap_or_default();
        Ok(Pair {
            partitions,
            source_configs: told(ours),
            target_configs: told(theirs),
            is_stamped,
            name,
            source: here,
            target: there,
            ignore_headers: Vec::new(),
        })
    });
    Ok(pairs.collect())
}

/// Why a topic that was there before may no longer be the one that was read: its id differs, or it is gone.
pub(super) fn changed(
    source: &Cluster,
    target: &Cluster,
    pairs: &[&Pair],
    patience: &Patience,
) -> Result<BTreeMap<String, String>, ClusterError> {
    let names: Vec<&str> = pairs.iter().map(|pair| pair.name.as_str()).collect();
    let mut changed = BTreeMap::new();
    for (cluster, ids) in [
        (source, pairs.iter().map(|pair| pair.source.id).collect::<Vec<_>>()),
        (target, pairs.iter().map(|pair| pair.target.id).collect()),
    ] {
        for (topic, id) in cluster.topics(&names, patience)?.into_iter().zip(ids) {
            let why = match not_readable(cluster, &topic) {
                Some(why) => Some(format!("{why} any more")),
                None if topic.id != id => {
                    Some(format!("was recreated on the {} cluster while it was read", cluster.name()))
                }
                None => None,
            };
            if let Some(why) = why {
                changed.insert(topic.name, why);
            }
        }
    }
    Ok(changed)
}

fn not_readable(cluster: &Cluster, topic: &Topic) -> Option<String> {
    match topic.state {
        TopicState::Present => None,
        TopicState::Absent => Some(format!("topic {} is not on the {} cluster", topic.name, cluster.name())),
        TopicState::NotAuthorised => {
            Some(format!("not authorised to describe topic {} on the {} cluster", topic.name, cluster.name()))
        }
        TopicState::Failed(code) => {
            Some(format!("topic {} on the {} cluster: {code}", topic.name, cluster.name()))
        }
    }
}

/// The configurations of topics that are there, or why they are not told.
type Told = BTreeMap<String, Result<Configs, Code>>;

/// The topics of one side, and their configurations.
fn described(
    cluster: &Cluster,
    names: &[String],
    patience: &Patience,
) -> Result<(Vec<Topic>, Told), ClusterError> {
    let topics = cluster.topics(names, patience)?;
    let present: Vec<&str> =
        topics.iter().filter(|t| t.state == TopicState::Present).map(|t| t.name.as_str()).collect();
    let told = cluster.topic_configs(&present, patience)?;
    Ok((topics, told))
}
