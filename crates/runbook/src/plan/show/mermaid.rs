use std::collections::HashMap;
use std::fmt::Write as _;

use crate::plan::{Plan, StepEffect};

/// The steps as a Mermaid flowchart. Ids and titles are the author's text and are escaped; node names are numbers.
pub fn plan_mermaid(plan: &Plan) -> String {
    let mut out = String::from("flowchart TD\n");
    let numbers: HashMap<&str, usize> =
        plan.steps.iter().enumerate().map(|(index, step)| (step.id.as_str(), index)).collect();
    for (index, step) in plan.steps.iter().enumerate() {
        let label = format!("{}<br/>{}", escaped(&step.id), escaped(&step.kind));
        let (open, close) = match step.kind.as_str() {
            "gate" => ("{{", "}}"),
            "check" | "watch" => ("(", ")"),
            _ => ("[", "]"),
        };
        let class = if step.commit_point {
            ":::commit"
        } else if step.no_undo.is_some() {
            ":::final"
        } else if step.effect != StepEffect::None {
            ":::effect"
        } else {
            ""
        };
        writeln!(out, "  s{index}{open}\"{label}\"{close}{class}").expect("writing to a string");
    }
    for (index, step) in plan.steps.iter().enumerate() {
        for need in step.needs.iter().filter_map(|need| numbers.get(need.as_str())) {
            writeln!(out, "  s{need} --> s{index}").expect("writing to a string");
        }
    }
    out.push_str(
        "  classDef effect stroke-width:2px\n  classDef final stroke-width:3px,stroke-dasharray:4\n",
    );
    out.push_str("  classDef commit stroke-width:4px\n");
    out
}

fn escaped(text: &str) -> String {
    let mut out = String::new();
    for character in text.chars() {
        match character {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '_' | '.' | ' ' | ':' | '/' | ',' => {
                out.push(character)
            }
            other => write!(out, "#{};", u32::from(other)).expect("writing to a string"),
        }
    }
    out
}
