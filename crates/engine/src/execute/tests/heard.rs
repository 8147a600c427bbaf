//! What people may ask of a run, and what of it counts.

use std::collections::BTreeMap;

use journal::{Ending, Event, GatePhase, Request, Run, StepOutcome, Vote};
use runbook::action::{Change, Changeset, WayBack};
use runbook::steps::StepSpec;
use runbook::world::{Command, Receipt};
use serde_json::{Value as Json, json};

use super::fixture::{Bench, clock, requires, step};
use crate::execute::RunEnd;
use crate::execute::next::{Course, Effects, refusal};

fn begins(run: &mut Run, id: &str) {
    let begun = Event::StepStarted { step: id.into(), attempt: 1, moment: clock() };
    run.append(clock().wall, begun).unwrap();
}

fn ends(run: &mut Run, id: &str, outcome: StepOutcome) {
    let ended = Event::StepEnded { step: id.into(), outcome, moment: clock() };
    run.append(clock().wall, ended).unwrap();
}

/// Its one command was called, or shown to a person.
fn calls(run: &mut Run, id: &str, receipt: Receipt) {
    let command = Command::Exec { argv: vec!["x".into()], env: BTreeMap::new(), timeout_ms: 1 };
    let undo = WayBack::None { why: "it is a letter".into() };
    let changes = Changeset::new([Change { command, undo }]);
    for event in [
        Event::Proposed { step: id.into(), changes },
        Event::CommandStarted { step: id.into(), index: 0 },
        Event::CommandEnded { step: id.into(), index: 0, receipt },
    ] {
        run.append(clock().wall, event).unwrap();
    }
}

fn asks(run: &mut Run, gate: &str, phase: GatePhase) {
    let (step, moment) = (gate.to_owned(), clock());
    let entered = Event::GateEntered { step, phase, moment, why: None, stands: BTreeMap::new() };
    run.append(clock().wall, entered).unwrap();
}

/// Why it is refused; empty: it is heard.
fn said(run: &Run, effects: Effects, request: &Request) -> String {
    let steps = run.state().header().plan.steps.iter();
    let specs = steps.map(|step| (step.id.clone(), StepSpec::of(step).unwrap())).collect();
    refusal(&Course::new(run.state(), &specs, clock(), effects), request).unwrap_or_default()
}

fn done(step: &str, by: &str, facts: &[(&str, Json)]) -> Request {
    let facts = facts.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    Request::Done { step: step.into(), facts, by: by.into() }
}

fn vote(at: Option<&str>, role: &str, person: &str, vote: Vote) -> Request {
    let at = at.map(str::to_owned);
    Request::Vote { at, role: role.into(), person: person.into(), vote, signature: None }
}

#[test]
fn a_manual_step_is_done_by_its_people_while_it_is_under_way_and_with_its_facts() {
    let mut bench = Bench::new()
        .step(step("m", "manual", &[], json!({ "with": { "ask": "Count", "facts": { "keys": "integer" } } })))
        .sets("a", &[], json!({}))
        .once("ex", &[], json!({}))
        .once("lost", &[], json!({}));
    bench.plan.steps[0].owner = Some("app_owner".into());
    let mut run = bench.start();
    let seven = [("keys", json!(7))];
    let says = |run: &Run, request: &Request| said(run, Effects::Apply, request);
    assert_eq!(says(&run, &done("m", "mina", &seven)), "step m has not begun");
    for id in ["m", "a", "ex", "lost"] {
        begins(&mut run, id);
    }
    for (request, why) in [
        (done("m", "mina", &seven), ""),
        (done("m", "ilse", &seven), ""),
        (
            done("m", "mallory", &seven),
            "mallory is none of those who can say so: app_owner: mina, conductor: ilse",
        ),
        (done("m", " ", &seven), "it is not said who asks"),
        (done("m", "mina", &[]), "step m asks for keys: --set keys=… (integer)"),
        (done("m", "mina", &[("keys", json!("abc"))]), "keys=\"abc\" is no integer"),
        (done("nope", "mina", &[]), "there is no step nope"),
        (done("a", "ilse", &[]), "step a (topic-config) is done when a look says so, not when a person does"),
        (done("ex", "ilse", &[]), "step ex (exec) is done when a look says so, not when a person does"),
    ] {
        assert_eq!(says(&run, &request), why);
    }
    ends(&mut run, "m", StepOutcome::Done);
    assert_eq!(says(&run, &done("m", "mina", &seven)), "step m is not under way: it is done");
    // What failed is not done by saying so, but what was called once, is never repeated, and nobody could tell the end of.
    ends(&mut run, "ex", StepOutcome::Failed { why: "exit 1".into() });
    assert_eq!(says(&run, &done("ex", "ilse", &[])), "step ex is not under way: it is failed (exit 1)");
    calls(&mut run, "lost", Receipt::Unknown { why: "no answer".into() });
    ends(&mut run, "lost", StepOutcome::Unknown { why: "no answer".into() });
    assert_eq!(says(&run, &done("lost", "ilse", &[])), "");
    assert_ne!(says(&run, &done("lost", "mallory", &[])), "");
    assert!(said(&run, Effects::Dry, &Request::Hold { by: "ilse".into() }).contains("dry run"));
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_shown_to_a_person_and_that_nothing_confirms_waits_for_that_person() {
    let mut bench = Bench::new().once("ex", &[], json!({}));
    bench.options.effects = Effects::Print;
    let mut run = bench.start();
    let path = run.folder().path().to_owned();
    tokio::spawn(async move {
        for (after, by) in [(10, "mallory"), (10, "ilse")] {
            tokio::time::sleep(std::time::Duration::from_secs(after)).await;
            let folder = journal::RunFolder::open(&path).unwrap();
            folder.post(clock().wall, &done("ex", by, &[])).unwrap();
        }
    });
    assert_eq!(bench.go(&mut run).await.unwrap(), RunEnd::Over(Ending::Completed));
    let state = run.state().execution().step("ex").unwrap();
    assert!(
        state.ended.as_ref().unwrap().since(&state.since) >= 20_000,
        "it was done before anybody said so"
    );
    let warnings = &run.state().execution().warnings;
    assert!(warnings.iter().any(|(_, _, why)| why.contains("mallory is none of those")), "{warnings:?}");
}

#[test]
fn a_vote_counts_where_it_is_asked_for_or_is_refused() {
    let polls = json!({
        "require": { "check": "good" },
        "poll": { "roles": ["conductor", "app_owner"], "need": "all", "answer_within": "5m" },
    });
    let mut bench = Bench::new()
        .check("good", "k", "v")
        .gate("g", &[], polls)
        .gate("silent", &[], requires("good"))
        .step(step("s", "sign-off", &[], json!({ "roles": ["rollback_owner"] })));
    let key = runbook::plan::Person { public_key: Some("ssh-ed25519 AAAA".into()), ..Default::default() };
    bench.plan.people.insert("ana".into(), key);
    let mut run = bench.start();
    let says = |run: &Run, request: &Request| said(run, Effects::Apply, request);
    let go = |at| vote(at, "conductor", "ilse", Vote::Go);
    assert!(says(&run, &go(None)).starts_with("nothing asks now"));
    begins(&mut run, "g");
    begins(&mut run, "s");
    asks(&mut run, "g", GatePhase::Measuring);
    assert!(says(&run, &go(Some("g"))).starts_with("g does not ask now"));
    asks(&mut run, "g", GatePhase::Polling);
    let sign = "sign-off s is answered with a key: `cutover sign ";
    for (request, why) in [
        (go(Some("g")), ""),
        (go(None), ""),
        (go(Some("nope")), "nope is no gate, sign-off, trigger or budget; people are asked at g, s"),
        (go(Some("silent")), "silent asks nobody; people are asked at g, s"),
        (
            vote(Some("g"), "rollback_owner", "ana", Vote::Go),
            "g asks conductor: ilse, app_owner: mina, not rollback_owner",
        ),
        (vote(Some("g"), "conductor", "mallory", Vote::Go), "mallory does not hold the role conductor"),
        (vote(Some("s"), "rollback_owner", "ana", Vote::NoGo), ""),
    ] {
        assert_eq!(says(&run, &request), why);
    }
    assert!(says(&run, &vote(Some("s"), "rollback_owner", "ana", Vote::Go)).starts_with(sign));
    run.append(clock().wall, Event::Requested { request: go(None) }).unwrap();
    for at in [None, Some("g")] {
        assert_eq!(says(&run, &go(at)), "ilse said go as conductor already; nothing changes");
    }
    // The latest word counts, whether it names the place or not.
    let no = vote(Some("g"), "conductor", "ilse", Vote::Wait);
    assert_eq!(says(&run, &no), "");
    run.append(clock().wall, Event::Requested { request: no }).unwrap();
    assert_eq!(says(&run, &go(Some("g"))), "");
}

#[test]
fn a_gate_is_overridden_by_two_people_of_two_roles() {
    let bench = Bench::new().check("good", "k", "v").gate("g", &[], requires("good"));
    let mut bench = bench;
    bench.plan.roles.get_mut("app_owner").unwrap().people.push("ilse".into());
    bench.plan.roles.get_mut("conductor").unwrap().people.push("omar".into());
    let mut run = bench.start();
    let voice = |gate: &str, role: &str, person: &str| Request::Override {
        gate: gate.into(),
        role: role.into(),
        person: person.into(),
        reason: "INC-7".into(),
    };
    assert_eq!(said(&run, Effects::Apply, &voice("x", "conductor", "ilse")), "there is no gate x");
    let first = voice("g", "conductor", "ilse");
    let nothing = "gate g has refused nothing: what stands against it can be overridden once it has";
    assert_eq!(said(&run, Effects::Apply, &first), nothing);
    begins(&mut run, "g");
    asks(&mut run, "g", GatePhase::Measuring);
    assert_eq!(said(&run, Effects::Apply, &first), nothing);
    let refused = Event::GateRefused { step: "g".into(), stands: BTreeMap::new() };
    run.append(clock().wall, refused).unwrap();
    ends(&mut run, "g", StepOutcome::Failed { why: "good is red".into() });
    assert_eq!(said(&run, Effects::Apply, &first), "");
    run.append(clock().wall, Event::Requested { request: first }).unwrap();
    for (role, person) in [("app_owner", "ilse"), ("conductor", "omar")] {
        let why = said(&run, Effects::Apply, &voice("g", role, person));
        assert!(why.contains("it takes another person of another role"), "{why}");
    }
    assert_eq!(said(&run, Effects::Apply, &voice("g", "app_owner", "mina")), "");
}
