use super::{CheckCell, Input, Scorecard};
use crate::verdict::{Dimension, Level};

/// More commands than this are not read.
const STEPS_SHOWN: usize = 6;

/// Commands that help from here, the safest first: explanations read nothing, `check` and `parity` read the clusters,
/// none of them changes anything.
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

    let bad = of_level(Level::Red).chain(of_level(Level::Yellow));
    for code in bad.flat_map(|(_, _, check)| check.findings.iter().map(|finding| finding.code.as_str())) {
        push(&mut steps, format!("cutover explain {}", quoted(code)));
        if steps.len() == 2 {
            break;
        }
    }
    let (source, target) = (&input.plan.source.properties, &input.plan.target.properties);
    for (unit, _, _) in of_level(Level::Red)
        .filter(|(_, dimension, check)| *dimension == Dimension::OffsetParity && (names_a_group(check)))
    {
        let groups = input.plan.unit(unit).map(|unit| unit.groups.keys()).into_iter().flatten();
        let groups: Vec<String> = groups.map(|group| quoted(group)).collect();
        push(
            &mut steps,
            format!(
                "cutover parity group {} --source {} --target {}",
                groups.join(" "),
                quoted(source),
                quoted(target)
            ),
        );
    }
    for (unit, _, check) in of_level(Level::Unknown) {
        push(
            &mut steps,
            format!(
                "cutover check {} --unit {} --check {}",
                quoted(input.runbook),
                quoted(unit),
                quoted(&check.check)
            ),
        );
    }
    steps.truncate(STEPS_SHOWN - 1);
    if card.overall == Level::Yellow || card.overall == Level::Green {
        push(&mut steps, format!("cutover plan {}", quoted(input.runbook)));
    }
    push(&mut steps, format!("cutover report {} --format html", quoted(input.run)));
    steps
}

fn names_a_group(check: &CheckCell) -> bool {
    check.findings.iter().any(|finding| finding.subject.starts_with("group "))
}

fn push(steps: &mut Vec<String>, step: String) {
    if !steps.contains(&step) {
        steps.push(step);
    }
}

/// As one word of a POSIX shell.
pub(crate) fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-/:=@%+,".contains(c);
    if !text.is_empty() && text.chars().all(plain) && !text.starts_with('-') {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}
