//! What holds for every scorecard on a terminal.

use crate::fixture;

use report::{Terminal, terminal};
use unicode_width::UnicodeWidthStr;

fn inputs() -> Vec<(&'static str, report::ReportInput)> {
    let mut inputs = fixture::all();
    inputs.push(("hostile", fixture::hostile("\u{1b}[2J::error::<b>\u{202e}注文 ")));
    inputs
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    for (name, input) in inputs() {
        for width in [40, 60, 80, 120] {
            for line in terminal(&input, Terminal { width, color: false }).lines() {
                assert!(line.width() <= width, "{name} at {width}: {} columns: {line}", line.width());
            }
        }
    }
}

#[test]
fn the_first_line_is_the_verdict_and_the_next_command() {
    let text = terminal(&fixture::lagging(), Terminal::default());
    let first = text.lines().next().unwrap();
    assert!(first.starts_with("✗ red  next: cutover parity group settlement"), "{first}");
}

#[test]
fn a_broken_command_still_runs() {
    let text = terminal(&fixture::lagging(), Terminal::default());
    let command: Vec<&str> = text.lines().take_while(|line| !line.starts_with("  or:")).collect();
    let joined = command.join("\n").replace("\\\n", " ");
    let words: Vec<&str> = joined.split_whitespace().skip(3).collect();
    assert_eq!(words.join(" "), fixture::lagging().scorecard.next_steps[0]);
}

#[test]
fn colour_adds_nothing_but_colour() {
    for (name, input) in inputs() {
        let plain = terminal(&input, Terminal { width: 80, color: false });
        assert!(!plain.contains('\u{1b}'), "{name}");
        let coloured = terminal(&input, Terminal { width: 80, color: true });
        assert!(coloured.contains('\u{1b}'), "{name}");
        assert_eq!(anstream::adapter::strip_str(&coloured).to_string(), plain, "{name}");
    }
}

#[test]
fn every_level_has_its_word_and_its_sign() {
    let text = terminal(&fixture::unreachable(), Terminal::default());
    for word in ["✗ red", "? unknown", "! yellow"] {
        assert!(text.contains(word), "{word}");
    }
    assert!(!text.contains("✓ green"), "nothing is green in this run's dimensions");
}
