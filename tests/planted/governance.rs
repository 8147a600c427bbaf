use crate::{Bench, Expected, bench::serve};
use cutover_tests::acl::{ALLOW, DENY, READ, WRITE, create};

#[test]
fn rights_are_compared_as_they_take_effect() {
    // Source and target permissions, and what must be found.
    type Acls = &'static [(i8, i8)];
    type Row = (&'static str, Acls, Acls, &'static str, &'static str, &'static str);
    let rows: [Row; 4] = [
        ("the same", &[(WRITE, ALLOW)], &[(WRITE, ALLOW)], "green", "", ""),
        ("missing", &[(WRITE, ALLOW), (READ, ALLOW)], &[(READ, ALLOW)], "red", "CUT2401", "Write"),
        ("denied", &[(WRITE, ALLOW)], &[(WRITE, ALLOW), (WRITE, DENY)], "red", "CUT2402", "Write"),
        ("too much", &[(WRITE, ALLOW)], &[(WRITE, ALLOW), (READ, ALLOW)], "yellow", "CUT2404", "Read"),
    ];
    for (planted, source, target, level, code, says) in rows {
        let bench = Bench::new("acl").shaped(&[], &[]);
        let (principal, topic) = (bench.principal(), bench.topic());
        for (cluster, acls) in [(bench.case.source(), source), (bench.case.target(), target)] {
            for (operation, permission) in acls {
                create(cluster, &principal, &topic, *operation, *permission);
            }
        }
        let mut expected = Expected::new("acl-parity", level, code);
        if !code.is_empty() {
            expected = expected.says(&principal).says(&topic).says(says);
        }
        bench.check(&["acl-parity"]).is(planted, &expected);
    }
}

#[test]
fn an_open_source_and_a_target_with_its_first_binding_differ() {
    let bench = Bench::new("first").shaped(&[], &[]);
    create(bench.case.target(), "User:somebody-else", &bench.topic(), READ, ALLOW);
    let expected = Expected::new("acl-parity", "red", "CUT2401").says(bench.principal()).says("Write");
    let answer = bench.check(&["acl-parity"]);
    answer.is("first binding", &expected);
    answer.has("first binding", &Expected::new("acl-parity", "red", "CUT2403").says(bench.topic()));
}

#[test]
fn an_authoriser_whose_defaults_nobody_told_is_unknown() {
    let mut bench = Bench::new("untold").shaped(&[], &[]);
    bench.set("acl-parity", "use: acl-parity, severity: blocker");
    bench.check(&["acl-parity"]).is("not declared", &Expected::new("acl-parity", "unknown", ""));
}

#[test]
fn a_review_holds_for_its_document_its_reviewer_and_its_time() {
    let mut bench = Bench::new("review");
    bench.check(&["reviewed"]).is("as reviewed", &Expected::new("reviewed", "green", ""));
    let rows = [
        ("tomas", "2026-01-20T09:00:00Z", ", valid_for: 1d", "red", "CUT2604"),
        ("nobody-here", "2026-11-20T09:00:00Z", "", "red", "CUT2602"),
        ("tomas", "2999-11-20T09:00:00Z", "", "red", "CUT2603"),
        ("tomas", "2026-11-20T09:00:00Z", ", exceptions: [\"port 9092 stays open\"]", "yellow", "CUT2605"),
    ];
    for (by, at, more, level, code) in rows {
        bench.reviewed_by(by, at, more);
        let expected = Expected::new("reviewed", level, code).says("network.md");
        bench.check(&["reviewed"]).is(code, &expected);
    }
    bench.reviewed("");
    let document = bench.folder.path().join("network.md");
    std::fs::write(&document, "# Network paths\n\nEverything is open.\n").unwrap();
    let expected = Expected::new("reviewed", "red", "CUT2601").says("network.md").says("another document");
    bench.check(&["reviewed"]).is("changed afterwards", &expected);
}

#[test]
fn what_an_endpoint_answers_is_judged_and_no_answer_is_unknown() {
    let mut bench = Bench::new("frozen");
    for (status, body, level, code) in [
        ("200 OK", "{\"frozen\": true}", "green", ""),
        ("200 OK", "{\"frozen\": false}", "red", "CUT2002"),
        ("500 Internal Server Error", "{\"frozen\": true}", "unknown", ""),
        ("200 OK", "frozen", "unknown", ""),
        ("200 OK", "{\"thawed\": true}", "unknown", ""),
        ("200 OK", "{\"frozen\": \"true\"}", "unknown", ""),
    ] {
        bench.frozen_at(&serve(status, body));
        bench.check(&["frozen"]).is(&format!("{status} {body}"), &Expected::new("frozen", level, code));
    }
    bench.frozen_at("http://127.0.0.1:9/freeze");
    bench.check(&["frozen"]).is("nobody there", &Expected::new("frozen", "unknown", "").says("127.0.0.1:9"));
}
