use std::collections::BTreeMap;
use std::sync::Arc;

use parity::translate::{self, Options, Point, Translation, Why};
use parity::{Ignore, PartitionLog, ReadError};
use runbook::world::{BornSpan, Isolation, Place, Side, Twin, TwinsSeen};

use super::{Clusters, NotObserved, isolation};
use crate::setting::{is_compacted, is_stamped};
use crate::{Cluster, LeftOut, PartitionReader, Patience, ReadOptions, Topic, TopicState};

/// The exact position on one side of positions on the other, each partition's at once.
pub(super) fn observe(
    clusters: &Clusters<'_>,
    places: &[Place],
    visible: Isolation,
    toward: Side,
    without: &[BornSpan],
    patience: &Patience,
) -> Result<TwinsSeen, NotObserved> {
    let mut names: Vec<&str> = places.iter().map(|place| place.topic.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let [source, target] = [clusters.source, clusters.target];
    let (on_source, on_target) = (source.topics(&names, patience)?, target.topics(&names, patience)?);
    let (ours, theirs) = (source.topic_configs(&names, patience)?, target.topic_configs(&names, patience)?);
    // Of a record it does not matter which way it is looked for: what the target stamps is left out either way.
    let ((from, at_from, of_from), (to, at_to)) = match toward {
        Side::Target => ((source, &on_source, &ours), (target, &on_target)),
        Side::Source => ((target, &on_target, &theirs), (source, &on_source)),
    };
    let mut partitions: BTreeMap<(&str, i32), Vec<&Place>> = BTreeMap::new();
    for place in places {
        partitions.entry((&place.topic, place.partition)).or_default().push(place);
    }
    let mut found: BTreeMap<&Place, Twin> = BTreeMap::new();
    for ((topic, partition), places) in partitions {
        let open = |cluster: &Arc<Cluster>, topics: &[Topic]| {
            let there = there(cluster, topics, topic, partition)?;
            let options = ReadOptions::new(isolation(visible), patience.clone());
            let reader = PartitionReader::new(Arc::clone(cluster), there, partition, None, options);
            let is_target = Arc::ptr_eq(cluster, target);
            let left_out = LeftOut::of(if is_target { without } else { &[] }, reader.partition());
            Ok(reader.without(left_out))
        };
        let twins =
            open(from, at_from).and_then(|here| Ok((here, open(to, at_to)?))).and_then(|(here, there)| {
                let timestamp = is_stamped(target.name(), topic, theirs.get(topic))?;
                let options = Options {
                    ignore: Ignore { timestamp, ..Ignore::NOTHING },
                    compacted: is_compacted(from.name(), topic, of_from.get(topic))?,
                    read_bytes: clusters.max_read,
                    ..Options::default()
                };
                translated(here, there, &places, &options, toward).map_err(|error| error.to_string())
            });
        match twins {
            Ok(twins) => found.extend(places.into_iter().zip(twins)),
            Err(why) => {
                let unknown = |place: &Place| Twin {
                    place: place.clone(),
                    target: None,
                    proved: false,
                    why: Some(why.clone()),
                };
                found.extend(places.into_iter().map(|place| (place, unknown(place))));
            }
        }
    }
    Ok(TwinsSeen { twins: places.iter().filter_map(|place| found.get(place).cloned()).collect() })
}

fn there<'a>(
    cluster: &Cluster,
    topics: &'a [Topic],
    name: &str,
    partition: i32,
) -> Result<&'a Topic, String> {
    let side = cluster.name();
    match topics.iter().find(|topic| topic.name == name).map(|topic| (topic.state, topic)) {
        Some((TopicState::Present, topic)) if topic.partitions.iter().any(|p| p.partition == partition) => {
            Ok(topic)
        }
        Some((TopicState::Present, _)) => {
            Err(format!("topic {name} has no partition {partition} on the {side} cluster"))
        }
        Some((TopicState::Absent, _)) => Err(format!("topic {name} is not on the {side} cluster")),
        Some((TopicState::NotAuthorised, _)) => {
            Err(format!("not authorised to describe topic {name} on the {side} cluster"))
        }
        Some((TopicState::Failed(code), _)) => Err(format!("topic {name} on the {side} cluster: {code}")),
        None => Err(format!("topic {name} was not told by the {side} cluster")),
    }
}

fn translated(
    mut from: PartitionReader,
    mut to: PartitionReader,
    places: &[&Place],
    options: &Options,
    toward: Side,
) -> Result<Vec<Twin>, ReadError> {
    // The side that is looked on is measured first: what it has was on the other one then.
    to.bounds()?;
    from.bounds()?;
    let points: Vec<Point> =
        places.iter().map(|place| Point { committed: Some(place.offset), target_committed: None }).collect();
    let translations = translate::translate(&mut from, &mut to, &points, &[], options);
    from.check_identity()?;
    to.check_identity()?;
    places
        .iter()
        .zip(translations)
        .map(|(place, translation)| twin(place, &translation, toward, &mut to))
        .collect()
}

/// A place from which records are delivered that are no part of the copy is no twin.
fn twin(
    place: &Place,
    translation: &Translation,
    toward: Side,
    to: &mut PartitionReader,
) -> Result<Twin, ReadError> {
    let found = translation.exact_target.map(|at| to.behind_left_out(at)).transpose()?;
    let born = found.map(|at| to.left_out_from(at)).transpose()?.unwrap_or(0);
    let proved = found.is_some() && translation.proof.is_some() && born == 0;
    let known = translation.unproved.as_ref().or(translation.why.as_ref());
    let why = || match known {
        _ if translation.proof.is_some() && born > 0 => {
            format!("{born} records born on the target lie behind it, and would be delivered")
        }
        Some(why) => told(why, toward),
        None => "it is not proved".to_owned(),
    };
    Ok(Twin { place: place.clone(), target: found, proved, why: (!proved).then(why) })
}

/// A reason in the words of the two clusters: on the way back what is translated calls the target its source.
fn told(why: &Why, toward: Side) -> String {
    let why = why.to_string();
    if toward == Side::Target {
        return why;
    }
    let swapped = why.split_inclusive(|sign: char| !sign.is_alphanumeric()).map(|word| {
        match word.trim_end_matches(|sign: char| !sign.is_alphanumeric()) {
            "source" => word.replace("source", "target"),
            "target" => word.replace("target", "source"),
            _ => word.to_owned(),
        }
    });
    swapped.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_names_the_clusters_as_they_are() {
        let why = Why::NotReplicated { last: 7, frontier: Some(5) };
        let there = "the last finished record (source offset 7) is not on the target yet; replicated up to source offset 5";
        let back = "the last finished record (target offset 7) is not on the source yet; replicated up to target offset 5";
        assert_eq!(told(&why, Side::Target), there);
        assert_eq!(told(&why, Side::Source), back);
    }
}
