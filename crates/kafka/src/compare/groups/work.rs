use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parity::ordered::Side;
use parity::translate::{self, Anchor, Options, Outcome, Point, Translation, Why};
use parity::{Ignore, ReadError};

use super::super::in_parallel::in_parallel;
use super::business_keys;
use super::position::TargetBorn;
use super::topics::{Compaction, Presence, Topics};
use super::{HearPositions, PositionOptions, PositionProgress};
use crate::mm2::Checkpoint;
use crate::{
    Cluster, ClusterError, Code, Ends, ErrorKind, LeftOut, PartitionReader, Patience, ReadOptions, Topic,
    TopicPartition,
};

/// Partitions translated at once.
const PARTITIONS_AT_ONCE: usize = 4;
/// Partitions whose ends are measured together: three requests per leader for all of them, and none of them is
/// translated so long after that retention has moved its log start.
const PARTITIONS_PER_CUT: usize = 256;

/// All different points of one partition.
pub(super) struct Work {
    pub partition: TopicPartition,
    /// The points of groups first, then those that are judged apart.
    pub points: Vec<Point>,
    /// How many are points of groups.
    of_groups: usize,
    anchors: Vec<Anchor>,
    index: HashMap<Point, usize>,
}

impl Work {
    pub fn new(partition: TopicPartition, anchors: Vec<Anchor>) -> Work {
        Work { partition, points: Vec::new(), of_groups: 0, anchors, index: HashMap::new() }
    }

    /// The number of this point, which is translated once however often it is asked for. All points of groups are asked
    /// for before any that is judged apart.
    pub fn ask(&mut self, point: Point) -> usize {
        let number = self.add(point);
        self.of_groups = self.points.len();
        number
    }

    /// The number of a replicator's translation.
    pub fn ask_apart(&mut self, checkpoint: &Checkpoint) -> usize {
        self.add(Point { committed: Some(checkpoint.source), target_committed: Some(checkpoint.target) })
    }

    fn add(&mut self, point: Point) -> usize {
        *self.index.entry(point).or_insert_with(|| {
            self.points.push(point);
            self.points.len() - 1
        })
    }
}

/// The answers of one partition, or why there are none.
pub(super) enum Translated {
    Done(Vec<Done>),
    /// The target has no such partition.
    NotThere(String),
    Unknown(String),
}

/// A translation, and what else was counted for it.
pub(super) struct Done {
    translation: Translation,
    business_keys: Option<Result<u64, String>>,
    target_born: TargetBorn,
    /// The place it is the translation of, where the group has no commit.
    would_begin: Option<i64>,
}

/// The answer to one point.
pub(super) enum Answer<'a> {
    Done(&'a Translation),
    NotThere(&'a str),
    Unknown(&'a str),
}

impl Translated {
    pub fn of(&self, point: usize) -> Answer<'_> {
        match self {
            Translated::Done(answers) => Answer::Done(&answers[point].translation),
            Translated::NotThere(why) => Answer::NotThere(why),
            Translated::Unknown(why) => Answer::Unknown(why),
        }
    }

    /// The business keys of what is replayed or skipped, where they were counted.
    pub fn business_keys(&self, point: usize) -> Option<&Result<u64, String>> {
        match self {
            Translated::Done(answers) => answers[point].business_keys.as_ref(),
            Translated::NotThere(_) | Translated::Unknown(_) => None,
        }
    }
}

impl Translated {
    /// Where a group without a commit begins on the source, if that is what was translated.
    pub fn would_begin(&self, point: usize) -> Option<i64> {
        match self {
            Translated::Done(answers) => answers[point].would_begin,
            Translated::NotThere(_) | Translated::Unknown(_) => None,
        }
    }

    /// What of the target would be delivered that is no part of the copy.
    pub fn target_born(&self, point: usize) -> Option<TargetBorn> {
        match self {
            Translated::Done(answers) => Some(answers[point].target_born),
            Translated::NotThere(_) | Translated::Unknown(_) => None,
        }
    }
}

/// Both clusters, with their topics.
struct Sides<'a> {
    source: &'a Arc<Cluster>,
    target: &'a Arc<Cluster>,
    on_source: Topics<'a>,
    on_target: Topics<'a>,
    options: &'a PositionOptions,
    patience: &'a Patience,
}

type Bounds = BTreeMap<TopicPartition, Result<Ends, Code>>;

/// Translates every partition; one answer for each, in their order.
pub(super) fn translate_all(
    source: &Arc<Cluster>,
    target: &Arc<Cluster>,
    works: &[Work],
    options: &PositionOptions,
    patience: &Patience,
    hear: HearPositions<'_>,
) -> Result<Vec<Translated>, ClusterError> {
    let names: BTreeSet<&str> = works.iter().map(|work| work.partition.topic.as_str()).collect();
    let on_target = Topics::describe(target, &names, patience)?;
    let on_source = Topics::describe(source, &names, patience)?;
    let sides = Sides { source, target, on_source, on_target, options, patience };
    let done = AtomicUsize::new(0);
    let mut all = Vec::with_capacity(works.len());
    for part in works.chunks(PARTITIONS_PER_CUT) {
        let translated = sides.translate_part(part, &|work| {
            let done = done.fetch_add(1, Ordering::Relaxed);
            hear(&PositionProgress { done, of: works.len(), partition: &work.partition });
        });
        match translated {
            Ok(translated) => all.extend(translated),
            // What was asked to stop, or answers from another cluster, must not look like a measurement.
            Err(error) if matches!(error.kind, ErrorKind::Stopped | ErrorKind::WrongCluster) => {
                return Err(error);
            }
            Err(error) => all.extend(part.iter().map(|_| Translated::Unknown(error.to_string()))),
        }
    }
    Ok(all)
}

impl Sides<'_> {
    fn translate_part(
        &self,
        works: &[Work],
        hear: &(dyn Fn(&Work) + Sync),
    ) -> Result<Vec<Translated>, ClusterError> {
        let there = |topics: &Topics<'_>, work: &&Work| {
            matches!(topics.presence(&work.partition), Presence::There(_))
        };
        let both = works.iter().filter(|work| there(&self.on_source, work) && there(&self.on_target, work));
        let both: Vec<TopicPartition> = both.map(|work| work.partition.clone()).collect();
        // The target is measured before the source: what it has was on the source then.
        let target_ends = self.target.ends(&both, self.patience)?;
        let source_ends = self.source.ends(&both, self.patience)?;
        let mut all = in_parallel(works, PARTITIONS_AT_ONCE, |work| {
            hear(work);
            self.translate(work, &source_ends, &target_ends)
        });
        let names: BTreeSet<&str> = both.iter().map(|partition| partition.topic.as_str()).collect();
        let mut changed = self.on_source.changed(&names, self.patience)?;
        changed.extend(self.on_target.changed(&names, self.patience)?);
        for (work, translated) in works.iter().zip(&mut all) {
            if let (Some(why), Translated::Done(_)) = (changed.get(&work.partition.topic), &translated) {
                *translated = Translated::Unknown(why.clone());
            }
        }
        Ok(all)
    }

    fn translate(&self, work: &Work, source_ends: &Bounds, target_ends: &Bounds) -> Translated {
        let on_source = match self.on_source.presence(&work.partition) {
            Presence::There(topic) => topic,
            Presence::Absent(why) | Presence::Unknown(why) => return Translated::Unknown(why),
        };
        let on_target = match self.on_target.presence(&work.partition) {
            Presence::There(topic) => topic,
            Presence::Absent(why) => return Translated::NotThere(why),
            Presence::Unknown(why) => return Translated::Unknown(why),
        };
        if let Some(why) = self.other_partition_count(&work.partition.topic) {
            return Translated::Unknown(why);
        }
        let stamped = match self.on_target.is_stamped(&work.partition.topic) {
            Ok(stamped) => stamped,
            Err(why) => return Translated::Unknown(why),
        };
        let source = match self.open(self.source, on_source, work, source_ends) {
            Ok(reader) => reader,
            Err(why) => return Translated::Unknown(why),
        };
        let target = match self.open(self.target, on_target, work, target_ends) {
            Ok(reader) => reader,
            Err(why) => return Translated::Unknown(why),
        };
        let target = target.without(LeftOut::of(&self.options.without, &work.partition));
        let (mut source, mut target) = (source, target);
        let ignore = Ignore { timestamp: stamped, ..Ignore::NOTHING };
        let compaction = self.on_source.compaction(&work.partition.topic);
        let options = Options {
            ignore,
            read_bytes: self.options.max_read,
            compacted: compaction == Compaction::Compacted,
            ..Options::default()
        };
        let mut translate = |points: &[Point], options: &Options| {
            translate::translate(&mut source, &mut target, points, &work.anchors, options)
        };
        let points: Vec<Point> =
            work.points.iter().map(|point| self.begun(point, source_ends.get(&work.partition))).collect();
        let (of_groups, apart) = points.split_at(work.of_groups);
        let mut translations = translate(of_groups, &options);
        if compaction == Compaction::NotTold {
            let compacted = translate(of_groups, &Options { compacted: true, ..options.clone() });
            for (answer, other) in translations.iter_mut().zip(compacted) {
                *answer = if_either(answer.clone(), other);
            }
        }
        if !apart.is_empty() {
            // Apart, so that what lies further back takes nothing from the proof of the groups' own positions.
            translations.extend(translate(apart, &options));
        }
        let asked = work.points.iter().zip(&points);
        let done = translations.into_iter().zip(asked).map(|(mut translation, (asked, point))| {
            let target_born = behind_what_is_left_out(&mut translation, point, &mut target);
            let would_begin = point.committed.filter(|_| asked.committed.is_none());
            let business_keys = self.business_keys(&translation, &mut source);
            Done { business_keys, translation, target_born, would_begin }
        });
        Translated::Done(done.collect())
    }

    /// A point without a commit on the source, at the place where its group begins there, if there is one.
    fn begun(&self, point: &Point, ends: Option<&Result<Ends, Code>>) -> Point {
        let (None, Some(_), Some(begins), Some(Ok(ends))) =
            (point.committed, point.target_committed, self.options.begins, ends)
        else {
            return *point;
        };
        let end = ends.end(self.options.isolation);
        Point { committed: begins.place(ends.log_start, end, ends.high_watermark), ..*point }
    }

    fn business_keys(
        &self,
        translation: &Translation,
        source: &mut PartitionReader,
    ) -> Option<Result<u64, String>> {
        let key = self.options.business_key.as_ref()?;
        match translation.outcome {
            Outcome::Exact => Some(Ok(0)),
            Outcome::Replay | Outcome::Skip => match translation.size {
                Some(size) if size.bytes <= self.options.max_read => {
                    Some(business_keys::count(source, &translation.ranges, key))
                }
                Some(size) => Some(Err(format!("{} bytes to be read, over --max-read", size.bytes))),
                None => Some(Err("how many records these are was not measured".to_owned())),
            },
            Outcome::Ambiguous | Outcome::Untranslated | Outcome::Unprovable => None,
        }
    }

    /// Keys do not lie in the same partitions where there are more or fewer of them: then a position says nothing about
    /// what the group has finished.
    fn other_partition_count(&self, topic: &str) -> Option<String> {
        let (here, there) = (self.on_source.partition_count(topic)?, self.on_target.partition_count(topic)?);
        let why = || format!("topic {topic} has {here} partitions on source, {there} on target");
        (here != there).then(why)
    }

    fn open(
        &self,
        cluster: &Arc<Cluster>,
        topic: &Topic,
        work: &Work,
        ends: &Bounds,
    ) -> Result<PartitionReader, String> {
        let partition = &work.partition;
        let ends = ends.get(partition).copied().unwrap_or(Err(Code(-1)));
        let ends = ends
            .map_err(|code| format!("the ends of {partition} on the {} cluster: {code}", cluster.name()))?;
        let options = ReadOptions::new(self.options.isolation, self.patience.clone());
        Ok(PartitionReader::new(Arc::clone(cluster), topic, partition.partition, Some(ends), options))
    }
}

/// Puts the exact position behind spans that are left out, where nothing else lies between, and counts what of them would
/// be delivered from it and from the commit.
fn behind_what_is_left_out(
    translation: &mut Translation,
    point: &Point,
    target: &mut PartitionReader,
) -> TargetBorn {
    let mut look = || -> Result<(Option<i64>, TargetBorn), ReadError> {
        let exact = translation.exact_target.map(|at| target.behind_left_out(at)).transpose()?;
        let at_exact = exact.map(|at| target.left_out_from(at)).transpose()?;
        let at_commit = point.target_committed.map(|at| target.left_out_from(at)).transpose()?;
        let (at_commit, at_exact) = (at_commit.unwrap_or(0), at_exact.unwrap_or(0));
        Ok((exact, TargetBorn { at_commit, at_exact }))
    };
    match look() {
        Ok((exact, born)) => {
            translation.exact_target = exact;
            born
        }
        Err(error) => {
            *translation = Translation {
                outcome: Outcome::Unprovable,
                size: None,
                span: None,
                ranges: Vec::new(),
                proof: None,
                why: Some(Why::Unreadable { side: Side::Target, error }),
                ..translation.clone()
            };
            TargetBorn::default()
        }
    }
}

/// The answer where it is not told whether the topic is compacted: what holds in either case.
fn if_either(answer: Translation, compacted: Translation) -> Translation {
    let same = answer.outcome == compacted.outcome
        && answer.exact_target == compacted.exact_target
        && answer.proof.is_some() == compacted.proof.is_some();
    if same || answer.exact_target.is_none() {
        return answer;
    }
    let detail = "whether the topic is compacted is not told (DESCRIBE_CONFIGS on the source topic), and it matters here";
    Translation {
        outcome: Outcome::Ambiguous,
        size: None,
        span: None,
        ranges: Vec::new(),
        why: Some(Why::TailUnproved { detail: detail.to_owned() }),
        proof: None,
        reset: None,
        ..answer
    }
}
