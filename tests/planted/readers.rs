//! Readers of the unit's topics that nobody thought of.

use lab::Position;

use crate::offset_parity::{member, member_with};
use crate::{Bench, Expected, records};

const CHECK: &str = "stays-behind";

fn unit(name: &str) -> Bench {
    Bench::new(name).even(records(20), 20)
}

#[test]
fn a_reader_nobody_declared_is_found() {
    let bench = unit("reader");
    let other = bench.case.name("other");
    bench.check(&[CHECK]).is("only its own", &Expected::new(CHECK, "green", ""));

    // It has committed at some time and is not there now.
    bench.case.source().commit(&other, &[Position::new(bench.topic(), 0, 5)]).unwrap();
    bench.check(&[CHECK]).is("idle", &Expected::new(CHECK, "yellow", "CUT2682").says(&other));

    let _reader = member(bench.case.source(), &other, &bench.topic());
    bench.check(&[CHECK]).is("there", &Expected::new(CHECK, "red", "CUT2681").says(&other));
}

#[test]
fn a_reader_of_the_new_protocol_that_has_not_committed_is_found() {
    let bench = unit("protocol");
    let other = bench.case.name("other");
    let _reader = member_with(bench.case.source(), &other, &bench.topic(), &[("group.protocol", "consumer")]);
    bench.check(&[CHECK]).is("there", &Expected::new(CHECK, "red", "CUT2681").says(&other));
}

#[test]
fn a_declared_reader_is_there_and_reads_the_source_only() {
    let mut bench = unit("declared");
    let other = bench.case.name("other");
    bench.runbook.more = format!("stays_behind: [ {{ group: {other}, until: wave 4, accepted_by: mina }} ]");
    let expected = Expected::new(CHECK, "yellow", "CUT2683").says(&other);
    bench.check(&[CHECK]).is("not there", &expected);

    let _on_source = member(bench.case.source(), &other, &bench.topic());
    bench.check(&[CHECK]).is("there", &Expected::new(CHECK, "green", ""));

    let _on_target = member(bench.case.target(), &other, &bench.topic());
    let expected = Expected::new(CHECK, "red", "CUT2684").says(&other).says("1 member");
    bench.check(&[CHECK]).is("on both", &expected);
}

#[test]
fn a_source_that_does_not_show_the_unit_s_own_group_may_hide_others() {
    let mut bench = unit("hidden");
    let nobody = bench.case.name("nobody");
    bench.runbook.groups = vec![nobody.clone()];
    bench.check(&[CHECK]).has("hidden", &Expected::new(CHECK, "unknown", "").says(&nobody));
}
