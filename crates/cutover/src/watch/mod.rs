//! Watching: all checks on a schedule, without effects, for as long as somebody wants it.
//!
//! One run folder holds a whole watch. Each look measures as `cutover check` does, in a journal that is thrown away; what
//! changed goes into the watch's own, and a line into its history. So disk and memory have an end, however long it takes.

mod after;
mod hands;
mod keep;
mod lines;
mod look;
mod past;
mod reach;
mod stand;

use std::time::{Duration, Instant};

use engine::{Checks, StopHandle};
use jiff::Timestamp;
use journal::{History, Kept, Run, Runs, Sample, Tally};
use report::inert;

pub use reach::Reach;

use crate::commands::check::{input, journal_error};
use crate::exit::Failure;
use crate::live;
use crate::output::{self, Output};
use crate::progress::Spinner;
use crate::reports;
use after::After;
use keep::Keep;
use look::{Look, Looking, Place};
use stand::Stand;

/// What is waited for is said this often where no terminal shows it all the time.
const SAID_AGAIN: Duration = Duration::from_secs(600);

/// How a watch is made.
pub struct Manner {
    pub every: Duration,
    /// `None`: until it is ended.
    pub most: Option<Duration>,
    pub output: Output,
}

/// What the end of a watch rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Looked {
    /// The last look that was made.
    ToTheEnd,
    /// The last look could not be made: all is unknown.
    InVain,
    /// No look was over.
    Never,
}

/// A watch under way.
pub struct Watch<'a> {
    run: &'a mut Run,
    checks: &'a Checks,
    reach: Reach,
    manner: Manner,
    keep: Keep,
    history: History,
    after: After,
    tally: Tally,
    last: Option<Look>,
    /// The last attempt at a look failed: what the checks are since then.
    unseen: Option<Vec<(Place, Stand)>>,
    /// What was found before: by the last look, or by the process that was killed.
    before: Vec<(Place, Stand)>,
    /// What was said about the history and the looks themselves: each once, until it is well again.
    trouble: Option<String>,
    said_at: Option<Instant>,
}

impl<'a> Watch<'a> {
    /// A watch that begins, or goes on where its journal stands.
    pub fn new(
        run: &'a mut Run,
        checks: &'a Checks,
        runs: Runs,
        reach: Reach,
        manner: Manner,
    ) -> Result<Watch<'a>, Failure> {
        let keep = Keep::of(run).map_err(journal_error)?;
        let history = run.folder().history().map_err(journal_error)?;
        let mut tally = Tally::default();
        run.folder().read_history(|sample| tally.add(sample)).map_err(journal_error)?;
        let (before, after) = (keep.stands(), After::new(runs, run.folder().path().to_owned()));
        let (last, unseen, trouble, said_at) = (None, None, None, None);
        Ok(Watch {
            run,
            checks,
            reach,
            manner,
            keep,
            history,
            after,
            tally,
            last,
            unseen,
            before,
            trouble,
            said_at,
        })
    }

    /// Looks until somebody stops it or its time is over. Returns what the end rests on.
    pub async fn conduct(&mut self, stop: StopHandle) -> Result<Looked, Failure> {
        look::clear(self.run);
        let signals = live::stop_on_signals(stop.clone());
        let watched = self.rounds(&stop).await;
        signals.abort();
        watched?;
        let looked = self.close();
        look::clear(self.run);
        looked
    }

    /// Journals what the end rests on.
    fn close(&mut self) -> Result<Looked, Failure> {
        let last = self.last.take();
        let looked = match (&self.unseen, &last) {
            // Verdicts of a look before it are no end: what is there now was not seen.
            (Some(unseen), _) => {
                self.keep.unseen(self.run, unseen).map_err(journal_error)?;
                Looked::InVain
            }
            (None, Some(look)) => {
                self.keep.all(self.run, look).map_err(journal_error)?;
                Looked::ToTheEnd
            }
            (None, None) => Looked::Never,
        };
        Ok(looked)
    }

    /// The end in words.
    pub fn summary(&self) -> String {
        lines::summary(&self.tally, self.manner.every)
    }

    async fn rounds(&mut self, stop: &StopHandle) -> Result<(), Failure> {
        let end = self.manner.most.map(|most| Instant::now() + most);
        loop {
            let (began, at) = (Instant::now(), Timestamp::now());
            let looked = self.look(stop).await;
            match looked {
                Ok(Some(look)) => self.tell(look)?,
                Ok(None) => return Ok(()),
                Err(failure) => self.fail(at, &failure),
            }
            let next = (began + self.manner.every).max(Instant::now());
            if end.is_some_and(|end| next > end) {
                return Ok(());
            }
            if self.wait(next, stop).await {
                return Ok(());
            }
        }
    }

    async fn look(&mut self, stop: &StopHandle) -> Result<Option<Look>, Failure> {
        tokio::select! {
            mended = self.reach.mend() => mended?,
            _ = stop.asked() => return Ok(None),
        }
        let looking = Looking {
            watch: self.run,
            checks: self.checks,
            world: self.reach.world.clone(),
            stop: stop.clone(),
            shown: self.last.is_none(),
        };
        looking.look().await
    }

    /// Writes into the history and says that a look could not be made, so nothing is known.
    fn fail(&mut self, at: Timestamp, failure: &Failure) {
        let why = format!("the look could not be made: {}", failure.message);
        let stands = look::unseen(self.run, &why);
        let sample = look::unseen_sample(at, self.manner.every, &stands, self.after.fired());
        let kept = self.keep_sample(&sample);
        if self.manner.output == Output::Json {
            output::data(&sample.line());
        }
        self.say_trouble(Some(kept.map_or(why.clone(), |kept| format!("{why}; {kept}"))));
        let before = std::mem::replace(&mut self.before, stands.clone());
        for line in lines::changes(&before, &stands, at) {
            self.result(&line);
        }
        self.tally.add(sample);
        self.unseen = Some(stands);
    }

    /// Writes a look into the history. Returns what is wrong with that.
    fn keep_sample(&mut self, sample: &Sample) -> Option<String> {
        match self.history.append(sample) {
            Ok(Kept::Written) => None,
            Ok(Kept::DayIsFull) => Some(
                "the history of this day has the size it may have: its further looks are not in it"
                    .to_owned(),
            ),
            Err(error) => Some(format!("the history is not written: {error}")),
        }
    }

    /// Writes down and says what a look found.
    fn tell(&mut self, look: Look) -> Result<(), Failure> {
        self.unseen = None;
        self.keep.changes(self.run, &look).map_err(journal_error)?;
        let now = engine::execute::now();
        let run = self.run.state().header().run.to_string();
        let triggers = self.after.look(&run, &self.reach.plan, &look.stands, look.at, &now);
        let sample = look.sample(self.manner.every, self.after.fired());
        let trouble = self.keep_sample(&sample);
        if self.manner.output == Output::Json {
            output::data(&sample.line());
        }
        let first = self.last.is_none();
        if first {
            let input = input(self.run)?;
            reports::write(self.run.folder(), &input, None)?;
            if self.manner.output == Output::Text {
                output::data(&reports::terminal(&input));
            }
        }
        self.say_trouble(trouble);
        let before = std::mem::replace(&mut self.before, look.stands.clone());
        for line in lines::changes(&before, &look.stands, look.at) {
            self.result(&line);
        }
        for line in triggers {
            self.result(&format!("{}  {line}", after::clock(look.at)));
        }
        if let Some(late) = lines::late(look.took, self.manner.every).filter(|_| self.is_to_be_said()) {
            output::talk(&late);
        }
        self.tally.add(sample);
        self.last = Some(look);
        Ok(())
    }

    /// A line of the result: text of others cannot leave its place.
    fn result(&mut self, line: &str) {
        let line = inert::terminal(line);
        match self.manner.output {
            Output::Text => output::data(&line),
            Output::Json => output::talk(&line),
        }
        // What is waited for is said again behind it.
        self.said_at = None;
    }

    fn say_trouble(&mut self, trouble: Option<String>) {
        if self.trouble != trouble {
            if let Some(trouble) = &trouble {
                output::talk(&format!("warning: {trouble}"));
            }
            self.trouble = trouble;
        }
    }

    fn is_to_be_said(&self) -> bool {
        self.said_at.is_none_or(|said| said.elapsed() >= SAID_AGAIN)
    }

    /// Waits for the next look, and says so. True: somebody stopped it.
    async fn wait(&mut self, next: Instant, stop: &StopHandle) -> bool {
        let left = next.saturating_duration_since(Instant::now());
        let at = Timestamp::now().checked_add(left).unwrap_or_else(|_| Timestamp::now());
        let back = self.after.way_back(Timestamp::now());
        let line = lines::waiting(
            at,
            self.last.as_ref().filter(|_| self.unseen.is_none()),
            self.tally.looks,
            back.as_deref(),
        );
        let line = inert::terminal(&line);
        if self.is_to_be_said() {
            output::talk(&line);
            self.said_at = Some(Instant::now());
        }
        let _shown = (!left.is_zero()).then(|| Spinner::new(&line));
        tokio::select! {
            () = tokio::time::sleep(left) => false,
            _ = stop.asked() => true,
        }
    }
}

#[cfg(test)]
mod tests;
