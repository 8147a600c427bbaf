use serde_json::{Value as Json, json};

use super::{digest, items};
use crate::model::{Covers, NoData, SampleMode};
use crate::outline::{CheckEntry, Outline};
use crate::plan::{Budget, PlannedCheck, Sample, Settle};

/// With `written`, parameters that depend on the environment are their templates: what a digest is made of.
pub(super) fn checks(outline: &Outline<'_>, written: bool) -> Option<Vec<PlannedCheck>> {
    let mut planned = Vec::new();
    for check in &outline.checks {
        for item in items::of(&check.def.for_each) {
            planned.push(one(outline, check, item, written)?);
        }
    }
    Some(planned)
}

fn one(
    outline: &Outline<'_>,
    check: &CheckEntry<'_>,
    item: Option<&str>,
    written: bool,
) -> Option<PlannedCheck> {
    let (def, kind) = (check.def, check.kind?);
    let loaded = outline.loaded;
    let with = |written: bool| {
        let json = def.with.get().map_or_else(|| json!({}), |raw| loaded.json(raw, written));
        items::fill(json, item, loaded, written)
    };
    let text = |text: &str| items::fill(Json::from(text), item, loaded, written).as_str().map(str::to_owned);
    let green = def.green.get().and_then(|rule| text(rule.as_str()));
    let yellow = def.yellow.get().and_then(|rule| text(rule.as_str()));
    let no_data = def.no_data.get().map(|level| match level {
        NoData::Unknown => "unknown".to_owned(),
        NoData::Red => "red".to_owned(),
    });
    let sample = def.sample.get().map(|sample| Sample {
        mode: match sample.mode.get() {
            Some(SampleMode::Random) => "random",
            Some(SampleMode::Boundary) => "boundary",
            Some(SampleMode::All) | None => "all",
        }
        .to_owned(),
        size: sample.size.get().copied(),
        seed: sample.seed.get().copied(),
    });
    let on = def.on.get().copied();
    // The rule is the kind with everything that changes what it says; the environment is not in it.
    let rule_digest = digest::of(&json!({
        "kind": kind.name, "with": with(true), "green": green, "yellow": yellow, "no_data": no_data, "on": on, "sample": sample,
    }));
    let covers = match def.covers.get() {
        Some(covers) => covers
            .iter()
            .map(|covers| match covers.value {
                Covers::Source => "source".to_owned(),
                Covers::Target => "target".to_owned(),
                Covers::Replication => "replication".to_owned(),
            })
            .collect(),
        None => kind.covers.iter().map(|covers| (*covers).to_owned()).collect(),
    };
    Some(PlannedCheck {
        id: items::id(check.id, item),
        kind: kind.name.to_owned(),
        // What this version can measure is no part of what is planned.
        built: written || kind.built,
        title: def.title.get().and_then(|title| text(title.as_str())),
        help: def.help.get().and_then(|help| text(help.as_str())),
        dimension: check.dimension()?,
        proof: check.proof()?,
        covers,
        severity: check.severity(),
        on,
        units: outline.units.iter().map(|unit| unit.name.to_owned()).collect(),
        with: with(written),
        green,
        yellow,
        no_data,
        settle: def.settle.get().map(|settle| Settle {
            wait_out: settle.wait_out.get().map(|wait| wait.as_str().to_owned()),
            recheck: settle.recheck.get().copied().unwrap_or(0),
        }),
        sample,
        budget: def.budget.get().map(|budget| Budget {
            time_ms: budget.time.get().map(|time| time.0),
            read_bytes: budget.read.get().map(|read| read.0),
            rate: budget.rate.get().map(|rate| rate.0),
        }),
        max_age_ms: def.max_age.get().map(|age| age.0),
        due: def.due.get().map(|due| due.as_str().to_owned()).or(kind.due.map(str::to_owned)),
        from_rehearsal: def.from_rehearsal.get().copied().unwrap_or(false),
        owner: def.owner.get().map(|owner| owner.as_str().to_owned()),
        rule_digest,
    })
}
