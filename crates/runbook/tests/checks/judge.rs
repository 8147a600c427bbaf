//! The one `judge`: what it makes of gaps, whatever a kind or a rule says.

use std::borrow::Cow;

use proptest::prelude::*;
use runbook::check::{Check, Condition, FactSpec, FactType, Facts, Rule, Ruling, Scope, judge};
use runbook::plan::Plan;
use runbook::verdict::{Finding, Item, Judgement};
use runbook::world::{FileSeen, Measured, Observation, Observations, Probe, Reason, Unobserved};
use runbook::{Level, Side};
use serde_json::{Value, json};

use crate::plans::{NOW, check, plan_json, read_plan};

/// A kind that asks, finds and rules what the test says.
#[derive(Debug, Default)]
struct Scripted {
    asks: Vec<Probe>,
    items: Vec<Item>,
    broken: Option<String>,
}

impl Check for Scripted {
    fn ask(&self, _: &Scope<'_>, _: &Observations) -> Vec<Probe> {
        self.asks.clone()
    }

    fn facts_of(&self) -> Vec<FactSpec> {
        vec![
            FactSpec {
                name: Cow::Borrowed("n"),
                kind: FactType::Integer,
                doc: "a number".into(),
                optional: false,
            },
            FactSpec::optional("rate", FactType::Number, "a rate"),
        ]
    }

    fn items(&self, _: &Scope<'_>, _: &Observations) -> Result<Vec<Item>, String> {
        self.broken.clone().map_or_else(|| Ok(self.items.clone()), Err)
    }

    fn rule(&self, _: &Scope<'_>, subject: &str, facts: &Facts) -> Ruling {
        let mut ruling = Ruling::green();
        let finding = Finding::new("CUT2001", subject, "0", "more", "less");
        match facts.integer("n") {
            Some(0) => {}
            Some(1) => ruling.yellow(finding),
            Some(2) => ruling.red(finding),
            _ => return Ruling::unknown("no rule for that number"),
        }
        ruling
    }
}

fn file(path: &str) -> Probe {
    Probe::File { path: path.to_owned() }
}

fn seen(path: &str, partial: Option<&str>) -> Result<Observation, Unobserved> {
    Ok(Observation {
        probe: file(path),
        at: "2026-12-06T00:29:00Z".parse().unwrap(),
        took_ms: 1,
        partial: partial.map(Into::into),
        measured: Measured::File(FileSeen {
            path: path.into(),
            bytes: 1,
            sha256: "aa".into(),
            modified: None,
        }),
    })
}

fn unseen(path: &str) -> Result<Observation, Unobserved> {
    Err(Unobserved {
        probe: file(path),
        at: NOW.parse().unwrap(),
        reason: Reason::Unauthorised,
        message: "not authorised".into(),
        hint: None,
    })
}

fn item(subject: &str, n: i64) -> Item {
    Item::new(subject, Facts::new().with("n", n))
}

fn plan() -> Plan {
    let mut plan = read_plan(plan_json());
    plan.checks.push(check("scripted", "exec", "operations", "signal"));
    plan
}

fn verdict(kind: &Scripted, rule: Option<&Rule>, seen: Vec<Result<Observation, Unobserved>>) -> Judgement {
    verdict_in(&plan(), kind, rule, seen)
}

fn verdict_in(
    plan: &Plan,
    kind: &Scripted,
    rule: Option<&Rule>,
    seen: Vec<Result<Observation, Unobserved>>,
) -> Judgement {
    let scope = Scope {
        plan,
        unit: &plan.units[0],
        check: "scripted",
        on: Some(Side::Source),
        now: NOW.parse().unwrap(),
    };
    judge(kind, rule, &scope, &seen.into_iter().collect())
}

fn asking(paths: &[&str], items: Vec<Item>) -> Scripted {
    Scripted { asks: paths.iter().map(|path| file(path)).collect(), items, broken: None }
}

fn unknown_because(judgement: &Judgement, why: &str) {
    assert_eq!(judgement.level, Level::Unknown, "{judgement:?}");
    let said = judgement.why.as_deref().unwrap_or_default();
    assert!(said.contains(why), "`{said}` does not say `{why}`");
}

#[test]
fn all_measured_and_good_is_green_with_its_evidence() {
    let judgement = verdict(
        &asking(&["a", "b"], vec![item("x", 0)]),
        None,
        vec![seen("b", None), seen("a", None), seen("other", None)],
    );
    assert_eq!((judgement.level, judgement.why, judgement.incomplete), (Level::Green, None, false));
    let digests = |path: &str| seen(path, None).unwrap().digest();
    let mut expected = vec![digests("a"), digests("b")];
    expected.sort();
    assert_eq!(judgement.evidence, expected, "what was not asked for is no evidence");
    assert_eq!(judgement.measured_at, Some("2026-12-06T00:29:00Z".parse().unwrap()));
}

#[test]
fn unasked_unanswered_refused_partial_empty_or_broken_is_unknown() {
    let good = || vec![item("x", 0)];
    unknown_because(&verdict(&asking(&[], good()), None, vec![]), "asks for nothing");
    unknown_because(&verdict(&asking(&["a"], good()), None, vec![]), "file a: not measured");
    unknown_because(&verdict(&asking(&["a"], good()), None, vec![unseen("a")]), "file a: not authorised");
    let half = vec![seen("a", Some("62 % measured: read budget used up"))];
    unknown_because(&verdict(&asking(&["a"], good()), None, half), "62 % measured");
    unknown_because(&verdict(&asking(&["a"], vec![]), None, vec![seen("a", None)]), "came back empty");
    let broken = Scripted { broken: Some("cannot be read".into()), ..asking(&["a"], good()) };
    unknown_because(&verdict(&broken, None, vec![seen("a", None)]), "cannot be read");
    let mut gap = good();
    gap.push(Item::unknown("y", "not authorised to describe it"));
    unknown_because(
        &verdict(&asking(&["a"], gap), None, vec![seen("a", None)]),
        "y: not authorised to describe it",
    );
}

#[test]
fn a_missing_or_ill_typed_fact_is_unknown_and_named() {
    let cases: [(Value, &str); 7] = [
        (json!(null), "`n` is missing"),
        (json!("0"), "`n` is \"0\", not integer"),
        (json!(0.5), "not integer"),
        (json!(f64::NAN), "`n` is missing"),
        (json!(u64::MAX), "not integer"),
        (json!(false), "not integer"),
        (json!([0]), "not integer"),
    ];
    for (value, why) in cases {
        let facts = Facts::new().with("n", value);
        let judgement = verdict(&asking(&["a"], vec![Item::new("x", facts)]), None, vec![seen("a", None)]);
        unknown_because(&judgement, why);
    }
    // An optional fact may be absent, and must still be of its type.
    let facts = Facts::new().with("n", 0).with("rate", "fast");
    let judgement = verdict(&asking(&["a"], vec![Item::new("x", facts)]), None, vec![seen("a", None)]);
    unknown_because(&judgement, "`rate` is \"fast\", not number");
}

#[test]
fn red_beats_unknown_and_keeps_saying_what_was_not_seen() {
    let judgement =
        verdict(&asking(&["a", "b"], vec![item("x", 2)]), None, vec![seen("a", None), unseen("b")]);
    assert_eq!((judgement.level, judgement.incomplete), (Level::Red, true));
    assert!(judgement.why.unwrap().contains("file b: not authorised"));
}

#[test]
fn findings_are_sorted_and_said_once() {
    let items = vec![item("z", 2), item("a", 1), item("z", 2)];
    let judgement = verdict(&asking(&["a"], items), None, vec![seen("a", None)]);
    let subjects: Vec<&str> = judgement.findings.iter().map(|finding| finding.subject.as_str()).collect();
    assert_eq!(subjects, ["a", "z"]);
}

#[derive(Debug)]
struct Says(Result<bool, String>);

impl Condition for Says {
    fn text(&self) -> &str {
        "n < 1"
    }

    fn holds(&self, _: &Facts) -> Result<bool, String> {
        self.0.clone()
    }
}

fn rule(green: Result<bool, String>, yellow: Option<Result<bool, String>>) -> Rule {
    Rule {
        green: Box::new(Says(green)),
        yellow: yellow.map(|yellow| Box::new(Says(yellow)) as Box<dyn Condition>),
        code: "CUT2002".into(),
        help: None,
    }
}

#[test]
fn a_runbooks_rule_replaces_the_built_in_one_and_nothing_else() {
    let bad = asking(&["a"], vec![item("x", 2)]);
    let with = |rule: Rule, kind: &Scripted| verdict(kind, Some(&rule), vec![seen("a", None)]);
    assert_eq!(with(rule(Ok(true), None), &bad).level, Level::Green);
    assert_eq!(with(rule(Ok(false), Some(Ok(true))), &bad).level, Level::Yellow);
    let red = with(rule(Ok(false), None), &bad);
    assert_eq!((red.level, red.findings[0].expected.as_str()), (Level::Red, "n < 1"));
    unknown_because(&with(rule(Err("fact `n` is not finite".into()), None), &bad), "not finite");
    unknown_because(&with(rule(Ok(false), Some(Err("fact `m`".into()))), &bad), "fact `m`");
    // What was not measured stays unknown under any rule.
    let unmeasured = asking(&["a"], vec![Item::unknown("x", "not provable")]);
    unknown_because(&with(rule(Ok(true), None), &unmeasured), "not provable");
    unknown_because(&verdict(&bad, Some(&rule(Ok(true), None)), vec![unseen("a")]), "not authorised");
}

#[test]
fn no_data_is_what_the_check_declares_and_never_green() {
    for (declared, level) in [
        (None, Level::Unknown),
        (Some("unknown"), Level::Unknown),
        (Some("yellow"), Level::Yellow),
        (Some("red"), Level::Red),
        (Some("green"), Level::Unknown),
    ] {
        let mut plan = plan();
        plan.checks.last_mut().unwrap().no_data = declared.map(Into::into);
        let judgement = verdict_in(&plan, &asking(&["a"], vec![]), None, vec![seen("a", None)]);
        assert_eq!(judgement.level, level, "{declared:?}");
        assert!(judgement.why.is_some());
        // A measurement that failed is not one without data.
        let judgement = verdict_in(&plan, &asking(&["a"], vec![]), None, vec![unseen("a")]);
        assert_eq!(judgement.level, Level::Unknown, "{declared:?}");
    }
}

#[derive(Clone, Debug)]
enum Answer {
    Whole,
    Part,
    Refused,
    None,
}

proptest! {
    /// The level follows from the parts alone: red if any item is red, else unknown if anything is missing, else the
    /// worst item; a finding never comes with green and an unknown never without its reason.
    #[test]
    fn the_level_follows_from_the_parts(
        answers in prop::collection::vec(
            prop_oneof![Just(Answer::Whole), Just(Answer::Part), Just(Answer::Refused), Just(Answer::None)], 0..4),
        numbers in prop::collection::vec(prop::option::of(0_i64..5), 0..5),
        broken in any::<bool>(),
    ) {
        let paths: Vec<String> = (0..answers.len()).map(|i| format!("f{i}")).collect();
        let kind = Scripted {
            asks: paths.iter().map(|path| file(path)).collect(),
            items: numbers.iter().enumerate().map(|(i, n)| match n {
                Some(n) => item(&format!("item {i}"), *n),
                None => Item::new(format!("item {i}"), Facts::new()),
            }).collect(),
            broken: broken.then(|| "broken".to_owned()),
        };
        let all: Vec<_> = paths.iter().zip(&answers).filter_map(|(path, answer)| match answer {
            Answer::Whole => Some(seen(path, None)),
            Answer::Part => Some(seen(path, Some("half"))),
            Answer::Refused => Some(unseen(path)),
            Answer::None => None,
        }).collect();
        let judgement = verdict(&kind, None, all);

        let asked = !answers.is_empty();
        let whole = asked && answers.iter().all(|answer| matches!(answer, Answer::Whole));
        let shown: &[Option<i64>] = if broken || !asked { &[] } else { &numbers };
        let expected = if shown.contains(&Some(2)) {
            Level::Red
        } else if !whole || broken || shown.is_empty() || shown.iter().any(|n| !matches!(n, Some(0 | 1))) {
            Level::Unknown
        } else if shown.contains(&Some(1)) {
            Level::Yellow
        } else {
            Level::Green
        };
        prop_assert_eq!(judgement.level, expected);
        prop_assert!(judgement.level != Level::Green || judgement.findings.is_empty() && !judgement.evidence.is_empty());
        prop_assert!(judgement.level != Level::Unknown || judgement.why.is_some());
        prop_assert!(judgement.findings.is_sorted());
        prop_assert_eq!(judgement.evidence.len(), if asked { answers.iter().filter(|a| matches!(a, Answer::Whole | Answer::Part)).count() } else { 0 });
    }
}
