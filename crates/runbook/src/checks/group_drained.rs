//! Each group has read everything there is for it.
//!
//! ## What it judges
//! For every group of the unit and every partition of the topics it has commits on: whether any record it can see lies
//! behind its commit. Records count, not offsets: a transaction marker at the end of the log is nothing to read. `on`
//! says which cluster; without it the source.
//!
//! ## Why it matters
//! A group that has nothing left is the easiest one to move: its position on the target is the end of the log, and
//! MirrorMaker 2 translates exactly there and nowhere else. An open transaction hides records that may be committed later,
//! after everything looked finished.
//!
//! ## Green, yellow, red
//! Green: nothing visible is left, and no transaction is open. Red: records are left, or a transaction is open below the
//! high watermark. There is no yellow. Unknown: the group has no commits there, or a commit lies outside the log.
//!
//! ## What it does not prove
//! That the target has the records too (`drained`), that the application finished what it committed, or that nothing is
//! written afterwards: producers have to be stopped before. Nor anything about topics the group has never committed on:
//! whether it reads them, and would begin at their end, is not told.
//!
//! ## Example
//! ```yaml
//! consumed:
//!   use: group-drained
//!   severity: major
//!   due: fence-writes
//! ```

use schemars::JsonSchema;
use serde::Deserialize;

use super::Declared;
use super::group_lag::{Lagging, lagging, probe, side};
use crate::check::{Check, FactSpec, FactType, Facts, Ruling, Scope};
use crate::verdict::{Dimension, Finding, Item, Proof};
use crate::world::{Observations, Probe};

/// Parameters: none.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupDrained {}

impl Declared for GroupDrained {
    const DIMENSION: Option<Dimension> = Some(Dimension::OffsetParity);
    const PROOF: Option<Proof> = Some(Proof::Boundary);
    const OF_THE_COPY: bool = true;
    const DUE: Option<&'static str> = Some("fence-writes");

    fn facts() -> Vec<FactSpec> {
        vec![
            FactSpec::new("left", FactType::Integer, "records the group can still read"),
            FactSpec::new(
                "counted",
                FactType::Boolean,
                "`left` was counted; else it is a distance of offsets",
            ),
            FactSpec::new(
                "open_transaction",
                FactType::Boolean,
                "an open transaction hides records from the group",
            ),
            FactSpec::new("end", FactType::Integer, "behind the last offset the group can see"),
            FactSpec::optional(
                "committed",
                FactType::Integer,
                "the commit; absent: the partition was never read",
            ),
        ]
    }
}

impl Check for GroupDrained {
    fn ask(&self, scope: &Scope<'_>, _: &Observations) -> Vec<Probe> {
        probe(scope, side(scope)).into_iter().collect()
    }

    fn facts_of(&self) -> Vec<FactSpec> {
        Self::facts()
    }

    fn items(&self, scope: &Scope<'_>, seen: &Observations) -> Result<Vec<Item>, String> {
        let (found, mut items) = lagging(scope, seen);
        items.extend(found.into_iter().map(item));
        Ok(items)
    }

    fn rule(&self, _: &Scope<'_>, subject: &str, facts: &Facts) -> Ruling {
        let (Some(left), Some(counted), Some(open), Some(end)) = (
            facts.integer("left"),
            facts.boolean("counted"),
            facts.boolean("open_transaction"),
            facts.integer("end"),
        ) else {
            return Ruling::unknown("the facts of a partition are not there");
        };
        let mut ruling = Ruling::green();
        if left > 0 {
            let about = if counted { "" } else { "up to " };
            let from = facts.integer("committed").map_or_else(
                || "it has no commit there".to_owned(),
                |committed| format!("its commit is {committed}, the end {end}"),
            );
            ruling.red(Finding::new(
                "CUT2641",
                subject,
                "no record left to read",
                format!("{about}{left}: {from}"),
                "let the group finish; if it does not move, look at its members; or stop it where it stands and land its exact position",
            ));
        }
        if open {
            ruling.red(Finding::new(
                "CUT2642",
                subject,
                "no transaction open",
                format!("one is open at offset {end} or behind"),
                "stop the producer that has it open, or wait until it is committed or aborted; kafka-transactions.sh find-hanging names it",
            ));
        }
        ruling
    }
}

fn item(Lagging { subject, lag, .. }: Lagging<'_>) -> Item {
    let Some(open) = lag.open_transaction else {
        return Item::unknown(subject, "whether a transaction is open was not told");
    };
    let mut facts = Facts::new()
        .with_count("left", lag.records)
        .with("counted", lag.counted)
        .with("open_transaction", open)
        .with("end", lag.end);
    if let Some(committed) = lag.committed {
        facts.set("committed", committed);
    }
    Item::new(subject, facts)
}
