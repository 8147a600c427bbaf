//! Templates of the user's own.

use std::collections::BTreeSet;
use std::path::Path;

use report::{
    Format, Options, RenderError, TemplateProblem, UserTemplate, context, render, render_or_fallback,
};
use serde_json::Value;

use crate::fixture;

fn with(name: &str, source: &str) -> Options {
    Options { template: Some(UserTemplate { name: name.to_owned(), source: source.to_owned() }) }
}

fn rendered(name: &str, source: &str) -> String {
    render(Format::Html, &fixture::lagging(), &with(name, source)).unwrap()
}

fn problem(name: &str, source: &str) -> TemplateProblem {
    match render(Format::Html, &fixture::lagging(), &with(name, source)) {
        Err(RenderError::Template(problem)) => problem,
        other => panic!("{source}: {other:?}"),
    }
}

#[test]
fn broken_templates_are_told_with_their_line() {
    let mut told = String::new();
    for (name, source) in [
        ("a.md", "one\n{% if overall %}\nthree"),
        ("a.md", "one\n{{ overall | }}"),
        ("a.html", "<p>\n{{ run.idd }}"),
        ("a.html", "{{ units[0].levle }}"),
        ("a.html", "\n\n{{ overall|shout }}"),
        ("a.html", "{{ now() }}"),
        ("a.html", "{% include 'other.html' %}"),
        ("a.html", "{% extends '/etc/passwd' %}"),
        ("a.html", "<p>\n<p>{{ run.id|safe }}"),
        ("a.html", "\n{% autoescape false %}{{ run.id }}{% endautoescape %}"),
        ("a.html", "\n{%- autoescape 'none' -%}{{ run.id }}{% endautoescape %}"),
        ("a.txt", "{% for a in range(90000) %}{% for b in range(90000) %}.{% endfor %}{% endfor %}"),
        ("a.txt", "{% macro again() %}{{ again() }}{% endmacro %}{{ again() }}"),
        ("a.txt", "{% for a in range(1000) %}{{ 'x' * 1000000 }}{% endfor %}"),
        ("a.txt", "{{ overall|bytes }}"),
        ("a.txt", "{{ debug() }}"),
    ] {
        let problem = problem(name, source);
        told.push_str(&format!("{source:?}\n  {problem}\n  {:?}\n  hint: {}\n", problem.text, problem.hint));
    }
    insta::assert_snapshot!("template-problems", told);
}

#[test]
fn a_broken_template_costs_no_report() {
    let broken = with("a.html", "{{ nothing }}");
    for format in Format::ALL {
        let written = render_or_fallback(format, &fixture::lagging(), &broken).unwrap();
        let own = render(format, &fixture::lagging(), &Options::default()).unwrap();
        assert_eq!(written.text, own, "{format:?}");
        assert_eq!(written.problem.unwrap().code, "CUT7002");
    }
    let good =
        render_or_fallback(Format::Html, &fixture::lagging(), &with("a.txt", "{{ overall }}")).unwrap();
    assert_eq!((good.text.as_str(), good.problem), ("red", None));
}

#[test]
fn the_ending_of_the_name_says_how_values_are_written() {
    let mut input = fixture::lagging();
    input.plan.title = "<b>=1+1|*x*</b> \"q\"".to_owned();
    let of = |name: &str| render(Format::Html, &input, &with(name, "{{ runbook.title }}")).unwrap();
    assert_eq!(of("a.html"), "&lt;b&gt;=1+1|*x*&lt;&#x2f;b&gt; &quot;q&quot;");
    assert_eq!(of("a.svg.j2"), of("a.html"));
    assert_eq!(of("a.md"), "\\<b\\>=1+1\\|\\*x\\*\\</b\\> \"q\"");
    assert_eq!(of("a.csv"), "\"<b>=1+1|*x*</b> \"\"q\"\"\"");
    assert_eq!(of("a.json"), "\"<b>=1+1|*x*</b> \\\"q\\\"\"");
    assert_eq!(of("a.txt"), input.plan.title);
}

#[test]
fn filters_write_what_people_read() {
    assert_eq!(
        rendered("a.txt", "{{ 123456|count }} {{ 24691200|bytes }} {{ 5400000|duration }}"),
        "123\u{202f}456 24.7 MB 1 h 30 min"
    );
    assert_eq!(rendered("a.json", "{{ 123456|count }}"), "123456", "programs get digits");
    assert_eq!(
        rendered("a.txt", "{{ overall|sign }} {{ run.ended|moment }} {{ 40|age }}"),
        "✗ 2026-12-05 23:12:32 UTC 40 s ago"
    );
    assert_eq!(rendered("a.html", "{{ 123457|offset }}"), "<span class=\"n\">123<span>457</span></span>");
    assert_eq!(rendered("a.txt", "{{ runbook.plan_digest|short }}").len(), 12);
    assert_eq!(rendered("a.txt", "{{ none|count }}{{ none|bytes }}{{ none|age }}"), "–––");
    assert_eq!(rendered("a.html", "{{ 'a/b'|code }}"), "<code>a&#x2f;b</code>");
    assert_eq!(
        rendered("a.txt", "{{ 'https://x.y/z'|url }} {{ 'JavaScript:x'|url }} {{ ' https://a'|url }}"),
        "https://x.y/z # #"
    );
    assert_eq!(rendered("a.html", "<p data-x=\"{{ ['\" onclick=x']|tojson }}\">").matches('"').count(), 2);
    let json = rendered("a.json", "{{ summary|tojson }}");
    assert_eq!(serde_json::from_str::<Value>(&json).unwrap()["checks"]["green"], 12);
}

fn guide() -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guides/templates.md"))
        .unwrap()
}

/// The fenced blocks of a language, with the name that stands in the sentence before.
fn examples(guide: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (before, after) in
        guide.match_indices("```jinja\n").map(|(at, fence)| (&guide[..at], &guide[at + fence.len()..]))
    {
        let name = before.rsplit('`').nth(1).unwrap().to_owned();
        found.push((name, after.split("```").next().unwrap().to_owned()));
    }
    found
}

#[test]
fn the_examples_of_the_guide_render_over_every_run() {
    let examples = examples(&guide());
    assert!(examples.len() >= 3, "{examples:?}");
    for (name, source) in examples {
        assert!(name.contains('.'), "{name} is a file name");
        for (fixture_name, input) in fixture::all() {
            let text = render(Format::Html, &input, &with(&name, &source));
            assert!(text.is_ok_and(|text| !text.trim().is_empty()), "{name} over {fixture_name}");
        }
        let text = rendered(&name, &source);
        if name.ends_with(".json") {
            assert!(serde_json::from_str::<Value>(&text).is_ok(), "{name}");
        }
        insta::assert_snapshot!(format!("guide.{name}"), text);
    }
}

/// Every path of the context, with `[]` for the items of a list.
fn paths(value: &Value, at: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, value)| {
            let path = if at.is_empty() { name.clone() } else { format!("{at}.{name}") };
            // Free names below these.
            if !matches!(path.as_str(), "run.versions") {
                paths(value, &path, found);
            }
            found.insert(path);
        }),
        Value::Array(values) => values.iter().for_each(|value| paths(value, &format!("{at}[]"), found)),
        _ => {}
    }
}

#[test]
fn the_guide_lists_every_name_of_the_context() {
    let mut found = BTreeSet::new();
    for (_, input) in fixture::all() {
        paths(&context(&input), "", &mut found);
    }
    let guide = guide();
    // The same shapes stand in several places and are documented once.
    let same = |path: &str| {
        let mut path = path.to_owned();
        for (place, shape) in [
            ("not_green[]", "units[].dimensions[].checks[]"),
            ("not_due[]", "units[].dimensions[].checks[]"),
            ("problems[].checks[]", "units[].dimensions[].checks[]"),
            ("acceptance[].roles[]", "roles[]"),
            ("units[].owner", "roles[]"),
            ("units[].dimensions[].accepting[]", "roles[]"),
        ] {
            if let Some(rest) = path.strip_prefix(place)
                && rest.starts_with('.')
            {
                path = format!("{shape}{rest}");
            }
        }
        path
    };
    let missing: Vec<String> =
        found.iter().map(|path| same(path)).filter(|path| !guide.contains(&format!("`{path}`"))).collect();
    assert!(missing.is_empty(), "docs/guides/templates.md does not name:\n{}", missing.join("\n"));
}
