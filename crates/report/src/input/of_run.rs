use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use journal::{Effects, JournalError, Phase, Reading, RunFolder, RunState, Runs, Status, Tally};
use runbook::plan::Plan;
use runbook::verdict::scorecard::{self, Again, Judged, appended};
use runbook::verdict::{Acceptance, Scorecard};
use runbook::world::{Measured, Probe, Reason};
use runbook::{Observation, Side};

use super::lag_series::lag_series;
use super::position_looks::{PositionLooks, position_looks};
use super::recovery_point::recovery_points;
use super::{
    BornMeta, ClusterMeta, ExecutionMeta, JournalMeta, ObservationMeta, ObservationOutcome, PositionTable,
    PositionsFound, ReportInput, RunMeta, WatchMeta,
};

impl ReportInput {
    /// The input of a report from a run's journal alone, as it stood when its last record was written: whoever renders
    /// it again later gets the same.
    ///
    /// `evidence` answers the observation of an address, verified ([`RunFolder::evidence`](journal::RunFolder::evidence));
    /// its error ends the work, because verdicts over evidence that no longer fits may not be shown as if it did.
    /// `runs` is the folder of runs it was read from, for the commands among its next steps.
    pub fn of_run(
        reading: &Reading,
        runs: &Path,
        evidence: impl Fn(&str) -> Result<Observation, JournalError>,
    ) -> Result<ReportInput, JournalError> {
        let state = &reading.state;
        let header = state.header();
        let now = state.latest_at();
        let judged = judged(state);
        let scorecard = card_of(state, now, &state.acceptances(), runs);
        let mut input = ReportInput {
            plan: header.plan.clone(),
            scorecard,
            judgements: judged
                .into_iter()
                .map(|(place, judged)| (place, judged.judgement.into_owned()))
                .collect(),
            observations: Vec::new(),
            positions: Vec::new(),
            source: cluster(state, Side::Source),
            target: cluster(state, Side::Target),
            run: run_meta(reading),
            as_of: now,
            switched: state.switched(),
            way_back: state.return_clocks(now),
            recovery_points: Vec::new(),
            lags: lag_series(state, &evidence)?,
            born: born(state),
            execution: ExecutionMeta::of(state),
            watch: None,
        };
        let mut listed = Vec::new();
        for (probe, probed) in state.probes() {
            listed.push((probed.since, observation(probe, &probed.status, probed.since)));
            if let (Probe::Cluster { side }, Status::Seen(seen)) = (probe, &probed.status) {
                input.show_cluster(*side, evidence(&seen.evidence)?);
            }
        }
        for looks in position_looks(state) {
            for seen in [looks.found, Some(looks.shown)].into_iter().flatten() {
                let meta = observation(looks.probe, &Status::Seen(seen.clone()), seen.at);
                let known = listed.iter().any(|(_, listed)| listed.sha256() == Some(seen.evidence.as_str()));
                if !known {
                    listed.push((seen.at, meta));
                }
            }
            input.positions.extend(position_table(&header.plan, &looks, &evidence)?);
        }
        listed.sort_by_key(|(since, _)| *since);
        input.observations = listed.into_iter().map(|(_, meta)| meta).collect();
        input.positions.sort_by(|a, b| (&a.unit, &a.seen.group).cmp(&(&b.unit, &b.seen.group)));
        input.recovery_points = recovery_points(state, &input.positions, &evidence)?;
        Ok(input)
    }

    /// The same of a run in its folder, with the history of a watch.
    pub fn of_folder(folder: &RunFolder) -> Result<ReportInput, JournalError> {
        let reading = folder.read()?;
        let mut input = ReportInput::of_run(&reading, folder.runs(), |digest| folder.evidence(digest))?;
        let mut tally = Tally::default();
        folder.read_history(|sample| tally.add(sample))?;
        input.watch = WatchMeta::of(&tally);
        Ok(input)
    }

    /// Takes out of an observation of a cluster what a report shows of it beside its digest.
    fn show_cluster(&mut self, side: Side, observation: Observation) {
        let Measured::Cluster(seen) = observation.measured else { return };
        let cluster = match side {
            Side::Source => &mut self.source,
            Side::Target => &mut self.target,
        };
        cluster.brokers = seen.brokers.into_iter().map(|broker| broker.address).collect();
        cluster.observed_id.get_or_insert(seen.cluster_id);
    }
}

/// `None`: the evidence is of something else, which no run writes.
fn position_table(
    plan: &Plan,
    looks: &PositionLooks<'_>,
    evidence: &impl Fn(&str) -> Result<Observation, JournalError>,
) -> Result<Option<PositionTable>, JournalError> {
    let observation = evidence(&looks.shown.evidence)?;
    let Measured::Positions(seen) = observation.measured else { return Ok(None) };
    let found = match looks.found {
        Some(found) => match evidence(&found.evidence)?.measured {
            Measured::Positions(seen) => Some(PositionsFound {
                at: found.at,
                sha256: found.evidence.clone(),
                partitions: seen.partitions,
            }),
            _ => None,
        },
        None => None,
    };
    let unit = plan.units.iter().find(|unit| unit.groups.contains_key(&seen.group));
    Ok(Some(PositionTable {
        unit: unit.map(|unit| unit.name.clone()),
        at: observation.at,
        sha256: looks.shown.evidence.clone(),
        partial: observation.partial,
        seen,
        found,
    }))
}

/// The scorecard of a run as it stands at `now`, with these acceptances; its next steps are for where runs are usually
/// kept.
pub fn scorecard_of(state: &RunState, now: Timestamp, acceptances: &[Acceptance]) -> Scorecard {
    card_of(state, now, acceptances, Path::new(Runs::USUAL))
}

fn card_of(state: &RunState, now: Timestamp, acceptances: &[Acceptance], runs: &Path) -> Scorecard {
    let header = state.header();
    let (given, runs) = (appended(&header.given), Runs::again(runs));
    scorecard::build(&scorecard::Input {
        plan: &header.plan,
        run: header.run.as_str(),
        runbook: header.plan.files.first().map_or("runbook.yaml", |file| file.path.as_str()),
        again: Again { runbook: &given, runs: &runs },
        judgements: &judged(state),
        acceptances,
        progress: &state.progress(),
        now,
        partial: header.selection.is_partial(),
        signable: !header.selection.is_partial()
            && header.effects != Effects::Dry
            && (!header.watches() || matches!(state.phase(), Phase::Ended { .. })),
    })
}

/// Every verdict that was asked for as it counts. One that never came is unknown and says why.
fn judged(state: &RunState) -> BTreeMap<(String, String), Judged<'_>> {
    let asked = state.header().pairs().filter(|(unit, check)| state.skipped(unit, check).is_none());
    asked
        .map(|(unit, check)| {
            let at = state.judged(unit, check).map_or(state.latest_at(), |judged| judged.at);
            let judged = Judged { judgement: state.verdict_held(unit, check), at };
            ((unit.to_owned(), check.to_owned()), judged)
        })
        .collect()
}

fn cluster(state: &RunState, side: Side) -> ClusterMeta {
    ClusterMeta { observed_id: state.header().clusters.get(&side).cloned(), brokers: Vec::new() }
}

fn born(state: &RunState) -> BTreeMap<String, BornMeta> {
    let ledgers = state.execution().ledgers.iter();
    ledgers
        .map(|(unit, ledger)| {
            let (records, bytes, at_most) = (ledger.records(), ledger.bytes(), ledger.at_most);
            (unit.clone(), BornMeta { records, bytes, at_most })
        })
        .collect()
}

fn run_meta(reading: &Reading) -> RunMeta {
    let state = &reading.state;
    // People may have signed after it ended.
    let (ended, interrupted) = match state.phase() {
        Phase::Ended { .. } => (state.ended_at(), None),
        Phase::Interrupted { by } => {
            (state.ended_at(), Some(format!("stopped by {by} before everything was measured")))
        }
        // A watch is under way for days, and its journal is whole between two looks.
        Phase::Running if state.header().watches() => (None, None),
        Phase::Running => {
            (None, Some("the journal has no end: the run is under way, or its process is gone".to_owned()))
        }
    };
    RunMeta {
        id: state.header().run.to_string(),
        command: state.header().command.clone(),
        started: state.started_at(),
        ended,
        versions: state.header().versions.clone(),
        interrupted,
        journal: Some(JournalMeta { records: reading.records, head: reading.head.clone() }),
    }
}

fn observation(probe: &Probe, status: &Status, since: Timestamp) -> ObservationMeta {
    let stopped = |message: &str| ObservationOutcome::Unmeasured {
        reason: Reason::Stopped,
        message: message.to_owned(),
        hint: None,
    };
    let (at, outcome) = match status {
        Status::Seen(seen) => (
            seen.at,
            ObservationOutcome::Measured {
                took_ms: seen.took_ms,
                sha256: seen.evidence.clone(),
                partial: seen.partial.clone(),
            },
        ),
        Status::Unobserved(unobserved) => (
            unobserved.at,
            ObservationOutcome::Unmeasured {
                reason: unobserved.reason,
                message: unobserved.message.clone(),
                hint: unobserved.hint.clone(),
            },
        ),
        Status::Running => (since, stopped("still being measured when the last record was written")),
        Status::Lost => (since, stopped("the process that measured was gone before an answer came")),
    };
    ObservationMeta { title: probe.title(), at, outcome }
}
