use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use parity::translate::Anchor;
use runbook::world::{self, Outcome, PartitionPosition};

use super::position;
use super::work::Answer;
use crate::mm2::{Checkpoint, CheckpointKey, Checkpoints, InternalTopicKind, Names, OffsetSyncs};
use crate::{Cluster, ClusterError, Isolation, Patience, ReadOptions, TopicPartition};

/// Whose publications are read.
#[derive(Debug, Clone, Default)]
pub struct AuditOptions {
    /// The alias of the source in MirrorMaker 2's names; `None`: whichever are found on the target.
    pub alias: Option<String>,
}

/// What MirrorMaker 2 published about positions, as far as it can be read.
#[derive(Debug, Default)]
pub(super) struct Publications {
    flows: Vec<(String, Checkpoints)>,
    anchors: BTreeMap<TopicPartition, Vec<Anchor>>,
    /// There is one topic of offset pairs, it could be read, and its oldest pairs were among what was read.
    pub pairs_known: bool,
    /// What could not be read, and what that leaves open.
    pub notes: Vec<String>,
}

/// Of each topic of offset pairs this many records are read: what lies further back is thinned out by the replicator.
const PAIRS_READ: i64 = 1 << 20;

impl Publications {
    /// Reads checkpoints from the target, and offset pairs from wherever they lie, for these topics.
    ///
    /// # Errors
    /// A side whose topics could not be listed. What cannot be read is in the notes.
    pub fn read(
        source: &Arc<Cluster>,
        target: &Arc<Cluster>,
        options: &AuditOptions,
        topics: &BTreeSet<String>,
        patience: &Patience,
    ) -> Result<Publications, ClusterError> {
        let names = Names::default();
        let reading = ReadOptions::new(Isolation::ReadCommitted, patience.clone());
        let recognised = |cluster: &Cluster| -> Result<Vec<_>, ClusterError> {
            let all = cluster.topics_all(patience)?;
            Ok(names.recognise(all.iter().map(|topic| topic.name.as_str())))
        };
        let (on_source, on_target) = (recognised(source)?, recognised(target)?);
        let mut read = Publications::default();
        let found = on_target.iter().filter(|topic| topic.kind == InternalTopicKind::Checkpoints);
        let mut flows: Vec<String> = found.filter_map(|topic| topic.alias.clone()).collect();
        if let Some(alias) = &options.alias {
            flows = vec![alias.clone()];
        }
        if flows.is_empty() {
            read.notes.push(
                "no checkpoints topic of MirrorMaker 2 can be seen on the target: what a replicator published is not \
                 judged"
                    .to_owned(),
            );
        }
        for alias in flows {
            read.flow(target, &names.checkpoints(&alias), alias, &reading);
        }
        let here = on_source.iter().map(|topic| (source, topic));
        let there = on_target.iter().map(|topic| (target, topic));
        let pairs: Vec<_> =
            here.chain(there).filter(|(_, topic)| topic.kind == InternalTopicKind::OffsetSyncs).collect();
        read.pairs_known = pairs.len() == 1;
        for (cluster, topic) in pairs {
            match OffsetSyncs::read_newest(cluster, &topic.name, Some(topics), PAIRS_READ, &reading) {
                Ok(Some(syncs)) => {
                    read.pairs_known &= !syncs.is_cut && syncs.unreadable.is_none();
                    for (partition, pairs) in syncs.pairs {
                        let anchors =
                            pairs.iter().map(|pair| Anchor { source: pair.source, target: pair.target });
                        read.anchors.entry(partition).or_default().extend(anchors);
                    }
                }
                // They only make the search shorter.
                Ok(None) | Err(_) => read.pairs_known = false,
            }
        }
        Ok(read)
    }

    fn flow(&mut self, target: &Arc<Cluster>, topic: &str, alias: String, reading: &ReadOptions) {
        let side = target.name();
        match Checkpoints::read(target, topic, reading) {
            Ok(Some(checkpoints)) => {
                if let Some(unreadable) = &checkpoints.unreadable {
                    self.notes.push(format!(
                        "{} records of {topic} on the {side} cluster are no checkpoints: {}",
                        unreadable.records, unreadable.first
                    ));
                }
                self.flows.push((alias, checkpoints));
            }
            Ok(None) => self.notes.push(format!(
                "topic {topic} is not on the {side} cluster: what replicator {alias} published is not judged"
            )),
            Err(error) => self.notes.push(format!(
                "topic {topic} on the {side} cluster: {error}: what replicator {alias} published is not judged"
            )),
        }
    }

    /// Whether any replicator's checkpoints could be read.
    pub fn is_readable(&self) -> bool {
        !self.flows.is_empty()
    }

    /// The newest checkpoint of a group on a partition, and whose it is. Where several replicators published one it
    /// cannot be told which counts: none.
    pub fn checkpoint(&self, group: &str, partition: &TopicPartition) -> Published {
        let key = CheckpointKey { group: group.to_owned(), partition: partition.clone() };
        let of_flow = |(alias, checkpoints): &'_ (String, Checkpoints)| {
            checkpoints.newest.get(&key).map(|checkpoint| (alias.clone(), checkpoint.clone()))
        };
        let mut found: Vec<(String, Checkpoint)> = self.flows.iter().filter_map(of_flow).collect();
        match (found.pop(), &self.flows[..]) {
            (Some((alias, checkpoint)), _) if found.is_empty() => Published::One(alias, checkpoint),
            (Some((alias, _)), _) => {
                Published::Several(found.into_iter().map(|(alias, _)| alias).chain([alias]).collect())
            }
            (None, [(only, _)]) => Published::Nothing(Some(only.clone())),
            (None, _) => Published::Nothing(None),
        }
    }

    /// Notes beside a position what was published for it, and by how much that is off.
    pub fn judge(
        &mut self,
        position: &mut PartitionPosition,
        published: &Published,
        checkpoint: Option<Answer<'_>>,
        group: &str,
    ) {
        let (replicator, checkpoint) = match (published, checkpoint) {
            (Published::Nothing(None), _) => return,
            (Published::Nothing(Some(replicator)), _) => (replicator.clone(), None),
            (Published::One(replicator, published), checkpoint) => {
                (replicator.clone(), Some(of_checkpoint(published, checkpoint)))
            }
            (Published::Several(aliases), _) => {
                self.notes.push(format!(
                    "several replicators published a checkpoint for group {group} on {}-{}: name one with \
                     --replicator-alias ({})",
                    position.topic,
                    position.partition,
                    aliases.join(", ")
                ));
                return;
            }
        };
        let committed = position.target_committed;
        position.published = Some(world::Published {
            replicator,
            commit_off_by: off_by(position.outcome, position.records).filter(|_| committed.is_some()),
            commit_is_checkpoint: checkpoint.as_ref().is_some_and(|found| Some(found.target) == committed),
            checkpoint,
        });
    }

    /// Pairs of offsets to begin a search from.
    pub fn anchors(&self, partition: &TopicPartition) -> &[Anchor] {
        self.anchors.get(partition).map_or(&[], Vec::as_slice)
    }

    /// Whether the replicator has a pair at or below this offset; `None`: not known.
    pub fn has_pair(&self, partition: &TopicPartition, committed: i64) -> Option<bool> {
        let pairs = self.anchors(partition);
        self.pairs_known.then(|| pairs.iter().any(|pair| pair.source <= committed))
    }
}

/// What was published for one group on one partition.
pub(super) enum Published {
    /// Nothing; and who could have, if there is one replicator only.
    Nothing(Option<String>),
    One(String, Checkpoint),
    /// By these.
    Several(Vec<String>),
}

fn of_checkpoint(checkpoint: &Checkpoint, answer: Option<Answer<'_>>) -> world::PublishedCheckpoint {
    let translation = match answer {
        Some(Answer::Done(translation)) => Some(translation),
        _ => None,
    };
    let outcome =
        translation.map_or(Outcome::Unprovable, |translation| position::outcome(translation.outcome));
    let records = translation.and_then(|translation| translation.size).map(|size| size.records);
    world::PublishedCheckpoint {
        source: checkpoint.source,
        target: checkpoint.target,
        exact_target: translation.and_then(|translation| translation.exact_target),
        outcome,
        off_by: off_by(outcome, records),
    }
}

/// Records by which a target offset is off: below 0 it is behind the exact place, above 0 ahead of it.
fn off_by(outcome: Outcome, records: Option<u64>) -> Option<i64> {
    let records = i64::try_from(records?).ok()?;
    match outcome {
        Outcome::Exact => Some(0),
        Outcome::Replay => Some(-records),
        Outcome::Skip => Some(records),
        Outcome::Ambiguous | Outcome::Untranslated | Outcome::Unprovable => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn behind_is_below_zero_and_what_is_not_measured_is_nothing() {
        assert_eq!(off_by(Outcome::Exact, Some(0)), Some(0));
        assert_eq!(off_by(Outcome::Replay, Some(123_456)), Some(-123_456));
        assert_eq!(off_by(Outcome::Skip, Some(3)), Some(3));
        assert_eq!(off_by(Outcome::Replay, None), None);
        assert_eq!(off_by(Outcome::Ambiguous, Some(3)), None);
    }

    fn flow(alias: &str, targets: &[i64]) -> (String, Checkpoints) {
        let key = CheckpointKey { group: "g".into(), partition: TopicPartition::new("t", 0) };
        let newest = targets
            .iter()
            .map(|target| (key.clone(), Checkpoint { source: 9, target: *target, metadata: String::new() }));
        (alias.to_owned(), Checkpoints { newest: newest.collect(), unreadable: None })
    }

    #[test]
    fn of_several_replicators_none_is_guessed() {
        let partition = TopicPartition::new("t", 0);
        let of =
            |flows: Vec<_>| Publications { flows, ..Publications::default() }.checkpoint("g", &partition);
        assert!(
            matches!(of(vec![flow("a", &[5]), flow("b", &[])]), Published::One(alias, c) if alias == "a" && c.target == 5)
        );
        assert!(
            matches!(of(vec![flow("a", &[5]), flow("b", &[6])]), Published::Several(both) if both == ["a", "b"])
        );
        assert!(matches!(of(vec![flow("a", &[])]), Published::Nothing(Some(alias)) if alias == "a"));
        assert!(matches!(of(vec![flow("a", &[]), flow("b", &[])]), Published::Nothing(None)));
        assert!(matches!(of(vec![]), Published::Nothing(None)));
    }
}
