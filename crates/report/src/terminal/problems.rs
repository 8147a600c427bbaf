use super::screen::{Screen, Span};
use crate::View;
use crate::human::age;
use crate::limits::{TERMINAL_FINDINGS, TERMINAL_ITEMS};
use crate::view::{CheckView, FindingView, Problem};

/// Width of sign and word.
const LEVEL: usize = 11;

/// What is not green: check, finding, expected, actual, hint.
pub(super) fn write(screen: &mut Screen, view: &View) {
    if view.not_green.is_empty() {
        return;
    }
    screen.heading("Not green");
    for problem in &view.problems {
        screen.blank();
        match problem.checks.as_slice() {
            [check] => write_check(screen, check),
            _ => write_together(screen, problem),
        }
    }
}

fn write_together(screen: &mut Screen, problem: &Problem) {
    let said = format!("{} checks, for one reason", problem.checks.len());
    screen.line(0, 4, &[Span::level(problem.verdict).wide(LEVEL), Span::strong(said)]);
    screen.line(4, 4, &[Span::plain(problem.why.as_deref().unwrap_or_default())]);
    let mut units: Vec<&str> = problem.checks.iter().map(|check| check.unit.as_str()).collect();
    units.dedup();
    for unit in units {
        let of_unit = problem.checks.iter().filter(|check| check.unit == unit);
        let names: Vec<&str> = of_unit.map(|check| check.check.as_str()).collect();
        screen.line(4, 6, &[Span::faint(format!("{unit}: ")), Span::plain(names.join(", "))]);
    }
}

fn write_check(screen: &mut Screen, check: &CheckView) {
    let mut head = vec![Span::level(check.verdict).wide(LEVEL), Span::strong(&check.check)];
    head.push(Span::faint(format!(" · {}, {}", check.unit, check.dimension_title.to_lowercase())));
    if let Some(seconds) = check.age_seconds {
        let limit = check.max_age_seconds.filter(|max| seconds > *max);
        let over = limit.map(|max| format!(", too old: at most {}", crate::human::duration(ms(max))));
        head.push(Span::faint(format!(" · measured {}{}", age(seconds), over.unwrap_or_default())));
    }
    if let Some(who) = &check.waived_by {
        head.push(Span::plain(format!(" · waived by {who}")));
    }
    screen.line(0, 4, &head);
    if let Some(why) = &check.why {
        screen.line(4, 4, &[Span::plain(why)]);
    }
    for finding in check.findings.iter().take(TERMINAL_FINDINGS) {
        write_finding(screen, finding);
    }
    more(screen, check.findings.len(), TERMINAL_FINDINGS, "findings");
    if check.findings.is_empty() && check.why.is_none() {
        write_items(screen, check);
    }
}

fn write_finding(screen: &mut Screen, finding: &FindingView) {
    screen.line(4, 6, &[Span::faint(&finding.code), Span::plain(" "), Span::plain(&finding.subject)]);
    for (name, text) in
        [("expected", &finding.expected), ("actual", &finding.actual), ("hint", &finding.hint)]
    {
        if !text.is_empty() {
            screen.line(6, 16, &[Span::faint(name).wide(10), Span::plain(text)]);
        }
    }
}

/// A rule may say yellow without a finding; then the facts it saw stand for themselves.
fn write_items(screen: &mut Screen, check: &CheckView) {
    let open: Vec<_> = check.items.iter().filter(|item| item.level == check.verdict).collect();
    for item in open.iter().take(TERMINAL_ITEMS) {
        if let Some(why) = &item.unknown {
            screen.line(4, 6, &[Span::plain(format!("{}: {why}", item.subject))]);
            continue;
        }
        let facts: Vec<String> = item
            .facts
            .iter()
            .map(|fact| format!("{} = {}", fact.name, fact.text.replace('\u{202f}', ",")))
            .collect();
        screen.line(4, 6, &[Span::plain(format!("{}: {}", item.subject, facts.join(", ")))]);
    }
    more(screen, open.len(), TERMINAL_ITEMS, "items");
}

pub(super) fn more(screen: &mut Screen, all: usize, shown: usize, what: &str) {
    if all > shown {
        screen.line(4, 4, &[Span::faint(format!("and {} more {what}, all in report.html", all - shown))]);
    }
}

fn ms(seconds: u64) -> i64 {
    i64::try_from(seconds.saturating_mul(1_000)).unwrap_or(i64::MAX)
}
