//! Who is active, beyond members that are plain to see: static members, and consumers that never join.

use std::time::Instant;

use crate::offset_parity::{at, member, member_with, while_commits_move};
use crate::{AT_MOST, Expected};

#[test]
fn a_static_member_counts_until_its_session_is_over() {
    let bench = at("static", 40);
    let (group, topic) = (bench.group(), bench.topic());
    let _on_target = member(bench.case.target(), &group, &topic);
    // Closed at once: a static member says no goodbye, and its broker keeps it until the session is over.
    let session = [("group.instance.id", "pod-0"), ("session.timeout.ms", "20000")];
    drop(member_with(bench.case.source(), &group, &topic, &session));
    let expected = Expected::new("single-activity", "red", "CUT2181")
        .says(&group)
        .says("source: 1 member")
        .says("target: 1 member");
    bench.check(&["single-activity"]).is("closed, and still a member", &expected);
    let end = Instant::now() + AT_MOST;
    loop {
        let answer = bench.check(&["single-activity"]);
        if answer.cell("single-activity").1["verdict"] == "green" {
            break;
        }
        assert!(Instant::now() < end, "its session is over and it still counts");
    }
}

#[test]
fn a_consumer_that_never_joins_is_active_where_its_commits_move() {
    let mut bench = at("never-joins", 40);
    bench.set("single-activity", "use: single-activity, severity: blocker, with: { look: 6s }");
    let (group, topic) = (bench.group(), bench.topic());
    let target = [bench.case.target()];
    let alone = while_commits_move(&bench, &target, || bench.check(&["single-activity"]));
    alone.is("on the target alone", &Expected::new("single-activity", "green", ""));
    let _on_source = member(bench.case.source(), &group, &topic);
    let answer = while_commits_move(&bench, &target, || bench.check(&["single-activity"]));
    let expected = Expected::new("single-activity", "red", "CUT2181")
        .says(&group)
        .says("source: 1 member")
        .says("target: 0 members, 1 commit moved");
    answer.is("a member there, assign() here", &expected);
}
