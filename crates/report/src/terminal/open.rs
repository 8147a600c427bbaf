use super::screen::{Screen, Span};
use super::units::named;
use crate::View;
use crate::human::{age, duration};

/// What is neither green nor wrong: not accepted, not due, not yet judged; and how old the evidence is.
pub(super) fn write(screen: &mut Screen, view: &View) {
    acceptance(screen, view);
    not_due(screen, view);
    not_yet_judged(screen, view);
    notes(screen, view);
    evidence(screen, view);
}

fn notes(screen: &mut Screen, view: &View) {
    if !view.notes.is_empty() {
        screen.heading("Notes");
        view.notes.iter().for_each(|note| screen.line(2, 4, &[Span::plain(note)]));
    }
}

fn acceptance(screen: &mut Screen, view: &View) {
    if view.acceptance.is_empty() {
        return;
    }
    screen.heading("Not accepted yet");
    for wanted in &view.acceptance {
        let who: Vec<String> = wanted.roles.iter().map(named).collect();
        let who =
            if who.is_empty() { "no role of the runbook accepts it".to_owned() } else { who.join(", ") };
        screen.line(
            2,
            4,
            &[Span::plain(format!("{} of {}: {who}", wanted.title.to_lowercase(), wanted.unit))],
        );
    }
}

fn not_due(screen: &mut Screen, view: &View) {
    if view.not_due.is_empty() {
        return;
    }
    screen.heading("Not due yet: measured, counted nowhere");
    for check in &view.not_due {
        let until = check.due_at.as_ref().map(|step| format!(", due at {step}")).unwrap_or_default();
        let why = check.why.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
        let text = format!("{} · {}{until}{why}", check.check, check.unit);
        screen.line(2, 4, &[Span::level(check.verdict).wide(11), Span::plain(text)]);
    }
}

fn not_yet_judged(screen: &mut Screen, view: &View) {
    if view.not_yet_judged.is_empty() {
        return;
    }
    screen.heading("Not yet judged: no check of this version gives these proofs");
    for open in &view.not_yet_judged {
        screen.line(
            2,
            4,
            &[Span::plain(format!("{}: {}", open.title.to_lowercase(), open.proofs.join(", ")))],
        );
    }
}

fn evidence(screen: &mut Screen, view: &View) {
    let measured: Vec<_> = view.observations.iter().filter(|seen| seen.sha256.is_some()).collect();
    let failed: Vec<_> = view.observations.iter().filter(|seen| seen.failed.is_some()).collect();
    screen.heading("Evidence");
    let ages = measured.iter().map(|seen| seen.age_seconds);
    let said = match (ages.clone().min(), ages.max()) {
        (Some(youngest), Some(oldest)) => {
            let parts = measured.iter().filter(|seen| seen.partial.is_some()).count();
            let parts = if parts == 0 { String::new() } else { format!(", {parts} of them only a part") };
            format!("{} measurements{parts}, from {} to {}", measured.len(), age(oldest), age(youngest))
        }
        _ => "nothing was measured".to_owned(),
    };
    screen.line(2, 4, &[Span::plain(said)]);
    if let Some(slow) = measured.iter().max_by_key(|seen| seen.took_ms) {
        let took = duration(i64::try_from(slow.took_ms.unwrap_or(0)).unwrap_or(i64::MAX));
        screen.line(2, 4, &[Span::faint(format!("longest: {}, {took}", slow.title))]);
    }
    for seen in failed {
        let why = seen.failed.as_deref().unwrap_or_default();
        screen.line(2, 4, &[Span::plain(format!("no answer: {}: {why}", seen.title))]);
        if let Some(hint) = &seen.hint {
            screen.line(4, 4, &[Span::faint("hint "), Span::plain(hint)]);
        }
    }
}
