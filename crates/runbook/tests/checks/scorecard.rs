//! The scorecard: what counts, what is missing, what is accepted.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::plans::{NOW, check, plan_json, read_plan};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use runbook::check::Facts;
use runbook::plan::{Plan, PlannedStep, Waiver};
use runbook::verdict::scorecard::{self, Acceptance, AcceptedCheck, Input, Progress, findings_digest};
use runbook::verdict::{
    CheckCell, Decision, DimensionCell, Finding, Item, ItemVerdict, Judged, Judgement, Scorecard, Severity,
};
use runbook::{Dimension, Level, Side};

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

/// One check for every proof a kind of this version can give.
fn whole_plan() -> Plan {
    let mut plan = read_plan(plan_json());
    for (name, person) in &mut plan.people {
        person.public_key = Some(format!("ssh-ed25519 {name}"));
    }
    plan.checks = vec![
        check("shape", "topic-shape", "offset_parity", "metadata"),
        check("provable", "position-provable", "offset_parity", "boundary"),
        check("resume", "group-resume", "offset_parity", "resume"),
        check("content", "content-parity", "offset_parity", "content"),
        check("client", "client-probe", "platform_compatibility", "api"),
        check("replication", "replication-health", "operations", "signal"),
        check("clusters", "cluster-health", "operations", "signal"),
        check("acls", "acl-parity", "governance", "diff"),
        check("network", "review", "governance", "reviewed"),
        check("anchor", "rollback-anchor", "rollback", "anchor"),
        check("triggers", "triggers-ready", "rollback", "trigger"),
        check("rehearsed", "rehearsal-covered", "rollback", "rehearsed"),
    ];
    covers(&mut plan, "replication", &["replication"]);
    covers(&mut plan, "clusters", &["source", "target"]);
    plan
}

fn covers(plan: &mut Plan, id: &str, what: &[&str]) {
    let check = plan.checks.iter_mut().find(|check| check.id == id).unwrap();
    check.covers = what.iter().map(|what| (*what).to_owned()).collect();
}

fn finding(subject: &str) -> Finding {
    Finding::new("CUT2141", subject, "exact", "replay", "land the exact position")
}

fn judged(items: &[(&str, Level)], incomplete: bool) -> Judged<'static> {
    let verdicts: Vec<ItemVerdict> = items
        .iter()
        .map(|(subject, level)| ItemVerdict { item: Item::new(*subject, Facts::new()), level: *level })
        .collect();
    let worst = items.iter().map(|(_, level)| *level).max().unwrap_or(Level::Unknown);
    let level = if incomplete { worst.max(Level::Unknown) } else { worst };
    let found = |level: &Level| matches!(level, Level::Red | Level::Yellow);
    Judged {
        judgement: Cow::Owned(Judgement {
            level,
            why: (level == Level::Unknown).then(|| "the broker did not answer".to_owned()),
            findings: items.iter().filter(|(_, level)| found(level)).map(|(s, _)| finding(s)).collect(),
            items: verdicts,
            evidence: vec!["e".repeat(64)],
            measured_at: Some(now() - SignedDuration::from_secs(60)),
            incomplete,
        }),
        at: now(),
    }
}

type Judgements = BTreeMap<(String, String), Judged<'static>>;

fn all(plan: &Plan, level: Level) -> Judgements {
    plan.checks
        .iter()
        .map(|check| {
            (("settlement".to_owned(), check.id.clone()), judged(&[("group settlement", level)], false))
        })
        .collect()
}

fn put(judgements: &mut Judgements, check: &str, judged: Judged<'static>) {
    judgements.insert(("settlement".to_owned(), check.to_owned()), judged);
}

fn input<'a>(plan: &'a Plan, judgements: &'a Judgements) -> Input<'a> {
    Input {
        plan,
        run: "20261206-1",
        runbook: "settlement.yaml",
        again: scorecard::Again::default(),
        judgements,
        acceptances: &[],
        progress: &Progress::Checking,
        now: now(),
        partial: false,
        signable: true,
    }
}

fn build(plan: &Plan, judgements: &Judgements) -> Scorecard {
    scorecard::build(&input(plan, judgements))
}

fn dimension(card: &Scorecard, dimension: Dimension) -> &DimensionCell {
    card.units[0].dimensions.iter().find(|cell| cell.dimension == dimension).unwrap()
}

fn cell<'a>(card: &'a Scorecard, id: &str) -> &'a CheckCell {
    card.units[0].dimensions.iter().flat_map(|cell| &cell.checks).find(|cell| cell.check == id).unwrap()
}

fn accept_all(plan: &Plan, card: &Scorecard) -> Vec<Acceptance> {
    card.units[0]
        .dimensions
        .iter()
        .map(|cell| {
            let (role, who) = plan
                .roles
                .iter()
                .find(|(_, role)| role.accepts.contains(&cell.dimension))
                .map(|(name, role)| (name.clone(), role.people[0].clone()))
                .unwrap();
            let accepted = |cell: &CheckCell| AcceptedCheck {
                rule_digest: plan.check(&cell.check).unwrap().rule_digest.clone(),
                level: cell.verdict,
                findings: findings_digest(&cell.findings),
            };
            Acceptance {
                unit: "settlement".into(),
                dimension: cell.dimension,
                role,
                key: plan.people[&who].public_key.clone().unwrap(),
                by: who,
                decision: Decision::Accept,
                reason: None,
                environment_digest: plan.environment_digest.clone(),
                statement: "5".repeat(64),
                at: now() - SignedDuration::from_secs(10),
                expires: None,
                plan_digest: plan.digest.clone(),
                checks: cell.checks.iter().map(|cell| (cell.check.clone(), accepted(cell))).collect(),
                evidence: vec![],
            }
        })
        .collect()
}

/// Whoever is refused instead of stopped may lose what is in flight: nothing measured makes that good.
#[test]
fn a_fence_by_acl_alone_caps_offset_parity_at_yellow() {
    let levels = |fence: Option<(&str, Option<Side>, &str)>| {
        let mut plan = whole_plan();
        plan.steps.extend(fence.map(|(by, on, unit)| PlannedStep {
            id: "fence".into(),
            kind: "fence-writes".into(),
            unit: Some(unit.into()),
            on,
            with: serde_json::json!({ "with": { "topics": "unit", "by": by } }),
            ..PlannedStep::default()
        }));
        let judgements = all(&plan, Level::Green);
        let acceptances = accept_all(&plan, &build(&plan, &judgements));
        let card = scorecard::build(&Input { acceptances: &acceptances, ..input(&plan, &judgements) });
        let offsets = dimension(&card, Dimension::OffsetParity);
        assert!(offsets.accepted_by.is_some());
        assert_eq!(dimension(&card, Dimension::Operations).level, Level::Green);
        (offsets.level, offsets.reason.contains("step fence fences by ACL alone"))
    };
    let green = (Level::Green, false);
    assert_eq!(levels(None), green);
    assert_eq!(levels(Some(("stop", None, "settlement"))), green);
    assert_eq!(levels(Some(("acl", None, "settlement"))), (Level::Yellow, true));
    assert_eq!(levels(Some(("acl", None, "another"))), green);
    // A fence of the target closes it to nobody who was at work before.
    assert_eq!(levels(Some(("acl", Some(Side::Target), "settlement"))), green);
}

#[test]
fn green_checks_alone_are_yellow_until_the_owner_accepts() {
    let plan = whole_plan();
    let judgements = all(&plan, Level::Green);
    let card = build(&plan, &judgements);
    assert_eq!(card.overall, Level::Yellow);
    for cell in &card.units[0].dimensions {
        assert_eq!(cell.level, Level::Yellow, "{cell:?}");
        assert!(cell.reason.starts_with("evidence present, not accepted"), "{}", cell.reason);
        assert!(cell.missing.is_empty());
    }
    let offset = dimension(&card, Dimension::OffsetParity);
    assert!(offset.not_yet_judged.is_empty());

    let acceptances = accept_all(&plan, &card);
    let accepted = scorecard::build(&Input { acceptances: &acceptances, ..input(&plan, &judgements) });
    let levels: Vec<Level> = accepted.units[0].dimensions.iter().map(|cell| cell.level).collect();
    use Level::*;
    // Governance waits for a proof this version cannot give.
    assert_eq!(levels, [Green, Green, Green, Yellow, Green]);
    assert_eq!(dimension(&accepted, Dimension::Operations).accepted_by.as_deref(), Some("omar"));
}

#[test]
fn an_acceptance_is_void_when_rule_plan_person_time_or_findings_differ() {
    let plan = whole_plan();
    let judgements = all(&plan, Level::Green);
    let valid = accept_all(&plan, &build(&plan, &judgements));
    let level = |plan: &Plan, judgements: &Judgements, acceptances: &[Acceptance]| {
        let card = scorecard::build(&Input { acceptances, ..input(plan, judgements) });
        dimension(&card, Dimension::Operations).level
    };
    assert_eq!(level(&plan, &judgements, &valid), Level::Green);

    let mut other_plan = plan.clone();
    other_plan.digest = "plan-2".into();
    assert_eq!(level(&other_plan, &judgements, &valid), Level::Yellow);
    let mut other_rule = plan.clone();
    other_rule.checks.iter_mut().for_each(|check| check.rule_digest.push('x'));
    assert_eq!(level(&other_rule, &judgements, &valid), Level::Yellow);
    type Bend = fn(&mut Acceptance);
    let bends: [Bend; 5] = [
        |a| a.by = "mina".into(),
        |a| a.role = "app_owner".into(),
        |a| a.expires = Some(now()),
        |a| a.at = now() + SignedDuration::from_secs(1),
        |a| a.checks.clear(),
    ];
    for bend in bends {
        let mut bent = valid.clone();
        bent.iter_mut().for_each(bend);
        assert_eq!(level(&plan, &judgements, &bent), Level::Yellow);
    }

    let mut yellow = judgements.clone();
    put(&mut yellow, "clusters", judged(&[("source cluster", Level::Yellow)], false));
    let accepted_yellow = accept_all(&plan, &build(&plan, &yellow));
    let card = scorecard::build(&Input { acceptances: &accepted_yellow, ..input(&plan, &yellow) });
    let operations = dimension(&card, Dimension::Operations);
    assert_eq!((operations.level, operations.accepted_by.as_deref()), (Level::Yellow, Some("omar")));
    // The same level with another finding was not accepted.
    put(&mut yellow, "clusters", judged(&[("target cluster", Level::Yellow)], false));
    let card = scorecard::build(&Input { acceptances: &accepted_yellow, ..input(&plan, &yellow) });
    assert_eq!(dimension(&card, Dimension::Operations).accepted_by, None);
}

/// What the operations dimension says, with these acceptances: level, who accepted, and why the last one is void.
fn operations(
    plan: &Plan,
    judgements: &Judgements,
    said: &[Acceptance],
) -> (Level, Option<String>, Option<String>) {
    let card = scorecard::build(&Input { acceptances: said, ..input(plan, judgements) });
    let cell = dimension(&card, Dimension::Operations);
    let void = cell.signatures.last().and_then(|signature| signature.void.clone());
    if let Some(why) = void.as_ref().filter(|_| cell.level == Level::Yellow) {
        assert!(cell.reason.contains(why.as_str()), "{}", cell.reason);
    }
    (cell.level, cell.accepted_by.clone(), void)
}

#[test]
fn each_reason_that_voids_an_acceptance_is_told_and_none_leaves_it_green() {
    let plan = whole_plan();
    let judgements = all(&plan, Level::Green);
    let valid = accept_all(&plan, &build(&plan, &judgements));
    assert_eq!(operations(&plan, &judgements, &valid), (Level::Green, Some("omar".into()), None));
    let void = |plan: &Plan, judgements: &Judgements, said: &[Acceptance], why: &str| {
        let (level, by, told) = operations(plan, judgements, said);
        assert!(level >= Level::Yellow && by.is_none(), "{why}: {level} by {by:?}");
        assert!(told.as_ref().is_some_and(|told| told.contains(why)), "{why}: {told:?}");
    };
    type OfPlan = fn(&mut Plan);
    let plans: [(&str, OfPlan); 10] = [
        ("the plan is another", |plan| plan.digest = "2".into()),
        ("the environment is another", |plan| plan.environment_digest = "2".into()),
        ("the rule of", |plan| plan.checks.iter_mut().for_each(|check| check.rule_digest.push('x'))),
        ("no key of omar is declared", |plan| plan.people.get_mut("omar").unwrap().public_key = None),
        ("not the one declared for omar", |plan| {
            plan.people.get_mut("omar").unwrap().public_key = Some("ssh-ed25519 new".into());
        }),
        ("not among the people", |plan| drop(plan.people.remove("omar"))),
        ("omar does not hold the role platform_owner", |plan| {
            plan.roles.get_mut("platform_owner").unwrap().people = vec!["tomas".into()];
        }),
        ("there is no role platform_owner", |plan| drop(plan.roles.remove("platform_owner"))),
        ("does not accept", |plan| plan.roles.get_mut("platform_owner").unwrap().accepts.clear()),
        ("expired at", |plan| plan.acceptance_max_ms = Some(9_000)),
    ];
    for (why, change) in plans {
        let mut changed = plan.clone();
        change(&mut changed);
        void(&changed, &judgements, &valid, why);
    }
    type OfAcceptance = fn(&mut Acceptance);
    let acceptances: [(&str, OfAcceptance); 6] = [
        ("expired at", |one| one.expires = Some(now())),
        ("in the future", |one| one.at = now() + SignedDuration::from_millis(1)),
        ("was not accepted", |one| drop(one.checks.remove("clusters"))),
        ("not the one declared", |one| one.key = "ssh-ed25519 eve".into()),
        ("not what was accepted", |one| one.checks.get_mut("clusters").unwrap().findings = "0".into()),
        ("was yellow and is green", |one| one.checks.get_mut("clusters").unwrap().level = Level::Yellow),
    ];
    for (why, change) in acceptances {
        let mut changed = valid.clone();
        changed.iter_mut().filter(|one| one.dimension == Dimension::Operations).for_each(change);
        void(&plan, &judgements, &changed, why);
    }
    let mut found = judgements.clone();
    put(&mut found, "clusters", judged(&[("source cluster", Level::Yellow)], false));
    void(&plan, &found, &valid, "what clusters finds is not what was accepted");
    let mut unmeasured = judgements.clone();
    put(&mut unmeasured, "clusters", judged(&[("source cluster", Level::Unknown)], false));
    void(&plan, &unmeasured, &valid, "was green and is unknown");
    unmeasured.remove(&("settlement".to_owned(), "clusters".to_owned()));
    void(&plan, &unmeasured, &valid, "was green and is unknown");
    let mut later = plan.clone();
    later.checks.push(check("more", "durability", "operations", "signal"));
    let mut more = judgements.clone();
    put(&mut more, "more", judged(&[("cluster", Level::Green)], false));
    void(&later, &more, &valid, "more counts now and was not accepted");
    // Within the policy's time it holds; a statement cannot give itself more.
    let mut short = plan.clone();
    short.acceptance_max_ms = Some(60_000);
    assert_eq!(operations(&short, &judgements, &valid).0, Level::Green);
    let mut long = valid.clone();
    long.iter_mut().for_each(|one| one.expires = Some(now() + SignedDuration::from_hours(9)));
    short.acceptance_max_ms = Some(9_000);
    void(&short, &judgements, &long, "expired at");
}

#[test]
fn a_rejection_is_red_until_its_role_accepts() {
    let plan = whole_plan();
    let judgements = all(&plan, Level::Green);
    let accept = accept_all(&plan, &build(&plan, &judgements));
    let reject: Vec<Acceptance> = accept
        .iter()
        .cloned()
        .map(|one| Acceptance { decision: Decision::Reject, reason: Some("not convinced".into()), ..one })
        .collect();
    let said = |lists: &[&[Acceptance]]| lists.concat();
    let (level, by, void) = operations(&plan, &judgements, &reject);
    assert_eq!((level, by, void), (Level::Red, None, None));
    let card = scorecard::build(&Input { acceptances: &reject, ..input(&plan, &judgements) });
    let reason = &dimension(&card, Dimension::Operations).reason;
    assert!(reason.starts_with("rejected by omar as platform_owner: not convinced"), "{reason}");
    assert_eq!(operations(&plan, &judgements, &said(&[&accept, &reject])).0, Level::Red);
    assert_eq!(operations(&plan, &judgements, &said(&[&reject, &accept])).0, Level::Green);
    // Time and new findings take nothing from a no; what was accepted later does not count, so nothing is accepted.
    let mut found = judgements.clone();
    put(&mut found, "clusters", judged(&[("source cluster", Level::Yellow)], false));
    assert_eq!(operations(&plan, &found, &reject).0, Level::Red);
    assert_eq!(operations(&plan, &found, &said(&[&reject, &accept])).0, Level::Yellow);
    // The no of somebody who is not entitled is none, and takes no yes back.
    let mut stranger = reject.clone();
    stranger.iter_mut().for_each(|one| one.key = "ssh-ed25519 eve".into());
    assert_eq!(operations(&plan, &judgements, &said(&[&accept, &stranger])).0, Level::Green);
    // Another role that accepts the dimension says no: one is enough.
    let mut two = plan.clone();
    two.roles.get_mut("rollback_owner").unwrap().accepts.push(Dimension::Operations);
    let mut other = reject.clone();
    other.iter_mut().for_each(|one| {
        one.role = "rollback_owner".into();
        one.by = "ana".into();
        one.key = "ssh-ed25519 ana".into();
    });
    assert_eq!(operations(&two, &judgements, &said(&[&other, &accept])), (Level::Red, None, None));
}

#[test]
fn a_word_that_was_taken_back_never_counts_again() {
    let plan = whole_plan();
    let judgements = all(&plan, Level::Green);
    let accept = accept_all(&plan, &build(&plan, &judgements));
    let of = |decision: Decision, said: &[Acceptance]| -> Vec<Acceptance> {
        let reason = (decision == Decision::Reject).then(|| "not convinced".to_owned());
        said.iter().cloned().map(|one| Acceptance { decision, reason: reason.clone(), ..one }).collect()
    };
    let reject = of(Decision::Reject, &accept);
    // Said twice, a no is taken back by one yes all the same.
    let twice = [reject.clone(), reject.clone(), accept.clone()].concat();
    assert_eq!(operations(&plan, &judgements, &twice), (Level::Green, Some("omar".into()), None));
    // Accepted twice, rejected, then other findings accepted: what was rejected is not green when it comes back.
    let mut found = judgements.clone();
    put(&mut found, "clusters", judged(&[("source cluster", Level::Yellow)], false));
    let other = accept_all(&plan, &build(&plan, &found));
    let said = [accept.clone(), accept, reject, other].concat();
    let card = scorecard::build(&Input { acceptances: &said, ..input(&plan, &judgements) });
    let cell = dimension(&card, Dimension::Operations);
    assert_eq!((cell.level, cell.accepted_by.as_deref()), (Level::Yellow, None));
    let void: Vec<&str> = cell.signatures.iter().filter_map(|one| one.void.as_deref()).collect();
    assert_eq!(void[..3], ["taken back by omar"; 3]);
}

#[test]
fn a_missing_proof_is_red_and_named() {
    for (gone, dimension_of, name) in [
        ("shape", Dimension::OffsetParity, "metadata"),
        ("provable", Dimension::OffsetParity, "boundary"),
        ("client", Dimension::PlatformCompatibility, "api"),
        ("acls", Dimension::Governance, "diff"),
        ("resume", Dimension::OffsetParity, "resume"),
        ("content", Dimension::OffsetParity, "content"),
        ("network", Dimension::Governance, "reviewed"),
        ("anchor", Dimension::Rollback, "anchor"),
        ("triggers", Dimension::Rollback, "trigger"),
        ("rehearsed", Dimension::Rollback, "rehearsed"),
        ("replication", Dimension::Operations, "signal covering replication"),
    ] {
        let mut plan = whole_plan();
        plan.checks.retain(|check| check.id != gone);
        let card = build(&plan, &all(&plan, Level::Green));
        let cell = dimension(&card, dimension_of);
        assert_eq!(cell.level, Level::Red, "without {gone}");
        assert_eq!(cell.missing, [name]);
        assert!(cell.reason.contains(name), "{}", cell.reason);
        assert_eq!(card.overall, Level::Red);
    }
}

#[test]
fn signals_have_to_cover_both_clusters_and_the_replication() {
    let mut plan = whole_plan();
    covers(&mut plan, "clusters", &["target"]);
    let card = build(&plan, &all(&plan, Level::Green));
    assert_eq!(dimension(&card, Dimension::Operations).missing, ["signal covering source"]);
    // A check that looks at one side does not cover the other, whatever it states.
    covers(&mut plan, "clusters", &["source", "target"]);
    plan.checks.iter_mut().find(|check| check.id == "clusters").unwrap().on = Some(Side::Target);
    let card = build(&plan, &all(&plan, Level::Green));
    assert_eq!(dimension(&card, Dimension::Operations).missing, ["signal covering source"]);
    plan.checks.iter_mut().for_each(|check| check.on = None);
    plan.replicator.tool = "none".into();
    plan.checks.retain(|check| check.id != "replication");
    covers(&mut plan, "clusters", &["source", "target"]);
    assert!(dimension(&build(&plan, &all(&plan, Level::Green)), Dimension::Operations).missing.is_empty());
}

#[test]
fn what_was_not_measured_is_unknown_and_says_so() {
    let plan = whole_plan();
    let card = build(&plan, &Judgements::new());
    assert_eq!(card.overall, Level::Unknown);
    assert_eq!(cell(&card, "network").why.as_deref(), Some("not measured in this run"));

    let mut later = whole_plan();
    later.checks.push(check("state", "streams-state", "offset_parity", "content"));
    let mut judgements = all(&later, Level::Green);
    judgements.remove(&("settlement".into(), "state".into()));
    let card = build(&later, &judgements);
    assert_eq!(cell(&card, "state").why.as_deref(), Some("kind streams-state not in this version"));
    assert_eq!(dimension(&card, Dimension::OffsetParity).level, Level::Unknown);
}

#[test]
fn a_plan_without_units_is_unknown() {
    let mut plan = whole_plan();
    plan.units.clear();
    assert_eq!(build(&plan, &Judgements::new()).overall, Level::Unknown);
}

#[test]
fn old_evidence_is_unknown_with_its_age() {
    let mut plan = whole_plan();
    plan.checks[0].max_age_ms = Some(59_000);
    let card = build(&plan, &all(&plan, Level::Green));
    let shape = cell(&card, "shape");
    assert_eq!((shape.verdict, shape.age_seconds), (Level::Unknown, Some(60)));
    assert_eq!(shape.why.as_deref(), Some("expired: green 1m ago, valid for 59s"));
    plan.checks[0].max_age_ms = Some(60_000);
    assert_eq!(cell(&build(&plan, &all(&plan, Level::Green)), "shape").verdict, Level::Green);
}

#[test]
fn evidence_from_the_future_is_unknown() {
    let plan = whole_plan();
    let mut judgements = all(&plan, Level::Green);
    let mut ahead = judged(&[("topic orders", Level::Green)], false);
    ahead.judgement.to_mut().measured_at = Some(now() + SignedDuration::from_mins(10));
    put(&mut judgements, "shape", ahead);
    assert_eq!(cell(&build(&plan, &judgements), "shape").verdict, Level::Unknown);
}

#[test]
fn a_green_judgement_without_whole_evidence_does_not_count() {
    let plan = whole_plan();
    type Bend = fn(&mut Judgement);
    let bends: [Bend; 3] =
        [|j| j.evidence.clear(), |j| j.incomplete = true, |j| j.findings.push(finding("topic orders"))];
    for bend in bends {
        let mut judgements = all(&plan, Level::Green);
        let mut hollow = judged(&[("topic orders", Level::Green)], false);
        bend(hollow.judgement.to_mut());
        put(&mut judgements, "shape", hollow);
        assert_eq!(cell(&build(&plan, &judgements), "shape").verdict, Level::Unknown);
    }
}

fn step(id: &str, kind: &str, with: serde_json::Value) -> PlannedStep {
    serde_json::from_value(serde_json::json!({
        "id": id, "do": kind, "title": null, "needs": [], "unit": null, "on": null, "effect": "none", "owner": null,
        "est_ms": null, "timeout_ms": null, "commit_point": false, "no_undo": null, "with": with
    }))
    .unwrap()
}

#[test]
fn a_check_that_is_not_due_is_shown_and_not_counted() {
    let mut plan = whole_plan();
    let mut boundary = check("boundary", "offset-boundary", "offset_parity", "boundary");
    boundary.due = Some("commit-offsets".into());
    plan.checks.push(boundary);
    plan.steps = vec![step("land", "commit-offsets", serde_json::json!({}))];
    let mut judgements = all(&plan, Level::Green);
    put(&mut judgements, "boundary", judged(&[("group settlement", Level::Red)], false));

    let level = |progress: &Progress| {
        let card = scorecard::build(&Input { progress, ..input(&plan, &judgements) });
        (cell(&card, "boundary").due, dimension(&card, Dimension::OffsetParity).level)
    };
    let before = running(BTreeMap::new());
    let since = |at: Timestamp| running(BTreeMap::from([("land".to_owned(), at)]));
    let measured_at = now() - SignedDuration::from_secs(60);
    let after = since(measured_at);
    assert_eq!(level(&before), (false, Level::Yellow));
    assert_eq!(level(&after), (true, Level::Red));
    // What was found before the step was done speaks of another world, good or bad.
    let later = since(measured_at + SignedDuration::from_millis(1));
    assert_eq!(level(&later), (true, Level::Unknown));
    let card = scorecard::build(&Input { progress: &later, ..input(&plan, &judgements) });
    let why = cell(&card, "boundary").why.clone().unwrap();
    assert!(why.starts_with("not measured since land"), "{why}");
    // A plain `check` executes nothing: all is due.
    assert_eq!(level(&Progress::Checking), (true, Level::Red));
}

fn running(begun: BTreeMap<String, Timestamp>) -> Progress {
    Progress::Running { begun, overridden: BTreeMap::new() }
}

#[test]
fn a_dimension_that_a_gate_was_opened_against_is_red_whatever_is_measured() {
    let plan = whole_plan();
    let judgements = all(&plan, Level::Green);
    let place = (plan.units[0].name.clone(), Dimension::OffsetParity);
    let overridden = BTreeMap::from([(place, "gate go was opened against it by ilse and ana".to_owned())]);
    let progress = Progress::Running { begun: BTreeMap::new(), overridden };
    for partial in [false, true] {
        let card = scorecard::build(&Input { progress: &progress, partial, ..input(&plan, &judgements) });
        let cell = dimension(&card, Dimension::OffsetParity);
        assert_eq!(cell.level, Level::Red);
        assert!(cell.reason.contains("opened against it by ilse and ana"), "{}", cell.reason);
        assert_ne!(dimension(&card, Dimension::Operations).level, Level::Red);
    }
}

#[test]
fn a_proof_that_only_a_check_not_yet_due_gives_keeps_the_dimension_from_green() {
    let mut plan = whole_plan();
    plan.checks.iter_mut().find(|check| check.id == "provable").unwrap().due = Some("land".into());
    plan.steps = vec![step("land", "commit-offsets", serde_json::json!({}))];
    let progress = running(BTreeMap::new());
    let judgements = all(&plan, Level::Green);
    let card = scorecard::build(&Input { progress: &progress, ..input(&plan, &judgements) });
    let cell = dimension(&card, Dimension::OffsetParity);
    assert_eq!(cell.level, Level::Yellow);
    assert!(cell.reason.contains("not due yet: boundary"), "{}", cell.reason);
}

fn waiver(check: &str, item: Option<&str>) -> Waiver {
    Waiver {
        id: "W-31".into(),
        check: check.into(),
        item: item.map(Into::into),
        requested_by: "mina".into(),
        approved_by: "tomas".into(),
        reason: "until wave 3".into(),
        effective: "2026-11-20T00:00:00Z".parse().unwrap(),
        expires: "2026-12-15T00:00:00Z".parse().unwrap(),
    }
}

#[test]
fn a_waiver_caps_its_item_at_yellow_and_nothing_else() {
    let mut plan = whole_plan();
    plan.waivers = vec![waiver("acls", Some("audit-py"))];
    let with = |items: &[(&str, Level)], incomplete: bool| {
        let mut judgements = all(&plan, Level::Green);
        put(&mut judgements, "acls", judged(items, incomplete));
        let card = build(&plan, &judgements);
        let cell = cell(&card, "acls").clone();
        (cell.verdict, cell.waived_by, card.notes)
    };
    let used = Some("W-31".to_owned());
    assert_eq!(
        with(&[("group audit-py, topic orders", Level::Red), ("group x", Level::Green)], false),
        (Level::Yellow, used.clone(), vec![])
    );
    assert_eq!(with(&[("group audit-py", Level::Unknown)], false), (Level::Yellow, used.clone(), vec![]));
    assert_eq!(
        with(&[("group audit-py", Level::Red), ("group x", Level::Red)], false),
        (Level::Red, used.clone(), vec![])
    );
    // What the measurement as a whole lacks, no waiver of an item mends.
    assert_eq!(with(&[("group audit-py", Level::Red)], true), (Level::Unknown, used, vec![]));
    // A name that only begins the same is another item.
    let (level, applied, notes) = with(&[("group audit-py2", Level::Red)], false);
    assert_eq!((level, applied), (Level::Red, None));
    assert_eq!(notes, ["waiver W-31 for acls is not used: nothing it covers was found"]);
}

#[test]
fn a_waiver_is_refused_for_blockers_the_commit_point_rollback_one_person_or_out_of_its_time() {
    type Bend = fn(&mut Plan);
    let cases: [(&str, Bend, &str); 8] = [
        ("acls", |p| p.checks.iter_mut().for_each(|c| c.severity = Severity::Blocker), "blocker"),
        ("anchor", |_| {}, "rollback"),
        ("acls", |p| gate(p, r#"{"require":{"all":[{"not":{"check":"acls"}}]}}"#), "commit point"),
        ("acls", |p| gate(p, r#"{"require":{"any":[{"dimension":"governance"}]}}"#), "commit point"),
        ("acls", |p| p.waivers[0].approved_by = "mina".into(), "same person"),
        ("acls", |p| p.waivers[0].approved_by = "nobody".into(), "not a person"),
        ("acls", |p| p.waivers[0].effective = now() + SignedDuration::from_secs(1), "in force from"),
        ("acls", |p| p.waivers[0].expires = now(), "expired"),
    ];
    for (check, bend, why) in cases {
        let mut plan = whole_plan();
        plan.waivers = vec![waiver(check, None)];
        bend(&mut plan);
        let mut judgements = all(&plan, Level::Green);
        put(&mut judgements, check, judged(&[("group settlement", Level::Red)], false));
        let card = build(&plan, &judgements);
        assert_eq!(cell(&card, check).verdict, Level::Red, "{why}");
        assert!(card.notes[0].contains(why), "{:?}", card.notes);
    }
}

fn gate(plan: &mut Plan, with: &str) {
    let mut gate = step("last-look", "gate", serde_json::from_str(with).unwrap());
    gate.commit_point = true;
    plan.steps.push(gate);
}

#[test]
fn a_partial_scorecard_covers_only_what_was_asked() {
    let plan = whole_plan();
    let mut judgements = Judgements::new();
    put(&mut judgements, "shape", judged(&[("topic orders", Level::Green)], false));
    let card = scorecard::build(&Input { partial: true, ..input(&plan, &judgements) });
    assert_eq!((card.overall, card.partial, card.units[0].dimensions.len()), (Level::Green, true, 1));
    // The check is green, and the dimension is not: nobody has accepted a part of it.
    let part = dimension(&card, Dimension::OffsetParity);
    assert_eq!((part.level, card.units[0].level), (Level::Yellow, Level::Yellow));
    assert_eq!(part.reason, "only 1 check looked at; evidence present, not accepted");
    put(&mut judgements, "shape", judged(&[("topic orders", Level::Red)], false));
    let card = scorecard::build(&Input { partial: true, ..input(&plan, &judgements) });
    assert_eq!((card.overall, dimension(&card, Dimension::OffsetParity).level), (Level::Red, Level::Red));
    let nothing = Judgements::new();
    let card = scorecard::build(&Input { partial: true, ..input(&plan, &nothing) });
    assert_eq!(card.overall, Level::Unknown);
}

#[test]
fn next_steps_are_commands_with_hostile_names_quoted() {
    let mut plan = whole_plan();
    let group = plan.units[0].groups.values().next().unwrap().clone();
    plan.units[0].groups = BTreeMap::from([("pay'$(reboot)".to_owned(), group)]);
    let mut judgements = all(&plan, Level::Green);
    put(
        &mut judgements,
        "provable",
        judged(&[("group pay'$(reboot), topic orders, partition 0", Level::Red)], false),
    );
    put(&mut judgements, "anchor", judged(&[], true));
    let card = build(&plan, &judgements);
    assert_eq!(
        card.next_steps,
        [
            r"cutover land 'pay'\''$(reboot)' --source source.properties --target target.properties",
            r"cutover parity group 'pay'\''$(reboot)' --source source.properties --target target.properties",
            "cutover explain CUT2141",
            "cutover check settlement.yaml --unit settlement --check anchor",
            "cutover report 20261206-1 --format html",
        ]
    );
}

/// A command that is copied has to find the runbook as it was read, and the run where it lies.
#[test]
fn next_steps_repeat_what_was_given() {
    let plan = whole_plan();
    let mut judgements = all(&plan, Level::Green);
    let again = scorecard::Again { runbook: " --env lab", runs: " --runs-dir /r" };
    let card = scorecard::build(&Input { again, ..input(&plan, &judgements) });
    let report = "cutover report 20261206-1 --format html --runs-dir /r";
    assert!(card.next_steps.contains(&"cutover plan settlement.yaml --env lab".to_owned()), "{card:#?}");
    assert_eq!(card.next_steps.last().unwrap(), report);
    let signs: Vec<&String> =
        card.next_steps.iter().filter(|step| step.starts_with("cutover sign ")).collect();
    assert!(!signs.is_empty() && signs.iter().all(|step| step.ends_with(" --runs-dir /r")), "{card:#?}");
    put(&mut judgements, "anchor", judged(&[], true));
    let card = scorecard::build(&Input { again, ..input(&plan, &judgements) });
    let check = "cutover check settlement.yaml --unit settlement --check anchor --env lab --runs-dir /r";
    assert!(card.next_steps.contains(&check.to_owned()), "{card:#?}");
}

#[test]
fn where_only_an_acceptance_is_missing_the_command_that_gives_it_is_proposed() {
    let mut plan = whole_plan();
    let judgements = all(&plan, Level::Green);
    let signs = |plan: &Plan, judgements: &Judgements, acceptances: &[Acceptance]| -> Vec<String> {
        let card = scorecard::build(&Input { acceptances, ..input(plan, judgements) });
        card.next_steps.into_iter().filter(|step| step.starts_with("cutover sign ")).collect()
    };
    let card = build(&plan, &judgements);
    let proposed = signs(&plan, &judgements, &[]);
    let omar = "cutover sign 20261206-1 --role platform_owner --as omar --decision accept --key FILE";
    assert!(proposed.contains(&omar.to_owned()), "{proposed:#?}");
    // Governance would stay yellow: a signature alone does not do it.
    let governs = plan.roles.iter().find(|(_, role)| role.accepts == [Dimension::Governance]);
    let (governs, _) = governs.expect("a role for governance alone");
    assert!(proposed.iter().all(|step| !step.contains(&format!("--role {governs} "))), "{proposed:#?}");
    // What is signed is not asked for again, and what is yellow, red or a dry run is not to be signed green.
    assert_eq!(signs(&plan, &judgements, &accept_all(&plan, &card)), Vec::<String>::new());
    assert_eq!(signs(&plan, &all(&plan, Level::Yellow), &[]), Vec::<String>::new());
    assert_eq!(signs(&plan, &all(&plan, Level::Red), &[]), Vec::<String>::new());
    let dry = scorecard::build(&Input { signable: false, ..input(&plan, &judgements) });
    assert!(dry.next_steps.iter().all(|step| !step.starts_with("cutover sign ")));
    // A role that accepts more than can be green now names what it signs; nobody without a key is asked.
    let operations = plan.roles.get_mut("platform_owner").unwrap();
    operations.accepts = vec![Dimension::Operations, Dimension::Governance];
    let proposed = signs(&plan, &judgements, &[]);
    let part = "--role platform_owner --as omar --dimension operations --decision accept";
    assert!(proposed.iter().any(|step| step.contains(part)), "{proposed:#?}");
    plan.people.values_mut().for_each(|person| person.public_key = None);
    assert_eq!(signs(&plan, &judgements, &[]), Vec::<String>::new());
}

#[test]
fn the_scorecard_reads_back_what_it_wrote() {
    let plan = whole_plan();
    let card = build(&plan, &all(&plan, Level::Yellow));
    let text = serde_json::to_string(&card).unwrap();
    assert_eq!(serde_json::from_str::<Scorecard>(&text).unwrap(), card);
}

fn level() -> impl Strategy<Value = Level> {
    prop_oneof![Just(Level::Green), Just(Level::Yellow), Just(Level::Unknown), Just(Level::Red)]
}

proptest! {
    /// Whatever is judged, the scorecard is never better than its worst due check, and nothing unknown becomes green.
    #[test]
    fn nothing_is_better_than_its_worst_check(levels in prop::collection::vec(prop::option::of(level()), 9), waived in 0_usize..9) {
        let mut plan = whole_plan();
        plan.waivers = vec![waiver(&plan.checks[waived].id, None)];
        let mut judgements = Judgements::new();
        for (check, level) in plan.checks.iter().zip(&levels) {
            if let Some(level) = level {
                put(&mut judgements, &check.id, judged(&[("group settlement", *level)], false));
            }
        }
        let card = build(&plan, &judgements);
        let acceptances = accept_all(&plan, &card);
        let card = scorecard::build(&Input { acceptances: &acceptances, ..input(&plan, &judgements) });
        for (check, level) in plan.checks.iter().zip(&levels) {
            let shown = cell(&card, &check.id).verdict;
            let real = level.unwrap_or(Level::Unknown);
            prop_assert!(shown == real || (shown == Level::Yellow && check.id == plan.checks[waived].id && real > Level::Yellow));
            prop_assert!(dimension(&card, check.dimension).level >= shown);
            prop_assert!(card.overall >= shown);
            prop_assert!(real == Level::Green || shown != Level::Green);
        }
    }

    /// A worse judgement of one check never improves a check, a dimension, or the whole.
    #[test]
    fn a_worse_judgement_never_improves_anything(levels in prop::collection::vec(prop::option::of(level()), 9), which in 0_usize..9, worse in level()) {
        let plan = whole_plan();
        let mut judgements = Judgements::new();
        for (check, level) in plan.checks.iter().zip(&levels) {
            if let Some(level) = level {
                put(&mut judgements, &check.id, judged(&[("group settlement", *level)], false));
            }
        }
        let before = levels[which].unwrap_or(Level::Unknown);
        let worse = worse.max(before);
        let first = build(&plan, &judgements);
        let acceptances = accept_all(&plan, &first);
        let with = |judgements: &Judgements| scorecard::build(&Input { acceptances: &acceptances, ..input(&plan, judgements) });
        let better = with(&judgements);
        put(&mut judgements, &plan.checks[which].id, judged(&[("group settlement", worse)], false));
        let worsened = with(&judgements);
        prop_assert!(worsened.overall >= better.overall);
        for (a, b) in better.units[0].dimensions.iter().zip(&worsened.units[0].dimensions) {
            prop_assert!(b.level >= a.level);
        }
    }
}
