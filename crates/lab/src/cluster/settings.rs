//! What brokers of every generation are told alike.

use crate::properties::Properties;

/// Whoever comes over the PLAINTEXT listener may do anything; for others it takes an ACL to be kept out.
pub(super) fn access(properties: &mut Properties) {
    properties.set("super.users", "User:ANONYMOUS").set("allow.everyone.if.no.acl.found", true);
}

/// How replicated a topic is that does not say.
pub(super) fn topics(properties: &mut Properties, brokers: u16) {
    properties.set("default.replication.factor", brokers).set("min.insync.replicas", in_sync(brokers));
}

/// One replica may be missing where there are three.
fn in_sync(brokers: u16) -> u16 {
    if brokers == 1 { 1 } else { 2 }
}

/// What a broker of either generation is told.
pub(super) fn broker(properties: &mut Properties, brokers: u16) {
    let in_sync = in_sync(brokers);
    properties
        .set("sasl.enabled.mechanisms", "SCRAM-SHA-256")
        .set(
            "listener.name.sasl_plaintext.scram-sha-256.sasl.jaas.config",
            "org.apache.kafka.common.security.scram.ScramLoginModule required;",
        )
        // A topic that a typing mistake in a test creates would hide the mistake.
        .set("auto.create.topics.enable", false)
        .set("group.initial.rebalance.delay.ms", 0)
        // Few partitions of the internal topics: each costs files and an election at the start.
        .set("offsets.topic.num.partitions", 4)
        .set("offsets.topic.replication.factor", brokers)
        .set("transaction.state.log.num.partitions", 4)
        .set("transaction.state.log.replication.factor", brokers)
        .set("transaction.state.log.min.isr", in_sync)
        .set("share.coordinator.state.topic.num.partitions", 4)
        .set("share.coordinator.state.topic.replication.factor", brokers)
        .set("share.coordinator.state.topic.min.isr", in_sync);
}
