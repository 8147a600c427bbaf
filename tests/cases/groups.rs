//! Commits of every kind (cases 11, 23 and 24).

use std::time::Instant;

use kafka_protocol::messages::offset_commit_request::{
    OffsetCommitRequestPartition, OffsetCommitRequestTopic,
};
use kafka_protocol::messages::{ApiKey, GroupId, OffsetCommitRequest, OffsetCommitResponse, TopicName};
use kafka_protocol::protocol::StrBytes;
use lab::{Case, Generate, LabSpec, Position, Produce, Replicator, TestLab, Topic};

use crate::AT_MOST;
use crate::ask::{self, exact, group, skip, stands, untranslated};
use crate::labs::{await_all, await_end, lab, now, records, topic, topic_on_both, write};

crate::cases!(
    copied:
        a_group_at_the_ends_and_beyond_them,
        some_partitions_only_and_one_that_was_never_written,
        a_lagging_group_is_given_what_the_replicator_gives_and_the_exact_place_is_told,
        metadata_and_leader_epoch_of_a_commit_change_nothing;
    by_hand:
        commits_seeded_for_a_group_that_never_joins_expire
);

fn a_group_at_the_ends_and_beyond_them() {
    let case = lab().case("clean-ends");
    let topic = topic(&case, "orders");
    write(case.source(), &topic, records(200));
    await_end(&case, &topic, 200);
    stands(&case, &topic, 0, 0, &exact(0));
    stands(&case, &topic, 0, 7, &skip(0, 7));
    stands(&case, &topic, 200, 200, &exact(200));
    let above = stands(&case, &topic, 201, 200, &ask::unprovable());
    let why = above["why"].as_str().unwrap();
    assert!(why.contains("201") && why.contains("200"), "{why}");
    // Beyond the target's end the reset policy decides, which is no commit.
    stands(&case, &topic, 200, 250, &untranslated(Some(200)));
    case.source().delete_records(&topic, 0, 50).unwrap();
    let below = stands(&case, &topic, 49, 49, &ask::unprovable());
    let why = below["why"].as_str().unwrap();
    assert!(why.contains("49") && why.contains("50"), "{why}");
    stands(&case, &topic, 50, 50, &exact(50));
}

fn some_partitions_only_and_one_that_was_never_written() {
    let case = lab().case("clean-some");
    let topic = case.name("orders");
    case.source().create_topic(&Topic::new(&topic).partitions(4)).unwrap();
    let all = Generate { partitions: Some(3), timestamp: Some(now() - 86_400_000), ..Generate::records(300) };
    case.source().produce(&topic, all, &Produce::default()).unwrap();
    let synced = case.name("synced");
    let at = |partition, offset| Position::new(&topic, partition, offset);
    case.source().commit(&synced, &[at(0, 100), at(2, 100), at(3, 0)]).unwrap();
    await_all(&case, &topic, &[(0, 100), (1, 100), (2, 100)].into());
    // MirrorMaker never translates the position in a partition that it has copied nothing of.
    case.await_committed(&synced, &topic, &[(0, 100), (2, 100)].into(), AT_MOST).unwrap();
    let answer = group(&case, &synced, 3);
    let partitions: Vec<i64> = answer.iter().map(|p| p["partition"].as_i64().unwrap()).collect();
    assert_eq!(partitions, [0, 2, 3], "partition 1 has no commit");
    exact(100).agrees(&answer[0]);
    exact(100).agrees(&answer[1]);
    ask::unprovable().agrees(&answer[2]);
    // Committed at the end of the empty copy it is proved.
    let landed = case.name("landed");
    case.source().commit(&landed, &[at(0, 40), at(3, 0)]).unwrap();
    case.target().commit(&format!("hand.{landed}"), &[at(0, 40), at(3, 0)]).unwrap();
    case.source().commit(&format!("hand.{landed}"), &[at(0, 40), at(3, 0)]).unwrap();
    let answer = group(&case, &format!("hand.{landed}"), 0);
    exact(40).agrees(&answer[0]);
    exact(0).agrees(&answer[1]);
    // A commit that only the target has proves nothing.
    let only_target = format!("hand.{}", case.name("only-target"));
    case.target().commit(&only_target, &[at(1, 10)]).unwrap();
    let answer = group(&case, &only_target, 3);
    assert_eq!(
        (&answer[0]["source_committed"], &answer[0]["target_committed"]),
        (&None::<i64>.into(), &10.into())
    );
    ask::unprovable().agrees(&answer[0]);
}

fn a_lagging_group_is_given_what_the_replicator_gives_and_the_exact_place_is_told() {
    let case = lab().case("dirty-lagging");
    let topic = topic(&case, "orders");
    let all =
        Generate { partitions: Some(1), timestamp: Some(now() - 86_400_000), ..Generate::records(10_000) };
    case.source().produce(&topic, all, &Produce::default()).unwrap();
    let (lagging, drained) = (case.name("lagging"), case.name("drained"));
    await_end(&case, &topic, 10_000);
    case.source().commit(&lagging, &[Position::new(&topic, 0, 9_000)]).unwrap();
    case.source().commit(&drained, &[Position::new(&topic, 0, 10_000)]).unwrap();
    case.await_committed(&drained, &topic, &[(0, 10_000)].into(), AT_MOST).unwrap();
    case.await_group(&lagging, &topic, AT_MOST).unwrap();
    let held = case.target().committed(&lagging, &topic).unwrap()[&0];
    assert!(held < 9_000, "it translates coarsely, and never ahead: {held}");
    ask::replay(9_000, u64::try_from(9_000 - held).unwrap()).agrees(&group(&case, &lagging, 1)[0]);
    exact(10_000).agrees(&group(&case, &drained, 0)[0]);
}

/// A commit as a Java consumer makes it: with the epoch of the leader it read from, and with metadata.
fn commit_as_java(case: &Case<'_>, group: &str, topic: &str, offset: i64) {
    let text = |text: &str| StrBytes::from_string(text.to_owned());
    let partition = OffsetCommitRequestPartition::default()
        .with_partition_index(0)
        .with_committed_offset(offset)
        .with_committed_leader_epoch(7)
        .with_committed_metadata(Some(text("{\"checkpoint\":\"of the application\"}")));
    let topics = OffsetCommitRequestTopic::default()
        .with_name(TopicName(text(topic)))
        .with_partitions(vec![partition]);
    let request = OffsetCommitRequest::default()
        .with_group_id(GroupId(text(group)))
        .with_generation_id_or_member_epoch(-1)
        .with_topics(vec![topics]);
    let answer: OffsetCommitResponse =
        cutover_tests::call(&case.source().bootstrap, ApiKey::OffsetCommit as i16, 8, &request);
    assert_eq!(answer.topics[0].partitions[0].error_code, 0, "{answer:?}");
}

fn metadata_and_leader_epoch_of_a_commit_change_nothing() {
    let case = lab().case("clean-epoch");
    let topic = topic(&case, "orders");
    write(case.source(), &topic, records(100));
    await_end(&case, &topic, 100);
    let (drained, middle) = (case.name("drained"), format!("hand.{}", case.name("middle")));
    commit_as_java(&case, &drained, &topic, 100);
    commit_as_java(&case, &middle, &topic, 40);
    case.target().commit_with(&middle, &[Position::new(&topic, 0, 40)], "another").unwrap();
    exact(40).agrees(&group(&case, &middle, 0)[0]);
    case.await_committed(&drained, &topic, &[(0, 100)].into(), AT_MOST).unwrap();
    exact(100).agrees(&group(&case, &drained, 0)[0]);
}

/// In a lab of its own, as it is the broker that forgets: by the time of the commit where nobody ever joined.
fn commits_seeded_for_a_group_that_never_joins_expire() {
    let forgetful = [("offsets.retention.minutes", "1"), ("offsets.retention.check.interval.ms", "1000")];
    let lab = TestLab::new(&LabSpec {
        replicator: Replicator::None,
        target_options: forgetful.map(|(key, value)| (key.to_owned(), value.to_owned())).into(),
        users: Vec::new(),
        ..LabSpec::default()
    });
    let case = lab.case("seeded");
    let topic = topic_on_both(&case, "orders", 1);
    let all = records(100);
    write(case.source(), &topic, all.clone());
    write(case.target(), &topic, all);
    let name = case.name("payments");
    case.source().commit(&name, &[Position::new(&topic, 0, 40)]).unwrap();
    case.target().commit(&name, &[Position::new(&topic, 0, 40)]).unwrap();
    exact(40).agrees(&group(&case, &name, 0)[0]);
    let end = Instant::now() + AT_MOST;
    while !case.target().committed(&name, &topic).unwrap().is_empty() {
        assert!(Instant::now() < end, "a minute is over and the commit is still there");
        std::thread::sleep(std::time::Duration::from_secs(1));
    }
    let answer = group(&case, &name, 1);
    assert_eq!(answer[0]["source_committed"], 40);
    untranslated(Some(40)).agrees(&answer[0]);
}
