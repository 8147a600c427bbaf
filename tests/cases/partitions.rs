//! Topics of another shape or another life (case 14).

use lab::{Position, Topic};

use crate::ask::{self, compare, cutover, exact, group, only, stands, untranslated};
use crate::labs::{await_end, lab, records, topic_on_both, write};
use crate::ledger::Ledger;

crate::cases!(
    copied:
        more_partitions_on_the_target_are_not_comparable;
    by_hand:
        fewer_partitions_on_the_target_leave_a_group_without_a_place,
        a_recreated_source_topic_is_another_topic
);

fn more_partitions_on_the_target_are_not_comparable() {
    let case = lab().case("clean-more");
    let topic = case.name("orders");
    case.target().create_topic(&Topic::new(&topic).partitions(3)).unwrap();
    case.source().create_topic(&Topic::new(&topic).partitions(2)).unwrap();
    write(case.source(), &topic, records(100));
    await_end(&case, &topic, 100);
    let answer = cutover(&case, &["parity", "topic", &topic], 3);
    let why = only(&answer["topics"])["why"].as_str().unwrap().to_owned();
    assert!(why.contains("2 partitions") && why.contains('3'), "{why}");
    // Keys would move: where a partition goes on does not say where its keys do.
    let stand = stands(&case, &topic, 40, 40, &ask::unprovable());
    let why = stand["why"].as_str().unwrap();
    assert!(why.contains("2 partitions") && why.contains('3'), "{why}");
}

fn fewer_partitions_on_the_target_leave_a_group_without_a_place() {
    let case = lab().case("fewer");
    let topic = case.name("orders");
    case.source().create_topic(&Topic::new(&topic).partitions(2)).unwrap();
    case.target().create_topic(&Topic::new(&topic).partitions(1)).unwrap();
    let all = records(100);
    write(case.source(), &topic, all.clone());
    write(case.target(), &topic, all);
    let name = case.name("payments");
    let both = [Position::new(&topic, 0, 40), Position::new(&topic, 1, 0)];
    case.source().commit(&name, &both).unwrap();
    case.target().commit(&name, &both[..1]).unwrap();
    let answer = group(&case, &name, 1);
    ask::unprovable().agrees(&answer[0]);
    untranslated(None).agrees(&answer[1]);
}

fn a_recreated_source_topic_is_another_topic() {
    let case = lab().case("recreated");
    let topic = topic_on_both(&case, "orders", 1);
    let old = records(100);
    write(case.source(), &topic, old.clone());
    write(case.target(), &topic, old);
    stands(&case, &topic, 80, 80, &exact(80));
    case.source().delete_topic(&topic).unwrap();
    let end = std::time::Instant::now() + crate::AT_MOST;
    while !case.source().partitions(&topic).unwrap().is_empty() {
        assert!(std::time::Instant::now() < end, "{topic} is still there");
        std::thread::sleep(std::time::Duration::from_millis(200));
    }
    case.source().create_topic(&Topic::new(&topic)).unwrap();
    let new = records(50).into_iter().map(|record| record.header("life", "second"));
    write(case.source(), &topic, new);
    compare(&case, &topic, &Ledger { extra: 100, pending: 50, ..Ledger::default() });
    // Deleted with the topic, the commits of old are gone; these are of its second life.
    let above = stands(&case, &topic, 81, 81, &ask::unprovable());
    let why = above["why"].as_str().unwrap();
    assert!(why.contains("81") && why.contains("50"), "{why}");
    let name = case.name("young");
    case.source().commit(&name, &[Position::new(&topic, 0, 20)]).unwrap();
    case.target().commit(&name, &[Position::new(&topic, 0, 20)]).unwrap();
    ask::unprovable().agrees(&group(&case, &name, 3)[0]);
}
