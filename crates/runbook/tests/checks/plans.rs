//! A small plan to judge against, and ways to bend it.

use runbook::plan::{Plan, PlannedCheck};
use serde_json::{Value, json};

/// The moment at which tests judge.
pub const NOW: &str = "2026-12-06T00:30:00Z";

/// A plan with one unit, `settlement`, and no checks.
pub fn plan_json() -> Value {
    json!({
        "name": "settlement", "title": "Order settlement", "change": null, "revision": null,
        "environment": "lab", "digest": "plan-1", "environment_digest": "env-1",
        "source": { "properties": "source.properties", "cluster_id": null, "read_budget": null },
        "target": { "properties": "target.properties", "cluster_id": null, "read_budget": null },
        "replicator": { "tool": "mirrormaker2", "source_alias": "source", "target_alias": "target", "connect": null },
        "endpoints": {},
        "people": { "mina": { "key": null }, "tomas": { "key": null }, "ana": { "key": null }, "omar": { "key": null } },
        "roles": {
            "app_owner": { "people": ["mina"], "backup": [], "accepts": ["offset_parity", "platform_compatibility"] },
            "platform_owner": { "people": ["omar"], "backup": [], "accepts": ["operations"] },
            "security_owner": { "people": ["tomas"], "backup": [], "accepts": ["governance"] },
            "rollback_owner": { "people": ["ana"], "backup": ["omar"], "accepts": ["rollback"] }
        },
        "window": { "opens": "2026-12-06T00:00:00Z", "closes": "2026-12-06T03:00:00Z", "keep_for_rollback_ms": 2700000 },
        "parameters": [],
        "units": [unit_json()],
        "checks": [
            check("activity", "single-activity", "offset_parity", "boundary"),
            check("content", "content-parity", "offset_parity", "content"),
            check("tables", "compacted-parity", "offset_parity", "content")
        ], "steps": [], "commit_point": null, "no_way_back": [],
        "rollback": { "authority_before": "source", "authority_after_switch": "target", "no_triggers": null, "plans": ["back-to-source"],
            "triggers": [
                { "id": "split", "check": "activity", "breach": "red", "for_ms": 30000, "armed_from": null, "armed_until": null,
                  "act": "ask", "ask_role": "rollback_owner", "called_by": [], "plan": "back-to-source" },
                { "id": "call", "check": null, "breach": null, "for_ms": null, "armed_from": null, "armed_until": null,
                  "act": null, "ask_role": null, "called_by": ["rollback_owner"], "plan": "back-to-source" }
            ] },
        "rehearsal": { "environment": "lab", "workload": "mirrored", "rollback_from": ["last-look", "soak"],
            "faults": ["kill-engine", "restart-broker"], "valid_for_ms": 1209600000,
            "parts": { "step drain": "d1", "step fence": "f1", "check health": "h1" } },
        "out_of_scope": [], "files": []
    })
}

fn unit_json() -> Value {
    let tolerates =
        json!({ "replayed": 0, "skipped": 0, "lag_ms": null, "lag_records": null, "stall_ms": null });
    json!({
        "name": "settlement", "owner": "app_owner",
        "topics": ["orders", "accounts"], "retry": ["orders.retry"], "dead_letter": [],
        "groups": { "settlement": {
            "app": null, "source_app": null, "replicas": null, "isolation": "read_committed", "reset": "none",
            "session_timeout_ms": null, "commits": null, "truth": "committed", "tolerates": tolerates, "business_key": null } },
        "producers": { "checkout": { "app": null, "source_app": null, "replicas": null, "principal": "User:checkout", "on_refusal": null } },
        "principals": ["User:settlement"], "stays_behind": [], "external_positions": { "ledger": { "exec": ["./position.sh"] } },
        "tolerates": tolerates, "business_key": null, "recovery": null
    })
}

pub fn read_plan(json: Value) -> Plan {
    serde_json::from_value(json).expect("the plan of the tests is well formed")
}

pub fn check(id: &str, kind: &str, dimension: &str, proof: &str) -> PlannedCheck {
    serde_json::from_value(json!({
        "id": id, "kind": kind, "built": true, "title": null, "help": null, "dimension": dimension, "proof": proof,
        "covers": [], "severity": "major", "on": null, "units": [], "with": {}, "green": null, "yellow": null,
        "no_data": null, "settle": null, "sample": null, "budget": null, "max_age_ms": null, "due": null,
        "from_rehearsal": false, "owner": null, "rule_digest": format!("rule of {id}")
    }))
    .expect("the check of the tests is well formed")
}
