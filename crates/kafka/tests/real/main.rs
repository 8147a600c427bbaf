//! Reading two real clusters, and changing them. Every test has topics and groups of its own in one shared lab.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod acls;
mod applied;
mod begins;
mod commits;
mod compare;
mod delta;
mod ends;
mod failures;
mod generations;
mod groups;
mod lag;
mod landing;
mod lease;
mod left_out;

mod meddler;
mod mirror;
mod reading;
mod requests;
mod rest;
mod retention;
mod rpc;
mod three_brokers;
mod tls;
mod topics;

use groups::Member;
use kafka::observe::Clusters;
use kafka::{Cluster, Patience, properties};
use lab::{Case, Flow, LabSpec, TestLab};
use std::sync::Arc;
use std::time::Duration;

/// The shared lab: two clusters of one broker. MirrorMaker 2 copies only what begins with `mirrored`, and no ACLs, so that
/// it meets no other test.
fn lab() -> &'static TestLab {
    let flow = Flow {
        topics: "mirrored.*".into(),
        groups: "mirrored.*".into(),
        sync_acls: false,
        ..Flow::default()
    };
    TestLab::shared_with(|| LabSpec { flows: vec![flow], ..LabSpec::default() })
}

fn case(name: &str) -> Case<'static> {
    lab().case(name)
}

/// The hang guard of every call.
fn patience() -> Patience {
    Patience::new(Duration::from_secs(60))
}

/// Both sides observed with nothing of earlier looks, and no budget.
fn clusters<'a>(source: &'a Arc<Cluster>, target: &'a Arc<Cluster>) -> Clusters<'a> {
    Clusters {
        source,
        target,
        connect: None,
        max_read: 0,
        read: None,
        rate: None,
        hear: &|_| {},
        cuts: None,
        counts: None,
        scratch: None,
    }
}

/// As a super user over PLAINTEXT.
fn connect(cluster: &lab::Cluster) -> Cluster {
    let config = properties::from_file(&cluster.side.to_string(), &cluster.properties).unwrap();
    Cluster::connect(config, &patience()).unwrap()
}

/// As a user with SCRAM.
fn connect_as(cluster: &lab::Cluster, user: &str) -> Cluster {
    let config = properties::from_file(&cluster.side.to_string(), &cluster.sasl_properties(user)).unwrap();
    Cluster::connect(config, &patience()).unwrap()
}
