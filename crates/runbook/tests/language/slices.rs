//! A slice and its printed expansion are one plan, and what is wrong with it is drawn in the slice.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use crate::folder::Folder;
use crate::memory::Memory;
use runbook::load::{Loaded, Options, Problem, load};
use runbook::plan::{Plan, plan_text};
use runbook::syntax::DiagnosticSeverity;

const SHAPES: [&str; 3] = ["consumers-first", "full-switch", "producers-first"];

/// The shipped slice in another shape, with more behind it.
fn slice(shape: &str, more: &str) -> String {
    let text = std::fs::read_to_string(Folder::of_repository("runbooks").0.join("settlement.yaml")).unwrap();
    let head = text.split("\nadjust:").next().unwrap();
    format!("{}\n{more}\n", head.replace("shape: full-switch ", &format!("shape: {shape} ")))
}

/// The folder of shipped runbooks, with one more file.
fn loaded(text: &str) -> Loaded {
    let folder = Folder::of_repository("runbooks").0;
    let mut files = Memory::default();
    for name in [
        "site.yaml",
        "reconcile.sh",
        "library/standard.yaml",
        "clusters/aws.properties",
        "clusters/gcp.properties",
        "clusters/aws-staging.properties",
        "clusters/gcp-staging.properties",
        "keys/ilse.pub",
        "keys/omar.pub",
        "keys/mina.pub",
        "keys/tomas.pub",
        "keys/ana.pub",
    ] {
        files = files.with(name, std::fs::read(folder.join(name)).unwrap());
    }
    load("slice.yaml", &files.with("slice.yaml", text.as_bytes().to_vec()), &Options::default())
}

fn planned(text: &str) -> (Plan, String) {
    let loaded = loaded(text);
    let plan = runbook::plan(&loaded).unwrap_or_else(|errors| panic!("{errors:#?}"));
    (plan, loaded.expansion.map(|expansion| expansion.text).unwrap_or_default())
}

/// Errors and warnings: where they are drawn, and what they say.
fn problems(text: &str) -> Vec<(String, u32, u32, String)> {
    let loaded = loaded(text);
    let serious = |severity| severity != DiagnosticSeverity::Note;
    let problems = loaded.diagnostics.iter().filter(|problem| serious(problem.severity()));
    problems
        .map(|problem| {
            let at = Problem::of(problem, &loaded.sources);
            let file = loaded.sources.get(problem.span.source).unwrap();
            assert!(file.text == text || file.name != "slice.yaml", "drawn in a text nobody has seen");
            (at.code.to_owned(), at.line, at.column, at.message)
        })
        .collect()
}

#[test]
fn a_slice_and_its_printed_expansion_are_one_plan() {
    for shape in SHAPES {
        let text = slice(shape, "");
        assert!(problems(&text).is_empty(), "{shape}: {:#?}", problems(&text));
        let (plan, expansion) = planned(&text);
        let (again, _) = planned(&expansion);
        assert_eq!(plan.digest, again.digest, "{shape}");
        assert_eq!((&plan.steps, &plan.checks), (&again.steps, &again.checks), "{shape}");
        assert_eq!((&plan.budgets, &plan.window), (&again.budgets, &again.window), "{shape}");
        assert_eq!(plan.commit_point.as_deref(), Some("last-look"), "{shape}");
        assert!(problems(&expansion).is_empty(), "{shape}");
        insta::assert_snapshot!(format!("expanded_{shape}"), expansion);
    }
}

/// What a shape brings can be run by this version.
#[test]
fn whatever_a_shape_brings_is_built() {
    for shape in SHAPES {
        let (plan, _) = planned(&slice(shape, ""));
        for check in &plan.checks {
            assert!(check.built, "{shape}: {}", check.id);
            runbook::checks::assemble(check).unwrap();
        }
        for step in &plan.steps {
            assert!(runbook::steps::step_kind(&step.kind).unwrap().built, "{shape}: {}", step.id);
            runbook::steps::StepSpec::of(step).unwrap();
        }
    }
}

fn needs(plan: &Plan, id: &str) -> String {
    plan.steps.iter().find(|step| step.id == id).map(|step| step.needs.join(" ")).unwrap_or_default()
}

#[test]
fn the_shipped_slice_has_its_side_branch() {
    let files = Folder::of_repository("runbooks");
    let loaded = load("settlement.yaml", &files, &Options::default());
    let plan = runbook::plan(&loaded).unwrap();
    assert_eq!(needs(&plan, "warm-cache"), "land-offsets");
    assert_eq!(needs(&plan, "last-look"), "land-offsets");
    let stall = &plan.budgets[0];
    assert_eq!((stall.max_ms, stall.warn_ms), (360_000, None));
    let window = plan.window.unwrap();
    assert_eq!(window.closes.as_second() - window.opens.as_second(), 3 * 3_600);
    assert!(loaded.expansion.unwrap().text.contains("2026-12-06T04:00:00+01:00"));
}

#[test]
fn steps_are_added_moved_dropped_and_replaced() {
    let (plan, _) = planned(
        &slice(
            "full-switch",
            "adjust:
  after:
    land-offsets:
      - { id: warm-cache, do: manual, with: { ask: Warm it }, owner: conductor, timeout: { total: 10m } }
      - { id: look-at-cache, do: manual, with: { ask: Look at it }, owner: conductor, timeout: { total: 1m } }
    stop-consumers:
      - { id: stop-consumers, do: stop-app, on: source, with: { groups: unit }, timeout: { total: 46s } }
  move: { last-look: [look-at-cache], soak: [start-producers] }
  drop: [consume-rest, stop-consumers, retire]
stall: { max: 30m }",
        )
        .replace("stall: { max: 6m }\n", ""),
    );
    assert_eq!(needs(&plan, "warm-cache"), "land-offsets");
    assert_eq!(needs(&plan, "look-at-cache"), "warm-cache");
    assert_eq!(needs(&plan, "last-look"), "look-at-cache");
    assert_eq!(needs(&plan, "stop-consumers"), "fence");
    assert_eq!(needs(&plan, "drain"), "fence stop-consumers");
    assert_eq!(needs(&plan, "soak"), "start-producers");
    assert!(!plan.steps.iter().any(|step| ["consume-rest", "retire"].contains(&step.id.as_str())));
    assert_eq!(plan.steps.iter().filter(|step| step.id == "stop-consumers").count(), 1);
}

#[test]
fn a_check_of_the_slice_stands_for_the_shape_s() {
    let mine = "  cluster-health: { use: cluster-health, severity: major, title: Mine }";
    let (plan, _) =
        planned(&slice("full-switch", "").replace("\nchecks:\n", &format!("\nchecks:\n{mine}\n")));
    let found: Vec<_> = plan.checks.iter().filter(|check| check.id == "cluster-health").collect();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].title.as_deref(), Some("Mine"));
}

#[test]
fn what_is_wrong_is_drawn_in_the_slice() {
    let cases = [
        ("a step others need", slice("full-switch", "adjust: { drop: [final-position] }")),
        ("a trigger is armed until it", slice("full-switch", "adjust: { drop: [hand-over] }")),
        ("no such step", slice("full-switch", "adjust: { drop: [final-postion] }")),
        (
            "nothing to stand beside",
            slice(
                "full-switch",
                "adjust: { after: { landing: [ { id: a, do: notify, with: { message: x } } ] } }",
            ),
        ),
        ("moved behind nothing", slice("full-switch", "adjust: { move: { soak: [start-producer] } }")),
        ("a circle", slice("full-switch", "adjust: { move: { fence: [drain] } }")),
        ("the shape's timeouts are longer", slice("full-switch", "").replace("max: 6m", "max: 5m")),
        (
            "a stop of the shape is too short",
            slice("full-switch", "").replace("session_timeout: 45s", "session_timeout: 60s"),
        ),
        ("another owner", slice("full-switch", "").replace("owner: mina", "owner: nina")),
        ("due at no step", slice("full-switch", "").replace("due: start-consumers", "due: start-consumer")),
        ("a fact that is not there", slice("full-switch", "").replace("missing == 0", "mising == 0")),
        ("a window in no order", slice("full-switch", "").replace("length: 3h", "length: 20m")),
    ];
    let mut out = String::new();
    for (what, text) in cases {
        let found = problems(&text);
        assert!(!found.is_empty(), "{what}");
        out.push_str(&format!("{what}\n"));
        for (code, line, column, message) in found {
            let written = text.lines().nth(line as usize - 1).unwrap_or_default();
            let at: String = written.chars().skip(column as usize - 1).take(24).collect();
            out.push_str(&format!("  {code} {line}:{column} at {at:?}\n    {message}\n"));
        }
    }
    insta::assert_snapshot!(out);
}

#[test]
fn what_was_born_on_the_target_is_part_of_the_plan_however_it_is_cut_up() {
    let span = |from: i64, to: i64| format!("{{ topic: orders, partition: 1, from: {from}, to: {to} }}");
    let text = |spans: &[String]| slice("full-switch", &format!("target_born: [ {} ]", spans.join(", ")));
    let (plain, _) = planned(&slice("full-switch", ""));
    let (plan, expansion) = planned(&text(&[span(5, 9)]));
    assert_eq!(
        plan.units[0].target_born.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["orders-1 5..9"]
    );
    assert!(expansion.contains("target_born:"), "{expansion}");
    assert!(plan_text(&plan).contains("left out, born on the target: orders-1 5..9"));
    let (cut_up, _) = planned(&text(&[span(7, 9), span(5, 7)]));
    let (other, _) = planned(&text(&[span(5, 10)]));
    assert_eq!(plan.digest, cut_up.digest);
    assert!(plan.digest != plain.digest && plan.digest != other.digest);
    let parts = |plan: &Plan| plan.rehearsal.as_ref().map(|rehearsal| rehearsal.parts.clone());
    assert_eq!(parts(&plan), parts(&plain), "a rehearsal is as good with it");
    let wrong = problems(&text(&[span(9, 5)]));
    assert_eq!(wrong.iter().map(|problem| problem.0.as_str()).collect::<Vec<_>>(), ["CUT0312"]);
}
