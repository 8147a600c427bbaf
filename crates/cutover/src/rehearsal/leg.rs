//! One run of a rehearsal, conducted by processes of its own so that they can be killed like any other.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use jiff::Timestamp;
use journal::{Event, Going, Header, Phase, Run, RunState, Watched, Writes as SeenWrites};
use runbook::plan::{Leg as PlannedLeg, Plan};

use super::Manner;
use super::faults::Ground;
use super::made::Made;
use super::measured::{Measured, first_stop};
use super::told::Told;
use super::writes::{Looks, Writes, grown};
use crate::commands::check::{self, journal_error};
use crate::commands::{dirty, one_conductor};
use crate::conduct::machine;
use crate::exit::Failure;
use crate::interrupt::Interrupt;
use crate::output;
use crate::world::PlannedSides;

/// Between two looks at the journal.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// Looks at the source's logs before the run is conducted.
const LOOKS_BEFORE: usize = 4;
/// A conductor that could not begin, because a cluster does not answer, is begun again so often and after so long.
const BEGUN_AGAIN: u32 = 10;
const BEGUN_AFTER: Duration = Duration::from_secs(3);
/// So often a run that was left is gone on with.
const AGAIN: u32 = 3;

pub(super) struct Leg<'a> {
    manner: &'a Manner,
    plan: Plan,
    point: String,
    run: String,
    writes: Writes,
    asked: &'a Interrupt,
}

/// How a conductor came to its end.
enum End {
    /// The run is over.
    Over,
    Held(String),
    /// By a signal, or without a word.
    Interrupted,
    /// It never took the run over.
    NotBegun,
}

impl<'a> Leg<'a> {
    /// Makes the run; nothing is done yet.
    pub fn begin(
        plan: &Plan,
        point: &str,
        manner: &'a Manner,
        asked: &'a Interrupt,
    ) -> Result<Leg<'a>, Failure> {
        let mut plan = plan.clone();
        // A rehearsal is not bound to the night of the cutover.
        plan.window = None;
        if let Some(rehearsal) = &mut plan.rehearsal {
            rehearsal.leg = Some(PlannedLeg {
                point: point.to_owned(),
                plan: manner.plan.clone(),
                answers: manner.answers,
            });
        }
        let sides = PlannedSides::connect(&plan, &kafka::Patience::new(check::CONNECTING))?;
        sides.both_are_reached()?;
        one_conductor::no_other(&manner.runs, &plan)?;
        dirty::refuse(&manner.runs, &plan, &sides)?;
        let now = Timestamp::now();
        let mut header = Header::new(plan.clone(), "rehearse", now);
        header.clusters = sides.ids();
        header.given.clone_from(&manner.given);
        header.runbook = Some(manner.path.display().to_string());
        // The processes that conduct it take the machine's lock for themselves.
        drop(machine::take(&header, &manner.runs.path().join(header.run.as_str()), &manner.by, false)?);
        let run = Run::create(&manner.runs, header, now).map_err(journal_error)?;
        check::keep_copies(&run, &plan, &manner.file)?;
        let id = run.id().to_string();
        // The processes that conduct it take it over as after a crash.
        drop(run);
        let topics: Vec<String> = plan.units.iter().flat_map(|unit| unit.all_topics()).collect();
        let Ok(source) = sides.reached(runbook::Side::Source) else {
            return Err(Failure::unknown("the source was reached, and is gone"));
        };
        let writes = Writes::watch(source, topics);
        Ok(Leg { manner, plan, point: point.to_owned(), run: id, writes, asked })
    }

    /// There and back, and what was measured.
    pub fn go(mut self, ground: &mut Ground, made: &mut Made) -> Result<Measured, Failure> {
        self.writes.await_looks(LOOKS_BEFORE);
        let folder = self.manner.runs.resolve(&self.run).map_err(journal_error)?;
        let mut told = Told::of(&folder)?;
        let mut child = self.conduct(&["resume"])?;
        let mut asked_back = false;
        let mut again = 0;
        // Beginnings since somebody conducted it last.
        let mut begun = 0;
        loop {
            let end = self.watch(child, &mut told, ground, made)?;
            if !matches!(end, End::NotBegun) {
                begun = 0;
            }
            match end {
                End::Over => break,
                End::NotBegun if begun < BEGUN_AGAIN => {
                    begun += 1;
                    std::thread::sleep(BEGUN_AFTER);
                    child = self.conduct(&["resume"])?;
                }
                // A step of the way back that came to a bad end is tried again, and so is a conductor that died.
                End::Interrupted if !self.asked.is_asked() && again < AGAIN => {
                    again += 1;
                    std::thread::sleep(BEGUN_AFTER);
                    child = self.conduct(&["resume"])?;
                }
                // Nobody answers it in a rehearsal, and the environment is left as it was found.
                End::Held(why) if !asked_back => {
                    output::talk(&format!("rehearsal  {}: held ({why}), going back", self.point));
                    asked_back = true;
                    let plan = self.manner.plan.clone();
                    child = self.conduct(&["rollback", "--plan", &plan])?;
                }
                End::Held(_) | End::Interrupted | End::NotBegun => break,
            }
        }
        told.look()?;
        let since = told.ended_at();
        if told.is_over() {
            self.writes.await_growth_since(since);
        }
        let looks = self.writes.stop();
        ground.settle(made);
        let watched = Watched {
            writes: seen(&looks, &self.plan, &told),
            kills: made.kills_of(&self.point),
            faults: made.faults_of(&self.point),
            ..Watched::default()
        };
        Measured::of(&told, &watched).ok_or_else(|| Failure::refused(format!("{} is no rehearsal", self.run)))
    }

    /// A process that goes on with the run.
    fn conduct(&self, asked: &[&str]) -> Result<Child, Failure> {
        let program = std::env::current_exe().map_err(|error| {
            Failure::refused(format!("this program does not know where it lies: {error}"))
        })?;
        let mut command = Command::new(program);
        let (word, rest) = asked.split_first().unwrap_or((&"resume", &[]));
        command.arg(word).arg(&self.run).args(rest).args(["--as", &self.manner.by]);
        command.arg("--runs-dir").arg(self.manner.runs.path()).args(&self.manner.denied);
        // What it says is for the person who watches; its report is read from the folder.
        command.stdin(Stdio::null()).stdout(Stdio::null());
        command
            .spawn()
            .map_err(|error| Failure::refused(format!("a process to conduct the run did not start: {error}")))
    }

    /// Watches a conductor to its end; it may be killed and replaced on the way.
    fn watch(
        &self,
        mut child: Child,
        told: &mut Told,
        ground: &mut Ground,
        made: &mut Made,
    ) -> Result<End, Failure> {
        let mut heard = told.records.len();
        let mut taken_over = false;
        loop {
            let ended = child.try_wait().map_err(|error| Failure::refused(format!("conductor: {error}")))?;
            told.look()?;
            let fresh = told.records.get(heard..).unwrap_or_default();
            heard = told.records.len();
            taken_over |= fresh.iter().any(|(_, event)| matches!(event, Event::Resumed { .. }));
            if ended.is_some() {
                return Ok(end_of(told.state(), taken_over));
            }
            for (_, event) in fresh {
                ground.hear(&self.plan, &self.point, event, made);
            }
            if let Some(place) = made.next_kill(&self.plan, &self.point, told, fresh) {
                // SIGKILL: it hears nothing, and writes nothing any more.
                let killed = child.kill().and_then(|()| child.wait());
                killed.map_err(|error| Failure::refused(format!("the conductor was not killed: {error}")))?;
                told.look()?;
                // It may have come to its end just before.
                if place.is_under_way(&self.plan, told) {
                    output::talk(&format!(
                        "rehearsal  the conductor was killed in {} ({})",
                        place.step, place.way
                    ));
                    made.kills.push((place, told.resumed()));
                }
                child = self.conduct(&["resume"])?;
                taken_over = false;
            }
            std::thread::sleep(LOOK_EVERY);
        }
    }
}

/// What the looks showed, within the times that count.
fn seen(looks: &Looks, plan: &Plan, told: &Told) -> SeenWrites {
    let stopped = first_stop(plan, told);
    SeenWrites {
        until_stop: stopped.map(|stopped| grown(looks, told.state().started_at(), stopped)),
        after: grown(looks, told.ended_at(), Timestamp::MAX),
        in_all: looks.first().zip(looks.last()).map_or(0, |(first, last)| last.1 - first.1),
    }
}

fn end_of(state: &RunState, taken_over: bool) -> End {
    match (state.phase(), &state.execution().going) {
        (Phase::Ended { .. }, _) => End::Over,
        _ if !taken_over => End::NotBegun,
        (_, Going::Held { why, .. }) => End::Held(why.clone()),
        _ => End::Interrupted,
    }
}
