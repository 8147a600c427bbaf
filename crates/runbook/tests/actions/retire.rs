use runbook::Side;
use serde_json::json;

use crate::cases::{Setup, Told};

fn fenced(with: serde_json::Value) -> Setup {
    Setup::new("retire", None, with).bent(|s| {
        s.world.bind(Side::Source, "deny User:checkout * write topic literal orders");
        s.world.bind(Side::Source, "deny User:checkout * write topic literal accounts");
        s.world.bind(Side::Source, "deny User:other * write topic literal accounts");
    })
}

#[test]
fn what_is_left_of_a_fence() {
    let mut told = Told::default();
    told.case("kept unless said otherwise", fenced(json!({})));
    told.case("opened", fenced(json!({ "keep_fence": false })));
    told.case("open already", Setup::new("retire", None, json!({ "keep_fence": false })));
    told.case(
        "kept, by nobody in particular",
        fenced(json!({})).bent(|s| s.unit("/producers/checkout/principal", json!(null))),
    );
    told.case(
        "opened, by nobody in particular",
        fenced(json!({ "keep_fence": false })).bent(|s| s.unit("/producers/checkout/principal", json!(null))),
    );
    told.case("not seen", fenced(json!({ "keep_fence": true })).bent(|s| s.world.silent.push("ACLs")));
    told.case_with("a binding came back", fenced(json!({ "keep_fence": false })), |w| {
        w.bind(Side::Source, "deny User:checkout * write topic literal orders");
    });
    insta::assert_snapshot!(told.0);
}
