//! Positions kept outside Kafka have an exact place on the target.
//!
//! ## What it judges
//! Every entry of the unit's `external_positions`: the command, address or file is asked for one JSON object with `topic`,
//! `partition` and `offset` (the next record to read), and the target offset of the same record boundary is proved by
//! comparing records on both sides, as it is for groups.
//!
//! ## Why it matters
//! An application that keeps its position beside its results, in a database or a file, starts on the target at the number
//! it finds there. That number is an offset of the source; on the target it is another record.
//!
//! ## Green, yellow, red
//! Green: the exact place is proved; the item names it. Yellow: several places look the same, or the records behind could
//! not all be compared; the earliest safe one is named. Unknown: the position was not told or is not of the unit's topics, or
//! its place is not provable, with the reason. Nothing is red here.
//!
//! ## What it does not prove
//! That the application will be given the new number: writing it where it is kept is a step of the runbook.
//!
//! ## Example
//! ```yaml
//! outside:
//!   use: external-position
//!   severity: blocker
//! ```

use schemars::JsonSchema;
use serde::Deserialize;

use std::collections::BTreeMap;

use super::Declared;
use crate::check::{Check, FactSpec, FactType, Facts, Ruling, Scope};
use crate::unit::PositionSource;
use crate::verdict::{Dimension, Finding, Item, Proof};
use crate::world::{HttpRequest, Measured, Observations, OutputSeen, Place, Probe, Side, Twin};

/// Longest time a command may take, and an address.
const COMMAND_MS: u64 = 60_000;
const REQUEST_MS: u64 = 30_000;

/// Parameters: none; the unit names its positions.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExternalPosition {}

impl Declared for ExternalPosition {
    const DIMENSION: Option<Dimension> = Some(Dimension::OffsetParity);
    const PROOF: Option<Proof> = Some(Proof::Boundary);
    const LIVE: bool = false;

    fn facts() -> Vec<FactSpec> {
        vec![
            FactSpec::new("proved", FactType::Boolean, "the exact target position is proved"),
            FactSpec::new("offset", FactType::Integer, "the source offset that was told"),
            FactSpec::optional("exact_target", FactType::Integer, "the target offset of the same boundary"),
            FactSpec::optional("why", FactType::Text, "why it is not proved"),
        ]
    }
}

fn probe(source: &PositionSource) -> Probe {
    match source {
        PositionSource::Exec(argv) => {
            Probe::Exec { argv: argv.clone(), env: BTreeMap::new(), timeout_ms: COMMAND_MS }
        }
        PositionSource::Http(url) => Probe::Http(HttpRequest {
            method: "GET".to_owned(),
            url: url.clone(),
            headers: BTreeMap::new(),
            body: None,
            bearer: None,
            timeout_ms: REQUEST_MS,
        }),
        PositionSource::File(path) => Probe::Document { path: path.clone() },
    }
}

/// The place that was told, or why there is none.
fn place(source: &PositionSource, scope: &Scope<'_>, seen: &Observations) -> Result<Place, String> {
    let probe = probe(source);
    let (Measured::Exec(output) | Measured::Http(output) | Measured::Document(output)) =
        &seen.of(&probe)?.measured
    else {
        return Err(format!("{}: answered with something else", probe.title()));
    };
    let wanted = match source {
        PositionSource::Http(_) => 200..=299,
        PositionSource::Exec(_) | PositionSource::File(_) => 0..=0,
    };
    if !wanted.contains(&output.status) {
        return Err(format!("{}: status {}: {}", probe.title(), output.status, output.excerpt.trim()));
    }
    let place = read(output).map_err(|why| format!("{}: {why}", probe.title()))?;
    if !scope.unit.all_topics().contains(&place.topic) {
        return Err(format!("topic {} is none of the unit's", place.topic));
    }
    Ok(place)
}

fn read(output: &OutputSeen) -> Result<Place, String> {
    if let Some(why) = &output.unreadable {
        return Err(why.clone());
    }
    let fact = |name: &str| output.facts.get(name).ok_or_else(|| format!("it does not tell `{name}`"));
    let number = |name: &str| {
        let value = fact(name)?;
        value
            .as_i64()
            .filter(|number| *number >= 0)
            .ok_or_else(|| format!("`{name}` is {value}, not a number from 0"))
    };
    let topic = fact("topic")?;
    Ok(Place {
        topic: topic.as_str().ok_or_else(|| format!("`topic` is {topic}, not a text"))?.to_owned(),
        partition: i32::try_from(number("partition")?).map_err(|_| "`partition` is too large".to_owned())?,
        offset: number("offset")?,
    })
}

/// What to ask for once the places are told; nothing before.
fn twins(scope: &Scope<'_>, seen: &Observations) -> Option<Probe> {
    let told = scope.unit.external_positions.values();
    let mut places: Vec<Place> = told.filter_map(|source| place(source, scope, seen).ok()).collect();
    places.sort();
    places.dedup();
    (!places.is_empty()).then(|| Probe::Twins {
        places,
        isolation: scope.unit.isolation(),
        toward: Side::Target,
        without: scope.unit.target_born.clone(),
    })
}

impl Check for ExternalPosition {
    fn ask(&self, scope: &Scope<'_>, seen: &Observations) -> Vec<Probe> {
        scope.unit.external_positions.values().map(probe).chain(twins(scope, seen)).collect()
    }

    fn facts_of(&self) -> Vec<FactSpec> {
        Self::facts()
    }

    fn items(&self, scope: &Scope<'_>, seen: &Observations) -> Result<Vec<Item>, String> {
        let answer = twins(scope, seen).map(|probe| seen.twins(&probe)).transpose();
        let items = scope.unit.external_positions.iter().filter_map(|(name, source)| {
            let subject = format!("external position {name}");
            let place = match place(source, scope, seen) {
                Ok(place) => place,
                Err(why) => return Some(Item::unknown(subject, why)),
            };
            // What was not answered is a gap of its own.
            let answer = answer.as_ref().ok()?.as_ref()?;
            Some(match answer.twins.iter().find(|twin| twin.place == place) {
                Some(twin) => item(subject, twin),
                None => Item::unknown(subject, "the answer does not speak of it"),
            })
        });
        Ok(items.collect())
    }

    fn rule(&self, _: &Scope<'_>, subject: &str, facts: &Facts) -> Ruling {
        let (Some(proved), Some(offset)) = (facts.boolean("proved"), facts.integer("offset")) else {
            return Ruling::unknown("the facts of a position are not there");
        };
        let mut ruling = Ruling::green();
        if !proved {
            let candidate = facts
                .integer("exact_target")
                .map_or_else(String::new, |target| format!("; earliest safe: {target}"));
            ruling.yellow(Finding::new(
                "CUT2741",
                subject,
                format!("one proved place on the target for source offset {offset}"),
                format!("{}{candidate}", facts.text("why").unwrap_or("several places look the same")),
                "raise the check's read budget, or let the application go on until its records differ; then measure again",
            ));
        }
        ruling
    }
}

fn item(subject: String, twin: &Twin) -> Item {
    let why = twin.why.as_deref().unwrap_or("it is not proved");
    let Some(target) = twin.target else { return Item::unknown(subject, why) };
    let Place { topic, partition, offset } = &twin.place;
    let mut facts =
        Facts::new().with("proved", twin.proved).with("offset", *offset).with("exact_target", target);
    if !twin.proved {
        facts.set("why", why);
    }
    Item::new(subject, facts).showing("place", format!("topic {topic}, partition {partition}"))
}
