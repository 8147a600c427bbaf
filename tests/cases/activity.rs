//! A group that is active on the target (case 15). Who is active at all is judged by the check `single-activity`.

use std::time::Instant;

use lab::Position;
use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};

use crate::AT_MOST;
use crate::ask::{exact, group, untranslated};
use crate::labs::{await_end, lab, records, topic, write};

crate::cases!(
    copied:
        a_member_on_the_target_keeps_the_replicator_from_writing_its_position;
    by_hand:
);

fn a_member_on_the_target_keeps_the_replicator_from_writing_its_position() {
    let case = lab().case("clean-active");
    let topic = topic(&case, "orders");
    write(case.source(), &topic, records(100));
    await_end(&case, &topic, 100);
    let (active, idle) = (case.name("active"), case.name("idle"));
    let member: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", &case.target().bootstrap)
        .set("group.id", &active)
        .set("enable.auto.commit", "false")
        .create()
        .unwrap();
    member.subscribe(&[&topic]).unwrap();
    let end = Instant::now() + AT_MOST;
    while member.assignment().unwrap().count() == 0 {
        assert!(Instant::now() < end, "{active} was given no partition");
        let _ = member.poll(std::time::Duration::from_millis(50));
    }
    for name in [&active, &idle] {
        case.source().commit(name, &[Position::new(&topic, 0, 100)]).unwrap();
    }
    // What is written for the one would have been written for the other by now.
    case.await_committed(&idle, &topic, &[(0, 100)].into(), AT_MOST).unwrap();
    exact(100).agrees(&group(&case, &idle, 0)[0]);
    untranslated(Some(100)).agrees(&group(&case, &active, 1)[0]);
    drop(member);
    case.await_committed(&active, &topic, &[(0, 100)].into(), AT_MOST).unwrap();
    exact(100).agrees(&group(&case, &active, 0)[0]);
}
