use std::collections::BTreeMap;

use jiff::Timestamp;
use runbook::Side;
use runbook::plan::Plan;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Effects, Holder, RunId};

/// The format this version writes.
pub const FORMAT: &str = "cutover/journal/v1";

/// The first record: everything a report needs to understand the rest without the runbook.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Header {
    /// [`FORMAT`].
    pub format: String,
    pub run: RunId,
    /// `check`, `watch`, `run`, …
    pub command: String,
    /// What ran: `cutover` and the libraries whose version changes answers (`librdkafka`).
    pub versions: BTreeMap<String, String>,
    pub holder: Holder,
    /// Observed cluster ids; a side that could not be reached is absent.
    pub clusters: BTreeMap<Side, String>,
    /// Absolute path of the runbook: files and commands are found from its folder when another process goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runbook: Option<String>,
    /// Options of the command line that say how the runbook was read (`--env`, `--set`, `--lab`), word by word: another
    /// command about it needs them again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub given: Vec<String>,
    /// What becomes of its commands; whoever goes on with the run does no more.
    #[serde(default, skip_serializing_if = "Effects::are_applied")]
    pub effects: Effects,
    /// What was asked for, when not all of the plan.
    pub selection: Selection,
    pub plan: Plan,
}

/// The part of a plan that was asked for; `None` is everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Selection {
    pub units: Option<Vec<String>>,
    pub checks: Option<Vec<String>>,
}

impl Selection {
    pub fn is_partial(&self) -> bool {
        self.units.is_some() || self.checks.is_some()
    }

    pub fn contains(&self, unit: &str, check: &str) -> bool {
        let among = |names: &Option<Vec<String>>, name: &str| {
            names.as_ref().is_none_or(|names| names.iter().any(|n| n == name))
        };
        among(&self.units, unit) && among(&self.checks, check)
    }
}

impl Header {
    /// The header of a run of the whole `plan` by this process.
    pub fn new(plan: Plan, command: &str, at: Timestamp) -> Header {
        Header {
            format: FORMAT.to_owned(),
            run: RunId::new(at, &plan.name),
            command: command.to_owned(),
            versions: BTreeMap::from([("cutover".to_owned(), env!("CARGO_PKG_VERSION").to_owned())]),
            holder: Holder::this_process(at),
            clusters: BTreeMap::new(),
            runbook: None,
            given: Vec::new(),
            effects: Effects::default(),
            selection: Selection::default(),
            plan,
        }
    }

    /// Every (unit, check) of the plan in the plan's order, asked for or not. A check that names no units is applied to
    /// all of them: a check may not vanish.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.plan.checks.iter().flat_map(|check| {
            let named = check.units.iter().map(String::as_str);
            let all = self.plan.units.iter().map(|unit| unit.name.as_str());
            let all = all.filter(|_| check.units.is_empty());
            named.chain(all).map(|unit| (unit, check.id.as_str()))
        })
    }

    /// Whether this run carries out steps, and so measures the same check again and again.
    pub fn executes(&self) -> bool {
        matches!(self.command.as_str(), "run" | "rehearse")
    }

    /// Whether it only walks through its steps: nothing is applied, so nothing of it stands, and it is neither gone on with
    /// nor taken back.
    pub fn is_dry(&self) -> bool {
        self.effects == Effects::Dry
    }

    /// Whether this run only measures, again and again, and journals verdicts when they change.
    pub fn watches(&self) -> bool {
        self.command == "watch"
    }

    /// Whether a check may have more than one verdict: the last one counts.
    pub(crate) fn judges_again(&self) -> bool {
        self.executes() || self.watches()
    }

    pub(crate) fn plans(&self, unit: &str, check: &str) -> bool {
        self.plan.check(check).is_some_and(|planned| {
            if planned.units.is_empty() {
                self.plan.unit(unit).is_some()
            } else {
                planned.units.iter().any(|u| u == unit)
            }
        })
    }
}
