use crate::{Answer, Bench, Expected};

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
