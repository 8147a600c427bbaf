use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// The last source record of a partition that a connector has copied and told Connect about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CopiedOffset {
    /// Alias of the source cluster.
    pub cluster: String,
    pub topic: String,
    pub partition: i32,
    /// Offset on the source; the connector goes on after it.
    pub offset: i64,
    pub connector: String,
}

/// `GET /connectors/{name}/offsets`.
#[derive(Deserialize)]
pub struct Offsets {
    offsets: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    partition: Value,
    offset: Value,
}

#[derive(Deserialize)]
struct Partition {
    cluster: String,
    topic: String,
    partition: i32,
}

#[derive(Deserialize)]
struct Offset {
    offset: i64,
}

/// The entries in MirrorMaker 2's own form, sorted. One in another form, a negative number, or two different offsets of
/// one partition make the whole answer unusable: a position is known or it is not.
pub fn copied(connector: &str, answer: Offsets) -> Result<Vec<CopiedOffset>, String> {
    let mut found = BTreeMap::new();
    for (number, entry) in answer.offsets.into_iter().enumerate() {
        // A position that was reset.
        if entry.offset.is_null() {
            continue;
        }
        let foreign = |_| format!("entry {number} is not a position of MirrorSourceConnector");
        let Partition { cluster, topic, partition } =
            serde_json::from_value(entry.partition).map_err(foreign)?;
        let Offset { offset } = serde_json::from_value(entry.offset).map_err(foreign)?;
        if partition < 0 || offset < 0 {
            return Err(format!("entry {number} has a negative partition or offset"));
        }
        let place = (cluster, topic, partition);
        if found.insert(place.clone(), offset).is_some_and(|before| before != offset) {
            return Err(format!(
                "topic {}, partition {partition} has two different offsets",
                place.1.escape_debug()
            ));
        }
    }
    let copied = found.into_iter().map(|((cluster, topic, partition), offset)| CopiedOffset {
        cluster,
        topic,
        partition,
        offset,
        connector: connector.to_owned(),
    });
    Ok(copied.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<CopiedOffset>, String> {
        copied("mirror", serde_json::from_str(text).unwrap())
    }

    #[test]
    fn positions_come_sorted() {
        // As a Connect worker 4.3.1 answers.
        let text = r#"{"offsets":[
            {"partition":{"cluster":"source","partition":1,"topic":"orders"},"offset":{"offset":199}},
            {"partition":{"cluster":"source","partition":0,"topic":"odd.name_1"},"offset":{"offset":6}},
            {"partition":{"cluster":"source","partition":0,"topic":"orders"},"offset":{"offset":2500000000}},
            {"partition":{"cluster":"source","partition":2,"topic":"orders"},"offset":null}]}"#;
        let positions: Vec<_> =
            read(text).unwrap().into_iter().map(|c| (c.topic, c.partition, c.offset)).collect();
        let expected = [("odd.name_1", 0, 6), ("orders", 0, 2_500_000_000), ("orders", 1, 199)];
        assert_eq!(
            positions,
            expected.map(|(topic, partition, offset)| (topic.to_owned(), partition, offset))
        );
        assert!(read(r#"{"offsets":[]}"#).unwrap().is_empty());
    }

    #[test]
    fn what_is_no_position_spoils_the_answer() {
        for (partition, offset, part) in [
            (
                r#"{"sourceClusterAlias":"a","targetClusterAlias":"b"}"#,
                r#"{"offset":0}"#,
                "is not a position",
            ),
            (r#"{"cluster":"a","topic":"t","partition":"0"}"#, r#"{"offset":0}"#, "is not a position"),
            (r#"{"cluster":"a","topic":"t","partition":3000000000}"#, r#"{"offset":0}"#, "is not a position"),
            (r#"{"cluster":"a","topic":"t","partition":0}"#, r#"{"offset":1.5}"#, "is not a position"),
            (r#"{"cluster":"a","topic":"t","partition":0}"#, r#"{"offset":"7"}"#, "is not a position"),
            (r#"{"cluster":"a","topic":"t","partition":0}"#, r#"{}"#, "is not a position"),
            (r#"{"cluster":"a","topic":"t","partition":0}"#, r#"{"offset":-1}"#, "negative"),
            (r#"{"cluster":"a","topic":"t","partition":-1}"#, r#"{"offset":1}"#, "negative"),
        ] {
            let good = r#"{"partition":{"cluster":"a","topic":"u","partition":0},"offset":{"offset":9}}"#;
            let text = format!(r#"{{"offsets":[{good},{{"partition":{partition},"offset":{offset}}}]}}"#);
            assert!(read(&text).unwrap_err().contains(part), "{text}");
        }
        let twice = |offset: i64| {
            let entry = r#"{"partition":{"cluster":"a","topic":"t","partition":0},"offset":{"offset":5}}"#;
            read(&format!(r#"{{"offsets":[{entry},{}]}}"#, entry.replace('5', &offset.to_string())))
        };
        assert!(twice(6).unwrap_err().contains("two different offsets"));
        assert_eq!(twice(5).unwrap().len(), 1);
    }
}
