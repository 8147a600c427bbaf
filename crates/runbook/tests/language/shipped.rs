//! Every shipped runbook parses, lints clean and plans.

use crate::folder::Folder;
use runbook::load::{Options, lint_report, load};
use runbook::plan::{plan_mermaid, plan_report, plan_text};
use runbook::syntax::{FileError, Files};

#[test]
fn shipped_documents_are_clean() {
    let files = Folder::of_repository("runbooks");
    for path in [
        "site.yaml",
        "settlement-expanded.yaml",
        "settlement.yaml",
        "library/standard.yaml",
        "library/measurable.yaml",
        "demo/runbook.yaml",
        "demo/site.yaml",
        "shapes/consumers-first.yaml",
        "shapes/full-switch.yaml",
        "shapes/producers-first.yaml",
    ] {
        let loaded = load(path, &files, &Options::default());
        let problems: Vec<_> = lint_report([&loaded])
            .files
            .into_iter()
            .flat_map(|file| file.diagnostics.into_iter().map(move |problem| (file.file.clone(), problem)))
            .filter(|(_, problem)| problem.severity != runbook::syntax::DiagnosticSeverity::Note)
            .collect();
        assert!(problems.is_empty(), "{path}: {problems:#?}");
        assert!(loaded.document.is_some(), "{path}");
    }
}

/// A shape is no runbook: linting it says what it is for, and whether it is the one that slices get.
#[test]
fn a_shape_says_what_it_is_for() {
    let files = Folder::of_repository("runbooks");
    let loaded = load("shapes/full-switch.yaml", &files, &Options::default());
    let said = |loaded: &runbook::load::Loaded| loaded.diagnostics[0].message.clone();
    assert_eq!(
        said(&loaded),
        "this is the shape `full-switch` of this version, linted with each slice that names it"
    );
    assert!(!loaded.any_error());
    let refused = runbook::plan(&loaded).expect_err("it has no plan of its own");
    assert_eq!(refused[0].message, "a Shape is planned with the slice that names it");

    let changed = "apiVersion: cutover/v1\nkind: Shape\nmetadata: { name: full-switch }\n";
    let (path, files) = crate::compose::compose(changed, "whole");
    let changed = load(path, &files, &Options::default());
    assert!(said(&changed).ends_with("no slice reads this file"), "{}", said(&changed));
}

#[test]
fn the_explicit_example_plans() {
    let files = Folder::of_repository("runbooks");
    let loaded = load("settlement-expanded.yaml", &files, &Options::default());
    let plan = runbook::plan(&loaded).expect("it plans");
    assert_eq!(plan.commit_point.as_deref(), Some("last-look"));
    assert_eq!(plan.steps.len(), 20);
    insta::assert_snapshot!("settlement_plan_text", without_kinds(&plan_text(&plan)));
    insta::assert_snapshot!("settlement_plan_mermaid", plan_mermaid(&plan));
    insta::assert_json_snapshot!("settlement_plan_json", plan_report(&plan), { ".digest" => "[digest]" });
    assert!(plan_text(&plan).lines().all(|line| line.chars().count() <= 80));
}

/// The plan digest is of what is done and judged; where, when and by whom is not in it.
#[test]
fn the_plan_digest_is_the_same_in_every_environment() {
    let files = Folder::of_repository("runbooks");
    let digests = |env: &str| {
        let options = Options { env: Some(env.to_owned()), ..Options::default() };
        let plan = runbook::plan(&load("settlement-expanded.yaml", &files, &options)).expect("it plans");
        (plan.digest, plan.environment_digest)
    };
    let (production, staging) = (digests("production"), digests("staging"));
    assert_eq!(production.0, staging.0);
    assert_ne!(production.1, staging.1);
    let options = Options { set: vec![("replay_max".to_owned(), "5".to_owned())], ..Options::default() };
    let plan = runbook::plan(&load("settlement-expanded.yaml", &files, &options)).expect("it plans");
    assert_ne!(plan.digest, production.0);
    assert_eq!(plan.units[0].tolerates.replayed, Some(5));
    assert_eq!(plan.units[0].tolerates.lag_ms, Some(5_000));
}

/// Which kinds are built changes from version to version; the rest of a plan does not.
fn without_kinds(text: &str) -> String {
    let (head, rest) = text.split_once(" checks\n").expect("a plan lists its checks");
    let (_, tail) = rest.split_once("\nCommit point").expect("a plan names its commit point");
    let mut skip = false;
    let tail: Vec<&str> = tail
        .lines()
        .filter(|line| {
            // An entry and the lines it is continued in.
            skip = line.starts_with("Digest") || line.starts_with("Creates") || skip && line.starts_with(' ');
            !skip
        })
        .collect();
    format!("{head} checks\n\nCommit point{}\n", tail.join("\n"))
}

/// What plans is also ready to judge: parameters and own rules of every built kind are accepted by the kind itself.
#[test]
fn every_planned_check_of_a_built_kind_is_ready_to_judge() {
    let files = Folder::of_repository("runbooks");
    let plan =
        runbook::plan(&load("settlement-expanded.yaml", &files, &Options::default())).expect("it plans");
    let built: Vec<_> = plan.checks.iter().filter(|check| check.built).collect();
    assert!(built.len() > 10);
    for check in built {
        let ready = runbook::checks::assemble(check);
        assert!(ready.is_ok(), "{}: {:?}", check.id, ready.err());
    }
}

/// Everything the language names parses, lints and plans from the start, whether this version can do it or not.
#[test]
fn every_kind_of_the_language_is_known() {
    let checks = "topic-shape content-parity compacted-parity position-provable offset-boundary group-resume group-progress \
        group-drained group-lag lag-envelope drained external-position api-support client-probe real-clients limits-parity \
        schema-parity connector-parity streams-state cluster-health replication-health replicator-config durability promql \
        datadog alarm-drill acl-parity access-as quota-parity credential-parity freeze-drift single-activity stays-behind \
        rollback-anchor triggers-ready rehearsal-covered review exec http";
    let steps = "check gate wait watch sign-off manual notify capture-positions stop-app start-app fence-writes \
        pause-replication pause-group-sync commit-offsets commit-offsets-back target-born-ledger sync-acls topic-config \
        retire undo exec http";
    for kind in checks.split_whitespace() {
        assert!(runbook::checks::kind(kind).is_some(), "{kind}");
    }
    for kind in steps.split_whitespace() {
        assert!(runbook::steps::step_kind(kind).is_some(), "{kind}");
    }
    assert_eq!(steps.split_whitespace().count(), runbook::steps::STEP_KINDS.len());
}

/// `for_each` is unfolded when the plan is made: ids, needs, checks and templates.
#[test]
fn for_each_unfolds_into_steps_and_checks() {
    let text = "\
parameters: { who: { type: text, default: everybody, why: an example } }
checks:
  anchor: { use: rollback-anchor }
  shape: { use: topic-shape, for_each: [a, b], title: \"Shape of {{ item }}\" }
steps:
  - { id: baseline, do: check, checks: [shape, anchor] }
  - { id: tell, do: notify, for_each: [x, y], with: { message: \"{{ item }} for {{ who }}\" } }
  - { id: go, do: gate, require: { any: [ { check: shape }, { check: anchor } ] } }
";
    let (path, files) = crate::compose::compose(text, "runbook");
    let loaded = load(path, &files, &Options::default());
    let plan = runbook::plan(&loaded).expect("it plans");
    let steps: Vec<(&str, String)> =
        plan.steps.iter().map(|step| (step.id.as_str(), step.needs.join(" "))).collect();
    assert_eq!(
        steps,
        [
            ("baseline", String::new()),
            ("tell[x]", "baseline".to_owned()),
            ("tell[y]", "baseline".to_owned()),
            ("go", "tell[x] tell[y]".to_owned()),
        ]
    );
    assert_eq!(plan.steps[1].with["with"]["message"], "x for everybody");
    assert_eq!(plan.steps[0].with["checks"], serde_json::json!(["shape[a]", "shape[b]", "anchor"]));
    assert_eq!(
        plan.steps[3].with["require"],
        serde_json::json!({ "any": [{ "all": [{ "check": "shape[a]" }, { "check": "shape[b]" }] }, { "check": "anchor" }] })
    );
    assert_eq!(plan.check("shape[b]").and_then(|check| check.title.as_deref()), Some("Shape of b"));
}

/// The settlement example with another word for what becomes of records born on the target.
struct Worded(Folder, &'static str);

impl Files for Worded {
    fn read(&self, path: &str, limit: u64) -> Result<Vec<u8>, FileError> {
        let text = String::from_utf8(self.0.read(path, limit)?).expect("it is text");
        let written = format!("target_born: {}", self.1);
        Ok(text.replace("target_born: { reconcile: reconciliation }", &written).into_bytes())
    }

    fn exists(&self, path: &str) -> bool {
        self.0.exists(path)
    }
}

/// Whoever owns the unit answers for what was born on the target before any position is landed, whatever the plan says of
/// it; whether there is anything to answer for turns out on the way.
#[test]
fn each_plan_back_asks_the_owner_before_positions_are_landed() {
    let words = [
        ("discarded", "discard", true),
        ("carried", "carry", true),
        ("{ reconcile: reconciliation }", "carry", true),
        ("none", "uncounted", false),
        ("replayed", "uncounted", false),
    ];
    for (word, asks, leaves_it) in words {
        let files = Worded(Folder::of_repository("runbooks"), word);
        let loaded = load("settlement-expanded.yaml", &files, &Options::default());
        let plan = runbook::plan(&loaded).expect("it plans");
        let back = &plan.backs["back-to-aws"];
        let kinds: Vec<&str> = back.between.iter().map(|step| step.kind.as_str()).collect();
        let of = kinds.iter().position(|kind| *kind == "sign-off").expect("it asks");
        assert_eq!(kinds[of - 1..], ["target-born-ledger", "sign-off", "commit-offsets-back"], "{word}");
        let step = &back.between[of];
        assert_eq!(step.id, format!("back-to-aws/{asks}"), "{word}");
        assert_eq!(step.with["roles"], serde_json::json!(["app_owner"]), "{word}");
        assert!(step.title.is_some(), "{word}: whoever is asked is told what for");
        assert_eq!(back.leaves_it_to_the_owner(), leaves_it, "{word}");
    }
}
