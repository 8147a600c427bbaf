use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::{Concluded, Inquirer};
use crate::measure::asker::Asker;
use crate::measure::inquiry::{Inquiry, Stage};
use crate::stop::Asked;
use crate::{Limits, RunError, World};

/// What a run of steps does with its inquirer: it opens inquiries when it wants them.
impl<W: World> Inquirer<'_, W> {
    /// Looks at a check anew; one that is being looked at already goes on. Returns its place.
    pub(crate) fn open_check(&mut self, unit: &str, check: &str) -> usize {
        let place = (unit.to_owned(), check.to_owned());
        let who = match self.places.get(&place) {
            Some(who) if !self.inquiries[*who].is_done() => return *who,
            Some(who) => {
                self.inquiries[*who] = Inquiry::new(unit, check, Instant::now());
                *who
            }
            None => {
                let who = self.put(Inquiry::new(unit, check, Instant::now()));
                self.places.insert(place, who);
                who
            }
        };
        self.ready.insert(who);
        who
    }

    /// Lets somebody look. Returns the inquiry's place, which is its name until it is concluded.
    pub(crate) fn open_look(&mut self, title: &str, asker: Arc<dyn Asker>, allowed: Limits) -> usize {
        let inquiry =
            Inquiry { asker: Some(asker), allowed: Some(allowed), ..Inquiry::new("", title, Instant::now()) };
        let who = self.put(inquiry);
        self.ready.insert(who);
        who
    }

    /// A place of its own, or that of a look that is over: memory does not grow with the number of looks.
    fn put(&mut self, inquiry: Inquiry) -> usize {
        let taken: BTreeSet<usize> = self.concluded.iter().map(|concluded| concluded.who).collect();
        let free = self
            .inquiries
            .iter()
            .enumerate()
            .position(|(who, old)| old.asker.is_some() && old.is_done() && !taken.contains(&who));
        match free {
            Some(who) => {
                self.inquiries[who] = inquiry;
                who
            }
            None => {
                self.inquiries.push(inquiry);
                self.inquiries.len() - 1
            }
        }
    }

    /// A check that another one rests on: it is not older than who asks for it.
    pub(super) fn open_for(&mut self, who: usize, unit: &str, check: &str) {
        let planned = self.run.state().header().pairs().any(|pair| pair == (unit, check));
        let place = (unit.to_owned(), check.to_owned());
        let fresh = self
            .places
            .get(&place)
            .is_some_and(|on| self.inquiries[*on].not_before >= self.inquiries[who].not_before || *on == who);
        if planned && !fresh {
            self.open_check(unit, check);
        }
    }

    /// Gives up what is being looked at: nobody wants it any more.
    pub(crate) fn drop_look(&mut self, who: usize) {
        if self.inquiries[who].asker.is_some() && !self.inquiries[who].is_done() {
            self.close(who);
        }
    }

    /// One scheduling round: whoever can go on goes on, what there is room for is started, the journal is durable.
    pub(crate) fn turn(&mut self) -> Result<(), RunError> {
        self.advance()?;
        self.start()?;
        self.run.sync()?;
        Ok(())
    }

    pub(crate) fn take_concluded(&mut self) -> Vec<Concluded> {
        std::mem::take(&mut self.concluded)
    }

    /// Whether something could go on without waiting.
    pub(crate) fn is_ready(&self) -> bool {
        !self.ready.is_empty() || !self.concluded.is_empty()
    }

    /// Waits until a measurement comes back or a limit passes, and hears it. Safe to be dropped while it waits.
    pub(crate) async fn hear_next(&mut self, until: Option<Instant>) -> Result<(), RunError> {
        let alarm = [self.next_alarm(), until].into_iter().flatten().min();
        tokio::select! {
            biased;
            Some(done) = self.tasks.join_next_with_id() => {
                self.hear(done)?;
                while let Some(done) = self.tasks.try_join_next_with_id() {
                    self.hear(done)?;
                }
            }
            () = sleep_until(alarm.unwrap_or_else(Instant::now)), if alarm.is_some() => {}
            else => {}
        }
        self.ring()
    }

    /// Hears that the run is to stop; what is under way is asked to hand over what it has.
    pub(crate) fn hear_asked(&mut self, asked: &mut watch::Receiver<Asked>) -> Result<bool, RunError> {
        let stop = asked.borrow_and_update().clone();
        let stops = stop != Asked::No;
        self.hear_stop(stop)?;
        Ok(stops)
    }

    /// Ends everything that is under way, without verdicts: measurements are given up as stopped.
    pub(crate) fn give_up_all(&mut self) -> Result<(), RunError> {
        let running = self.desk.running().map(|(_, running)| running.task()).collect();
        self.desk.each_running(|running| running.stop(crate::Stop::Interrupted, Instant::now()));
        for who in 0..self.inquiries.len() {
            if !matches!(self.inquiries[who].stage, Stage::Done) {
                self.close(who);
            }
        }
        self.ready.clear();
        self.give_up_measurements(running)
    }

    pub(crate) fn interrupted_by(&self) -> Option<&str> {
        self.interrupted.as_deref()
    }

    pub(crate) fn stop_measuring(&mut self) {
        self.desk.each_running(|running| running.stop(crate::Stop::Interrupted, Instant::now()));
        self.tasks.abort_all();
    }
}
