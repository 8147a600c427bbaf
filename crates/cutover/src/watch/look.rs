//! One look: all checks, measured as `cutover check` does, in a journal that is thrown away when the next look begins.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use engine::{CheckEnd, Checks, Options, StopHandle, check_run};
use jiff::Timestamp;
use journal::{CheckSample, Header, Run, Runs, Sample};
use runbook::Level;
use runbook::verdict::{Judgement, Scorecard};

use super::hands::Hands;
use super::stand::Stand;
use crate::commands::check::{journal_error, run_error};
use crate::exit::Failure;
use crate::live;
use crate::world::LiveWorld;

/// Numeric facts of one check that a sample holds.
const NUMBERS: usize = 8;

/// (unit, check).
pub type Place = (String, String);

/// What one look found.
pub struct Look {
    pub at: Timestamp,
    pub took: Duration,
    pub run: Fleeting,
    pub card: Scorecard,
    /// In the plan's order of dimensions; only what was asked for.
    pub stands: Vec<(Place, Stand)>,
}

/// What looks need.
pub struct Looking<'a> {
    pub watch: &'a Run,
    pub checks: &'a Checks,
    pub world: Arc<LiveWorld>,
    pub stop: StopHandle,
    /// Show what is measured on a terminal.
    pub shown: bool,
}

/// The run of a look; its folder goes with it.
pub struct Fleeting(Run);

impl Fleeting {
    pub fn of(run: Run) -> Fleeting {
        Fleeting(run)
    }
}

impl std::ops::Deref for Fleeting {
    type Target = Run;

    fn deref(&self) -> &Run {
        &self.0
    }
}

impl Drop for Fleeting {
    fn drop(&mut self) {
        // What cannot be removed now is removed when a watch begins here anew.
        let _ = std::fs::remove_dir_all(self.0.folder().path());
    }
}

/// The folder of looks, in the watch's own.
fn folder(watch: &Run) -> PathBuf {
    watch.folder().path().join("look")
}

/// Removes what looks of a process that was killed have left.
pub fn clear(watch: &Run) {
    let _ = std::fs::remove_dir_all(folder(watch));
}

impl Looking<'_> {
    /// Looks once. `None`: it was stopped before it was over.
    pub async fn look(self) -> Result<Option<Look>, Failure> {
        let (at, began) = (Timestamp::now(), Instant::now());
        let known = self.watch.state().header();
        let mut header = Header::new(known.plan.clone(), "check", at);
        header.selection = known.selection.clone();
        header.clusters = known.clusters.clone();
        let runs = Runs::at(folder(self.watch));
        let mut run = Fleeting::of(Run::create_fleeting(&runs, header, at).map_err(journal_error)?);
        let options = Options { stop: self.stop, ..Options::default() };
        let drawn = self.shown.then(|| live::listen(options.live.subscribe(), known.plan.checks.len()));
        let hands = Arc::new(Hands::new(self.world));
        tokio::select! {
            () = hands.knock() => {}
            _ = options.stop.asked() => return Ok(None),
        }
        let ended = tokio::select! {
            ended = check_run(&mut run.0, self.checks, hands.clone(), options) => ended,
            never = hands.keep_knocking() => match never {},
        };
        if let Some(drawn) = drawn {
            drawn.abort();
        }
        if ended.map_err(run_error)? == CheckEnd::Interrupted {
            return Ok(None);
        }
        let acceptances = self.watch.state().acceptances();
        let card = report::scorecard_of(run.state(), Timestamp::now(), &acceptances);
        let stands = stands(&card, &run);
        Ok(Some(Look { at, took: began.elapsed(), run, card, stands }))
    }
}

/// Every check that was asked for, as the scorecard shows it.
pub fn stands(card: &Scorecard, run: &Run) -> Vec<(Place, Stand)> {
    let selection = &run.state().header().selection;
    let cells = card.units.iter().flat_map(|unit| {
        let cells = unit.dimensions.iter().flat_map(|dimension| &dimension.checks);
        cells.map(|cell| ((unit.unit.clone(), cell.check.clone()), Stand::of(cell)))
    });
    cells.filter(|((unit, check), _)| selection.contains(unit, check)).collect()
}

/// What is known of every check that was asked for when a look could not be made.
pub fn unseen(watch: &Run, why: &str) -> Vec<(Place, Stand)> {
    let header = watch.state().header();
    let asked = header.pairs().filter(|(unit, check)| header.selection.contains(unit, check));
    let stand = Stand { level: Level::Unknown, why: Some(why.to_owned()), findings: Vec::new() };
    asked.map(|(unit, check)| ((unit.to_owned(), check.to_owned()), stand.clone())).collect()
}

/// The line of history of such a look: it took no time that tells anything.
pub fn unseen_sample(
    at: Timestamp,
    every: Duration,
    stands: &[(Place, Stand)],
    fired: Vec<String>,
) -> Sample {
    let checks = stands.iter().map(|(place, stand)| in_history(place, stand, BTreeMap::new())).collect();
    Sample { at, took_ms: 0, every_ms: ms(every), overall: Level::Unknown, checks, fired, left_out: 0 }
}

fn in_history(place: &Place, stand: &Stand, numbers: BTreeMap<String, i64>) -> CheckSample {
    CheckSample {
        unit: place.0.clone(),
        check: place.1.clone(),
        level: stand.level,
        findings: u32::try_from(stand.findings.len()).unwrap_or(u32::MAX),
        first: stand.findings.first().map(|first| format!("{} {}", first.code, first.subject)),
        why: stand.why.clone(),
        numbers,
    }
}

fn ms(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

impl Look {
    /// The verdict as it was judged.
    pub fn judgement(&self, (unit, check): &Place) -> Judgement {
        self.run.state().verdict(unit, check)
    }

    /// The line of history.
    pub fn sample(&self, every: Duration, fired: Vec<String>) -> Sample {
        let checks = self.stands.iter();
        let checks = checks.map(|(place, stand)| {
            let judgement = self.run.state().verdict_held(&place.0, &place.1);
            in_history(place, stand, numbers(&judgement))
        });
        let (at, overall) = (self.at, self.card.overall);
        let checks = checks.collect();
        Sample { at, took_ms: ms(self.took), every_ms: ms(every), overall, checks, fired, left_out: 0 }
    }
}

/// The largest value of each numeric fact, of the first few by name.
fn numbers(judgement: &Judgement) -> BTreeMap<String, i64> {
    let mut largest: BTreeMap<&str, i64> = BTreeMap::new();
    let facts = judgement.items.iter().flat_map(|item| item.item.facts.iter());
    for (name, value) in facts.filter_map(|(name, value)| Some((name, value.as_i64()?))) {
        let known = largest.entry(name).or_insert(value);
        *known = value.max(*known);
    }
    largest.into_iter().take(NUMBERS).map(|(name, value)| (name.to_owned(), value)).collect()
}

#[cfg(test)]
mod tests {
    use runbook::check::Facts;
    use runbook::verdict::{Item, ItemVerdict};

    use super::*;

    #[test]
    fn a_sample_has_the_largest_of_each_number_and_no_words() {
        let item = |lag: i64| {
            let facts = Facts::new().with("lag", lag).with("state", "Stable").with("rate", 0.5);
            ItemVerdict { item: Item::new(format!("group g{lag}"), facts), level: Level::Green }
        };
        let judgement = Judgement { items: vec![item(3), item(70), item(-1)], ..Judgement::unknown("x") };
        assert_eq!(numbers(&judgement), BTreeMap::from([("lag".to_owned(), 70)]));
    }
}
