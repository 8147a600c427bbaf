//! Hostile files: no panic, no hang, bounded memory, and a refusal by name where a limit is passed.
//!
//! A binary of its own, because it measures the memory of its process.

#[path = "language/compose.rs"]
mod compose;
#[path = "language/memory.rs"]
mod memory;

use std::time::{Duration, Instant};

use compose::compose;
use memory::Memory;
use proptest::prelude::*;
use runbook::load::{Options, lint_report, load};
use runbook::syntax::{Diagnostics, Sources, read_bytes};

/// Ten times the second a file may take.
const HANG: Duration = Duration::from_secs(10);

/// What a file may cost, over what the process held before (KiB).
const MEMORY_KIB: u64 = 128 * 1024;

const MIB: usize = 1024 * 1024;

/// Everything a user's command does with a file.
fn digest(path: &str, files: &Memory) -> Vec<String> {
    let loaded = load(path, files, &Options::default());
    let report = lint_report([&loaded]);
    drop(serde_json::to_string(&report).expect("a report is plain data"));
    for file in &report.files {
        for problem in &file.diagnostics {
            assert!(problem.line > 0 && problem.column > 0);
            assert!(!problem.message.contains('\u{1b}'), "a message may not act on a terminal");
            assert!(
                problem.message.len() < 4_000 && problem.message.chars().all(|c| !c.is_control()),
                "{}",
                problem.message
            );
        }
    }
    if let Ok(plan) = runbook::plan(&loaded) {
        let text = runbook::plan::plan_text(&plan);
        assert!(text.lines().all(|line| line.chars().count() <= 80));
        drop(runbook::plan::plan_mermaid(&plan));
    }
    loaded.diagnostics.iter().map(|diagnostic| diagnostic.code.id().to_owned()).collect()
}

/// Memory of this process (KiB): `VmRSS` now, `VmHWM` at most so far.
fn memory_kib(what: &str) -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find(|line| line.starts_with(what))?.split_whitespace().nth(1)?.parse().ok()
}

/// A file that fills a quarter of a mebibyte with a piece; a whole one is filled where size itself is the attack.
fn filled(piece: &str) -> String {
    piece.repeat(MIB / 4 / piece.len())
}

/// A file that fills a mebibyte, all that is read.
fn full(piece: &str) -> String {
    piece.repeat(MIB / piece.len())
}

/// Files that are nothing but hostile, with a code that must be among those found, where one is owed.
fn bombs() -> Vec<(String, Option<&'static str>)> {
    let mut bombs: Vec<(String, Option<&'static str>)> = vec![
        (full("["), Some("CUT0004")),
        (full("{a: "), Some("CUT0004")),
        (filled("- "), Some("CUT0004")),
        (filled("? "), Some("CUT0004")),
        (filled(": "), Some("CUT0004")),
        ("[".repeat(65) + &"]".repeat(65), Some("CUT0004")),
        (format!("a: [{}]", "1,".repeat(100_001)), Some("CUT0003")),
        (format!("a: [{}]", "{},".repeat(60_000)), Some("CUT0111")),
        ("- a\n".repeat(100_001), Some("CUT0003")),
        ((0..60_000).map(|i| format!("k{i}: v\n")).collect(), Some("CUT0003")),
        ("a: 1\n".repeat(60_000), Some("CUT0003")),
        ("x".repeat(MIB + 1), Some("CUT0002")),
        ("x".repeat(20 * MIB), Some("CUT0002")),
        (filled("a: a: "), Some("CUT0100")),
        (filled("&a "), Some("CUT0100")),
        (filled("!a "), Some("CUT0100")),
        (filled("---\n"), Some("CUT0110")),
        (filled("%a b\n"), Some("CUT0100")),
        (filled("%YAML 1.2\n"), Some("CUT0100")),
        (filled("\t"), None),
        (filled(" "), Some("CUT0111")),
        (filled("\n"), Some("CUT0111")),
        (filled("\r"), Some("CUT0111")),
        (full("#\n"), Some("CUT0111")),
        (filled("# comment\n"), Some("CUT0111")),
        (full("a\n"), Some("CUT0111")),
        (filled("'' "), None),
        (filled("'"), None),
        (filled("\""), None),
        (filled("\\"), None),
        ("\"".to_owned() + &"\\u0041".repeat(150_000) + "\"", Some("CUT0111")),
        ("\"".to_owned() + &"\\".repeat(MIB - 10), None),
        (filled("\u{feff}"), None),
        (filled("\0"), Some("CUT0100")),
        (filled("\u{7f}"), None),
        (filled("\u{85}"), None),
        (filled("\u{2028}"), None),
        (full("\u{202e}"), None),
        (full("🦀"), Some("CUT0111")),
        (filled("é: "), None),
        ("a: |\n".to_owned() + &" \n".repeat(500_000), None),
        ("a: >\n".to_owned() + &"  x\n\n".repeat(200_000), None),
        ("a: |9\n".to_owned() + &"         x\n".repeat(90_000), None),
        ("a: 'b\n".to_owned() + &"\n".repeat(900_000), Some("CUT0100")),
        ("a: &a [*a, *a]\n".to_owned(), Some("CUT0111")),
        ("<<: *x\n".to_owned(), Some("CUT0111")),
        ("? [a, b]\n: c\n".to_owned(), Some("CUT0109")),
        ("? {a: b}\n: c\n".to_owned(), Some("CUT0109")),
        ("? |\n  a\n: b\n".to_owned(), None),
        (": a\n".to_owned(), None),
        ("a:\tb\n\tc: d\n".to_owned(), Some("CUT0100")),
        ("a: b: c\n".to_owned(), Some("CUT0100")),
        ("a: [1\nb: 2\n".to_owned(), Some("CUT0100")),
        ("a: 'x\n".to_owned(), Some("CUT0100")),
        ("a: \"\\ud800\"\n".to_owned(), Some("CUT0100")),
        ("a: \"\\x1b[31mred\"\n".to_owned(), None),
        ("a: @b\n".to_owned(), Some("CUT0100")),
        ("a: `b`\n".to_owned(), Some("CUT0100")),
        ("a: *unknown\n".to_owned(), Some("CUT0106")),
        ("!!binary aGVsbG8=\n".to_owned(), Some("CUT0107")),
        ("!<tag:yaml.org,2002:python/object/apply:os.system> [ls]\n".to_owned(), Some("CUT0107")),
        ("...\n...\n".to_owned(), None),
        ("---\n...\n---\n".to_owned(), Some("CUT0110")),
        ("%YAML 3.0\n---\na: b\n".to_owned(), Some("CUT0100")),
        ("~".to_owned(), Some("CUT0111")),
        ("null\n".to_owned(), Some("CUT0111")),
        ("[]\n".to_owned(), Some("CUT0111")),
        ("- a\n b\n- c\n".to_owned(), Some("CUT0111")),
        (String::new(), Some("CUT0111")),
    ];
    // A lol bomb: each line nine times the one before, if aliases unfolded.
    let mut bomb = String::from("a0: &a0 lol\n");
    for level in 1..30 {
        bomb.push_str(&format!("a{level}: &a{level} [{}]\n", vec![format!("*a{}", level - 1); 9].join(", ")));
    }
    bombs.push((bomb, Some("CUT0106")));
    for prefix in ["apiVersion: cutover/v1\nkind: Runbook\n", "apiVersion: cutover/v1\nkind: Site\n"] {
        for piece in
            ["x: 1\n", "steps: []\n", "- a\n", "a: {", "a: [b, ", "\"", "{{", "{{ '", "units: {a: {a: {a: "]
        {
            bombs.push((prefix.to_owned() + &piece.repeat(2_000), None));
        }
    }
    bombs
}

/// Fragments that are right in form and hostile in size or content, put into a runbook.
fn abuses() -> Vec<(String, Option<&'static str>)> {
    let list = |count: usize, item: &dyn Fn(usize) -> String| (0..count).map(item).collect::<String>();
    let deep =
        |open: &str, close: &str, depth: usize| open.repeat(depth) + "check: shape" + &close.repeat(depth);
    vec![
        // Graphs.
        (
            format!("steps:\n{}", list(5_000, &|i| format!("  - {{ id: s{i}, do: check, checks: all }}\n"))),
            None,
        ),
        (
            format!(
                "steps:\n{}",
                list(3_000, &|i| format!(
                    "  - {{ id: s{i}, do: check, checks: all, needs: [s{}] }}\n",
                    (i + 1) % 3_000
                ))
            ),
            Some("CUT0501"),
        ),
        (
            format!(
                "steps:\n{}",
                list(3_000, &|i| format!("  - {{ id: s{i}, do: check, checks: all, needs: [s{i}] }}\n"))
            ),
            Some("CUT0501"),
        ),
        (
            format!(
                "steps:\n{}",
                list(1_500, &|i| format!(
                    "  - {{ id: s{i}, do: exec, with: {{ argv: [a] }}, effect: once, confirm: {{ check: shape }}, undo: none, why: x, needs: [] }}\n"
                ))
            ),
            None,
        ),
        (format!("steps:\n  - {{ id: a, do: check, checks: [{}] }}\n", "shape, ".repeat(40_000)), None),
        (
            format!(
                "steps:\n  - {{ id: a, do: check, checks: [{}] }}\n",
                list(40_000, &|i| format!("nothing{i}, "))
            ),
            Some("CUT0202"),
        ),
        (
            format!(
                "steps:\n{}",
                list(300, &|i| format!(
                    "  - {{ id: s{i}, do: notify, for_each: [{}], with: {{ message: \"{{{{ item }}}}\" }}, needs: [] }}\n",
                    list(100, &|j| format!("i{j}, "))
                ))
            ),
            None,
        ),
        (
            format!(
                "budgets:\n{}",
                list(1_000, &|i| format!(
                    "  - {{ name: b{i}, from: baseline, to: baseline, max: 1s, on_exceed: {{ before_commit_point: hold, after: ask }} }}\n"
                ))
            ),
            Some("CUT0513"),
        ),
        (
            format!(
                "steps:\n{}",
                list(200, &|i| format!(
                    "  - {{ id: s{i}, do: notify, for_each: [{}], with: {{ message: x }} }}\n",
                    list(300, &|j| format!("i{j}, "))
                ))
            ),
            None,
        ),
        (
            format!(
                "units:\n  u:\n    owner: app_owner\n    topics: [orders]\n    groups:\n{}steps:\n{}",
                list(3_000, &|i| format!("      g{i}: {{ session_timeout: 45s }}\n")),
                list(3_000, &|i| format!(
                    "  - {{ id: s{i}, do: stop-app, on: source, with: {{ groups: [g{i}, g0] }} }}\n"
                ))
            ),
            Some("CUT0304"),
        ),
        (
            format!(
                "checks:\n  anchor: {{ use: rollback-anchor }}\n  shape: {{ use: topic-shape }}\n{}steps:\n  - {{ id: a, do: check, checks: [{}] }}\n",
                list(8_000, &|i| format!("  c{i}: {{ use: topic-shape }}\n")),
                list(30_000, &|i| format!("c{}, ", i % 8_000))
            ),
            None,
        ),
        (
            format!(
                "units:\n{}steps:\n{}",
                list(2_000, &|i| format!("  u{i}: {{ owner: app_owner, topics: [orders] }}\n")),
                list(4_000, &|i| format!(
                    "  - {{ id: s{i}, do: capture-positions, unit: u{}, with: {{ topics: unit }} }}\n",
                    i % 2_000
                ))
            ),
            None,
        ),
        // Trees.
        (format!("steps:\n  - {{ id: a, do: gate, require: {{ {} }} }}\n", deep("not: { ", " }", 50)), None),
        (
            format!("steps:\n  - {{ id: a, do: gate, require: {{ {} }} }}\n", deep("all: [ { ", " } ]", 28)),
            None,
        ),
        (
            format!("steps:\n  - {{ id: a, do: gate, require: {{ {} }} }}\n", deep("not: { ", " }", 200)),
            Some("CUT0004"),
        ),
        (
            format!(
                "steps:\n  - {{ id: a, do: gate, require: {{ all: [ {} ] }} }}\n",
                "{ check: shape, at_least: 7 }, ".repeat(9_000)
            ),
            Some("CUT0103"),
        ),
        // Names.
        (format!("metadata: {{ name: {} }}\n", "a".repeat(500_000)), Some("CUT0116")),
        (format!("metadata: {{ name: {} }}\n", "ä".repeat(500_000)), Some("CUT0116")),
        ("metadata: { name: \"\\u202Eabc\" }\n".to_owned(), Some("CUT0116")),
        ("metadata: { name: \"a\\0b\" }\n".to_owned(), Some("CUT0116")),
        ("metadata: { name: \"\\e[2Jabc\" }\n".to_owned(), Some("CUT0116")),
        ("metadata: { name: 'а' }\n".to_owned(), Some("CUT0116")),
        ("metadata: { name: ../../etc/passwd }\n".to_owned(), Some("CUT0116")),
        ("metadata: { name: '' }\n".to_owned(), Some("CUT0115")),
        ("metadata: { name: base, title: \"\\u202Exyz\" }\n".to_owned(), None),
        ("metadata: { name: base, $span: [1, 2, 3] }\n".to_owned(), Some("CUT0101")),
        ("metadata: { name: base, __proto__: x, constructor: y }\n".to_owned(), Some("CUT0101")),
        // Numbers and amounts.
        ("metadata: { name: base, revision: 99999999999999999999999999 }\n".to_owned(), Some("CUT0117")),
        ("metadata: { name: base, revision: 0xFFFFFFFFFFFFFFFFFFFF }\n".to_owned(), Some("CUT0117")),
        ("metadata: { name: base, revision: -1 }\n".to_owned(), None),
        ("metadata: { name: base, revision: 1e400 }\n".to_owned(), Some("CUT0117")),
        ("metadata: { name: base, revision: .nan }\n".to_owned(), Some("CUT0117")),
        ("metadata: { name: base, revision: 1.5 }\n".to_owned(), Some("CUT0103")),
        (
            "steps:\n  - { id: a, do: check, checks: all, est: 99999999999999999999d }\n".to_owned(),
            Some("CUT0105"),
        ),
        ("steps:\n  - { id: a, do: check, checks: all, est: -5s }\n".to_owned(), Some("CUT0105")),
        (
            "steps:\n  - { id: a, do: check, checks: all, est: 18446744073709551615ms }\n".to_owned(),
            Some("CUT0105"),
        ),
        ("steps:\n  - { id: a, do: check, checks: all, est: ٣s }\n".to_owned(), Some("CUT0105")),
        (
            format!(
                "steps:\n{}",
                list(1_000, &|i| format!(
                    "  - {{ id: s{i}, do: check, checks: all, est: 36500d, timeout: {{ total: 36500d }} }}\n"
                )) + "window: { opens: \"0001-01-01T00:00:00Z\", closes: \"9999-12-30T00:00:00Z\" }\n"
            ),
            None,
        ),
        (
            "window: { opens: \"-009999-01-01T00:00:00Z\", closes: \"9999-12-31T23:59:59Z\" }\n".to_owned(),
            None,
        ),
        // Templates and expressions.
        (format!("metadata: {{ name: base, title: \"{}\" }}\n", "{{".repeat(100_000)), Some("CUT0118")),
        (format!("metadata: {{ name: base, title: \"{}\" }}\n", "{{ 1 }}".repeat(50_000)), None),
        (
            format!("metadata: {{ name: base, title: \"{{{{ {} }}}}\" }}\n", "(".repeat(10_000)),
            Some("CUT0118"),
        ),
        (
            format!("metadata: {{ name: base, title: \"{{{{ {}1 }}}}\" }}\n", "-".repeat(1_500)),
            Some("CUT0118"),
        ),
        (
            format!("metadata: {{ name: base, title: \"{{{{ {}1 }}}}\" }}\n", "not ".repeat(400)),
            Some("CUT0118"),
        ),
        ("metadata: { name: base, title: \"{{ 'x' * 1000000000 }}\" }\n".to_owned(), Some("CUT0118")),
        ("metadata: { name: base, title: \"{{ 9 ** 9 ** 9 ** 9 }}\" }\n".to_owned(), Some("CUT0118")),
        ("metadata: { name: base, title: \"{{ range(1000000000) | sum }}\" }\n".to_owned(), Some("CUT0118")),
        ("metadata: { name: base, title: \"{{ ''.__class__.__mro__ }}\" }\n".to_owned(), Some("CUT0118")),
        ("metadata: { name: base, title: \"{% for x in y %}{% endfor %}\" }\n".to_owned(), None),
        ("metadata: { name: base, title: \"{{ env.HOME }}\" }\n".to_owned(), Some("CUT0211")),
        (
            format!(
                "checks:\n  anchor: {{ use: rollback-anchor }}\n  shape: {{ use: topic-shape, green: \"{}\" }}\n",
                "a or ".repeat(390) + "a"
            ),
            Some("CUT0401"),
        ),
        (
            format!(
                "checks:\n  anchor: {{ use: rollback-anchor }}\n  shape: {{ use: topic-shape, green: \"{}\" }}\n",
                "(".repeat(1_990)
            ),
            Some("CUT0401"),
        ),
        (
            format!(
                "checks:\n  anchor: {{ use: rollback-anchor }}\n  shape: {{ use: topic-shape, with: {} }}\n",
                "[".repeat(50) + &"]".repeat(50)
            ),
            Some("CUT0103"),
        ),
        // Many mistakes at once.
        (
            format!(
                "steps:\n{}",
                list(5_000, &|i| format!("  - {{ id: 's {i}', do: chek, on: left, wiht: x }}\n"))
            ),
            Some("CUT0116"),
        ),
        (
            format!(
                "checks:\n  anchor: {{ use: rollback-anchor }}\n  shape: {{ use: topic-shape }}\n{}",
                list(5_000, &|i| format!("  c{i}: {{ use: nothing{i} }}\n"))
            ),
            Some("CUT0213"),
        ),
        (
            format!(
                "checks:\n  anchor: {{ use: rollback-anchor }}\n  shape: {{ use: topic-shape }}\n{}",
                list(3_000, &|i| format!(
                    "  c{i}: {{ use: review, with: {{ document: 1, sha256: 2, by: 3, at: 4, x: 5 }} }}\n"
                ))
            ),
            Some("CUT0103"),
        ),
        (
            format!(
                "units:\n{}",
                list(3_000, &|i| format!(
                    "  u{i}: {{ owner: app_owner, topics: [orders], groups: {{ settlement: {{ session_timeout: 45s }} }} }}\n"
                ))
            ),
            Some("CUT0302"),
        ),
        (
            format!(
                "roles:\n{}",
                list(5_000, &|i| format!("  r{i}: {{ people: [mina, mina], backup: [mina] }}\n"))
            ),
            None,
        ),
        (
            format!(
                "parameters:\n{}",
                list(3_000, &|i| format!("  p{i}: {{ type: integer, default: {i}, why: x }}\n"))
                    + &format!(
                        "metadata: {{ name: base, title: \"{}\" }}\n",
                        list(3_000, &|i| format!("{{{{ p{i} }}}}"))
                    )
            ),
            None,
        ),
        (format!("out_of_scope: [{}]\n", "{ what: \"\u{1b}\" }, ".repeat(10)), Some("CUT0100")),
        (format!("include: [{}]\n", "library/standard.yaml, ".repeat(1_000)), None),
        ("include: [runbook.yaml]\n".to_owned(), Some("CUT0111")),
        ("site: runbook.yaml\n".to_owned(), Some("CUT0111")),
        ("site: ../../../../etc/passwd\n".to_owned(), Some("CUT0001")),
        ("site: \"a\\0b\"\n".to_owned(), None),
        ("kind: Site\n".to_owned(), Some("CUT0101")),
        ("steps: {}\nchecks: []\nunits: 7\nrollback: x\n".to_owned(), Some("CUT0103")),
    ]
}

#[test]
fn hostile_files_end_quickly_in_bounded_memory() {
    let mut cases: Vec<(String, Option<&'static str>, Memory, &'static str)> = Vec::new();
    for (text, code) in bombs() {
        cases.push((text.clone(), code, Memory::default().with("runbook.yaml", text), "runbook.yaml"));
    }
    for (fragment, code) in abuses() {
        let (path, files) = compose(&fragment, "runbook");
        cases.push((fragment, code, files, path));
    }
    assert!(cases.len() >= 140, "{} cases", cases.len());
    let before = memory_kib("VmRSS").unwrap_or(0);
    let mut wrong = Vec::new();
    for (text, code, files, path) in &cases {
        let name: String = text.chars().take(60).collect();
        let begun = Instant::now();
        let found = digest(path, files);
        let took = begun.elapsed();
        if std::env::var_os("SHOW_TIMES").is_some() && took > Duration::from_millis(300) {
            eprintln!("{took:?} {} {name:?} {:?}", text.len(), found.len());
        }
        assert!(took < HANG, "{took:?} for {name:?}");
        if code.is_some_and(|code| !found.iter().any(|found| found == code)) {
            wrong.push(format!("{name:?}: {code:?} is not among {:?}", &found[..found.len().min(6)]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // The cases themselves are held before the measurement begins.
    if let Some(most) = memory_kib("VmHWM") {
        assert!(most < before + MEMORY_KIB, "{most} KiB at most, {before} KiB before");
    }
}

/// Pieces from which surprising files grow.
fn pieces() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "a",
        "steps",
        "- ",
        ": ",
        "\n",
        "  ",
        "{",
        "}",
        "[",
        "]",
        ",",
        "'",
        "\"",
        "|",
        ">",
        "#",
        "&x ",
        "*x",
        "!t ",
        "---\n",
        "...",
        "? ",
        "\t",
        "{{ ",
        " }}",
        "apiVersion: cutover/v1\n",
        "kind: Runbook\n",
        "kind: Site\n",
        "units",
        "checks",
        "id",
        "do",
        "all",
        "1",
        "-1.5e3",
        "true",
        "~",
        "é",
        "\u{202e}",
        "\r\n",
        "%YAML 1.2\n",
        "<<",
        "\\",
        "\0",
        "with",
        "require",
        "not",
        "duration('5s')",
    ]);
    prop::collection::vec(words, 0..60).prop_map(|words| words.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_do_no_harm(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let found = Diagnostics::default();
        let mut sources = Sources::default();
        drop(read_bytes(&mut sources, "f", bytes.clone(), &found));
        digest("runbook.yaml", &Memory::default().with("runbook.yaml", bytes));
    }

    #[test]
    fn pieces_of_yaml_do_no_harm(text in pieces()) {
        digest("runbook.yaml", &Memory::default().with("runbook.yaml", text.clone()));
        let (path, files) = compose(&text, "runbook");
        digest(path, &files);
    }

    #[test]
    fn expressions_do_no_harm(text in "[a-z0-9 ()\\[\\]|.,'\"<>=!+*/%~-]{0,120}") {
        if let Ok(expression) = runbook::expression::Expression::parse(&text) {
            drop(expression.check(&[], runbook::expression::Want::Boolean));
            drop(expression.eval(&runbook::check::Facts::new().with("a", 1)));
        }
    }
}
