use runbook::Side;
use runbook::world::{OpenTransaction, Probe};
use serde_json::{Value, json};

use crate::cases::{Setup, Told};
use crate::world::acl;

fn fence(with: serde_json::Value) -> Setup {
    Setup::new("fence-writes", None, with)
}

fn acl_fence() -> Setup {
    fence(json!({ "topics": "unit" }))
}

fn stop_fence() -> Setup {
    fence(json!({ "topics": "unit", "by": "stop", "backstop": "none" }))
}

#[test]
fn what_a_fence_does_and_refuses() {
    let mut told = Told::default();
    told.case("an ACL behind stopped producers", acl_fence());
    told.case("one topic", fence(json!({ "topics": ["accounts"] })));
    told.case(
        "a binding that is there stays there",
        acl_fence().bent(|s| s.world.bind(Side::Source, "deny User:checkout * write topic literal accounts")),
    );
    told.case("without an ACL", stop_fence());
    told.case(
        "by ACL alone, buffered",
        fence(json!({ "topics": "unit", "by": "acl" }))
            .bent(|s| s.unit("/producers/checkout/on_refusal", json!("buffers"))),
    );
    told.case(
        "on the target nobody copies it",
        Setup::new("fence-writes", Some("target"), json!({ "topics": "unit" }))
            .bent(|s| s.world.silent.push("connectors")),
    );
    told.case("by ACL alone, lost", fence(json!({ "topics": "unit", "by": "acl", "backstop": "none" })));
    for (title, principal) in [
        ("no principal", None),
        ("everybody", Some("User:*")),
        ("nobody in particular", Some("User:ANONYMOUS")),
    ] {
        told.case(title, acl_fence().bent(|s| s.unit("/producers/checkout/principal", json!(principal))));
    }
    told.case("no producer", acl_fence().bent(|s| s.unit("/producers", json!({}))));
    told.case(
        "a super user",
        acl_fence().bent(|s| s.unit("/producers/checkout/principal", json!("User:admin"))),
    );
    told.case(
        "no authoriser",
        acl_fence().bent(|s| s.world.acls.get_mut(&Side::Source).unwrap().authorizer = false),
    );
    told.case(
        "defaults not told",
        acl_fence().bent(|s| {
            let acls = s.world.acls.get_mut(&Side::Source).unwrap();
            (acls.super_users, acls.allow_everyone_if_no_acl) = (None, None);
        }),
    );
    told.case(
        "bindings of another time",
        acl_fence().bent(|s| {
            let mut strange = acl("allow User:x * read topic literal orders");
            strange.operation = runbook::world::Operation::Unknown;
            s.world.acls.get_mut(&Side::Source).unwrap().bindings.push(strange);
        }),
    );
    told.case(
        "open to everyone where there is no ACL",
        acl_fence().bent(|s| {
            let acls = s.world.acls.get_mut(&Side::Source).unwrap();
            acls.allow_everyone_if_no_acl = Some(true);
            acls.bindings.retain(|binding| binding.principal == "User:checkout" && binding.name != "orders");
        }),
    );
    told.case(
        "open to everyone, and many are known by name",
        fence(json!({ "topics": ["orders.retry"] })).bent(|s| {
            for number in 10..30 {
                s.world
                    .bind(Side::Source, &format!("allow User:reader-{number} * read topic literal ledger"));
            }
            let acls = s.world.acls.get_mut(&Side::Source).unwrap();
            acls.allow_everyone_if_no_acl = Some(true);
            acls.bindings.retain(|binding| binding.name == "ledger");
        }),
    );
    told.case(
        "who consumes is fenced too, and everybody else may write",
        acl_fence().bent(|s| {
            s.unit("/producers/checkout/principal", json!("User:settlement"));
            s.world.bind(Side::Source, "allow User:* * write topic literal accounts");
        }),
    );
    told.case(
        "the replicator copies ACLs",
        acl_fence()
            .bent(|s| drop(s.world.connector("mirror-source").settings.remove("sync.topic.acls.enabled"))),
    );
    told.case(
        "the replicator copies ACLs, but not of these topics",
        acl_fence().bent(|s| {
            let settings = &mut s.world.connector("mirror-source").settings;
            settings.insert("sync.topic.acls.enabled".to_owned(), "true".to_owned());
            settings.insert("topics.exclude".to_owned(), r"__.*,accounts,orders,orders\.retry".to_owned());
        }),
    );
    told.case("dedicated mode", acl_fence().bent(|s| s.plan["replicator"]["connect"] = json!(null)));
    told.case("no flow", acl_fence().bent(|s| s.world.connectors.clear()));
    told.case("another replicator", acl_fence().bent(|s| s.plan["replicator"]["tool"] = json!("dual-write")));
    told.case("ACLs not seen", acl_fence().bent(|s| s.world.silent.push("ACLs")));
    told.case("ends not seen", stop_fence().bent(|s| s.world.silent.push("rest on")));
    told.case(
        "a topic not told",
        stop_fence().bent(|s| drop(s.world.topics.remove(&(Side::Source, "orders".to_owned())))),
    );
    insta::assert_snapshot!(told.0);
}

#[test]
fn when_a_fence_is_believed() {
    let mut told = Told::default();
    let open = |last_write: &str| OpenTransaction {
        producer_id: 17,
        first_offset: 95,
        last_write_ms: last_write.parse::<jiff::Timestamp>().unwrap().as_millisecond(),
    };
    told.case_with("still written", stop_fence(), |w| w.partition(Side::Source, "orders", 1).grows = 3);
    told.case_with("an open transaction", stop_fence(), |w| {
        let partition = w.partition(Side::Source, "orders", 0);
        (partition.lso, partition.open) = (95, Some(vec![open("2026-12-06T00:29:30Z")]));
    });
    told.case_with("an open transaction without records", stop_fence(), |w| {
        w.partition(Side::Source, "orders", 0).open = Some(vec![open("2026-12-06T00:29:30Z")]);
    });
    told.case_with("a hanging transaction", stop_fence(), |w| {
        let partition = w.partition(Side::Source, "orders", 0);
        (partition.lso, partition.open) = (95, Some(vec![open("2026-12-06T00:10:00Z")]));
    });
    told.case_with("an open transaction nobody names", stop_fence(), |w| {
        let partition = w.partition(Side::Source, "orders", 0);
        (partition.lso, partition.open) = (95, None);
    });
    told.case_with("not seen", stop_fence(), |w| w.silent.push("rest on"));
    told.case_with("seen in part", acl_fence(), |w| w.partial.push("ACLs"));
    told.case_with("a binding that did not come", acl_fence(), |w| {
        w.acls.get_mut(&Side::Source).unwrap().bindings.retain(|binding| binding.name != "orders.retry");
    });
    told.case_with("the producer became a super user", acl_fence(), |w| {
        w.acls.get_mut(&Side::Source).unwrap().super_users = Some(vec!["User:checkout".to_owned()]);
    });
    told.case_with("the source stopped telling its super users", acl_fence(), |w| {
        w.acls.get_mut(&Side::Source).unwrap().super_users = None;
    });
    insta::assert_snapshot!(told.0);
}

#[test]
fn a_way_back_that_did_not_work_is_seen() {
    let setup = acl_fence();
    let mut carried = setup.carried_out();
    let changes = carried.proposed().unwrap();
    carried.apply(&changes);
    insta::assert_snapshot!(crate::cases::settled(&carried.undone(&changes)));
}

/// Where no ACL keeps a writer out, one that pauses for a few seconds must not pass for one that is stopped.
#[test]
fn rest_without_a_backstop_is_looked_at_longer() {
    let over = |with: Value| {
        let carried = Setup::new("fence-writes", None, with).carried_out();
        let asked = carried.asked();
        let over = asked.iter().find_map(|(probe, _)| match probe {
            Probe::Rest { over_ms, .. } => Some(*over_ms),
            _ => None,
        });
        over.unwrap()
    };
    assert_eq!(over(json!({ "topics": "unit" })), 2_000);
    assert_eq!(over(json!({ "topics": "unit", "backstop": "none" })), 5_000);
}
