use super::screen::{Screen, Span, width};
use crate::View;
use crate::human::{duration, moment};
use crate::view::Counts;

/// The first line, and what it is about.
pub(super) fn write(screen: &mut Screen, view: &View) {
    let level = Span::level(view.overall);
    match view.next_steps.split_first() {
        None => screen.line(0, 0, &[level]),
        Some((next, others)) => {
            command(screen, &[level, Span::faint("\u{a0}\u{a0}next:")], next);
            others.iter().for_each(|other| command(screen, &[Span::faint("\u{a0}\u{a0}or:")], other));
        }
    }
    screen.blank();
    about(screen, view);
}

/// A command after some words, broken between its arguments with a backslash, so that what is copied still runs.
fn command(screen: &mut Screen, head: &[Span], command: &str) {
    let used = head.iter().map(Span::columns).sum::<usize>() + 1;
    let mut broken = Broken { lines: vec![String::new()], room: screen.width - 2, used };
    if used + width(command) <= screen.width {
        broken.room = screen.width;
    }
    arguments(command).into_iter().for_each(|argument| broken.push(argument));
    let last = broken.lines.len() - 1;
    for (place, line) in broken.lines.iter().enumerate() {
        let end = if place == last { "" } else { " \\" };
        let text = Span::strong(format!("{line}{end}").replace(' ', "\u{a0}"));
        if place == 0 {
            screen.line(0, 0, &[head, &[Span::plain(" "), text]].concat());
        } else {
            screen.line(6, 6, &[text]);
        }
    }
}

/// A command cut into lines.
struct Broken {
    lines: Vec<String>,
    room: usize,
    used: usize,
}

impl Broken {
    fn push(&mut self, argument: &str) {
        let blank = usize::from(self.lines.last().is_some_and(|line| !line.is_empty()));
        if blank == 1 && self.used + blank + width(argument) > self.room {
            self.lines.push(String::new());
            self.used = 6;
        } else if blank == 1 {
            self.used += 1;
            self.lines.last_mut().expect("begins with one line").push(' ');
        }
        self.used += width(argument);
        self.lines.last_mut().expect("begins with one line").push_str(argument);
    }
}

/// Splits at blanks outside quotes.
fn arguments(command: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let (mut start, mut quote) = (0, None);
    for (place, character) in command.char_indices() {
        match (character, quote) {
            ('\'' | '"', None) => quote = Some(character),
            (c, Some(open)) if c == open => quote = None,
            (' ', None) => {
                found.push(&command[start..place]);
                start = place + 1;
            }
            _ => {}
        }
    }
    found.push(&command[start..]);
    found.retain(|argument| !argument.is_empty());
    found
}

fn about(screen: &mut Screen, view: &View) {
    let runbook = &view.runbook;
    let mut title = vec![Span::strong(&runbook.title), Span::faint(format!(" ({}", runbook.name))];
    if let Some(revision) = runbook.revision {
        title.push(Span::faint(format!(", revision {revision}")));
    }
    title.push(Span::faint(")"));
    title.extend(runbook.change.iter().map(|change| Span::plain(format!(" · {change}"))));
    title.push(Span::plain(format!(" · {}", runbook.environment)));
    screen.line(0, 2, &title);
    let took = view.run.took_ms.map(|ms| format!(" in {}", duration(ms))).unwrap_or_default();
    let when = view.run.ended.unwrap_or(view.run.started);
    screen.line(
        0,
        2,
        &[Span::faint(format!("{} {} · {}{took}", view.run.command, view.run.id, moment(when)))],
    );
    let id = |id: &Option<String>| id.clone().unwrap_or_else(|| "(not reached)".to_owned());
    let (source, target) = (&view.clusters.source, &view.clusters.target);
    let ids = format!("source {} · target {}", id(&source.observed_id), id(&target.observed_id));
    screen.line(0, 2, &[Span::faint(ids)]);
    if let Some(why) = &view.run.interrupted {
        screen.line(0, 2, &[Span::strong("Interrupted: "), Span::plain(why)]);
    }
    if view.partial {
        screen.line(
            0,
            2,
            &[
                Span::strong("Partial: "),
                Span::plain("covers only what was asked for, and nothing of it is accepted"),
            ],
        );
    }
    let said = |counts: &Counts, what: &str| {
        let each: Vec<String> =
            counts.worst_first().iter().map(|(level, count)| format!("{count} {level}")).collect();
        format!(
            "{} {what}: {}",
            counts.total,
            if each.is_empty() { "none".to_owned() } else { each.join(", ") }
        )
    };
    let summary = &view.summary;
    screen.line(
        0,
        2,
        &[Span::plain(format!(
            "{} · {}",
            said(&summary.dimensions, "dimensions"),
            said(&summary.checks, "checks")
        ))],
    );
}

#[cfg(test)]
mod tests {
    use super::arguments;

    #[test]
    fn quoted_arguments_stay_whole() {
        assert_eq!(arguments("a --why 'b c'  \"d e\""), ["a", "--why", "'b c'", "\"d e\""]);
    }
}
