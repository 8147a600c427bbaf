use std::time::Duration;

use journal::{Ending, Event, GatePhase, Request, RunFolder, StepOutcome, StepPhase, Vote};
use runbook::plan::Trigger;
use runbook::steps::StepSpec;
use runbook::unit::Unit;
use serde_json::json;

use super::fixture::*;
use crate::execute::RunEnd;
use crate::execute::next::{Course, Effects, next};

fn vote(role: &str, person: &str, vote: Vote) -> Request {
    Request::Vote { at: None, role: role.into(), person: person.into(), vote, signature: None }
}

/// Posts requests, each after so many seconds.
fn later(path: &std::path::Path, requests: Vec<(u64, Request)>) {
    let path = path.to_owned();
    tokio::spawn(async move {
        for (after, request) in requests {
            tokio::time::sleep(Duration::from_secs(after)).await;
            RunFolder::open(&path).unwrap().post(clock().wall, &request).unwrap();
        }
    });
}

fn polled() -> Bench {
    Bench::new()
        .check("good", "k", "v")
        .gate(
            "g",
            &[],
            json!({
                "require": { "check": "good" },
                "poll": { "roles": ["conductor", "app_owner"], "answer_within": "2m", "silence_is": "no-go" },
            }),
        )
        .sets("a", &["g"], json!({}))
}

fn good(bench: &Bench) {
    bench.world.with(|world| world.values.insert("k".into(), "v".into()));
}

#[tokio::test(start_paused = true)]
async fn a_gate_over_a_red_check_stays_shut_and_says_why() {
    let bench =
        Bench::new().check("good", "k", "v").gate("g", &[], requires("good")).sets("a", &["g"], json!({}));
    let RunEnd::Held { why } = bench.run().await.0 else { panic!() };
    assert!(why.contains("good is red"), "{why}");
    assert!(bench.world.with(|world| world.applied.is_empty()));
}

#[tokio::test(start_paused = true)]
async fn people_of_all_roles_say_go() {
    let bench = polled();
    good(&bench);
    let mut run = bench.start();
    later(
        run.folder().path(),
        vec![
            (5, vote("conductor", "ilse", Vote::Go)),
            (5, vote("app_owner", "nobody", Vote::Go)),
            (20, vote("app_owner", "mina", Vote::Go)),
        ],
    );
    assert_eq!(bench.go(&mut run).await.unwrap(), RunEnd::Over(Ending::Completed));
    let state = run.state().execution();
    assert!(state.warnings.iter().any(|(_, _, message)| message.contains("nobody does not hold")));
}

#[tokio::test(start_paused = true)]
async fn silence_and_no_go_are_no_go() {
    let bench = polled();
    good(&bench);
    let mut run = bench.start();
    later(run.folder().path(), vec![(5, vote("conductor", "ilse", Vote::Go))]);
    let RunEnd::Held { why } = bench.go(&mut run).await.unwrap() else { panic!() };
    assert!(why.contains("no answer of app_owner"), "{why}");

    let bench = polled();
    good(&bench);
    let mut run = bench.start();
    later(run.folder().path(), vec![(5, vote("app_owner", "mina", Vote::NoGo))]);
    let RunEnd::Held { why } = bench.go(&mut run).await.unwrap() else { panic!() };
    assert!(why.contains("no-go by mina"), "{why}");
}

#[tokio::test(start_paused = true)]
async fn votes_are_void_when_what_was_voted_on_gets_worse() {
    let bench = polled();
    good(&bench);
    let mut run = bench.start();
    later(
        run.folder().path(),
        vec![(5, vote("conductor", "ilse", Vote::Go)), (20, vote("app_owner", "mina", Vote::Go))],
    );
    let world = bench.world.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(15)).await;
        world.with(|world| world.values.insert("k".into(), "broken".into()));
    });
    let RunEnd::Held { why } = bench.go(&mut run).await.unwrap() else { panic!() };
    assert!(why.contains("good is red"), "{why}");
    let void = story(&run).iter().filter(|told| *told == "gate-entered g measuring").count();
    assert_eq!(void, 2);
}

#[tokio::test(start_paused = true)]
async fn a_hold_counts_good_looks_and_a_miss_too_many_resets_it() {
    let bench = Bench::new().check("good", "k", "v").gate(
        "g",
        &[],
        json!({ "require": { "check": "good" }, "hold": { "for": "1m", "every": "5s", "tolerate": 1 }, "timeout": { "total": "5m" } }),
    );
    let mut bench = bench;
    bench.plan.steps[0].timeout_ms = Some(300_000);
    good(&bench);
    let world = bench.world.clone();
    tokio::spawn(async move {
        for (after, value) in [(22, "broken"), (12, "v")] {
            tokio::time::sleep(Duration::from_secs(after)).await;
            world.with(|world| world.values.insert("k".into(), value.into()));
        }
    });
    let mut run = bench.start();
    assert_eq!(bench.go(&mut run).await.unwrap(), RunEnd::Over(Ending::Completed));
    let holds = story(&run).iter().filter(|told| *told == "gate-entered g holding").count();
    assert_eq!(holds, 2);
    let state = run.state().execution().step("g").unwrap();
    assert!(state.ended.as_ref().unwrap().since(&state.since) >= 90_000);
}

#[tokio::test(start_paused = true)]
async fn a_decision_that_does_not_come_takes_its_way_out() {
    let bench = Bench::new().check("good", "k", "v").sets("a", &[], json!({})).gate(
        "g",
        &["a"],
        json!({ "require": { "check": "good" }, "decide": { "role": "rollback_owner", "answer_within": "30s", "silence_is": { "rollback": "back" } } }),
    );
    good(&bench);
    assert_eq!(bench.run().await.0, RunEnd::Over(Ending::RolledBack));
    assert_eq!(bench.world.value("a"), None);
}

#[tokio::test(start_paused = true)]
async fn a_gate_that_was_opened_before_a_crash_is_measured_again_unless_it_was_used() {
    let bench = Bench::new()
        .check("good", "k", "v")
        .gate("g", &[], requires("good"))
        .step(step("m", "manual", &["g"], json!({ "timeout": { "total": "5s" } })))
        .sets("a", &["m"], json!({}));
    good(&bench);
    let mut run = bench.start();
    assert!(matches!(bench.go(&mut run).await.unwrap(), RunEnd::Held { .. }));
    bench.world.with(|world| world.values.insert("k".into(), "broken".into()));
    let mut run = bench.reopen(run);
    assert_eq!(run.state().execution().step("g"), None, "it does not latch");
    run.append(clock().wall, journal::Event::Released { by: "ilse".into() }).unwrap();
    run.folder()
        .post(clock().wall, &Request::Done { step: "m".into(), facts: Default::default(), by: "ilse".into() })
        .unwrap();
    assert!(matches!(bench.go(&mut run).await.unwrap(), RunEnd::Held { .. }));
    assert!(bench.world.with(|world| world.applied.is_empty()));
    let gate = &run.state().execution().step("g").unwrap().phase;
    assert!(matches!(gate, StepPhase::Ended(StepOutcome::Failed { .. })), "{gate:?}");
}

#[tokio::test(start_paused = true)]
async fn what_people_take_is_no_time_of_the_gate() {
    let mut bench = polled();
    good(&bench);
    // Its own time is a minute; the last answer comes after a minute and a half.
    bench.plan.steps[0].timeout_ms = Some(60_000);
    let mut run = bench.start();
    later(
        run.folder().path(),
        vec![(5, vote("conductor", "ilse", Vote::Go)), (85, vote("app_owner", "mina", Vote::Go))],
    );
    assert_eq!(bench.go(&mut run).await.unwrap(), RunEnd::Over(Ending::Completed));
}

#[tokio::test(start_paused = true)]
async fn yellow_passes_only_where_its_guard_holds() {
    let trigger = |check: Option<&str>, until: &str| Trigger {
        id: "sick".into(),
        check: check.map(Into::into),
        breach: Some("red".into()),
        for_ms: Some(60_000),
        armed_until: Some(until.into()),
        ..Trigger::default()
    };
    let watched = trigger(Some("good"), "b");
    let mut many = Bench::new().plan.units;
    many.push(Unit { name: "payments".into(), ..many[0].clone() });
    let one = many[..1].to_vec();
    for (guard, units, trigger, refused) in [
        (json!({ "wave": 1 }), &one, &watched, None),
        (json!({ "wave": 2 }), &many, &watched, None),
        (json!({ "wave": 1 }), &many, &watched, Some("1 units at most, and this run moves 2")),
        (json!({ "trigger": "sick" }), &one, &watched, None),
        (json!({ "trigger": "sick" }), &one, &trigger(None, "b"), Some("trigger sick is watched")),
        (json!({ "trigger": "sick" }), &one, &trigger(Some("good"), "a"), Some("trigger sick is watched")),
        (json!({ "trigger": "other" }), &one, &watched, Some("trigger other is watched")),
    ] {
        let require = json!({ "require": { "check": "good", "at_least": "yellow", "guard": guard } });
        let mut bench = Bench::new()
            .check("good", "k", "v")
            .sets("a", &[], json!({}))
            .gate("g", &["a"], require)
            .sets("b", &["g"], json!({}));
        bench.plan.units.clone_from(units);
        bench.plan.rollback.triggers = vec![trigger.clone()];
        bench.world.with(|world| world.values.insert("k".into(), "almost".into()));
        match (bench.run().await.0, refused) {
            (RunEnd::Over(Ending::Completed), None) => {}
            (RunEnd::Held { why }, Some(says)) => assert!(why.contains(says), "{why}"),
            (end, refused) => panic!("{guard} of {} units: {end:?}, not {refused:?}", units.len()),
        }
    }
}

/// A guard narrows the window of a run, also of one that has none.
#[tokio::test(start_paused = true)]
async fn after_a_guard_s_window_nothing_new_is_changed() {
    for (minutes, held) in [(10, false), (1, true)] {
        let guard = json!({ "window": format!("{minutes}m") });
        let mut bench = Bench::new()
            .check("good", "k", "v")
            .gate("g", &[], json!({ "require": { "check": "good", "at_least": "yellow", "guard": guard } }))
            .gate(
                "people",
                &["g"],
                json!({
                    "require": { "check": "good", "at_least": "yellow", "guard": guard },
                    "decide": { "role": "conductor", "answer_within": "5m", "silence_is": "hold" },
                }),
            )
            .sets("b", &["people"], json!({}));
        bench.plan.steps.iter_mut().for_each(|step| step.timeout_ms = Some(600_000));
        bench.world.with(|world| world.values.insert("k".into(), "almost".into()));
        let mut run = bench.start();
        later(run.folder().path(), vec![(120, vote("conductor", "ilse", Vote::Go))]);
        let end = bench.go(&mut run).await.unwrap();
        let closed = matches!(&end, RunEnd::Held { why } if why.contains("the window closed at"));
        assert_eq!(closed, held, "{minutes} minutes: {end:?}");
        assert_eq!(bench.world.with(|world| world.applied.len()), usize::from(!held));
    }
}

/// One look that is not answered opens no gate and ends none; three in a row end it.
#[tokio::test(start_paused = true)]
async fn what_is_unknown_for_a_moment_is_measured_again() {
    for (blind, opens) in [(1, true), (2, true), (3, false)] {
        let bench = Bench::new().check("good", "k", "v").gate("g", &[], requires("good")).sets(
            "a",
            &["g"],
            json!({}),
        );
        good(&bench);
        bench.world.with(|world| world.blind = blind);
        let mut run = bench.start();
        let end = bench.go(&mut run).await.unwrap();
        match opens {
            true => assert_eq!(end, RunEnd::Over(Ending::Completed), "{blind} looks without an answer"),
            false => {
                assert!(matches!(&end, RunEnd::Held { why } if why.contains("no broker answers")), "{end:?}")
            }
        }
        assert_eq!(bench.world.value("a").is_some(), opens);
        let state = run.state().execution().step("g").unwrap();
        assert_eq!(state.gate.as_ref().unwrap().misses, blind.min(2), "each is journalled");
        let took = state.ended.as_ref().unwrap().since(&state.since);
        assert!(took >= 2_000 * u64::from(blind.min(2)), "a pause before each: {took} ms");
    }
}

/// People are not asked again because one look after their votes had no answer.
#[tokio::test(start_paused = true)]
async fn votes_stand_through_a_look_without_an_answer() {
    let bench = polled();
    good(&bench);
    let mut run = bench.start();
    later(
        run.folder().path(),
        vec![(5, vote("conductor", "ilse", Vote::Go)), (20, vote("app_owner", "mina", Vote::Go))],
    );
    let world = bench.world.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(15)).await;
        world.with(|world| world.blind = 1);
    });
    assert_eq!(bench.go(&mut run).await.unwrap(), RunEnd::Over(Ending::Completed));
    let told = story(&run);
    assert_eq!(told.iter().filter(|told| *told == "gate-entered g measuring").count(), 1, "{told:?}");
    assert_eq!(run.state().execution().step("g").unwrap().gate.as_ref().unwrap().misses, 1);
}

/// Somebody sets the commit back while people are asked, or while a gate holds: what a gate saw before does not count when
/// it opens, however young it is. What compares records counts as long as the gate allows.
#[tokio::test(start_paused = true)]
async fn what_is_no_content_is_measured_anew_when_a_gate_opens() {
    let asks = json!({ "roles": ["conductor"], "answer_within": "2m", "silence_is": "no-go" });
    let holds = json!({ "for": "30s", "every": "10s", "tolerate": 0 });
    for fresh in [None, Some("10m")] {
        for (kind, opens) in [
            ("offset-boundary", false),
            ("position-provable", false),
            ("lag-envelope", false),
            ("external-position", false),
            ("rehearsal-covered", false),
            ("content-parity", true),
            ("compacted-parity", true),
        ] {
            for what in ["poll", "hold"] {
                let bench =
                    Bench::new().check("alive", "there", "v").check("good", "k", "v").of_kind(kind).gate(
                        "g",
                        &[],
                        json!({
                            "require": { "all": [{ "check": "good" }, { "check": "alive" }] },
                            "fresh": fresh,
                            what: if what == "poll" { &asks } else { &holds },
                        }),
                    );
                good(&bench);
                bench.world.with(|world| world.values.insert("there".into(), "v".into()));
                let mut run = bench.start();
                later(run.folder().path(), vec![(20, vote("conductor", "ilse", Vote::Go))]);
                let world = bench.world.clone();
                tokio::spawn(async move {
                    tokio::time::sleep(Duration::from_secs(10)).await;
                    world.with(|world| world.values.insert("k".into(), "set back".into()));
                });
                let end = bench.go(&mut run).await.unwrap();
                match &end {
                    RunEnd::Over(Ending::Completed) if opens => {}
                    RunEnd::Held { why } if !opens && why.contains("good is red") => {}
                    end => panic!("{kind}, {what}, fresh {fresh:?}: {end:?}"),
                }
            }
        }
    }
}

/// The baseline's comparison is from before the fence: it says nothing of what was written until then.
#[tokio::test(start_paused = true)]
async fn content_that_was_compared_before_the_fence_is_compared_again() {
    for (kind, opens) in [
        ("fence-writes", false),
        ("pause-replication", false),
        ("capture-positions", false),
        ("topic-config", true),
    ] {
        let mut bench = Bench::new()
            .check("same", "k", "v")
            .of_kind("content-parity")
            .step(step("baseline", "check", &[], json!({ "checks": "all" })))
            .sets("between", &["baseline"], json!({}))
            .gate("g", &["between"], requires("same"));
        bench.plan.steps[1].kind = kind.into();
        good(&bench);
        let mut run = bench.start();
        bench.world.with(|world| world.faults.push_back(Some(Fault::Slow(20))));
        let world = bench.world.clone();
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_secs(10)).await;
            world.with(|world| world.values.insert("k".into(), "another".into()));
        });
        match bench.go(&mut run).await.unwrap() {
            RunEnd::Over(Ending::Completed) if opens => {}
            RunEnd::Held { why } if !opens && why.contains("same is red") => {}
            end => panic!("{kind}: {end:?}"),
        }
    }
}

/// What a gate waits for while it measures or holds says until when, and whose it is.
#[test]
fn a_gate_says_until_when_it_measures_and_holds() {
    let hold = json!({ "require": { "check": "good" }, "hold": { "for": "30s", "every": "5s" } });
    let mut bench = Bench::new().check("good", "k", "v").gate("g", &[], hold);
    bench.plan.steps[0].owner = Some("conductor".into());
    for phase in [GatePhase::Measuring, GatePhase::Holding] {
        let mut run = bench.start();
        let (step, moment) = ("g".to_owned(), clock());
        let begun = Event::StepStarted { step: step.clone(), attempt: 1, moment: moment.clone() };
        run.append(clock().wall, begun).unwrap();
        let until = Some(moment.plus(60_000).wall);
        let entered = Event::GateEntered { step, phase, moment, why: None, stands: Default::default() };
        run.append(clock().wall, entered).unwrap();
        let steps = run.state().header().plan.steps.iter();
        let specs = steps.map(|step| (step.id.clone(), StepSpec::of(step).unwrap())).collect();
        let next = next(&Course::new(run.state(), &specs, clock(), Effects::Apply));
        let [waiting] = next.waiting.as_slice() else { panic!("{phase:?}: {next:?}") };
        assert_eq!(waiting.until, until, "{phase:?}");
        assert_eq!(waiting.who.as_deref(), Some("conductor"));
    }
}
