use journal::RunId;
use runbook::plan::Plan;
use runbook::verdict::{Finding, Judgement};

use super::*;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../runbooks/demo/runbook.yaml");

fn plan() -> Plan {
    let loaded = runbook::load(FILE, &crate::disk::Disk, &runbook::load::Options::default());
    runbook::plan(&loaded).unwrap()
}

#[test]
fn a_watch_goes_on_only_with_the_very_same_plan() {
    let top = tempfile::tempdir().unwrap();
    let (runs, now, plan) = (Runs::at(top.path()), Timestamp::now(), plan());
    let header = |plan: &Plan| Header::new(plan.clone(), "watch", now);
    let run = Run::create(&runs, header(&plan), now).unwrap();
    let id: RunId = run.id().clone();
    drop(run);
    let found = |plan: &Plan| left(&runs, &header(plan)).unwrap().map(|folder| folder.path().to_owned());
    assert_eq!(found(&plan), Some(top.path().join(id.as_str())));
    // None of these is in a digest.
    let changes: [fn(&mut Plan); 3] = [
        |plan| plan.rehearsal = None,
        |plan| drop(plan.roles.pop_first()),
        |plan| {
            let waiver = serde_json::json!({
                "id": "W-1", "check": "durability", "item": null, "requested_by": "ana", "approved_by": "omar",
                "reason": "lab", "effective": "2026-11-20T09:00:00Z", "expires": "2026-12-20T09:00:00Z",
            });
            plan.waivers.push(serde_json::from_value(waiver).unwrap());
        },
    ];
    for change in changes {
        let mut other = plan.clone();
        change(&mut other);
        assert_ne!(other, plan);
        assert_eq!((&other.digest, found(&other)), (&plan.digest, None));
    }
}

#[test]
fn a_watch_whose_last_look_was_in_vain_exits_unknown() {
    let top = tempfile::tempdir().unwrap();
    let (now, plan) = (Timestamp::now(), plan());
    let header = Header::new(plan.clone(), "watch", now);
    let mut run = Run::create(&Runs::at(top.path()), header, now).unwrap();
    let header = run.state().header().clone();
    for (unit, check) in header.pairs() {
        let (unit, check) = (unit.to_owned(), check.to_owned());
        let judgement = Judgement {
            level: Level::Red,
            why: None,
            findings: vec![Finding::new("CUT2301", "source cluster", "a controller", "none", "wait")],
            incomplete: false,
            measured_at: Some(now),
            ..Judgement::unknown("x")
        };
        run.append(now, Event::Judged { unit, check, judgement, provisional: false }).unwrap();
    }
    assert_eq!(end(&mut run, Looked::InVain, true).unwrap(), Exit::Unknown);
}
