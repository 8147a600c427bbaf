//! What of a watch goes into the chained journal: verdicts that changed, with their evidence, and from time to time the
//! others, so that a report of the watch is never old.

use std::collections::BTreeMap;

use jiff::Timestamp;
use journal::{Event, JournalError, Run, Status};
use runbook::Level;
use runbook::verdict::Judgement;
use runbook::world::{Probe, Unobserved};

use super::look::{Look, Place, stands};
use super::stand::Stand;

/// A verdict that stays the same is journalled anew when it is this old: a report is at most that much behind.
const ANEW_MS: i64 = 3_600_000;

/// Bytes of journal and evidence of one watch. A day of a check that changes its colour with every look fits; what goes on
/// like that is told by the history.
const MOST: u64 = 1 << 30;

/// What stands in the journal.
pub struct Keep {
    journalled: BTreeMap<Place, (Stand, Timestamp)>,
    bytes: u64,
    most: u64,
    full: bool,
}

impl Keep {
    /// Of a watch that begins, or is gone on with.
    pub fn of(run: &Run) -> Result<Keep, JournalError> {
        let state = run.state();
        let card = report::scorecard_of(state, state.latest_at(), &[]);
        let known = stands(&card, run).into_iter().filter_map(|(place, stand)| {
            let judged = state.judged(&place.0, &place.1)?;
            Some((place, (stand, judged.at)))
        });
        let journalled = known.collect();
        let journal = std::fs::metadata(run.folder().path().join("journal.jsonl"));
        let mut bytes = journal.map_or(0, |meta| meta.len());
        for digest in state.evidence() {
            bytes += run.folder().evidence_size(digest)?;
        }
        Ok(Keep { journalled, bytes, most: MOST, full: false })
    }

    /// What stands in the journal.
    pub fn stands(&self) -> Vec<(Place, Stand)> {
        self.journalled.iter().map(|(place, (stand, _))| (place.clone(), stand.clone())).collect()
    }

    /// Journals what changed since it was journalled last, and what is too old by now.
    pub fn changes(&mut self, run: &mut Run, look: &Look) -> Result<(), JournalError> {
        let due: Vec<&Place> = look
            .stands
            .iter()
            .filter(|(place, stand)| self.is_due(run, place, stand, look.at))
            .map(|(place, _)| place)
            .collect();
        if !due.is_empty() && self.bytes >= self.most {
            return self.say_full(run);
        }
        self.journal(run, look, &due)
    }

    /// Journals all of the last look: the end of a watch rests on it, whatever came before.
    pub fn all(&mut self, run: &mut Run, look: &Look) -> Result<(), JournalError> {
        let due: Vec<&Place> = look.stands.iter().map(|(place, _)| place).collect();
        let old = |place: &&Place| {
            let judgement = look.judgement(place);
            run.state().verdict(&place.0, &place.1) != judgement
        };
        let due: Vec<&Place> = due.into_iter().filter(old).collect();
        self.journal(run, look, &due)
    }

    /// Journals that nothing is known of these checks: the last look could not be made.
    pub fn unseen(&mut self, run: &mut Run, stands: &[(Place, Stand)]) -> Result<(), JournalError> {
        let now = Timestamp::now();
        for (place, stand) in stands {
            let (unit, check) = (place.0.clone(), place.1.clone());
            let judgement = Judgement::unknown(stand.why.clone().unwrap_or_default());
            run.append(now, Event::Judged { unit, check, judgement, provisional: false })?;
            self.journalled.insert(place.clone(), (stand.clone(), now));
        }
        run.sync()
    }

    fn is_due(&self, run: &Run, place: &Place, stand: &Stand, now: Timestamp) -> bool {
        let Some((known, at)) = self.journalled.get(place) else { return true };
        let planned = run.state().header().plan.check(&place.1);
        let half = planned.and_then(|check| i64::try_from(check.max_age_ms? / 2).ok());
        let anew = half.unwrap_or(ANEW_MS).min(ANEW_MS);
        stand.differs(known) || now.as_millisecond() - at.as_millisecond() >= anew
    }

    fn journal(&mut self, run: &mut Run, look: &Look, places: &[&Place]) -> Result<(), JournalError> {
        let now = Timestamp::now();
        let mut incomplete = false;
        for place in places {
            let judgement = look.judgement(place);
            for digest in &judgement.evidence {
                if run.state().seen(digest).is_some() {
                    continue;
                }
                let observation = look.run.folder().evidence(digest)?;
                let round = begin(run, &observation.probe, now)?;
                run.observed(now, round, &observation)?;
                self.bytes += run.folder().evidence_size(digest)?;
            }
            incomplete |= judgement.incomplete || judgement.level == Level::Unknown;
            self.bytes += serde_json::to_vec(&judgement).map_or(0, |bytes| bytes.len() as u64);
            let (unit, check) = (place.0.clone(), place.1.clone());
            run.append(now, Event::Judged { unit, check, judgement, provisional: false })?;
            if let Some((_, stand)) = look.stands.iter().find(|(known, _)| known == *place) {
                self.journalled.insert((*place).clone(), (stand.clone(), now));
            }
        }
        if incomplete {
            self.unobserved(run, look, now)?;
        }
        run.sync()
    }

    /// Why something could not be measured, where the journal does not say so already.
    fn unobserved(&mut self, run: &mut Run, look: &Look, now: Timestamp) -> Result<(), JournalError> {
        for (probe, asked) in look.run.state().probes() {
            let Status::Unobserved(unobserved) = &asked.status else { continue };
            let known = run.state().probes().get(probe).map(|known| &known.status);
            if known.is_some_and(|known| is_same(known, unobserved)) {
                continue;
            }
            let round = begin(run, probe, now)?;
            run.append(now, Event::Unobserved { round, unobserved: unobserved.clone() })?;
        }
        Ok(())
    }

    fn say_full(&mut self, run: &mut Run) -> Result<(), JournalError> {
        if std::mem::replace(&mut self.full, true) {
            return Ok(());
        }
        let message = format!(
            "the journal of this watch has the {} MiB it may have: from here on changes stand in its history alone, and the last look is journalled at the end",
            self.most >> 20
        );
        crate::output::talk(&format!("warning: {message}"));
        run.append(Timestamp::now(), Event::Warned { about: "journal".to_owned(), message })?;
        run.sync()
    }
}

fn begin(run: &mut Run, probe: &Probe, now: Timestamp) -> Result<u32, JournalError> {
    let round = run.state().probes().get(probe).map_or(1, |known| known.round + 1);
    run.append(now, Event::ProbeStarted { probe: probe.clone(), round })?;
    Ok(round)
}

fn is_same(known: &Status, unobserved: &Unobserved) -> bool {
    matches!(known, Status::Unobserved(known)
        if (known.reason, &known.message) == (unobserved.reason, &unobserved.message))
}

#[cfg(test)]
mod tests;
