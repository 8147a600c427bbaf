//! Contracts and exit codes, and what is refused.

use cutover_tests::{Cutover, matches_schema, repository};

fn cutover<'a>(arguments: impl IntoIterator<Item = &'a str>) -> cutover_tests::Run {
    Cutover::new(arguments).within(&repository()).run()
}

#[test]
fn a_runbook_with_a_mistake_is_neither_planned_nor_checked() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let file = folder.path().join("wrong.yaml");
    std::fs::write(&file, "apiVersion: cutover/v1\nkind: Runbook\nmetdata: { name: x }\n")
        .expect("it can be written");
    let path = file.display().to_string();
    for command in ["plan", "check"] {
        let run = cutover([command, &path]).exits(2);
        assert!(run.stderr.contains("metadata"), "the mistake is drawn: {}", run.stderr);
    }
}

#[test]
fn what_is_wrong_on_the_command_line_exits_with_2() {
    cutover(["parity", "group", "payments", "--source", "localhost:1"]).exits(2);
    cutover([
        "parity",
        "group",
        "payments",
        "--source",
        "no-such-file.properties",
        "--target",
        "localhost:1",
    ])
    .exits(2);
    cutover([
        "parity",
        "topic",
        "orders",
        "--source",
        "localhost:1",
        "--target",
        "localhost:2",
        "--max-read",
        "much",
    ])
    .exits(2);
    cutover(["check", "no-such-runbook.yaml"]).exits(2);
    cutover(["report", "last", "--runs-dir", "/nonexistent"]).exits(2);
    // A run that is not there is named wrongly, whatever is asked of it; nobody without a name asks for anything.
    for command in ["status", "verify", "report", "hold", "resume", "stand-down", "rollback"] {
        cutover([command, "no-such-run", "-o", "json"]).exits(2);
    }
    for command in ["hold", "stand-down"] {
        let refused = cutover([command, "no-such-run", "--as", ""]).exits(2);
        assert!(refused.says("a name is needed"), "{refused:?}");
    }
}

#[test]
fn a_side_that_cannot_be_reached_is_unknown_in_the_contract_s_words() {
    let run = cutover([
        "parity",
        "group",
        "payments",
        "--source",
        "127.0.0.1:9",
        "--target",
        "127.0.0.1:9",
        "-o",
        "json",
    ])
    .exits(3);
    let answer = run.json();
    matches_schema("parity-group", &answer);
    assert_eq!(answer["verdict"], "unknown");
    assert!(run.stderr.contains("127.0.0.1:9") && run.stderr.contains("try:"), "{}", run.stderr);
    let answer = cutover([
        "parity",
        "topic",
        "orders",
        "--source",
        "127.0.0.1:9",
        "--target",
        "127.0.0.1:9",
        "-o",
        "json",
    ])
    .exits(3)
    .json();
    matches_schema("parity-topic", &answer);
}

#[test]
fn every_command_has_help_with_an_example() {
    let mut commands = vec![Vec::new()];
    let mut seen = 0;
    while let Some(command) = commands.pop() {
        let help = cutover(command.iter().map(String::as_str).chain(["--help"])).exits(0).stdout;
        assert!(help.contains("Example") && help.contains("cutover "), "{command:?}:\n{help}");
        seen += 1;
        commands.extend(below(&help).into_iter().map(|name| [command.clone(), vec![name]].concat()));
    }
    assert!(seen > 35, "{seen} commands are not all");
}

/// The commands that a help text lists.
fn below(help: &str) -> Vec<String> {
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let names = listed.take_while(|line| line.starts_with(' ')).filter_map(|line| {
        // A line that goes on has no name in its third column.
        let name = line.strip_prefix("  ")?.split(' ').next()?;
        (!name.is_empty() && name != "help").then(|| name.to_owned())
    });
    names.collect()
}
