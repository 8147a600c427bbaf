//! Asking the conductor of a run for something, from another process.

use std::time::{Duration, Instant};

use engine::execute::next::{Course, refusal};
use jiff::Timestamp;
use journal::{Event, Going, Holder, Phase, Request, Run, RunFolder, Runs};

use super::check::{self, journal_error};
use super::run::Denied;
use super::run_args::RunsArgs;
use crate::cli::Common;
use crate::conduct::{Manner, Place, conduct, machine};
use crate::exit::{Exit, Failure};
use crate::output;
use crate::world::PlannedSides;

/// Which run, and who asks.
#[derive(Debug, clap::Args)]
pub struct Asker {
    /// Run id, folder, or `last`: the newest that carries out steps in earnest.
    #[arg(value_name = "RUN")]
    pub run: String,
    /// Who asks; recorded as asserted.
    #[arg(long = "as", value_name = "PERSON", env = "USER", hide_env = true, default_value = "somebody", value_parser = person)]
    pub by: String,
    #[command(flatten)]
    pub runs: RunsArgs,
}

/// How long the conductor has to hear.
const HEARD_WITHIN: Duration = Duration::from_secs(10);

/// A name as it is recorded: not empty, on one line.
pub fn person(text: &str) -> Result<String, String> {
    let name = text.trim();
    match name {
        "" => Err("a name is needed: who asks is recorded".to_owned()),
        _ if name.chars().any(char::is_control) => Err("a name stands on one line".to_owned()),
        _ => Ok(name.to_owned()),
    }
}

impl Asker {
    /// The run, which must be one that can still be asked for something.
    pub fn folder(&self) -> Result<RunFolder, Failure> {
        open(&self.runs, &self.run)
    }
}

/// The run a person means who asks something of it: for `last` the newest that carries out steps in earnest. A check, a
/// watch or a dry run that was begun since is none.
fn meant(runs: &Runs, given: &str) -> Result<RunFolder, Failure> {
    if given == "last" {
        for id in runs.list().map_err(journal_error)? {
            let folder = runs.resolve(&id).map_err(journal_error)?;
            let header = folder.header().map_err(journal_error)?;
            if header.executes() && !header.is_dry() {
                return Ok(folder);
            }
        }
    }
    runs.resolve(given).map_err(journal_error)
}

pub fn open(runs: &RunsArgs, run: &str) -> Result<RunFolder, Failure> {
    let folder = meant(&Runs::at(&runs.runs_dir), run)?;
    let reading = folder.read().map_err(journal_error)?;
    let header = reading.state.header();
    if !header.executes() {
        return Err(Failure::refused(format!(
            "{} is a {}, which carries out no steps",
            header.run, header.command
        )));
    }
    if header.is_dry() {
        return Err(Failure::refused(format!(
            "{} is a dry run: it changes nothing, is asked for nothing, and is not gone on with",
            header.run
        ))
        .hint("begin a run of its own: cutover run"));
    }
    if let Phase::Ended { .. } = reading.state.phase() {
        let ending = reading.state.execution().ending.map_or("over", |ending| ending.word());
        return Err(Failure::refused(format!("run {} is {ending}", header.run)));
    }
    Ok(folder)
}

/// Refuses at once what the conductor would not heed, with the same rules.
pub fn heeded(folder: &RunFolder, request: &Request) -> Result<(), Failure> {
    let state = folder.read().map_err(journal_error)?.state;
    let specs = super::status::specs(&state)?;
    let course = Course::new(&state, &specs, engine::execute::now(), state.header().effects);
    match refusal(&course, request) {
        Some(why) => Err(Failure::refused(format!("{}: {why}", request.title()))),
        None => Ok(()),
    }
}

/// Leaves a request for the process that conducts the run, and says what it answered.
pub fn ask(folder: &RunFolder, request: &Request) -> Result<Exit, Failure> {
    heeded(folder, request)?;
    let before = folder.read().map_err(journal_error)?.records;
    let holder = folder.holder().map_err(journal_error)?;
    folder.post(Timestamp::now(), request).map_err(journal_error)?;
    if holder.is_none() {
        output::talk("no process conducts this run now; it is heard by `cutover resume`");
        return Ok(Exit::Done);
    }
    let until = Instant::now() + HEARD_WITHIN;
    while Instant::now() < until {
        if let Some(answer) = answer(folder, before, request)? {
            return answer;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    Err(Failure::unknown(format!("the conductor has not heard within {} s", HEARD_WITHIN.as_secs()))
        .hint("the request stays in the run's inbox; see `cutover status`"))
}

/// What the conductor wrote about the request, once it has.
fn answer(
    folder: &RunFolder,
    before: u64,
    request: &Request,
) -> Result<Option<Result<Exit, Failure>>, Failure> {
    let mut heard = false;
    let mut answer = None;
    let follows = matches!(
        request,
        Request::Hold { .. } | Request::Resume { .. } | Request::StandDown { .. } | Request::Rollback { .. }
    );
    folder
        .read_each(|record, _| {
            if record.seq < before {
                return;
            }
            match &record.event {
                Event::Requested { request: told } if told == request => heard = true,
                Event::Signed { signature, .. }
                    if matches!(request, Request::Sign { signature: given, .. } if given == signature) =>
                {
                    heard = true;
                }
                Event::Warned { about, message }
                    if about == "inbox" && message.starts_with(&request.title()) =>
                {
                    answer = Some(Err(Failure::refused(message.clone())));
                }
                Event::Declined { why } if heard => answer = Some(Err(Failure::refused(why.clone()))),
                Event::Held { .. } | Event::Released { .. } | Event::UnwindStarted { .. } if heard => {
                    answer = Some(Ok(Exit::Done));
                }
                _ => {}
            }
        })
        .map_err(journal_error)?;
    if heard && !follows && answer.is_none() {
        answer = Some(Ok(Exit::Done));
    }
    if matches!(answer, Some(Ok(_))) {
        output::talk(&format!("heard: {}", request.title()));
    }
    Ok(answer)
}

/// Asks, or, where no process conducts the run, becomes the one that does.
pub fn ask_or_conduct(
    asker: &Asker,
    denied: Denied,
    request: Request,
    common: &Common,
) -> Result<Exit, Failure> {
    let folder = asker.folder()?;
    if folder.holder().map_err(journal_error)?.is_some() {
        return ask(&folder, &request);
    }
    heeded(&folder, &request)?;
    take_over(folder, &asker.by, Some(&request), denied, common)
}

/// Goes on with a run that no process conducts.
pub fn go_on(asker: &Asker, denied: Denied, common: &Common) -> Result<Exit, Failure> {
    take_over(asker.folder()?, &asker.by, None, denied, common)
}

/// The request is left for this process itself once nothing stands against taking over: what was refused is not obeyed by
/// whoever takes over later.
fn take_over(
    folder: RunFolder,
    by: &str,
    request: Option<&Request>,
    denied: Denied,
    common: &Common,
) -> Result<Exit, Failure> {
    let state = folder.read().map_err(journal_error)?.state;
    let header = state.header().clone();
    // A run on its way back goes on with it, whoever asks and for what.
    let back = matches!(request, Some(Request::StandDown { .. } | Request::Rollback { .. }))
        || matches!(state.execution().going, Going::Back { .. });
    // Going back needs no unchanged runbook: the ways back are in the journal.
    let place = match Place::unchanged(&header) {
        Ok(place) => place,
        Err(failure) if !back => return Err(failure),
        Err(failure) => {
            output::talk(&format!("warning: {}", failure.message));
            Place::of(std::path::Path::new(header.runbook.as_deref().unwrap_or("/")))
        }
    };
    let sides = PlannedSides::connect(&header.plan, &kafka::Patience::new(check::CONNECTING))?;
    if !back {
        sides.both_are_reached()?;
    }
    let _alone = machine::take(&header, folder.path(), by, back)?;
    let now = Timestamp::now();
    let mut run = Run::reopen(folder, Holder::this_process(now), now).map_err(journal_error)?;
    output::talk(&format!("run     {}", run.id()));
    let left = match request {
        Some(request) => Some(run.folder().post(now, request).map_err(journal_error)?),
        None => None,
    };
    let manner = Manner { effects: header.effects, restrictions: denied.restrictions(), back };
    let conducted = conduct(&mut run, &place, sides, manner, common);
    if conducted.is_err()
        && let Some(left) = left
    {
        // What is in the journal already is no longer there.
        let _ = run.folder().taken(&left);
    }
    conducted
}

#[cfg(test)]
mod tests {
    use journal::{Effects, Header};

    use super::*;
    use crate::exit::Exit;
    use crate::output::Output;

    fn begun(runs: &Runs, command: &str, effects: Effects, second: i64) -> String {
        let at = Timestamp::from_second(1_800_000_000 + second).unwrap();
        let mut header = Header::new(crate::fixture::demo_plan(), command, at);
        header.effects = effects;
        header.runbook = Some("/nowhere/runbook.yaml".to_owned());
        Run::create(runs, header, at).unwrap().id().to_string()
    }

    fn asker(runs: &std::path::Path, run: &str) -> Asker {
        let runs = RunsArgs { runs_dir: runs.to_owned() };
        Asker { run: run.to_owned(), by: "ilse".to_owned(), runs }
    }

    #[test]
    fn the_last_run_is_the_newest_in_earnest_and_a_dry_run_is_asked_for_nothing() {
        let top = tempfile::tempdir().unwrap();
        let runs = Runs::at(top.path());
        let earnest = begun(&runs, "run", Effects::Apply, 0);
        let dry = begun(&runs, "run", Effects::Dry, 10);
        begun(&runs, "watch", Effects::Apply, 20);
        let last = asker(top.path(), "last").folder().unwrap();
        assert_eq!(last.path().file_name().unwrap().to_str(), Some(earnest.as_str()));
        let failure = asker(top.path(), &dry).folder().unwrap_err();
        assert!(failure.message.contains("is a dry run") && failure.exit == Exit::Red, "{}", failure.message);
    }

    #[test]
    fn a_run_that_is_not_there_is_a_wrong_command_line() {
        let top = tempfile::tempdir().unwrap();
        let failure = asker(top.path(), "nope").folder().unwrap_err();
        assert_eq!(failure.exit, Exit::Usage, "{}", failure.message);
    }

    #[test]
    fn what_is_refused_before_the_run_is_taken_over_is_not_left_for_whoever_takes_it_over_later() {
        let top = tempfile::tempdir().unwrap();
        begun(&Runs::at(top.path()), "run", Effects::Apply, 0);
        let asker = asker(top.path(), "last");
        let common = Common { output: Output::Text, verbose: 0 };
        let request = Request::Resume { by: "ilse".to_owned() };
        // The runbook is not where it was.
        ask_or_conduct(&asker, Denied::default(), request, &common).unwrap_err();
        assert!(asker.folder().unwrap().delivered().unwrap().is_empty());
    }

    #[test]
    fn who_asks_has_a_name() {
        for wrong in ["", "  ", "il\nse"] {
            person(wrong).unwrap_err();
        }
        assert_eq!(person(" ilse ").unwrap(), "ilse");
    }
}
