//! Every kind on its own fixtures and on those of all others, and the laws they all keep.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use runbook::Level;
use runbook::checks::{KINDS, Kind, kind};
use runbook::verdict::Judgement;
use serde_json::{Value, json};

use crate::world::{
    Fixture, asks_of, build, example_with, fixtures, folder, healthy, judged_as_shown, observation,
    observations, scope,
};

fn built() -> impl Iterator<Item = &'static Kind> {
    KINDS.iter().filter(|kind| kind.built)
}

fn findings(judgement: &Judgement) -> Vec<String> {
    judgement.findings.iter().map(|finding| format!("{} {}", finding.code, finding.subject)).collect()
}

fn of_kind(fixture: &Fixture) -> &'static Kind {
    kind(&fixture.kind).unwrap_or_else(|| panic!("{}: no such kind", fixture.kind))
}

#[test]
fn every_fixture_gets_the_level_and_the_findings_it_names() {
    let mut wrong = String::new();
    for fixture in fixtures() {
        let judgement = fixture.judged_by(of_kind(&fixture), &observations(&fixture.world()));
        let (level, found) = (judgement.level, findings(&judgement));
        let why = judgement.why.clone().unwrap_or_default();
        let expected = &fixture.expect;
        let said = expected.why.as_ref().is_none_or(|part| why.contains(part));
        if level != expected.level || found != expected.findings || !said {
            let _ = writeln!(
                wrong,
                "{}/{} ({}): {level} {found:#?} why: {why}",
                fixture.kind, fixture.name, fixture.title
            );
        }
        assert!(judgement.findings.is_sorted());
        assert_eq!(
            matches!(level, Level::Red | Level::Yellow),
            !judgement.findings.is_empty(),
            "{}/{}: a bad level has a finding, another one has none",
            fixture.kind,
            fixture.name
        );
        assert!(level != Level::Unknown || !why.is_empty());
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn every_kind_has_a_fixture_of_each_level_it_can_have() {
    // What cannot be placed is not measured: it is never measured and wrong. A record is left, or none is.
    let never = [("external-position", Level::Red), ("group-drained", Level::Yellow)];
    let all = fixtures();
    for kind in built() {
        for level in [Level::Green, Level::Yellow, Level::Unknown, Level::Red] {
            let has = all.iter().any(|fixture| fixture.kind == kind.name && fixture.expect.level == level);
            assert_eq!(has, !never.contains(&(kind.name, level)), "{}: {level}", kind.name);
        }
    }
    for fixture in all {
        assert!(of_kind(&fixture).built, "{} has fixtures and is not built", fixture.kind);
    }
}

/// Every check on every fixture: a rule that reaches into another kind's business shows here.
#[test]
fn every_kind_on_every_fixture() {
    let mut text = String::new();
    for fixture in fixtures() {
        let _ = writeln!(text, "{}/{}: {}", fixture.kind, fixture.name, fixture.title);
        let world = observations(&fixture.world());
        for kind in built() {
            let judgement = fixture.judged_by(kind, &world);
            let own = kind.name == fixture.kind;
            if !own && judgement.level == Level::Green {
                continue;
            }
            let _ = writeln!(text, "  {} {}", judgement.level.sign(), kind.name);
            if let Some(why) = &judgement.why {
                let _ = writeln!(text, "      why: {why}");
            }
            for finding in &judgement.findings {
                let _ = writeln!(text, "      {} {}", finding.code, finding.subject);
                if own {
                    let _ = writeln!(text, "        expected: {}", finding.expected);
                    let _ = writeln!(text, "        actual:   {}", finding.actual);
                    let _ = writeln!(text, "        hint:     {}", finding.hint);
                }
            }
        }
    }
    insta::assert_snapshot!(text);
}

#[test]
fn a_healthy_world_and_a_cluster_compared_with_itself_are_green() {
    let same = {
        let mut world = healthy();
        let answers = world.as_object_mut().unwrap();
        let sources: Vec<(String, Value)> = answers
            .iter()
            .filter_map(|(name, answer)| {
                Some((name.strip_suffix("-source")?.to_owned(), answer["data"].clone()))
            })
            .collect();
        for (name, data) in sources {
            if let Some(target) = answers.get_mut(&format!("{name}-target")) {
                target["data"] = data;
            }
        }
        // Of one group, where the source is asked for all.
        answers["lag-target"]["data"] = answers["lags-source"]["data"]["groups"][0].clone();
        for partition in answers["positions"]["data"]["partitions"].as_array_mut().unwrap() {
            let committed = partition["source_committed"].clone();
            partition["target_committed"] = committed.clone();
            partition["exact_target"] = committed;
        }
        for part in ["/resume/probe/from", "/resume/data/partitions"] {
            for place in world.pointer_mut(part).unwrap().as_array_mut().unwrap() {
                place["target"] = place["source"].clone();
            }
        }
        world
    };
    let plan = crate::plans::read_plan(crate::plans::plan_json());
    for (name, world) in [("healthy", healthy()), ("same", same)] {
        for kind in built() {
            let judgement = judged_as_shown(kind, &plan, &observations(&world));
            assert_eq!(judgement.level, Level::Green, "{} in the {name} world: {judgement:#?}", kind.name);
            assert!(!judgement.items.is_empty() && !judgement.evidence.is_empty());
        }
    }
}

/// Takes each answer away, refuses it, cuts it short, and empties it: a kind that asked for it is never green then.
#[test]
fn no_kind_is_green_over_an_answer_that_is_absent_refused_partial_or_empty() {
    let plan = crate::plans::read_plan(crate::plans::plan_json());
    let world = healthy();
    let seen = observations(&world);
    let mut bent = 0;
    for kind in built() {
        let asks = asks_of(build(kind, example_with(kind)).as_ref(), &scope(&plan, None), &seen);
        assert!(!asks.is_empty(), "{} asks for nothing", kind.name);
        for asked in &asks {
            let probe = serde_json::to_value(asked).unwrap();
            let found = world.as_object().unwrap().iter().find(|(_, answer)| answer["probe"] == probe);
            let (name, answer) =
                found.unwrap_or_else(|| panic!("{} asks for {probe}, not in the world", kind.name));
            let refused = json!({ "probe": probe, "unobserved": { "reason": "unauthorised", "message": "not authorised" } });
            let mut partial = answer.clone();
            partial["partial"] = json!("62 % measured");
            let mut empty = answer.clone();
            empty_lists(&mut empty["data"]);
            for (how, bend) in [
                ("absent", None),
                ("refused", Some(refused)),
                ("partial", Some(partial)),
                ("empty", Some(empty)),
            ] {
                if bend.as_ref() == Some(answer) {
                    continue; // There was no list to empty.
                }
                let others = seen.iter().filter(|(other, _)| *other != asked);
                let bent_answer = bend.map(|answer| observation(name, &answer));
                let bent_world = others.map(|(_, outcome)| outcome.clone()).chain(bent_answer).collect();
                let judgement = judged_as_shown(kind, &plan, &bent_world);
                assert!(
                    judgement.level > Level::Yellow,
                    "{} is {} with {name} {how}: {judgement:#?}",
                    kind.name,
                    judgement.level
                );
                bent += 1;
            }
        }
    }
    assert!(bent > 0);
}

fn empty_lists(tree: &mut Value) {
    match tree {
        Value::Array(list) => list.clear(),
        Value::Object(members) => members.values_mut().for_each(empty_lists),
        _ => {}
    }
}

#[test]
fn items_have_distinct_subjects_and_only_declared_facts() {
    let mut facts_seen: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for fixture in fixtures() {
        let world = observations(&fixture.world());
        for kind in built() {
            let judgement = fixture.judged_by(kind, &world);
            let with = fixture
                .with
                .clone()
                .filter(|_| kind.name == fixture.kind)
                .unwrap_or_else(|| example_with(kind));
            let declared: BTreeSet<String> =
                build(kind, with).facts_of().into_iter().map(|spec| spec.name.into_owned()).collect();
            let mut subjects = BTreeSet::new();
            for verdict in &judgement.items {
                assert!(
                    subjects.insert(&verdict.item.subject),
                    "{}: {} twice",
                    kind.name,
                    verdict.item.subject
                );
                for (name, _) in verdict.item.facts.iter() {
                    assert!(declared.contains(name), "{}: fact {name} is not declared", kind.name);
                    facts_seen.entry(kind.name).or_default().insert(name.clone());
                }
            }
        }
    }
    for kind in built() {
        for spec in kind.facts() {
            let seen = facts_seen.get(kind.name).is_some_and(|names| names.contains(spec.name.as_ref()));
            assert!(seen, "{}: no fixture measures the fact {}", kind.name, spec.name);
        }
    }
}

#[test]
fn the_registry_is_sorted_and_is_the_folder() {
    let (built, named): (Vec<&Kind>, Vec<&Kind>) = KINDS.iter().partition(|kind| kind.built);
    for list in [&built, &named] {
        assert!(list.is_sorted_by_key(|kind| kind.name));
    }
    let names: BTreeSet<&str> = KINDS.iter().map(|kind| kind.name).collect();
    assert_eq!(names.len(), KINDS.len(), "a kind is listed twice");

    let sources = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/checks");
    let files: BTreeSet<String> = std::fs::read_dir(sources)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .filter(|path| std::fs::read_to_string(path).unwrap().contains("impl Declared for "))
        .map(|path| path.file_stem().unwrap().to_str().unwrap().replace('_', "-"))
        .collect();
    assert_eq!(files, built.iter().map(|kind| kind.name.to_owned()).collect());
    let folders: BTreeSet<String> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
        .collect();
    assert_eq!(folders, files);
}

#[test]
fn every_finding_has_a_page_and_every_page_a_fixture() {
    let pages = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/codes");
    let mut planted: BTreeSet<String> = BTreeSet::new();
    for fixture in fixtures() {
        let judgement = fixture.judged_by(of_kind(&fixture), &observations(&fixture.world()));
        planted.extend(judgement.findings.into_iter().map(|finding| finding.code));
    }
    // Made by the judge itself, not by a kind.
    planted.insert("CUT2001".to_owned());
    let mut written = BTreeSet::new();
    for entry in std::fs::read_dir(&pages).unwrap() {
        let path = entry.unwrap().path();
        let code = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if !code.starts_with("CUT2") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.starts_with(&format!("# {code}: ")), "{code}: no title");
        for section in ["\n## What it says\n", "\n## Why it matters\n", "\n## What to do\n"] {
            assert!(text.contains(section), "{code}: no section {section}");
        }
        written.insert(code);
    }
    assert_eq!(written, planted);
    for kind in built() {
        for code in kind.codes() {
            assert!(written.contains(&code), "{} makes {code}, which no fixture plants", kind.name);
        }
    }
}

#[test]
fn a_manual_has_its_sections_in_order_and_an_example_of_its_kind() {
    let sections = [
        "## What it judges",
        "## Why it matters",
        "## Green, yellow, red",
        "## What it does not prove",
        "## Example",
    ];
    for kind in built() {
        let manual = kind.manual();
        let found: Vec<&str> = manual.lines().filter(|line| line.starts_with("## ")).collect();
        assert_eq!(found, sections, "{}", kind.name);
        let example = crate::world::example(kind);
        assert_eq!(example["use"], kind.name);
        assert!(example.contains_key("severity"), "{}", kind.name);
        let states_its_own = kind.dimension.is_none();
        assert_eq!(example.contains_key("dimension"), states_its_own, "{}", kind.name);
        build(kind, example_with(kind));
    }
}
