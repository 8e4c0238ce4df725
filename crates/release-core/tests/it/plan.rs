//! Plans: what is asked, what is refused, and what follows from what is there.

mod corpus;
mod course;
mod critical_path;
mod documents;
mod gate;
mod reach;
mod readiness;
mod rehearsal;
mod slips;
mod words;

use serde_json::{Value, json};
use toban_release_core::plan::{Plan, PlanDraft};

/// A plan to which nothing is missing: a migration in four phases behind a canary.
pub(crate) fn whole() -> Value {
    let step = |id: &str, kind: Value, takes: &str| {
        json!({
            "id": id, "item": {"ja": format!("{id}を行う"), "en": format!("do {id}")},
            "owner": {"role": "operations-lead"}, "command": ["./deploy", id], "time_out": "15m",
            "checks": ["it says ok"], "takes": takes, "kind": kind,
        })
    };
    let database = |phase: &str, to: &str| json!({"database": {"phase": phase, "to": to}});
    let mut contract = step("contract", database("contract", "s3"), "30s");
    contract["forward_fix"] = json!({
        "plan": "add the column again and fill it from the new one",
        "acknowledged": {"by": "carol", "at": "2026-02-27T09:00:00Z"},
    });
    json!({
        "target": {
            "service": "checkout", "version": "v1.4.0", "features": ["gift cards"],
            "previous": {"release": {
                "version": "v1.3.9", "verified": {"at": "2026-02-01T09:00:00Z", "source": "REL-41"},
            }},
        },
        "environment": {"kind": "production", "demands": [
            "announcements", "artefacts", "approval", "backup", "checklists", "readiness", "rehearsal",
        ]},
        "schedule": {"start": "2026-03-02T01:00:00Z", "end": "2026-03-02T03:00:00Z"},
        "impact": {"downtime": "0s", "scope": "nobody notices"},
        "author": "alice",
        "owner": {"role": "operations-lead"},
        "approvers": {"people": ["alice", "carol"], "rule": "two_persons"},
        "emergency": {"person": "carol"},
        "contacts": [
            {"person": "alice", "name": "Alice", "channels": ["+81-3-0000-0001"]},
            {"person": "bob", "name": "Bob", "channels": ["@bob"]},
            {"person": "carol", "name": "Carol", "channels": ["@carol"]},
        ],
        "roles": [{
            "role": "operations-lead", "name": {"ja": "運用リーダー", "en": "Operations lead"},
            "duties": ["leads"], "authorities": ["decides"], "held_by": ["bob"],
        }],
        "preparation": {
            "backups": ["orders"],
            "artefacts": [{"name": "checkout:v1.4.0", "digest": format!("sha256:{}", "ab".repeat(32))}],
        },
        "announcements": [
            {"stakeholder": "users", "occasion": "notice", "lead": "1d", "channel": "status page",
             "by": {"person": "bob"}},
            {"stakeholder": "support", "occasion": "started", "lead": "5m", "channel": "#support",
             "by": {"person": "bob"}},
        ],
        "strategy": {"kind": "canary", "stages": [
            {"name": "5 %", "weight": 5, "soak": "1m"}, {"name": "100 %", "weight": 100, "soak": "1m"},
        ]},
        "stages": [
            {"stage": "5 %", "success": ["errors below 0.1 %"],
             "rollback": [{"severity": "critical", "text": "errors above 1 %"}]},
            {"stage": "100 %", "success": ["errors below 0.1 %"],
             "rollback": [{"severity": "critical", "text": "errors above 1 %"}]},
        ],
        "database": {"migration": {"schemas": ["s1", "s2", "s3"], "compatible": [
            {"application": "v1.3.9", "schemas": ["s1", "s2"]},
            {"application": "v1.4.0", "schemas": ["s2", "s3"]},
        ]}},
        "steps": [
            step("expand", database("expand", "s2"), "1m"),
            step("backfill", database("backfill", "s2"), "2m"),
            step("deploy", json!("deploy"), "5m"),
            step("smoke", json!("smoke_test"), "30s"),
            contract,
        ],
        "rollback": {
            "criteria": [
                {"severity": "critical", "text": "orders are lost"},
                {"severity": "high", "text": "errors above 1 %"},
                {"severity": "medium", "text": "p95 above 500 ms"},
            ],
            "steps": [step("back", json!("deploy"), "2m")],
            "data_verification": [step("count-orders", json!("other"), "1m")],
            "checks": [step("smoke-again", json!("smoke_test"), "30s")],
        },
        "after": {
            "dashboards": ["https://grafana.example/checkout"], "watch": "1h",
            "support": {"by": {"person": "bob"}, "channel": "the help desk"},
            "declared_by": {"role": "operations-lead"},
        },
        "risks": [{"risk": "a deployment fails", "measure": "rollback", "impact": "medium", "probability": "low"}],
        "checklists": [{"name": "before", "items": [{
            "id": "flags", "item": "flags are off", "conditions": ["all off"], "deliverables": ["a screenshot"],
            "tests": ["the list is empty"],
        }]}],
        "kickoff": {"agenda": [{
            "start": "09:00:00", "end": "09:30:00", "title": "opening", "topics": ["goals"],
        }], "groups": [{"name": "operations", "members": ["Bob"]}]},
        "readiness": [
            {"id": "disk", "need": {"server": {"host": "db1", "resource": "disk_mib", "at_least": 1000}}},
            {"id": "key", "need": {"variable": {"name": "PAYMENT_KEY"}}},
            {"id": "queue", "need": {"service": {"address": "queue:5672"}}},
        ],
        "limits": {},
    })
}

pub(crate) fn draft(value: &Value) -> PlanDraft {
    serde_json::from_value(value.clone()).unwrap_or_else(|error| panic!("{error}"))
}

#[track_caller]
pub(crate) fn plan(value: &Value) -> Plan {
    draft(value).build().unwrap_or_else(|refused| panic!("{refused:#?}"))
}

/// The value without what stands at the JSON pointer.
pub(crate) fn without(mut value: Value, pointer: &str) -> Value {
    let (parent, last) = pointer.rsplit_once('/').unwrap();
    match value.pointer_mut(parent).unwrap() {
        Value::Object(fields) => drop(fields.remove(last).unwrap()),
        Value::Array(items) => drop(items.remove(last.parse().unwrap())),
        other => panic!("{other}"),
    }
    value
}

/// The value with something else at the JSON pointer, whose parent is there.
pub(crate) fn with(mut value: Value, pointer: &str, new: Value) -> Value {
    let (parent, last) = pointer.rsplit_once('/').unwrap();
    match value.pointer_mut(parent).unwrap() {
        Value::Object(fields) => drop(fields.insert(last.into(), new)),
        Value::Array(items) => items[last.parse::<usize>().unwrap()] = new,
        other => panic!("{other}"),
    }
    value
}
