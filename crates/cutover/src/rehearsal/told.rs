use std::path::Path;

use jiff::Timestamp;
use journal::{Event, Following, JournalError, Phase, RunFolder, RunState, Watched};

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

    /// A copy of a journal, up to the record with the hash `head`; `None`: it has none of that hash.
    pub fn of_copy(path: &Path, head: &str) -> Result<Option<Told>, JournalError> {
        let mut records = Vec::new();
        let hear = |record: &journal::Record, _: &RunState| records.push((record.at, record.event.clone()));
        let following = Following::of_copy(path, head, hear)?;
        Ok(following.map(|following| Told { following, records }))
    }

    /// What whoever rehearsed wrote down of the run, as its last word; `None`: nothing.
    pub fn watched(&self) -> Option<&Watched> {
        match self.records.last() {
            Some((_, Event::Rehearsed { watched })) => Some(watched),
            _ => None,
        }
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
    pub fn resumed(&self) -> u64 {
        let resumed = self.records.iter().filter(|(_, event)| matches!(event, Event::Resumed { .. }));
        u64::try_from(resumed.count()).unwrap_or(u64::MAX)
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
