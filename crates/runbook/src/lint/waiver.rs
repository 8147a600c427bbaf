use super::Cx;
use crate::model::WaiverDef;
use crate::outline::Outline;
use crate::syntax::{Code, quoted};
use crate::{Dimension, Severity};

pub(super) fn lint(cx: &Cx<'_>, outline: &Outline<'_>) {
    let waivers =
        outline.runbook.and_then(|r| r.waivers.get()).or(outline.slice.and_then(|s| s.waivers.get()));
    let Some(waivers) = waivers else { return };
    cx.unique(
        "waivers",
        waivers.iter().filter_map(|waiver| Some((waiver.value.id.span(), waiver.value.id.get()?.as_str()))),
    );
    for waiver in waivers {
        one(cx, outline, &waiver.value);
    }
}

fn one(cx: &Cx<'_>, outline: &Outline<'_>, waiver: &WaiverDef) {
    cx.person_field(outline, &waiver.requested_by);
    cx.person_field(outline, &waiver.approved_by);
    if let (Some(asked), Some(approved)) = (waiver.requested_by.get(), waiver.approved_by.spanned())
        && asked == approved.value
    {
        cx.say(
            Code::WaiverBySame,
            approved.span,
            format!("{} asks for the waiver and approves it", quoted(asked.as_str())),
            "another person approves",
        );
    }
    if let (Some(from), Some(until)) = (waiver.effective.get(), waiver.expires.spanned()) {
        let length = until.value.0.as_millisecond() - from.0.as_millisecond();
        let most = outline.site.and_then(|site| site.policy.get()?.waiver_max.get());
        if length <= 0 {
            cx.say(
                Code::WaiverTooLong,
                until.span,
                "the waiver expires before it takes effect",
                "exchange the two, or correct one",
            );
        } else if let Some(most) = most
            && length.unsigned_abs() > most.0
        {
            cx.say(
                Code::WaiverTooLong,
                until.span,
                format!(
                    "the waiver holds for {}, longer than the policy's {most}",
                    crate::model::Duration(length.unsigned_abs())
                ),
                "shorten it; it can be asked for again",
            );
        }
    }
    let Some(name) = waiver.check.spanned() else { return };
    cx.one_check(outline, &waiver.check);
    let Some(check) = outline.check(name.value.as_str()) else { return };
    let why = if check.severity() == Severity::Blocker {
        "it is a blocker"
    } else if check.dimension() == Some(Dimension::Rollback) {
        "it proves the way back"
    } else if super::gate::at_commit_point(outline, check.id) {
        "it is a condition of the commit point"
    } else if starts_a_rollback(outline, check.id) {
        "a trigger watches it, which would see it no more"
    } else {
        return;
    };
    cx.say(
        Code::WaiverRefused,
        name.span,
        format!("{} cannot be waived: {why}", quoted(check.id)),
        "blockers, rollback and conditions of the commit point hold for everybody",
    );
}

fn starts_a_rollback(outline: &Outline<'_>, check: &str) -> bool {
    super::rollback::triggers(outline)
        .any(|trigger| trigger.check.get().is_some_and(|watched| watched.as_str() == check))
}
