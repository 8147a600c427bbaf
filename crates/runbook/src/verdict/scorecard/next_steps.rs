use super::{CheckCell, DimensionCell, Input, Scorecard};
use crate::verdict::{Dimension, Level};

/// More commands than this are not read.
const STEPS_SHOWN: usize = 6;

/// A group that stands elsewhere on the target than where it should: replay, skip, no commit. `cutover land` knows where.
const LANDS: [&str; 3] = ["CUT2141", "CUT2142", "CUT2143"];

/// Commands that help from here, the ones that show most first. `land` without `--apply`, `parity` and `check` read the
/// clusters, explanations read nothing, and none of them changes anything.
pub(super) fn next_steps(input: &Input<'_>, card: &Scorecard) -> Vec<String> {
    let cells = || {
        card.units.iter().flat_map(|unit| {
            unit.dimensions.iter().flat_map(move |cell| {
                cell.checks.iter().map(move |check| (unit.unit.as_str(), cell.dimension, check))
            })
        })
    };
    let of_level = |level: Level| cells().filter(move |(_, _, check)| check.due && check.verdict == level);
    let mut steps = Vec::new();

    let (source, target) = (&input.plan.source.properties, &input.plan.target.properties);
    let on_groups = |command: &str, groups: &[&String]| {
        let groups: Vec<String> = groups.iter().map(|group| quoted(group)).collect();
        let (source, target) = (quoted(source), quoted(target));
        format!("cutover {command} {} --source {source} --target {target}", groups.join(" "))
    };
    let red_positions =
        || of_level(Level::Red).filter(|(_, dimension, _)| *dimension == Dimension::OffsetParity);
    let of_unit = |unit: &str| input.plan.unit(unit).map(|unit| unit.groups.keys()).into_iter().flatten();
    for (unit, _, check) in red_positions() {
        let elsewhere: Vec<&String> = of_unit(unit).filter(|group| is_elsewhere(check, group)).collect();
        if !elsewhere.is_empty() {
            push(&mut steps, on_groups("land", &elsewhere));
        }
    }
    for (unit, _, _) in red_positions().filter(|(_, _, check)| names_a_group(check)) {
        push(&mut steps, on_groups("parity group", &of_unit(unit).collect::<Vec<_>>()));
    }
    let bad = of_level(Level::Red).chain(of_level(Level::Yellow));
    let codes = bad.flat_map(|(_, _, check)| check.findings.iter().map(|finding| finding.code.as_str()));
    let before = steps.len();
    for code in codes {
        push(&mut steps, format!("cutover explain {}", quoted(code)));
        if steps.len() == before + 2 {
            break;
        }
    }
    for (unit, _, check) in of_level(Level::Unknown) {
        push(
            &mut steps,
            format!(
                "cutover check {} --unit {} --check {}{}{}",
                quoted(input.runbook),
                quoted(unit),
                quoted(&check.check),
                input.again.runbook,
                input.again.runs
            ),
        );
    }
    if input.signable && card.overall == Level::Yellow {
        signatures(input, card).for_each(|command| push(&mut steps, command));
    }
    steps.truncate(STEPS_SHOWN - 1);
    if card.overall == Level::Yellow || card.overall == Level::Green {
        push(&mut steps, format!("cutover plan {}{}", quoted(input.runbook), input.again.runbook));
    }
    push(&mut steps, format!("cutover report {} --format html{}", quoted(input.run), input.again.runs));
    steps
}

/// For each role whose signature alone turns a dimension green, the command that gives it.
fn signatures<'a>(input: &'a Input<'_>, card: &'a Scorecard) -> impl Iterator<Item = String> + 'a {
    let cells = |dimension| {
        let all = card.units.iter().flat_map(|unit| &unit.dimensions);
        all.filter(move |cell| cell.dimension == dimension)
    };
    // A dimension is signed for all units at once.
    let is_open = move |dimension: &&Dimension| {
        cells(**dimension).all(|cell| cell.level == Level::Green || lacks_acceptance_alone(cell))
            && cells(**dimension).any(lacks_acceptance_alone)
    };
    input.plan.roles.iter().filter_map(move |(name, role)| {
        let open: Vec<&Dimension> = role.accepts.iter().filter(is_open).collect();
        let has_key = |person: &&String| {
            input.plan.people.get(*person).is_some_and(|person| person.public_key.is_some())
        };
        let mut people = role.people.iter().chain(&role.backup).filter(has_key);
        // Without a declared key nobody can sign, and who of several does is theirs to say.
        let first = people.next().filter(|_| !open.is_empty())?;
        let person = if people.next().is_none() { quoted(first) } else { "PERSON".to_owned() };
        let is_whole = role.accepts.iter().all(|dimension| open.contains(&dimension));
        let only =
            open.iter().filter(|_| !is_whole).map(|dimension| format!(" --dimension {}", dimension.id()));
        let (run, role, only) = (quoted(input.run), quoted(name), only.collect::<String>());
        let runs = input.again.runs;
        Some(format!(
            "cutover sign {run} --role {role} --as {person}{only} --decision accept --key FILE{runs}"
        ))
    })
}

/// Everything due is green and no proof is missing: only nobody has said so.
fn lacks_acceptance_alone(cell: &DimensionCell) -> bool {
    let mut due = cell.checks.iter().filter(|check| check.due).peekable();
    cell.level == Level::Yellow
        && cell.accepted_by.is_none()
        && cell.missing.is_empty()
        && cell.not_yet_judged.is_empty()
        && due.peek().is_some()
        && due.all(|check| check.verdict == Level::Green)
}

fn is_elsewhere(check: &CheckCell, group: &str) -> bool {
    let subject = format!("group {group}, topic ");
    check
        .findings
        .iter()
        .any(|finding| LANDS.contains(&finding.code.as_str()) && finding.subject.starts_with(&subject))
}

fn names_a_group(check: &CheckCell) -> bool {
    check.findings.iter().any(|finding| finding.subject.starts_with("group "))
}

fn push(steps: &mut Vec<String>, step: String) {
    if !steps.contains(&step) {
        steps.push(step);
    }
}

/// Words behind a command, with a space ahead of each.
pub fn appended<S: AsRef<str>>(words: &[S]) -> String {
    words.iter().map(|word| format!(" {}", quoted(word.as_ref()))).collect()
}

/// As one word of a POSIX shell.
pub fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-/:=@%+,".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}
