use runbook::Side;
use runbook::world::Operation;
use serde_json::json;

use crate::cases::{Setup, Told};
use crate::world::{World, acl};

fn sync() -> Setup {
    Setup::new("sync-acls", None, json!({ "principals": "unit" }))
}

#[test]
fn what_is_granted_and_what_is_not() {
    let mut told = Told::default();
    let bent = |title: &str, told: &mut Told, bend: fn(&mut World)| {
        told.case(title, sync().bent(|s| bend(&mut s.world)));
    };
    told.case("what is missing, no more", sync());
    told.case("one principal", Setup::new("sync-acls", None, json!({ "principals": ["User:settlement"] })));
    bent("nothing is missing", &mut told, |w| {
        let source = w.acls[&Side::Source].clone();
        w.acls.insert(Side::Target, source);
    });
    bent("transactional ids, and idempotent writes alone", &mut told, |w| {
        w.bind(Side::Source, "allow User:checkout * write transactional-id prefixed checkout-");
        w.bind(Side::Source, "allow User:settlement * write transactional-id literal settle");
        w.bind(Side::Source, "allow User:settlement * all transactional-id literal *");
        w.acls.get_mut(&Side::Source).unwrap().bindings.retain(|b| {
            b.operation != Operation::Write || b.principal != "User:settlement" || b.name != "orders.retry"
        });
        w.bind(Side::Source, "allow User:settlement * idempotent-write cluster literal kafka-cluster");
        w.bind(Side::Target, "allow User:checkout * write transactional-id literal checkout-");
    });
    bent("from one host", &mut told, |w| {
        w.bind(Side::Source, "allow User:settlement 10.0.0.7 delete group literal settlement");
    });
    bent("a DENY on the source is noted", &mut told, |w| {
        w.bind(Side::Source, "deny User:settlement 10.0.0.9 read topic literal orders");
        w.bind(Side::Target, "allow User:settlement * alter topic literal orders");
    });
    bent("a DENY on the target", &mut told, |w| {
        w.bind(Side::Target, "deny User:checkout * write topic literal orders");
    });
    bent("open to everyone on the source", &mut told, |w| {
        let source = w.acls.get_mut(&Side::Source).unwrap();
        source.allow_everyone_if_no_acl = Some(true);
        source.bindings.clear();
    });
    bent("super users not told", &mut told, |w| w.acls.get_mut(&Side::Target).unwrap().super_users = None);
    bent("words of another time", &mut told, |w| {
        let mut strange = acl("allow User:checkout * read topic literal orders");
        strange.operation = Operation::Unknown;
        w.acls.get_mut(&Side::Target).unwrap().bindings.push(strange);
    });
    bent("target not seen", &mut told, |w| w.silent.push("ACLs on target"));
    bent("source seen in part", &mut told, |w| w.partial.push("ACLs on source"));
    told.case("misspelt", Setup::new("sync-acls", None, json!({ "principals": ["User:chekout"] })));
    told.case(
        "nobody",
        sync().bent(|s| {
            s.unit("/principals", json!([]));
            s.unit("/producers", json!({}));
        }),
    );
    told.case_with("a binding did not come", sync(), |w| {
        w.acls.get_mut(&Side::Target).unwrap().bindings.retain(|b| b.name != "orders.retry");
    });
    told.case_with("a DENY came", sync(), |w| {
        w.bind(Side::Target, "deny User:* * read group literal settlement")
    });
    told.case_with("not seen afterwards", sync(), |w| w.silent.push("ACLs on target"));
    insta::assert_snapshot!(told.0);
}
