use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::span;
use crate::Dimension;
use crate::plan::{BackPlan, Plan, PlannedStep, StepEffect};
use crate::syntax::shortened;
use crate::world::Side;

/// Nothing is wider, whatever the author wrote.
const WIDTH: usize = 80;

/// The plan in 80 columns, readable without colour.
pub fn plan_text(plan: &Plan) -> String {
    let mut out = String::new();
    head(&mut out, plan);
    steps(&mut out, plan);
    checks(&mut out, plan);
    way_back(&mut out, plan);
    costs(&mut out, plan);
    out
}

/// A line, cut to the width.
fn line(out: &mut String, text: &str) {
    let mut kept: String = text.chars().take(WIDTH).collect();
    if text.chars().count() > WIDTH {
        kept = text.chars().take(WIDTH - 1).collect();
        kept.push('…');
    }
    out.push_str(kept.trim_end());
    out.push('\n');
}

fn entry(out: &mut String, name: &str, text: &str) {
    let room = WIDTH - 14;
    let mut first = true;
    for part in wrapped(text, room) {
        line(out, &format!("{:<14}{part}", if first { name } else { "" }));
        first = false;
    }
}

/// Words of a text in lines of at most `room` characters; a longer word stands alone.
fn wrapped(text: &str, room: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let last = lines.last_mut().expect("there is always a line");
        if !last.is_empty() && last.chars().count() + 1 + word.chars().count() > room {
            lines.push(word.to_owned());
        } else {
            if !last.is_empty() {
                last.push(' ');
            }
            last.push_str(word);
        }
    }
    lines
}

fn head(out: &mut String, plan: &Plan) {
    let mut name = format!("{}: {}", shortened(&plan.name), shortened(&plan.title));
    if let Some(change) = &plan.change {
        write!(name, " · {}", shortened(change)).expect("writing to a string");
    }
    if let Some(revision) = plan.revision {
        write!(name, " · revision {revision}").expect("writing to a string");
    }
    line(out, &format!("Plan of {name}"));
    out.push('\n');
    entry(out, "Environment", &plan.environment);
    let replicator = &plan.replicator;
    entry(
        out,
        "Flow",
        &format!("{} → {} by {}", replicator.source_alias, replicator.target_alias, replicator.tool),
    );
    if let Some(window) = &plan.window {
        let length = window.closes.as_millisecond() - window.opens.as_millisecond();
        let mut text = format!("{} to {} ({}", window.opens, window.closes, span(length.unsigned_abs()));
        if let Some(keep) = window.keep_for_rollback_ms {
            write!(text, ", {} kept for the way back", span(keep)).expect("writing to a string");
        }
        entry(out, "Window", &format!("{text})"));
    }
    for used in &plan.parameters {
        let why = used.why.as_ref().map_or_else(String::new, |why| format!(": {}", shortened(why)));
        entry(out, "Parameter", &format!("{} = {} ({}){why}", used.name, used.value, used.from));
    }
    for unit in &plan.units {
        let groups: Vec<&str> = unit.groups.keys().map(String::as_str).collect();
        entry(
            out,
            "Unit",
            &format!(
                "{}, owned by {}: topics {}; groups {}",
                unit.name,
                unit.owner,
                unit.all_topics().join(", "),
                or_none(&groups)
            ),
        );
        for span in &unit.target_born {
            entry(out, "", &format!("left out, born on the target: {span}"));
        }
        for reader in &unit.stays_behind {
            let until = reader.until.as_deref().unwrap_or("further notice");
            entry(
                out,
                "",
                &format!("{} stays on the source until {}", shortened(&reader.group), shortened(until)),
            );
        }
    }
}

fn or_none(names: &[&str]) -> String {
    if names.is_empty() {
        "none".to_owned()
    } else {
        names.iter().map(|name| shortened(name)).collect::<Vec<_>>().join(", ")
    }
}

fn steps(out: &mut String, plan: &Plan) {
    out.push('\n');
    if plan.steps.is_empty() {
        line(out, "No steps: this plan only checks.");
        return;
    }
    let number = plan.steps.len().to_string().len().max(2);
    let row = |number_text: &str, sign: &str, id: &str, kind: &str, owner: &str, est: &str, most: &str| {
        format!(
            "{number_text:>number$} {sign} {:<20} {:<24} {:<14} {est:>5} {most:>7}",
            cut(id, 20),
            cut(kind, 24),
            cut(owner, 14)
        )
    };
    line(out, &row("#", " ", "step", "kind", "owner", "est", "at most"));
    for (index, step) in plan.steps.iter().enumerate() {
        let kind = step.on.map_or_else(|| step.kind.clone(), |on| format!("{} {on}", step.kind));
        let est = step.est_ms.map_or_else(|| "-".to_owned(), span);
        let most = step.timeout_ms.map_or_else(|| "-".to_owned(), span);
        let owner = step.owner.as_deref().unwrap_or("-");
        line(out, &row(&(index + 1).to_string(), sign(step), &step.id, &kind, owner, &est, &most));
        let before = index.checked_sub(1).map(|before| plan.steps[before].id.as_str());
        if step.needs.iter().map(String::as_str).collect::<Vec<_>>() != before.into_iter().collect::<Vec<_>>()
        {
            let needs = if step.needs.is_empty() {
                "at once".to_owned()
            } else {
                format!("after {}", step.needs.join(", "))
            };
            for part in wrapped(&needs, WIDTH - number - 5) {
                line(out, &format!("{:number$}     {part}", ""));
            }
        }
        if let Some(why) = &step.no_undo {
            line(out, &format!("{:number$}     cannot be undone: {}", "", shortened(why)));
        }
        if step.commit_point {
            line(
                out,
                &format!(
                    "{:═<WIDTH$}",
                    "══ commit point ══ before: all is undone, after: only forward or back "
                ),
            );
        }
    }
    line(out, &format!("{:number$} * changes the world, ! does so once only", ""));
}

/// Whether a step changes the world, readable without colour.
fn sign(step: &PlannedStep) -> &'static str {
    match step.effect {
        StepEffect::None => " ",
        StepEffect::Idempotent | StepEffect::Guarded => "*",
        StepEffect::Once => "!",
    }
}

fn cut(text: &str, room: usize) -> String {
    if text.chars().count() <= room {
        return text.to_owned();
    }
    let kept: String = text.chars().take(room - 1).collect();
    format!("{kept}…")
}

fn checks(out: &mut String, plan: &Plan) {
    out.push('\n');
    line(out, &format!("{} checks", plan.checks.len()));
    let mut by_dimension: BTreeMap<Dimension, Vec<String>> = BTreeMap::new();
    for check in plan.checks.iter().filter(|check| check.built) {
        let due = check.due.as_ref().map_or_else(String::new, |due| format!(" (from {due})"));
        by_dimension.entry(check.dimension).or_default().push(format!("{}{due}", check.id));
    }
    let mut lists: Vec<(&str, Vec<String>)> =
        by_dimension.into_iter().map(|(d, names)| (d.title(), names)).collect();
    let later: Vec<String> =
        plan.checks.iter().filter(|check| !check.built).map(|check| check.id.clone()).collect();
    if !later.is_empty() {
        lists.push(("Unknown, because their kinds are not in this version", later));
    }
    for (title, names) in lists {
        line(out, &format!("  {title}"));
        for part in wrapped(&names.join(", "), WIDTH - 4) {
            line(out, &format!("    {part}"));
        }
    }
}

fn way_back(out: &mut String, plan: &Plan) {
    out.push('\n');
    let rollback = &plan.rollback;
    match &plan.commit_point {
        Some(gate) => entry(out, "Commit point", gate),
        None => entry(out, "Commit point", "none: nothing is handed over to the target"),
    }
    let plans: Vec<&str> = rollback.plans.iter().map(String::as_str).collect();
    entry(out, "Plans back", &or_none(&plans));
    for (name, back) in plan.backs.iter().filter(|(_, back)| !back.between.is_empty()) {
        past_the_commit_point(out, plan, name, back);
    }
    if let Some(why) = &rollback.no_triggers {
        entry(out, "Triggers", &format!("none: {}", shortened(why)));
    }
    for trigger in &rollback.triggers {
        let what = match &trigger.check {
            Some(check) => format!(
                "{} when {check} is {} for {}, then {} {}",
                trigger.id,
                trigger.breach.as_deref().unwrap_or("red"),
                span(trigger.for_ms.unwrap_or(0)),
                trigger.act.as_deref().unwrap_or("ask"),
                trigger.ask_role.as_deref().unwrap_or("")
            ),
            None if let Some(closed) = &trigger.closed_source => format!(
                "{} when anything is written to the {} topics that {} closed on the source, then ask {}",
                trigger.id,
                closed.topics.len(),
                closed.fence,
                trigger.ask_role.as_deref().unwrap_or("")
            ),
            None => format!("{} by {}", trigger.id, trigger.called_by.join(" or ")),
        };
        entry(out, "Trigger", what.trim_end());
    }
    if !plan.no_way_back.is_empty() {
        entry(out, "No way back", &plan.no_way_back.join(", "));
    }
}

/// What a plan does once the commit point is passed, in order.
fn past_the_commit_point(out: &mut String, plan: &Plan, name: &str, back: &BackPlan) {
    entry(out, "", &format!("{} past the commit point, in order:", shortened(name)));
    let starts =
        plan.steps.iter().rev().filter(|step| step.kind == "start-app" && step.on == Some(Side::Target));
    let starts: Vec<&str> = starts.map(|step| step.id.as_str()).collect();
    let mut row = |id: &str, text: &str| line(out, &format!("{:14}  {:<24} {text}", "", cut(id, 24)));
    row("undo", &or_none(&starts));
    let said = |step: &PlannedStep| {
        let on = step.on.map_or_else(String::new, |on| format!(" {on}"));
        let roles = step.with.get("roles").and_then(|roles| roles.as_array()).into_iter().flatten();
        let roles: Vec<&str> = roles.filter_map(|role| role.as_str()).collect();
        let by = if roles.is_empty() { String::new() } else { format!(" by {}", roles.join(", ")) };
        format!("{}{on}{by}", step.kind)
    };
    let own = |step: &PlannedStep| step.id.strip_prefix(&format!("{name}/")).unwrap_or(&step.id).to_owned();
    for step in &back.between {
        row(&own(step), &said(step));
    }
    row("undo", "all else, the last first");
    for step in back.additions.iter().chain(&back.observation) {
        row(&own(step), &said(step));
    }
}

fn costs(out: &mut String, plan: &Plan) {
    let budget = |rate: Option<u64>| {
        rate.map_or_else(|| "no budget".to_owned(), |rate| format!("at most {} MB/s", rate / 1_000_000))
    };
    entry(
        out,
        "Reads",
        &format!(
            "source {}, target {}; how many bytes, this version does not tell",
            budget(plan.source.read_budget),
            budget(plan.target.read_budget)
        ),
    );
    if plan.checks.iter().any(|check| check.built && check.kind == "client-probe") {
        entry(
            out,
            "Creates",
            "cutover-scratch-<run>-* topics and groups, removed after use (--no-scratch: none)",
        );
    }
    for check in plan.checks.iter().filter(|check| check.kind == "exec") {
        if let Some(argv) = check.with.get("argv").and_then(|argv| argv.as_array()) {
            let argv: Vec<&str> = argv.iter().filter_map(|argument| argument.as_str()).collect();
            entry(out, "Runs", &format!("{} ({})", shortened(&argv.join(" ")), check.id));
        }
    }
    entry(out, "Digest", &plan.digest);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_wrapped_and_cut() {
        assert_eq!(wrapped("aa bb cc", 5), ["aa bb", "cc"]);
        assert_eq!(wrapped("aaaaaaaa b", 5), ["aaaaaaaa", "b"]);
        let mut out = String::new();
        line(&mut out, &"é".repeat(100));
        assert_eq!(out.trim_end().chars().count(), WIDTH);
        assert_eq!(cut("abcdef", 4), "abc…");
    }
}
