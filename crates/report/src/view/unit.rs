use runbook::unit::{Group, Producer, StaysBehind, Tolerances, Truth, Unit};
use runbook::verdict::Level;
use runbook::world::Isolation;
use serde::Serialize;

use super::{DimensionView, RoleView};
use crate::ReportInput;

/// A migration unit: its verdict, its people, and what moves with it.
#[derive(Clone, Debug, Serialize)]
pub struct UnitView {
    pub anchor: String,
    pub unit: String,
    pub level: Level,
    /// None where the plan does not know the unit.
    pub owner: Option<RoleView>,
    pub topics: Vec<String>,
    pub retry: Vec<String>,
    pub dead_letter: Vec<String>,
    pub groups: Vec<GroupView>,
    pub producers: Vec<ProducerView>,
    pub principals: Vec<String>,
    pub stays_behind: Vec<StaysBehind>,
    pub tolerates: Tolerances,
    pub switch_back_within_ms: Option<u64>,
    pub dimensions: Vec<DimensionView>,
}

#[derive(Clone, Debug, Serialize)]
pub struct GroupView {
    pub group: String,
    /// Application on the target.
    pub app: Option<String>,
    pub source_app: Option<String>,
    pub replicas: Option<u32>,
    pub isolation: Isolation,
    pub reset: Option<String>,
    pub commits: Option<String>,
    pub truth: Truth,
}

#[derive(Clone, Debug, Serialize)]
pub struct ProducerView {
    pub producer: String,
    pub app: Option<String>,
    pub source_app: Option<String>,
    pub replicas: Option<u32>,
    pub principal: Option<String>,
    pub on_refusal: Option<String>,
}

impl UnitView {
    pub(super) fn of(input: &ReportInput, place: usize) -> UnitView {
        let cell = &input.scorecard.units[place];
        let anchor = format!("u{}", place + 1);
        let planned = input.plan.unit(&cell.unit);
        let unit = planned.cloned().unwrap_or_default();
        let dimensions = cell.dimensions.iter().enumerate().map(|(number, dimension)| {
            DimensionView::of(input, &cell.unit, dimension, &format!("{anchor}d{}", number + 1))
        });
        UnitView {
            unit: cell.unit.clone(),
            level: cell.level,
            owner: planned.map(|unit| RoleView::named(&input.plan, &unit.owner)),
            groups: groups(&unit),
            producers: producers(&unit),
            principals: unit.all_principals(),
            topics: unit.topics,
            retry: unit.retry,
            dead_letter: unit.dead_letter,
            stays_behind: unit.stays_behind,
            tolerates: unit.tolerates,
            switch_back_within_ms: unit.recovery.and_then(|recovery| recovery.switch_back_within_ms),
            dimensions: dimensions.collect(),
            anchor,
        }
    }
}

fn groups(unit: &Unit) -> Vec<GroupView> {
    let view = |(name, group): (&String, &Group)| {
        let group = group.clone();
        GroupView {
            group: name.clone(),
            app: group.app,
            source_app: group.source_app,
            replicas: group.replicas,
            isolation: group.isolation,
            reset: group.reset,
            commits: group.commits,
            truth: group.truth,
        }
    };
    unit.groups.iter().map(view).collect()
}

fn producers(unit: &Unit) -> Vec<ProducerView> {
    let view = |(name, producer): (&String, &Producer)| {
        let Producer { app, source_app, replicas, principal, on_refusal } = producer.clone();
        ProducerView { producer: name.clone(), app, source_app, replicas, principal, on_refusal }
    };
    unit.producers.iter().map(view).collect()
}
