use std::time::Duration;

use journal::{Accepts, Anchor, Ending, Request, RunFolder, Says, Signer, Statement, Vote};
use runbook::Dimension;
use runbook::plan::Person;
use runbook::verdict::Decision;
use runbook::verdict::scorecard::{AcceptedCheck, findings_digest};
use serde_json::json;

use super::fixture::*;
use crate::execute::RunEnd;

const MINA: u8 = 1;
const ILSE: u8 = 2;

/// A key made of a number.
fn signer(number: u8) -> Signer {
    let pair = ssh_key::private::Ed25519Keypair::from_seed(&[number; 32]);
    let text = ssh_key::PrivateKey::from(pair).to_openssh(ssh_key::LineEnding::LF).unwrap();
    Signer::read(text.as_bytes(), None).unwrap()
}

fn signed() -> Bench {
    let mut bench = Bench::new().check("good", "k", "v");
    bench = bench.step(step("look", "check", &[], json!({ "checks": ["good"] })));
    let mut asks = step("hand-over", "sign-off", &["look"], json!({ "roles": ["app_owner", "conductor"] }));
    asks.timeout_ms = Some(600_000);
    bench = bench.step(asks);
    for (name, key) in [("mina", MINA), ("ilse", ILSE)] {
        let public_key = Some(signer(key).public_key());
        bench.plan.people.insert(name.into(), Person { key: None, public_key });
    }
    let dimension = bench.plan.checks[0].dimension;
    bench.plan.roles.get_mut("app_owner").unwrap().accepts = vec![dimension];
    bench.world.with(|world| world.values.insert("k".into(), "v".into()));
    bench
}

/// The word of a person on the run as it stands, once the sign-off asks for it.
async fn say(path: &std::path::Path, role: &str, person: &str, key: u8, decision: Decision) {
    word(path, role, person, key, decision, &|_| {}).await;
}

/// As [`say`], with the statement bent before it is signed.
async fn word(
    path: &std::path::Path,
    role: &str,
    person: &str,
    key: u8,
    decision: Decision,
    bend: &(dyn Fn(&mut Statement) + Sync),
) {
    let (reading, asking) = loop {
        let reading = RunFolder::open(path).unwrap().read().unwrap();
        if let Some(step) = reading.state.waiting_sign_off(role).map(|step| step.id.clone()) {
            break (reading, step);
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    };
    let header = reading.state.header();
    let unit = header.plan.units[0].name.clone();
    let planned = &header.plan.checks[0];
    let judgement = &reading.state.judged(&unit, "good").unwrap().judgement;
    let good = AcceptedCheck {
        rule_digest: planned.rule_digest.clone(),
        level: judgement.level,
        findings: findings_digest(&judgement.findings),
    };
    let accepts: Vec<Accepts> = header.plan.roles[role]
        .accepts
        .iter()
        .map(|dimension: &Dimension| Accepts {
            unit: unit.clone(),
            dimension: *dimension,
            checks: [("good".to_owned(), good.clone())].into(),
            evidence: judgement.evidence.clone(),
        })
        .collect();
    let mut statement = Statement {
        format: Statement::format(),
        run: header.run.clone(),
        journal: Anchor { records: reading.records, head: reading.head.clone() },
        runbook: header.plan.name.clone(),
        environment: header.plan.environment.clone(),
        plan_digest: header.plan.digest.clone(),
        environment_digest: header.plan.environment_digest.clone(),
        role: role.into(),
        by: person.into(),
        at: clock().wall,
        says: Says::Scorecard {
            decision,
            reason: (decision == Decision::Reject).then(|| "not yet".into()),
            expires: None,
            sign_off: Some(asking),
            accepts,
        },
    };
    bend(&mut statement);
    let document = statement.document();
    let signature = signer(key).sign(&document).unwrap();
    let request = Request::Sign { document, signature };
    RunFolder::open(path).unwrap().post(clock().wall, &request).unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_sign_off_waits_for_a_signature_of_every_role_and_a_word_alone_is_none() {
    let bench = signed();
    let mut run = bench.start();
    let path = run.folder().path().to_owned();
    let posted = path.clone();
    tokio::spawn(async move {
        let go = |role: &str, person: &str| Request::Vote {
            at: None,
            role: role.into(),
            person: person.into(),
            vote: Vote::Go,
            signature: None,
        };
        say(&posted, "app_owner", "mina", MINA, Decision::Accept).await;
        tokio::time::sleep(Duration::from_secs(30)).await;
        let folder = RunFolder::open(&posted).unwrap();
        folder.post(clock().wall, &go("conductor", "ilse")).unwrap();
        tokio::time::sleep(Duration::from_secs(30)).await;
        let state = folder.read().unwrap().state;
        assert!(state.execution().step("hand-over").unwrap().is_running(), "a word alone is no signature");
        say(&posted, "conductor", "ilse", ILSE, Decision::Accept).await;
    });
    assert_eq!(bench.go(&mut run).await.unwrap(), RunEnd::Over(Ending::Completed));
    let state = run.state();
    assert_eq!(state.signed().len(), 2);
    let step = state.execution().step("hand-over").unwrap();
    assert!(step.ended.as_ref().unwrap().since(&step.since) >= 60_000);
    assert_eq!(std::fs::read_dir(path.join("signatures")).unwrap().count(), 5);
}

#[tokio::test(start_paused = true)]
async fn a_rejection_fails_the_sign_off() {
    let bench = signed();
    let mut run = bench.start();
    let path = run.folder().path().to_owned();
    tokio::spawn(async move { say(&path, "app_owner", "mina", MINA, Decision::Reject).await });
    let RunEnd::Held { why } = bench.go(&mut run).await.unwrap() else { panic!() };
    assert!(why.contains("no-go by mina as app_owner"), "{why}");
}

#[tokio::test(start_paused = true)]
async fn a_signature_by_another_key_is_told_and_does_not_count() {
    let bench = signed();
    let mut run = bench.start();
    let path = run.folder().path().to_owned();
    tokio::spawn(async move {
        say(&path, "app_owner", "mina", ILSE, Decision::Accept).await;
        say(&path, "conductor", "ilse", ILSE, Decision::Accept).await;
        tokio::time::sleep(Duration::from_secs(30)).await;
        say(&path, "app_owner", "mina", MINA, Decision::Accept).await;
    });
    assert_eq!(bench.go(&mut run).await.unwrap(), RunEnd::Over(Ending::Completed));
    let warnings = &run.state().execution().warnings;
    assert!(
        warnings.iter().any(|(_, _, told)| told.contains("not the one declared for mina")),
        "{warnings:?}"
    );
    assert_eq!(run.state().signed().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_acceptance_that_leaves_out_what_its_role_accepts_answers_nothing() {
    let bench = signed();
    let mut run = bench.start();
    let path = run.folder().path().to_owned();
    tokio::spawn(async move {
        say(&path, "conductor", "ilse", ILSE, Decision::Accept).await;
        let of_nothing = |statement: &mut Statement| {
            let Says::Scorecard { accepts, .. } = &mut statement.says else { panic!() };
            accepts.clear();
        };
        word(&path, "app_owner", "mina", MINA, Decision::Accept, &of_nothing).await;
        tokio::time::sleep(Duration::from_secs(60)).await;
        let state = RunFolder::open(&path).unwrap().read().unwrap().state;
        let step = state.waiting_sign_off("app_owner").expect("it was passed by an acceptance of nothing");
        let Says::Scorecard { accepts, .. } = &state.signed()[0].statement.says else { panic!() };
        let open = state.not_accepted(step, "app_owner", accepts).unwrap();
        assert!(open.ends_with(&format!(" of {}", state.header().plan.units[0].name)), "{open}");
        say(&path, "app_owner", "mina", MINA, Decision::Accept).await;
    });
    assert_eq!(bench.go(&mut run).await.unwrap(), RunEnd::Over(Ending::Completed));
    assert_eq!(run.state().signed().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_sign_off_of_the_way_back_is_answered_by_a_signature() {
    let mut bench = signed();
    bench.plan.steps.truncate(1);
    bench = bench
        .gate("g", &["look"], requires("good"))
        .step(step("m", "manual", &["g"], json!({ "timeout": { "total": "10m" } })))
        .commit_point("g", &["fence"]);
    let mut discard = step("back/discard", "sign-off", &["back/fence"], json!({ "roles": ["app_owner"] }));
    discard.timeout_ms = Some(600_000);
    bench.plan.backs.get_mut("back").unwrap().between.push(discard);
    let mut run = bench.start();
    let path = run.folder().path().to_owned();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(30)).await;
        let folder = RunFolder::open(&path).unwrap();
        folder.post(clock().wall, &Request::Rollback { plan: None, by: "ana".into() }).unwrap();
        // What the scorecard says is not what is given up: there may be nothing on it to accept.
        let of_nothing = |statement: &mut Statement| {
            let Says::Scorecard { accepts, .. } = &mut statement.says else { panic!() };
            accepts.clear();
        };
        word(&path, "app_owner", "mina", MINA, Decision::Accept, &of_nothing).await;
    });
    assert_eq!(bench.go(&mut run).await.unwrap(), RunEnd::Over(Ending::RolledBack));
    let step = run.state().execution().step("back/discard").unwrap();
    assert!(step.ended.as_ref().unwrap().since(&step.since) < 60_000);
}

#[tokio::test(start_paused = true)]
async fn a_signed_vote_opens_a_gate_and_one_signed_before_it_asked_does_not() {
    let mut bench = signed();
    bench.plan.steps.truncate(1);
    bench = bench.gate(
        "g",
        &["look"],
        json!({
            "require": { "check": "good" },
            "poll": { "roles": ["app_owner"], "answer_within": "2m", "silence_is": "no-go" },
        }),
    );
    let vote = |path: &std::path::Path, at| {
        let folder = RunFolder::open(path).unwrap();
        let reading = folder.read().unwrap();
        let header = reading.state.header();
        let statement = Statement {
            format: Statement::format(),
            run: header.run.clone(),
            journal: Anchor { records: reading.records, head: reading.head.clone() },
            runbook: header.plan.name.clone(),
            environment: header.plan.environment.clone(),
            plan_digest: header.plan.digest.clone(),
            environment_digest: header.plan.environment_digest.clone(),
            role: "app_owner".into(),
            by: "mina".into(),
            at,
            says: Says::Vote { at: Some("g".into()), vote: Vote::Go },
        };
        let document = statement.document();
        let signature = signer(MINA).sign(&document).unwrap();
        folder.post(clock().wall, &Request::Sign { document, signature }).unwrap();
    };
    let mut run = bench.start();
    let path = run.folder().path().to_owned();
    let early = clock().wall;
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(20)).await;
        vote(&path, early);
        tokio::time::sleep(Duration::from_secs(20)).await;
        vote(&path, clock().wall);
    });
    assert_eq!(bench.go(&mut run).await.unwrap(), RunEnd::Over(Ending::Completed));
    let state = run.state().execution();
    let step = state.step("g").unwrap();
    assert!(step.ended.as_ref().unwrap().since(&step.since) >= 35_000, "the early vote opened it");
    assert!(state.votes[0].signature.is_some());
    let warned = |(_, _, told): &(jiff::Timestamp, String, String)| {
        told.starts_with("go by mina as app_owner")
            && told.contains("g asks since")
            && told.contains("say it again")
    };
    assert!(state.warnings.iter().any(warned), "{:?}", state.warnings);
}
