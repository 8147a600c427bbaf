use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use parity::translate::{self, Options, Point, Translation};
use parity::{PartitionLog, ReadError};
use runbook::world::{Outcome, PartitionPosition};

use super::in_parallel::in_parallel;
use crate::{
    Cluster, ClusterError, Code, Commits, Isolation, PartitionReader, Patience, ReadOptions, Topic,
    TopicPartition, TopicState,
};

/// Partitions translated at once.
const PARTITIONS_AT_ONCE: usize = 4;

/// How groups are translated.
#[derive(Debug, Clone)]
pub struct PositionOptions {
    pub isolation: Isolation,
    /// Only these topics; `None`: every topic a group has a commit on.
    pub topics: Option<BTreeSet<String>>,
    /// Bytes per partition for the tail proof.
    pub max_read: u64,
}

/// Where one group stands on both sides.
#[derive(Debug, Clone)]
pub struct GroupPositions {
    pub group: String,
    /// Every partition with a commit on either side, sorted.
    pub partitions: Vec<PartitionPosition>,
    /// Why this is not the whole truth, or why there is nothing.
    pub why: Option<String>,
}

/// The commits of one group, told by both sides.
struct Told {
    group: String,
    source: BTreeMap<TopicPartition, i64>,
    target: BTreeMap<TopicPartition, i64>,
    why: Vec<String>,
}

/// Translates groups; one answer per group, in their order. Commits are read before the ends, the target before the
/// source, so that a group that moves on meanwhile can only be older than what it is compared with.
///
/// # Errors
/// A side that cannot be asked at all. What goes wrong with one group or partition is in its answer.
pub fn positions(
    source: &Arc<Cluster>,
    target: &Arc<Cluster>,
    groups: &[String],
    options: &PositionOptions,
    patience: &Patience,
    hear: &(dyn Fn(&TopicPartition) + Sync),
) -> Result<Vec<GroupPositions>, ClusterError> {
    let on_target = target.commits(groups, patience)?;
    let on_source = source.commits(groups, patience)?;
    let hidden = hidden(source, target, options, patience)?;
    let told: Vec<Told> = groups
        .iter()
        .map(|group| {
            let mut why = hidden.clone();
            let target = offsets(target, on_target.get(group), options, &mut why);
            let source = offsets(source, on_source.get(group), options, &mut why);
            if source.is_empty() && target.is_empty() && why.is_empty() {
                why.push("no commits on either side".to_owned());
            }
            Told { group: group.clone(), source, target, why }
        })
        .collect();

    let partitions: BTreeSet<&TopicPartition> =
        told.iter().flat_map(|told| told.source.keys().chain(told.target.keys())).collect();
    let partitions: Vec<&TopicPartition> = partitions.into_iter().collect();
    let topics = [topics_of(source, &partitions, patience)?, topics_of(target, &partitions, patience)?];
    let translated = in_parallel(&partitions, PARTITIONS_AT_ONCE, |partition| {
        hear(partition);
        let points: Vec<Point> = told.iter().map(|told| point(told, partition)).collect();
        translate_partition(source, target, partition, &points, [&topics[0], &topics[1]], options, patience)
    });
    let mut answers: Vec<GroupPositions> = told
        .iter()
        .map(|told| GroupPositions {
            group: told.group.clone(),
            partitions: Vec::new(),
            why: (!told.why.is_empty()).then(|| told.why.join("; ")),
        })
        .collect();
    for (partition, translations) in partitions.iter().zip(translated) {
        for ((answer, told), translation) in answers.iter_mut().zip(&told).zip(translations) {
            let point = point(told, partition);
            if point.committed.is_none() && point.target_committed.is_none() {
                continue;
            }
            answer.partitions.push(position(partition, &point, translation));
        }
    }
    Ok(answers)
}

/// Named topics this principal may not describe: Kafka leaves their commits out without a word, and what is left out
/// would look as if there were nothing to say about it.
fn hidden(
    source: &Cluster,
    target: &Cluster,
    options: &PositionOptions,
    patience: &Patience,
) -> Result<Vec<String>, ClusterError> {
    let mut hidden = Vec::new();
    let named: Vec<&String> = options.topics.iter().flatten().collect();
    for cluster in [source, target] {
        for topic in cluster.topics(&named, patience)? {
            let side = cluster.name();
            match topic.state {
                TopicState::Present | TopicState::Absent => {}
                TopicState::NotAuthorised => {
                    hidden.push(format!(
                        "not authorised to describe topic {} on the {side} cluster",
                        topic.name
                    ));
                }
                TopicState::Failed(code) => {
                    hidden.push(format!("topic {} on the {side} cluster: {code}", topic.name));
                }
            }
        }
    }
    Ok(hidden)
}

fn offsets(
    cluster: &Cluster,
    told: Option<&Result<Commits, Code>>,
    options: &PositionOptions,
    why: &mut Vec<String>,
) -> BTreeMap<TopicPartition, i64> {
    let mut offsets = BTreeMap::new();
    match told {
        Some(Ok(commits)) => {
            for (partition, commit) in commits {
                if options.topics.as_ref().is_some_and(|topics| !topics.contains(&partition.topic)) {
                    continue;
                }
                match commit {
                    Ok(commit) => drop(offsets.insert(partition.clone(), commit.offset)),
                    Err(code) => why.push(format!("the {} commit on {partition}: {code}", cluster.name())),
                }
            }
        }
        Some(Err(code)) => why.push(format!("its {} commits: {code}", cluster.name())),
        None => why.push(format!("its {} commits were not told", cluster.name())),
    }
    offsets
}

fn point(told: &Told, partition: &TopicPartition) -> Point {
    Point {
        committed: told.source.get(partition).copied(),
        target_committed: told.target.get(partition).copied(),
    }
}

type Topics = BTreeMap<String, Topic>;

fn topics_of(
    cluster: &Cluster,
    partitions: &[&TopicPartition],
    patience: &Patience,
) -> Result<Topics, ClusterError> {
    let names: BTreeSet<&str> = partitions.iter().map(|partition| partition.topic.as_str()).collect();
    let names: Vec<&str> = names.into_iter().collect();
    Ok(cluster.topics(&names, patience)?.into_iter().map(|topic| (topic.name.clone(), topic)).collect())
}

/// Either a translation, or why there can be none.
enum Translated {
    Done(Box<Translation>),
    /// The target has no such partition.
    NotThere(String),
    Unknown(String),
}

fn translate_partition(
    source: &Arc<Cluster>,
    target: &Arc<Cluster>,
    partition: &TopicPartition,
    points: &[Point],
    topics: [&Topics; 2],
    options: &PositionOptions,
    patience: &Patience,
) -> Vec<Translated> {
    let all = |outcome: fn(String) -> Translated, why: String| {
        points.iter().map(|_| outcome(why.clone())).collect()
    };
    let on_source = match presence(source, topics[0], partition) {
        Presence::There(topic) => topic,
        Presence::Absent(why) | Presence::Unknown(why) => return all(Translated::Unknown, why),
    };
    let on_target = match presence(target, topics[1], partition) {
        Presence::There(topic) => topic,
        Presence::Absent(why) => return all(Translated::NotThere, why),
        Presence::Unknown(why) => return all(Translated::Unknown, why),
    };
    let open = |cluster: &Arc<Cluster>, topic: &Topic| {
        let options = ReadOptions::new(options.isolation, patience.clone());
        PartitionReader::new(Arc::clone(cluster), topic, partition.partition, None, options)
    };
    match translate_points(open(source, on_source), open(target, on_target), points, options) {
        Ok(translations) => translations.into_iter().map(|done| Translated::Done(Box::new(done))).collect(),
        Err(error) => all(Translated::Unknown, error.to_string()),
    }
}

fn translate_points(
    mut source: PartitionReader,
    mut target: PartitionReader,
    points: &[Point],
    options: &PositionOptions,
) -> Result<Vec<Translation>, ReadError> {
    // The target is measured before the source: what it has was on the source then.
    target.bounds()?;
    source.bounds()?;
    let options = Options { read_bytes: options.max_read, ..Options::default() };
    let translations = translate::translate(&mut source, &mut target, points, &[], &options);
    source.check_identity()?;
    target.check_identity()?;
    Ok(translations)
}

enum Presence<'a> {
    There(&'a Topic),
    Absent(String),
    Unknown(String),
}

fn presence<'a>(cluster: &Cluster, topics: &'a Topics, partition: &TopicPartition) -> Presence<'a> {
    let side = cluster.name();
    match topics.get(&partition.topic) {
        Some(topic) => match topic.state {
            TopicState::Present if topic.partitions.iter().any(|p| p.partition == partition.partition) => {
                Presence::There(topic)
            }
            TopicState::Present => {
                Presence::Absent(format!("partition {partition} is not on the {side} cluster"))
            }
            TopicState::Absent => {
                Presence::Absent(format!("topic {} is not on the {side} cluster", partition.topic))
            }
            TopicState::NotAuthorised => Presence::Unknown(format!(
                "not authorised to describe topic {} on the {side} cluster",
                partition.topic
            )),
            TopicState::Failed(code) => {
                Presence::Unknown(format!("topic {} on the {side} cluster: {code}", partition.topic))
            }
        },
        None => Presence::Unknown(format!("topic {} was not told by the {side} cluster", partition.topic)),
    }
}

fn unprovable(partition: &TopicPartition, point: &Point, why: String) -> PartitionPosition {
    PartitionPosition {
        topic: partition.topic.clone(),
        partition: partition.partition,
        source_committed: point.committed,
        target_committed: point.target_committed,
        exact_target: None,
        exact_proved: false,
        outcome: Outcome::Unprovable,
        records: None,
        bytes: None,
        event_time_ms: None,
        why: Some(why),
    }
}

fn position(partition: &TopicPartition, point: &Point, translated: Translated) -> PartitionPosition {
    let translation = match translated {
        Translated::Unknown(why) => return unprovable(partition, point, why),
        Translated::NotThere(why) => {
            return PartitionPosition { outcome: Outcome::Untranslated, ..unprovable(partition, point, why) };
        }
        Translated::Done(translation) => *translation,
    };
    let outcome = match translation.outcome {
        translate::Outcome::Exact => Outcome::Exact,
        translate::Outcome::Replay => Outcome::Replay,
        translate::Outcome::Skip => Outcome::Skip,
        translate::Outcome::Ambiguous => Outcome::Ambiguous,
        translate::Outcome::Untranslated => Outcome::Untranslated,
        translate::Outcome::Unprovable => Outcome::Unprovable,
    };
    PartitionPosition {
        exact_target: translation.exact_target,
        exact_proved: translation.exact_target.is_some() && translation.proof.is_some(),
        outcome,
        records: translation.size.map(|size| size.records),
        bytes: translation.size.map(|size| size.bytes),
        event_time_ms: translation.size.map(|size| size.event_time_ms()),
        why: translation.why.map(|why| why.to_string()),
        ..unprovable(partition, point, String::new())
    }
}
