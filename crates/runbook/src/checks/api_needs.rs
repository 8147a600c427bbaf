//! Which parts of the Kafka protocol which work takes, and from which version they do it.

/// Some work that takes APIs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Need {
    Cutover,
    ReadAcls,
    ChangeAcls,
    ChangeConfigs,
    Scratch,
    Produce,
    Idempotence,
    Consume,
    Transactions,
    Admin,
    ConsumerProtocol,
    ShareGroups,
    StreamsGroups,
}

impl Need {
    pub(super) fn word(self) -> &'static str {
        match self {
            Need::Cutover => "the cutover",
            Need::ReadAcls => "comparing ACLs",
            Need::ChangeAcls => "changing ACLs",
            Need::ChangeConfigs => "changing topic configurations",
            Need::Scratch => "the client probe",
            Need::Produce => "producers",
            Need::Idempotence => "idempotent producers",
            Need::Consume => "consumers",
            Need::Transactions => "transactions",
            Need::Admin => "administering applications",
            Need::ConsumerProtocol => "KIP-848 groups",
            Need::ShareGroups => "share groups",
            Need::StreamsGroups => "streams groups",
        }
    }

    /// Whether the unit's own clients do it.
    pub(super) fn is_of_clients(self) -> bool {
        !matches!(
            self,
            Need::Cutover | Need::ReadAcls | Need::ChangeAcls | Need::ChangeConfigs | Need::Scratch
        )
    }
}

pub(super) struct Row {
    pub(super) need: Need,
    pub(super) key: i16,
    pub(super) api: &'static str,
    /// The lowest version that does what is needed.
    pub(super) version: i16,
}

const fn row(need: Need, key: i16, api: &'static str, version: i16) -> Row {
    Row { need, key, api, version }
}

/// Versions: Produce 3 and Fetch 4 carry today's record batches, with headers and transactions; Fetch 4 and ListOffsets
/// 2 name the isolation level; OffsetCommit 2 and OffsetFetch 2 keep offsets in Kafka; FindCoordinator 1 finds the
/// coordinator of transactions; DescribeAcls 1 knows prefixes.
pub(super) const NEEDS: &[Row] = &[
    row(Need::Cutover, 1, "Fetch", 4),
    row(Need::Cutover, 2, "ListOffsets", 2),
    row(Need::Cutover, 3, "Metadata", 1),
    row(Need::Cutover, 8, "OffsetCommit", 2),
    row(Need::Cutover, 9, "OffsetFetch", 2),
    row(Need::Cutover, 10, "FindCoordinator", 0),
    row(Need::Cutover, 15, "DescribeGroups", 0),
    row(Need::Cutover, 16, "ListGroups", 0),
    row(Need::Cutover, 18, "ApiVersions", 0),
    row(Need::Cutover, 32, "DescribeConfigs", 1),
    row(Need::ReadAcls, 29, "DescribeAcls", 1),
    row(Need::ChangeAcls, 29, "DescribeAcls", 1),
    row(Need::ChangeAcls, 30, "CreateAcls", 1),
    row(Need::ChangeAcls, 31, "DeleteAcls", 1),
    row(Need::ChangeConfigs, 44, "IncrementalAlterConfigs", 0),
    row(Need::Scratch, 19, "CreateTopics", 0),
    row(Need::Scratch, 20, "DeleteTopics", 0),
    row(Need::Scratch, 42, "DeleteGroups", 0),
    row(Need::Produce, 0, "Produce", 3),
    row(Need::Produce, 3, "Metadata", 1),
    row(Need::Idempotence, 22, "InitProducerId", 0),
    row(Need::Consume, 1, "Fetch", 4),
    row(Need::Consume, 2, "ListOffsets", 2),
    row(Need::Consume, 3, "Metadata", 1),
    row(Need::Consume, 8, "OffsetCommit", 2),
    row(Need::Consume, 9, "OffsetFetch", 2),
    row(Need::Consume, 10, "FindCoordinator", 0),
    row(Need::Consume, 11, "JoinGroup", 0),
    row(Need::Consume, 12, "Heartbeat", 0),
    row(Need::Consume, 13, "LeaveGroup", 0),
    row(Need::Consume, 14, "SyncGroup", 0),
    row(Need::Transactions, 10, "FindCoordinator", 1),
    row(Need::Transactions, 22, "InitProducerId", 0),
    row(Need::Transactions, 24, "AddPartitionsToTxn", 0),
    row(Need::Transactions, 25, "AddOffsetsToTxn", 0),
    row(Need::Transactions, 26, "EndTxn", 0),
    row(Need::Transactions, 28, "TxnOffsetCommit", 0),
    row(Need::Admin, 19, "CreateTopics", 0),
    row(Need::Admin, 37, "CreatePartitions", 0),
    row(Need::Admin, 44, "IncrementalAlterConfigs", 0),
    row(Need::ConsumerProtocol, 68, "ConsumerGroupHeartbeat", 0),
    row(Need::ConsumerProtocol, 69, "ConsumerGroupDescribe", 0),
    row(Need::ShareGroups, 76, "ShareGroupHeartbeat", 0),
    row(Need::ShareGroups, 77, "ShareGroupDescribe", 0),
    row(Need::ShareGroups, 78, "ShareFetch", 0),
    row(Need::ShareGroups, 79, "ShareAcknowledge", 0),
    row(Need::StreamsGroups, 88, "StreamsGroupHeartbeat", 0),
    row(Need::StreamsGroups, 89, "StreamsGroupDescribe", 0),
];
