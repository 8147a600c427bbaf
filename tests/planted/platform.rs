use std::time::Duration;

use lab::{Cluster, LabSpec, Replicator, TestLab, Topic};
use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};

use crate::runbook::SiteCluster;
use crate::{Answer, Bench, Expected, until};

#[test]
fn a_client_lives_its_life_unless_scratch_objects_are_forbidden() {
    let bench = Bench::new("client").shaped(&[], &[]);
    bench.check(&["client-probe"]).is("a whole life", &Expected::new("client-probe", "green", ""));
    let answer = Answer::of(bench.run(&["client-probe"], &["--no-scratch"]));
    answer.is("--no-scratch", &Expected::new("client-probe", "unknown", "").says("scratch"));
}

#[test]
fn what_the_clients_use_is_looked_for_on_the_target() {
    let mut bench = Bench::new("api").shaped(&[], &[]);
    bench.check(&["api-support"]).is("all there", &Expected::new("api-support", "green", ""));
    bench.set(
        "api-support",
        "use: api-support, severity: blocker, title: \"<b>\", with: { clients_use: [transactions] }",
    );
    bench.check(&["api-support"]).is("transactions", &Expected::new("api-support", "green", ""));
}

/// A lab of its own: Kafka 2.8.2 with a ZooKeeper beside 4.3.1, the old one refusing records of ordinary size.
#[test]
fn what_one_generation_cannot_do_is_found_before_anybody_moves_there() {
    let lab = TestLab::new(&LabSpec {
        replicator: Replicator::None,
        source_version: "2.8.2".parse().unwrap(),
        source_options: [("message.max.bytes".to_owned(), "60".to_owned())].into(),
        ..LabSpec::default()
    });
    let side = |cluster: &Cluster| SiteCluster {
        properties: cluster.properties.display().to_string(),
        cluster_id: cluster.cluster_id.clone(),
        more: String::new(),
    };

    let mut forward = Bench::new("generations");
    (forward.site.source, forward.site.target) = (side(lab.source()), side(lab.target()));
    forward.check(&["api-support"]).is(
        "from 2.8.2 to 4.3.1: clients that speak only old versions are refused",
        &Expected::new("api-support", "yellow", "CUT2223").says("Fetch"),
    );

    let mut back = Bench::new("generations-back");
    (back.site.source, back.site.target) = (side(lab.target()), side(lab.source()));
    let topic = back.topic();
    lab.target().create_topic(&Topic::new(&topic).partitions(1)).unwrap();
    let member: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", &lab.target().bootstrap)
        .set("group.id", back.group())
        .set("group.protocol", "consumer")
        .create()
        .unwrap();
    member.subscribe(&[&topic]).unwrap();
    until("the member joins", || {
        drop(member.poll(Duration::from_millis(100)));
        member.assignment().is_ok_and(|assigned| assigned.count() == 1)
    });
    back.check(&["api-support"]).is(
        "a KIP-848 group on the source and 2.8.2 as target",
        &Expected::new("api-support", "red", "CUT2221").says("ConsumerGroupHeartbeat"),
    );
    back.check(&["client-probe"]).is(
        "a target that refuses records of ordinary size",
        &Expected::new("client-probe", "red", "CUT2201").says("produce"),
    );
}
