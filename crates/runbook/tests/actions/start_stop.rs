use runbook::Side;
use runbook::world::GroupKind;
use serde_json::json;

use crate::cases::{Setup, Told};
use crate::world::{at, member};

fn stop(with: serde_json::Value) -> Setup {
    Setup::new("stop-app", Some("source"), with).bent(|s| s.world.run(Side::Source, 2, true))
}

fn start(with: serde_json::Value) -> Setup {
    Setup::new("start-app", Some("target"), with)
}

#[test]
fn what_a_stop_does_and_refuses() {
    let mut told = Told::default();
    let both = || json!({ "groups": "unit", "producers": "unit" });
    told.case("groups and producers", stop(both()));
    told.case("a group by name", stop(json!({ "groups": ["settlement"] })));
    told.case(
        "what did not run before does not have to run after the way back",
        stop(both()).bent(|s| s.world.run(Side::Source, 0, false)),
    );
    told.case(
        "on the target with one name for both sides",
        Setup::new("stop-app", Some("target"), json!({ "groups": "unit" }))
            .bent(|s| s.unit("/groups/settlement/app", json!(null))),
    );
    told.case(
        "one application for everything is called once",
        stop(both()).bent(|s| {
            s.unit("/producers/checkout/source_app", json!("aws/settlement"));
            s.unit("/producers/checkout/replicas", json!(null));
        }),
    );
    told.case(
        "by command",
        stop(json!({ "groups": "unit" })).bent(|s| {
            s.plan["apps"]["stop"] = json!({ "argv": ["./scale.sh", "{{ app }}", "{{ n }}"] });
            s.step["with"]["timeout"] = json!({ "attempt": "20s" });
        }),
    );
    told.case(
        "no application",
        stop(both()).bent(|s| {
            s.unit("/groups/settlement/app", json!(null));
            s.unit("/groups/settlement/source_app", json!(null));
        }),
    );
    told.case("no such group", stop(json!({ "groups": ["settlment"], "producers": ["chekout"] })));
    told.case("nothing named", stop(json!({})));
    told.case(
        "two numbers of replicas",
        stop(both()).bent(|s| s.unit("/producers/checkout/source_app", json!("aws/settlement"))),
    );
    told.case("no replicas", stop(both()).bent(|s| s.unit("/groups/settlement/replicas", json!(null))));
    told.case("no apps", stop(both()).bent(|s| s.plan["apps"] = json!(null)));
    told.case(
        "a template that names nothing",
        stop(both()).bent(|s| s.plan["apps"]["stop"]["url"] = json!("{{ endpoints.scaler }}/{{ app }}")),
    );
    told.case("groups not seen", stop(both()).bent(|s| s.world.silent.push("activity")));
    told.case("topics seen in part", stop(both()).bent(|s| s.world.partial.push("rest on")));
    told.case("a share group", stop(both()).bent(|s| s.world.group(Side::Source).kind = GroupKind::Share));
    insta::assert_snapshot!(told.0);
}

#[test]
fn when_a_stop_is_believed() {
    let mut told = Told::default();
    let both = || json!({ "groups": "unit", "producers": "unit" });
    told.case_with("members left", stop(both()), |w| w.run(Side::Source, 1, false));
    told.case_with("a static member", stop(both()), |w| {
        w.group(Side::Source).members = vec![member("settlement-0", Some("node-1"))];
    });
    told.case_with("between two generations", stop(both()), |w| {
        w.group(Side::Source).state = "PreparingRebalance";
    });
    told.case_with("commits move without a member", stop(both()), |w| {
        w.group(Side::Source).moving = [at("orders", 0), at("orders", 1)].into();
    });
    told.case_with("records still written, and a member", stop(both()), |w| w.run(Side::Source, 1, true));
    told.case_with("retry topics may grow", stop(json!({ "producers": "unit" })), |w| {
        w.partition(Side::Source, "orders.retry", 0).grows = 3;
    });
    told.case_with(
        "another producer of the unit writes on",
        stop(json!({ "producers": ["checkout"] })).bent(|s| {
            s.unit("/producers/importer", json!({ "app": "x", "source_app": "x", "replicas": 1, "principal": null, "on_refusal": null }));
        }),
        |w| w.run(Side::Source, 0, true),
    );
    told.case_with("not seen", stop(both()), |w| w.silent.push("activity"));
    told.case_with("commits not readable", stop(both()), |w| {
        w.group(Side::Source).unread = Some("not authorised to read its commits".to_owned());
    });
    insta::assert_snapshot!(told.0);
}

#[test]
fn what_a_start_does_and_refuses() {
    let mut told = Told::default();
    let both = || json!({ "groups": "unit", "producers": "unit" });
    told.case("groups and producers", start(both()));
    told.case("back on the source", Setup::new("start-app", Some("source"), both()));
    told.case(
        "all replicas run already",
        start(json!({ "groups": "unit" })).bent(|s| s.world.run(Side::Target, 2, false)),
    );
    told.case(
        "one of two replicas runs",
        start(json!({ "groups": "unit" })).bent(|s| s.world.run(Side::Target, 1, false)),
    );
    told.case("active on the source", start(both()).bent(|s| s.world.run(Side::Source, 2, false)));
    told.case(
        "commits move on the source",
        start(both()).bent(|s| s.world.group(Side::Source).moving = [at("orders", 0)].into()),
    );
    told.case("the other side not seen", start(both()).bent(|s| s.world.silent.push("on source")));
    told.case("its own side not seen", start(both()).bent(|s| s.world.silent.push("on target")));
    told.case("no replicas", start(both()).bent(|s| s.unit("/producers/checkout/replicas", json!(null))));
    told.case_with("nobody joins, nobody writes", start(both()), |w| w.run(Side::Target, 0, false));
    told.case_with(
        "a consumer that assigns its partitions itself",
        start(json!({ "groups": "unit" })),
        |w| {
            w.run(Side::Target, 0, false);
            w.group(Side::Target).moving = [at("orders", 0)].into();
        },
    );
    told.case_with("a group nobody knows", start(json!({ "groups": "unit" })), |w| {
        w.groups.remove(&(Side::Target, "settlement".to_owned()));
        w.groups.insert((Side::Target, "settlement".to_owned()), {
            let mut group = crate::world::quiet().groups[&(Side::Target, "settlement".to_owned())].clone();
            (group.kind, group.state) = (GroupKind::Absent, "");
            group
        });
    });
    insta::assert_snapshot!(told.0);
}
