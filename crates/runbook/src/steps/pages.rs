//! The manual of what the engine itself does, and what is said of every kind's place in a plan.

use super::{SideRule, StepKind, step_kind};
use crate::check::spoken;
use crate::plan::StepEffect;

macro_rules! pages {
    ($($name:literal,)*) => {
        /// Kinds of steps that the engine itself carries out, sorted, and the manual of each as its author wrote it.
        pub static ENGINE_KINDS: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("pages/", $name, ".md"))),)*];
    };
}

pages! {
    "check",
    "gate",
    "manual",
    "notify",
    "sign-off",
    "wait",
    "watch",
}

/// The manual page of a kind that the engine itself carries out, as Markdown: what its author wrote, and before its keys its
/// place in a plan as the code has it. `None`: it is no such kind.
pub fn engine_page(name: &str) -> Option<String> {
    let (_, manual) = ENGINE_KINDS.iter().find(|(known, _)| *known == name)?;
    let (before, keys) = manual.split_once("## Keys\n")?;
    Some(format!("{before}{}\n## Keys\n{keys}", place(step_kind(name)?)))
}

/// The first sentence of such a manual.
pub(crate) fn summary(manual: &str) -> &str {
    manual.lines().find(|line| !line.is_empty() && !line.starts_with('#')).unwrap_or_default()
}

/// What a plan knows of a kind, as a section of its page.
pub(crate) fn place(kind: &StepKind) -> String {
    let on = match kind.side {
        SideRule::Never => "not said",
        SideRule::May => "may be said",
        SideRule::Must => "must be said",
    };
    let effect = kind.effect.map_or("stated by the step", effect);
    let timeout = spoken(i64::try_from(kind.timeout_ms).unwrap_or(i64::MAX));
    format!("## Place in a plan\nEffect: {effect}. `on`: {on}. Time unless it says otherwise: {timeout}.\n")
}

fn effect(effect: StepEffect) -> &'static str {
    match effect {
        StepEffect::None => "none",
        StepEffect::Idempotent => "idempotent",
        StepEffect::Guarded => "guarded",
        StepEffect::Once => "once",
    }
}
