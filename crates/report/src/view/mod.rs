//! What a report says, before it is written in any format: every name resolved, every cell joined with its judgement,
//! its evidence and its people. The templates see exactly this, as JSON; `docs/guides/templates.md` documents it.

mod acceptance;
mod charts;
mod check;
mod clusters;
mod dimension;
mod graph;
mod item;
mod observation;
mod people;
mod plan;
mod positions;
mod prediction;
mod problem;
mod run;
mod sign_off;
mod summary;
mod timeline;
mod unit;

pub use acceptance::{Acceptance, LevelMeaning};
pub use charts::ChartView;
pub use check::{CheckView, EvidenceRef, FindingView};
pub use clusters::ClustersView;
pub use dimension::{DimensionView, ProofState};
pub use item::ItemView;
pub use observation::ObservationView;
pub use people::RoleView;
pub use plan::PlanView;
pub use positions::{PartitionView, PositionsView};
pub use prediction::PredictionView;
pub use problem::Problem;
pub use run::{RunView, RunbookView};
pub use sign_off::SignOffView;
pub use summary::{Counts, Summary};
pub use timeline::TimelineView;
pub use unit::UnitView;

use std::collections::BTreeSet;

use runbook::verdict::{Dimension, Level};
use serde::Serialize;
use serde_json::Value;

use crate::inert::{each_text, visible};
use crate::input::{ExecutionMeta, WatchMeta};
use crate::{ReportInput, limits};

/// The name and version of the shape below; a change that could break somebody's template makes a new one.
pub const CONTEXT_FORMAT: &str = "cutover/report-context/v1";

#[derive(Clone, Debug, Serialize)]
pub struct View {
    pub format: &'static str,
    pub overall: Level,
    /// Only some units or checks were asked for; the levels cover only those.
    pub partial: bool,
    /// Commands, the safest first.
    pub next_steps: Vec<String>,
    /// Why the overall level is what it is: the first findings, or reasons, of that level.
    pub because: Vec<String>,
    /// How many more there are.
    pub because_more: usize,
    /// What the four levels mean, from best to worst.
    pub levels: Vec<LevelMeaning>,
    pub summary: Summary,
    /// What a reader should know beside the levels.
    pub notes: Vec<String>,
    pub run: RunView,
    /// What was done; `None`: the run only measured.
    pub execution: Option<ExecutionMeta>,
    /// The steps drawn over the time they took; `None`: nothing was carried out.
    pub timeline: Option<TimelineView>,
    /// What was expected of the run beside what it came to.
    pub predictions: Vec<PredictionView>,
    /// Lag and throughput of the groups over the run.
    pub charts: Vec<ChartView>,
    /// How long each check had which colour; none where the run is no watch.
    pub watch: Option<WatchMeta>,
    /// What the rollback owner signs.
    pub sign_off: SignOffView,
    pub runbook: RunbookView,
    pub clusters: ClustersView,
    pub units: Vec<UnitView>,
    /// Every check that is due and not green, worst first.
    pub not_green: Vec<CheckView>,
    /// The same checks, those with one and the same reason together.
    pub problems: Vec<Problem>,
    /// Checks that are shown and counted nowhere yet.
    pub not_due: Vec<CheckView>,
    pub not_yet_judged: Vec<NotJudgedView>,
    /// What still needs somebody's acceptance.
    pub acceptance: Vec<Acceptance>,
    pub positions: Vec<PositionsView>,
    pub plan: PlanView,
    pub roles: Vec<RoleView>,
    pub observations: Vec<ObservationView>,
}

/// Proofs of one dimension that the program had no kind of check for.
#[derive(Clone, Debug, Serialize)]
pub struct NotJudgedView {
    pub dimension: &'static str,
    pub title: &'static str,
    pub proofs: Vec<String>,
}

impl View {
    pub fn of(input: &ReportInput) -> View {
        let units: Vec<UnitView> =
            (0..input.scorecard.units.len()).map(|place| UnitView::of(input, place)).collect();
        let checks =
            || units.iter().flat_map(|unit| &unit.dimensions).flat_map(|dimension| &dimension.checks);
        let mut not_green: Vec<CheckView> =
            checks().filter(|check| check.due && check.verdict != Level::Green).cloned().collect();
        // Stable: within a level the order of the scorecard stays.
        not_green.sort_by_key(|check| std::cmp::Reverse(check.verdict));
        let mut because = because(input.scorecard.overall, &units, &not_green);
        let because_more = because.len().saturating_sub(limits::REASONS);
        because.truncate(limits::REASONS);
        View {
            format: CONTEXT_FORMAT,
            overall: input.scorecard.overall,
            partial: input.scorecard.partial,
            next_steps: input.scorecard.next_steps.clone(),
            because,
            because_more,
            levels: LevelMeaning::all(),
            summary: Summary::of(&units),
            notes: input.scorecard.notes.clone(),
            run: RunView::of(input),
            execution: input.execution.clone(),
            timeline: TimelineView::of(input),
            predictions: PredictionView::all(input),
            charts: ChartView::all(input),
            watch: input.watch.clone(),
            sign_off: SignOffView::of(input),
            runbook: RunbookView::of(&input.plan),
            clusters: ClustersView::of(input),
            problems: Problem::all(&not_green),
            not_green,
            not_due: checks().filter(|check| !check.due).cloned().collect(),
            not_yet_judged: not_yet_judged(&units),
            acceptance: Acceptance::wanted(input),
            positions: PositionsView::all(input),
            plan: PlanView::of(&input.plan),
            roles: RoleView::all(&input.plan),
            observations: ObservationView::all(input),
            units,
        }
    }

    /// The context of templates: plain JSON in which every string is already made visible.
    pub fn context(&self) -> Value {
        let view = serde_json::to_value(self).expect("a view is plain data with text keys");
        each_text(view, &|text| visible(text).into_owned())
    }
}

/// What is missing says more than what is wrong elsewhere, so it comes first; a finding says more than a reason.
fn because(overall: Level, units: &[UnitView], not_green: &[CheckView]) -> Vec<String> {
    let mut reasons: Vec<String> = Vec::new();
    let of_level = || {
        units
            .iter()
            .flat_map(|unit| unit.dimensions.iter().map(move |cell| (unit, cell)))
            .filter(|(_, cell)| cell.level == overall)
    };
    for (unit, cell) in of_level() {
        for proof in cell.proofs.iter().filter(|proof| proof.state == ProofState::Missing) {
            reasons
                .push(format!("{} of {}: no check gives the proof {}", cell.title, unit.unit, proof.proof));
        }
    }
    for check in not_green.iter().filter(|check| check.verdict == overall) {
        let findings =
            check.findings.iter().map(|finding| format!("{}: {}", finding.subject, finding.actual));
        reasons.extend(findings);
        if check.findings.is_empty() {
            reasons.extend(check.why.clone());
        }
    }
    if units.is_empty() {
        reasons.push("no unit was judged".to_owned());
    }
    if reasons.is_empty() {
        reasons = of_level()
            .map(|(unit, cell)| format!("{} of {}: {}", cell.title, unit.unit, cell.reason))
            .collect();
    }
    let mut seen = BTreeSet::new();
    reasons.retain(|reason| seen.insert(reason.clone()));
    reasons
}

/// The same for all units of a dimension, each named once.
fn not_yet_judged(units: &[UnitView]) -> Vec<NotJudgedView> {
    let of = |dimension: Dimension| {
        let cells = units
            .iter()
            .flat_map(|unit| &unit.dimensions)
            .filter(move |cell| cell.dimension == dimension.id());
        let open =
            cells.flat_map(|cell| &cell.proofs).filter(|proof| proof.state == ProofState::NotYetJudged);
        let names: BTreeSet<String> = open.map(|proof| proof.proof.clone()).collect();
        names.into_iter().collect()
    };
    Dimension::ALL
        .into_iter()
        .map(|dimension| NotJudgedView {
            dimension: dimension.id(),
            title: dimension.title(),
            proofs: of(dimension),
        })
        .filter(|open| !open.proofs.is_empty())
        .collect()
}
