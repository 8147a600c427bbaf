//! A small plan, and the example of each kind as a step of it.

use runbook::plan::{Plan, PlannedStep};
use serde_json::{Value, json};

/// The moment at which tests decide.
pub const NOW: &str = "2026-12-06T00:30:00Z";

pub fn plan() -> Value {
    json!({
        "name": "settlement", "title": "Order settlement", "change": null, "revision": null,
        "environment": "lab", "digest": "plan-1", "environment_digest": "env-1",
        "source": { "properties": "source.properties", "cluster_id": null, "read_budget": null },
        "target": { "properties": "target.properties", "cluster_id": null, "read_budget": null },
        "replicator": { "tool": "mirrormaker2", "source_alias": "aws", "target_alias": "gcp", "connect": "http://connect:8083" },
        "endpoints": { "deploy": "https://deploy" },
        "people": {}, "roles": {}, "window": null,
        "parameters": [{ "name": "namespace", "value": "prod", "from": "default", "why": null }],
        "units": [unit()], "checks": [], "steps": [], "commit_point": null, "no_way_back": [],
        "rollback": { "authority_before": "source", "authority_after_switch": "target", "no_triggers": null, "plans": [], "triggers": [] },
        "apps": {
            "stop": { "method": "PUT", "url": "{{ endpoints.deploy }}/{{ namespace }}/{{ app }}", "json": { "n": 0 }, "bearer": "deploy_token", "argv": [] },
            "start": { "method": "PUT", "url": "{{ endpoints.deploy }}/{{ namespace }}/{{ app }}", "json": { "n": "{{ n }}" }, "bearer": "deploy_token", "argv": [] }
        },
        "out_of_scope": [], "files": []
    })
}

fn unit() -> Value {
    let tolerates =
        json!({ "replayed": 0, "skipped": 0, "lag_ms": null, "lag_records": null, "stall_ms": null });
    json!({
        "name": "settlement", "owner": "app_owner",
        "topics": ["orders", "accounts"], "retry": ["orders.retry"], "dead_letter": [],
        "groups": { "settlement": {
            "app": "gcp/settlement", "source_app": "aws/settlement", "replicas": 2, "isolation": "read_committed", "reset": "none",
            "session_timeout_ms": 45000, "commits": null, "truth": "committed", "tolerates": tolerates, "business_key": null } },
        "producers": { "checkout": {
            "app": "gcp/checkout", "source_app": "aws/checkout", "replicas": 3, "principal": "User:checkout", "on_refusal": null } },
        "principals": ["User:settlement"], "stays_behind": [],
        "tolerates": tolerates, "business_key": null, "recovery": null
    })
}

pub fn read_plan(json: &Value) -> Plan {
    serde_json::from_value(json.clone()).expect("the plan of the tests is well formed")
}

/// A step as the plan holds it: `on` and `with`, and what else it says.
pub fn step(kind: &str, on: Option<&str>, with: Value) -> Value {
    json!({
        "id": kind, "do": kind, "title": null, "needs": [], "unit": "settlement", "on": on, "effect": "idempotent",
        "owner": null, "est_ms": null, "timeout_ms": 900000, "commit_point": false, "no_undo": null,
        "with": { "with": with }
    })
}

pub fn read_step(json: &Value) -> PlannedStep {
    serde_json::from_value(json.clone()).expect("the step of the tests is well formed")
}
