//! Whether topics are at rest: nothing written between two looks, nothing open.

use jiff::Timestamp;

use super::growth;
use super::sight::Sight;
use super::waiting::Waiting;
use crate::check::spoken;
use crate::world::{Observations, OpenTransaction, PartitionRest, Probe};

/// Kafka's `transaction.max.timeout.ms` unless a broker is told another: after it the broker aborts by itself what a
/// living transaction has open. What is open longer hangs.
const TRANSACTION_MAX_MS: i64 = 15 * 60 * 1000;

/// Adds every partition that is not at rest.
pub(super) fn missing(
    probe: &Probe,
    topics: &[String],
    seen: &Observations,
    now: Timestamp,
    waiting: &mut Waiting,
) {
    let Some(rest) = waiting.need(growth::of(Sight(seen), probe, topics)) else { return };
    for partition in &rest.partitions {
        one(partition, now, waiting);
    }
}

fn one(partition: &PartitionRest, now: Timestamp, waiting: &mut Waiting) {
    let at = format!("{}-{}", partition.topic, partition.partition);
    if growth::moves(partition) {
        let ends = growth::described(partition);
        waiting.not_yet(format!("end of {at}"), format!("moving: {ends}"), "the same at two looks");
        return;
    }
    let open = partition.open.as_deref().unwrap_or_default();
    if partition.is_at_rest() && open.is_empty() {
        return;
    }
    let (lso, end) = (partition.lso[1], partition.high_watermark[1]);
    for transaction in open {
        let named = described(transaction, now);
        if now.as_millisecond() - transaction.last_write_ms > TRANSACTION_MAX_MS {
            waiting.cannot(format!(
                "{at}: {named}, longer than the {} after which brokers abort by themselves (transaction.max.timeout.ms, unless it is set higher): it hangs, abort it with kafka-transactions.sh",
                spoken(TRANSACTION_MAX_MS)
            ));
        } else {
            waiting.not_yet(
                format!("open transaction on {at}"),
                named,
                format!("none, and LSO {lso} = HW {end}"),
            );
        }
    }
    if open.is_empty() {
        let who = if partition.open.is_none() { "; the cluster does not tell by whom" } else { "" };
        waiting.not_yet(
            format!("open transaction on {at}"),
            format!("LSO {lso} below HW {end}{who}"),
            format!("LSO = HW {end}"),
        );
    }
}

/// `producer 17 since offset 5, last write 30s ago`.
fn described(transaction: &OpenTransaction, now: Timestamp) -> String {
    let age = (now.as_millisecond() - transaction.last_write_ms).max(0);
    format!(
        "producer {} since offset {}, last write {} ago",
        transaction.producer_id,
        transaction.first_offset,
        spoken(age)
    )
}
