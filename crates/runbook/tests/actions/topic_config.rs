use runbook::Side;
use runbook::world::Found;
use serde_json::json;

use crate::cases::{Setup, Told, settled};

fn config(on: Option<&str>) -> Setup {
    Setup::new(
        "topic-config",
        on,
        json!({ "topics": ["orders", "accounts"], "set": { "retention.ms": -1, "min.insync.replicas": "2" } }),
    )
}

fn synced(setup: &mut Setup, excluded: Option<&str>) {
    let settings = &mut setup.world.connector("mirror-source").settings;
    settings.remove("sync.topic.configs.enabled");
    if let Some(excluded) = excluded {
        settings.insert("config.properties.exclude".to_owned(), excluded.to_owned());
    }
}

#[test]
fn what_is_set_and_what_is_refused() {
    let mut told = Told::default();
    told.case("on the target, nothing is synced", config(Some("target")));
    told.case("on the source", config(Some("source")).bent(|s| s.world.silent.push("connectors")));
    told.case(
        "set so already",
        config(Some("target")).bent(|s| {
            s.with("set", json!({ "retention.ms": "604800000" }));
        }),
    );
    told.case(
        "the topic's own setting taken away",
        config(Some("target")).bent(|s| {
            s.with("set", json!({ "retention.ms": null, "cleanup.policy": null }));
        }),
    );
    told.case(
        "synced, and excluded from it",
        config(Some("target")).bent(|s| {
            synced(s, Some(r"retention\.ms, min.insync.replicas"));
        }),
    );
    told.case(
        "synced, of other topics alone",
        config(Some("target")).bent(|s| {
            synced(s, None);
            s.world
                .connector("mirror-source")
                .settings
                .insert("topics.exclude".to_owned(), "orders,accounts".to_owned());
        }),
    );
    told.case("synced", config(Some("target")).bent(|s| synced(s, None)));
    told.case(
        "synced by a filter of their own",
        config(Some("target")).bent(|s| {
            synced(s, Some("retention.ms,min.insync.replicas"));
            s.world
                .connector("mirror-source")
                .settings
                .insert("config.property.filter.class".to_owned(), "com.example.Mine".to_owned());
        }),
    );
    told.case(
        "over before a sync is",
        config(Some("target")).bent(|s| {
            synced(s, Some("retention.ms,min.insync.replicas"));
            s.step["timeout_ms"] = json!(120_000);
        }),
    );
    told.case(
        "an interval nobody can read",
        config(Some("target")).bent(|s| {
            synced(s, Some("retention.ms,min.insync.replicas"));
            s.world
                .connector("mirror-source")
                .settings
                .insert("sync.topic.configs.interval.seconds".to_owned(), "soon".to_owned());
        }),
    );
    told.case(
        "dedicated mode",
        config(Some("target")).bent(|s| s.plan["replicator"]["connect"] = json!(null)),
    );
    told.case(
        "another replicator",
        config(Some("target")).bent(|s| s.plan["replicator"]["tool"] = json!("dual-write")),
    );
    told.case("no side", config(None));
    told.case(
        "a config nobody knows",
        config(Some("source")).bent(|s| s.with("set", json!({ "retention": 5 }))),
    );
    told.case(
        "a list",
        config(Some("source")).bent(|s| s.with("set", json!({ "cleanup.policy": ["compact"] }))),
    );
    told.case(
        "no such topic",
        config(Some("source")).bent(|s| {
            s.world.topics.get_mut(&(Side::Source, "orders".to_owned())).unwrap().found = Found::Absent;
        }),
    );
    told.case(
        "not authorised",
        config(Some("source")).bent(|s| {
            s.world.topics.get_mut(&(Side::Source, "orders".to_owned())).unwrap().unread =
                Some("not authorised to describe configs".to_owned());
        }),
    );
    told.case("not seen", config(Some("source")).bent(|s| s.world.silent.push("topics on source")));
    told.case_with("put back", config(Some("target")), |w| {
        let topic = w.topics.get_mut(&(Side::Target, "orders".to_owned())).unwrap();
        topic.configs.get_mut("retention.ms").unwrap().value = Some("604800000".to_owned());
    });
    told.case_with("seen in part", config(Some("source")), |w| w.partial.push("topics on source"));
    insta::assert_snapshot!(told.0);
}

#[test]
fn the_topics_are_looked_at_after_one_sync_interval() {
    let mut carried =
        config(Some("target")).bent(|s| synced(s, Some("retention.ms,min.insync.replicas"))).carried_out();
    let changes = carried.proposed().unwrap();
    carried.apply(&changes);
    // The interval has no answer: neither have the topics, and nothing is believed.
    carried.world.silent.push("rest on");
    assert_eq!(
        settled(&carried.settled(&changes)),
        "unknown: whether 2 topics rest on target: not reachable"
    );
}
