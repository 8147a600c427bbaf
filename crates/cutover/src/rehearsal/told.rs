use jiff::Timestamp;
use journal::{Event, Following, Phase, RunFolder, RunState};

use crate::commands::check::journal_error;
use crate::exit::Failure;

/// A journal as far as it was read: every event with its moment, and their fold.
pub(super) struct Told {
    pub records: Vec<(Timestamp, Event)>,
    following: Following,
}

impl Told {
    pub fn of(folder: &RunFolder) -> Result<Told, Failure> {
        let mut records = Vec::new();
        let following = folder.follow(|record, _| records.push((record.at, record.event.clone())));
        Ok(Told { following: following.map_err(journal_error)?, records })
    }

    /// Reads what came since: who looks ten times a second may not read a journal of megabytes each time.
    pub fn look(&mut self) -> Result<(), Failure> {
        let records = &mut self.records;
        let read = self.following.read_on(|record, _| records.push((record.at, record.event.clone())));
        read.map_err(journal_error)
    }

    pub fn state(&self) -> &RunState {
        self.following.state()
    }

    pub fn head(&self) -> &str {
        self.following.head()
    }

    /// How often a process went on with the run.
    pub fn resumed(&self) -> usize {
        self.records.iter().filter(|(_, event)| matches!(event, Event::Resumed { .. })).count()
    }

    pub fn is_over(&self) -> bool {
        matches!(self.state().phase(), Phase::Ended { .. })
    }

    pub fn ended_at(&self) -> Timestamp {
        self.state().latest_at()
    }

    /// When the first event of that kind was written.
    pub fn first(&self, is: impl Fn(&Event) -> bool) -> Option<Timestamp> {
        self.records.iter().find(|(_, event)| is(event)).map(|(at, _)| *at)
    }

    /// When the last event of that kind was written.
    pub fn last(&self, is: impl Fn(&Event) -> bool) -> Option<Timestamp> {
        self.records.iter().rev().find(|(_, event)| is(event)).map(|(at, _)| *at)
    }
}

/// Milliseconds between two moments; 0 where a clock went back.
pub(super) fn ms(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(to.as_millisecond() - from.as_millisecond()).unwrap_or(0)
}
