use runbook::Side;
use serde_json::json;

use crate::cases::{Setup, Told};
use crate::world::{World, at, connector};

fn pause() -> Setup {
    Setup::new("pause-replication", None, json!({ "topics": "unit", "groups": "unit" }))
}

fn pause_sync() -> Setup {
    Setup::new("pause-group-sync", None, json!({ "groups": "unit" }))
}

fn own_filter(w: &mut World) {
    let settings = &mut w.connector("mirror-source").settings;
    settings.insert("topic.filter.class".to_owned(), "com.example.TeamFilter".to_owned());
    settings.insert("topics".to_owned(), "team-.*".to_owned());
}

#[test]
fn what_a_pause_does_and_refuses() {
    let mut told = Told::default();
    told.case("topics and groups, nothing set before", pause());
    told.case(
        "what is set stays verbatim",
        pause().bent(|s| {
            let settings = &mut s.world.connector("mirror-source").settings;
            settings.insert("topics.exclude".to_owned(), "tmp.*,  old".to_owned());
            settings.insert("topics".to_owned(), r"orders, accounts, orders\.retry, others".to_owned());
        }),
    );
    told.case(
        "the name older versions have for it",
        pause().bent(|s| {
            let settings = &mut s.world.connector("mirror-source").settings;
            settings.insert("topics.blacklist".to_owned(), "tmp.*".to_owned());
        }),
    );
    told.case(
        "several connectors: those that cannot take the topics are left alone",
        pause().bent(|s| {
            s.world.connectors.push(connector(
                "mirror-source-2",
                Some("source"),
                &[("topics", "ledger, orders.x")],
            ));
            s.world.connectors.push(connector("mirror-source-3", Some("source"), &[("topics", "ord.*")]));
        }),
    );
    told.case(
        "left out already",
        pause().bent(|s| {
            s.world
                .connector("mirror-source")
                .settings
                .insert("topics.exclude".to_owned(), "orders.retry,orders,accounts".to_owned());
            s.world
                .connector("mirror-checkpoint")
                .settings
                .insert("groups.exclude".to_owned(), "settlement".to_owned());
        }),
    );
    told.case(
        "nobody syncs groups",
        pause().bent(|s| s.world.connectors.retain(|c| c.role.as_deref() != Some("checkpoint"))),
    );
    told.case("a filter of their own", pause().bent(|s| own_filter(&mut s.world)));
    told.case(
        "a filter of their own, and others accepted",
        pause().bent(|s| {
            own_filter(&mut s.world);
            s.with("affects_others", json!("accepted"));
        }),
    );
    told.case("dedicated mode", pause().bent(|s| s.plan["replicator"]["connect"] = json!(null)));
    told.case("another tool", pause().bent(|s| s.plan["replicator"]["tool"] = json!("offset-preserving")));
    told.case("no such flow", pause().bent(|s| s.world.connectors.retain(|c| c.role.is_none())));
    told.case(
        "a paused connector",
        pause().bent(|s| s.world.connector("mirror-source").state = "PAUSED".to_owned()),
    );
    told.case("connectors not seen", pause().bent(|s| s.world.silent.push("connectors")));
    told.case("group sync alone", pause_sync());
    told.case("group sync alone, nobody does it", pause_sync().bent(|s| s.world.connectors.clear()));
    told.case(
        "group sync alone, dedicated mode",
        pause_sync().bent(|s| s.plan["replicator"]["connect"] = json!(null)),
    );
    insta::assert_snapshot!(told.0);
}

#[test]
fn when_a_pause_is_believed() {
    let mut told = Told::default();
    told.case_with("a task restarts", pause(), |w| {
        w.connector("mirror-source").tasks = [(0, "RUNNING".to_owned()), (1, "UNASSIGNED".to_owned())].into();
    });
    told.case_with("nothing left to carry", pause(), |w| w.connector("mirror-source").tasks.clear());
    told.case_with("somebody set it back", pause(), |w| {
        w.connector("mirror-source").settings.insert("topics.exclude".to_owned(), "x".to_owned());
    });
    told.case_with("copies still arrive", pause(), |w| w.partition(Side::Target, "orders", 1).grows = 7);
    told.case_with("an exactly-once replicator has a transaction open, and rests", pause(), |w| {
        w.partition(Side::Target, "orders", 1).lso = 49;
    });
    told.case_with("the rest of the flow failed", pause(), |w| {
        w.connector("mirror-heartbeat").tasks.insert(0, "FAILED".to_owned());
    });
    told.case_with("commits still arrive", pause(), |w| {
        w.group(Side::Target).moving = [at("orders", 0)].into();
    });
    told.case_with("not seen", pause(), |w| w.silent.push("connectors"));
    told.case_with("the connector that was changed is left out of the answer", pause(), |w| {
        w.connectors.retain(|c| c.connector != "mirror-source");
    });
    told.case_with("ends seen in part", pause(), |w| w.partial.push("rest on"));
    told.case_with("commits still arrive, group sync alone", pause_sync(), |w| {
        w.group(Side::Target).moving = [at("orders", 0)].into();
    });
    let stopped = pause().bent(|s| {
        own_filter(&mut s.world);
        s.with("affects_others", json!("accepted"));
    });
    told.case_with("STOPPED is said, and a task still runs", stopped, |w| {
        w.connector("mirror-source").tasks = [(0, "RUNNING".to_owned())].into();
    });
    insta::assert_snapshot!(told.0);
}

#[test]
fn a_way_back_that_did_not_work_is_seen() {
    let mut carried = pause().carried_out();
    let changes = carried.proposed().unwrap();
    carried.apply(&changes);
    let forth = crate::cases::settled(&carried.undone(&changes));
    carried.undo(&changes);
    carried.world.connector("mirror-source").tasks.clear();
    let back = crate::cases::settled(&carried.undone(&changes));
    insta::assert_snapshot!(format!("not undone: {forth}\nundone, no task yet: {back}"));
}
