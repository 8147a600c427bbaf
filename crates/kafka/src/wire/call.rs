//! The requests we send, and the versions of each that we read correctly.

use super::versions::VersionRange;
use kafka_protocol::messages as m;
use kafka_protocol::protocol::{Decodable, Encodable, HeaderVersion};

/// A request with its answer.
pub(crate) trait Call: Encodable + HeaderVersion {
    /// Kafka's API key.
    const KEY: i16;
    /// Kafka's name of the request.
    const NAME: &'static str;
    /// Versions we know how to fill in and read.
    const VERSIONS: VersionRange;
    /// What comes back.
    type Answer: Decodable + HeaderVersion;
}

macro_rules! calls {
    ($($name:literal, $request:ident => $answer:ident, $key:literal, $min:literal..=$max:literal;)*) => {
        $(impl Call for m::$request {
            const KEY: i16 = $key;
            const NAME: &'static str = $name;
            const VERSIONS: VersionRange = VersionRange { min: $min, max: $max };
            type Answer = m::$answer;
        })*
    };
}

// Lower ends: what still says what we need (isolation in ListOffsets, error codes per item). Upper ends: the newest
// version that names topics instead of only their ids; of transactions the newest in which a client of any age is one.
calls! {
    "Fetch", FetchRequest => FetchResponse, 1, 4..=16;
    "ListOffsets", ListOffsetsRequest => ListOffsetsResponse, 2, 2..=9;
    "Metadata", MetadataRequest => MetadataResponse, 3, 4..=13;
    "OffsetCommit", OffsetCommitRequest => OffsetCommitResponse, 8, 2..=9;
    "OffsetFetch", OffsetFetchRequest => OffsetFetchResponse, 9, 2..=9;
    "FindCoordinator", FindCoordinatorRequest => FindCoordinatorResponse, 10, 1..=6;
    "DescribeGroups", DescribeGroupsRequest => DescribeGroupsResponse, 15, 0..=6;
    "ListGroups", ListGroupsRequest => ListGroupsResponse, 16, 0..=5;
    "SaslHandshake", SaslHandshakeRequest => SaslHandshakeResponse, 17, 1..=1;
    "ApiVersions", ApiVersionsRequest => ApiVersionsResponse, 18, 0..=3;
    "InitProducerId", InitProducerIdRequest => InitProducerIdResponse, 22, 0..=4;
    "AddPartitionsToTxn", AddPartitionsToTxnRequest => AddPartitionsToTxnResponse, 24, 0..=3;
    "EndTxn", EndTxnRequest => EndTxnResponse, 26, 0..=4;
    "DescribeAcls", DescribeAclsRequest => DescribeAclsResponse, 29, 1..=3;
    "CreateAcls", CreateAclsRequest => CreateAclsResponse, 30, 1..=3;
    "DeleteAcls", DeleteAclsRequest => DeleteAclsResponse, 31, 1..=3;
    "DescribeConfigs", DescribeConfigsRequest => DescribeConfigsResponse, 32, 1..=4;
    "DescribeLogDirs", DescribeLogDirsRequest => DescribeLogDirsResponse, 35, 1..=4;
    "SaslAuthenticate", SaslAuthenticateRequest => SaslAuthenticateResponse, 36, 0..=2;
    "DeleteGroups", DeleteGroupsRequest => DeleteGroupsResponse, 42, 0..=2;
    "IncrementalAlterConfigs", IncrementalAlterConfigsRequest => IncrementalAlterConfigsResponse, 44, 0..=1;
    "OffsetDelete", OffsetDeleteRequest => OffsetDeleteResponse, 47, 0..=0;
    "DescribeCluster", DescribeClusterRequest => DescribeClusterResponse, 60, 0..=2;
    "DescribeProducers", DescribeProducersRequest => DescribeProducersResponse, 61, 0..=0;
    "ConsumerGroupDescribe", ConsumerGroupDescribeRequest => ConsumerGroupDescribeResponse, 69, 0..=1;
    "ShareGroupDescribe", ShareGroupDescribeRequest => ShareGroupDescribeResponse, 77, 1..=1;
}
