use jiff::Timestamp;

use super::{CheckCell, Due, Judged, waive::Waivers};
use crate::check::spoken;
use crate::checks;
use crate::plan::PlannedCheck;
use crate::verdict::{Judgement, Level};

/// Clocks of two machines may differ by this much before a measurement counts as made in the future.
const CLOCK_SKEW_MS: i64 = 5_000;

/// One check of one unit, as the scorecard shows it.
pub(super) fn check_cell(
    check: &PlannedCheck,
    judged: Option<&Judged>,
    due: Due<'_>,
    now: Timestamp,
    waivers: &mut Waivers<'_>,
) -> CheckCell {
    let empty = CheckCell {
        check: check.id.clone(),
        proof: check.proof,
        verdict: Level::Unknown,
        why: None,
        findings: Vec::new(),
        evidence: Vec::new(),
        age_seconds: None,
        due: due.is_due(),
        waived_by: None,
    };
    let Some(judged) = judged else {
        let why = match checks::kind(&check.kind) {
            Some(kind) if kind.built => "not measured in this run".to_owned(),
            _ => format!("kind {} not in this version", check.kind),
        };
        return CheckCell { why: Some(why), ..empty };
    };
    let judgement = &judged.judgement;
    let measured_at = judgement.measured_at.unwrap_or(judged.at);
    let age_ms = now.as_millisecond() - measured_at.as_millisecond();
    let shown = CheckCell {
        findings: judgement.findings.clone(),
        evidence: judgement.evidence.clone(),
        age_seconds: Some(u64::try_from(age_ms / 1000).unwrap_or(0)),
        ..empty
    };
    if let Due::Since { step, at } = due
        && measured_at < at
    {
        let why = format!("not measured since {step}: what was found before it does not count");
        return CheckCell { why: Some(why), ..shown };
    }
    if let Some(why) = not_usable(check, judgement, age_ms) {
        return CheckCell { why: Some(why), ..shown };
    }
    let (verdict, applied) = waivers.apply(check, judgement);
    CheckCell {
        verdict,
        why: judgement.why.clone(),
        waived_by: (!applied.is_empty()).then(|| applied.join(", ")),
        ..shown
    }
}

/// Why a judgement counts as unknown whatever it says.
fn not_usable(check: &PlannedCheck, judgement: &Judgement, age_ms: i64) -> Option<String> {
    if age_ms < -CLOCK_SKEW_MS {
        return Some(format!("measured {} in the future: the clocks disagree", spoken(-age_ms)));
    }
    if let Some(max_age) =
        check.max_age_ms.and_then(|max| i64::try_from(max).ok()).filter(|max| age_ms > *max)
    {
        let was = judgement.level.word();
        return Some(format!("expired: {was} {} ago, valid for {}", spoken(age_ms), spoken(max_age)));
    }
    let hollow = judgement.evidence.is_empty() || judgement.incomplete || !judgement.findings.is_empty();
    (judgement.level == Level::Green && hollow)
        .then(|| "green without whole evidence does not count".to_owned())
}
