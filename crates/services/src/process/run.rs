use std::io;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{ChildStderr, ChildStdout};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::capture::{Capture, Captured};
use super::family::Family;
use super::invocation::Invocation;
use crate::{End, Scrubber, ServiceError, Until, limits};

/// A command that ended by itself.
pub struct Finished {
    /// Exit code.
    pub code: i32,
    pub stdout: Captured,
    pub stderr: Captured,
}

/// Runs a command to its end. Nothing it started is alive afterwards, unless it is meant to leave something behind.
///
/// Errors: it cannot be started, it was ended by a signal, it did not end in time, or the run was stopped; with what it
/// said on standard error, masked.
pub fn run(invocation: &Invocation, scrubber: &Scrubber, until: Until<'_>) -> Result<Finished, ServiceError> {
    let title = invocation.title();
    if let Some(end) = until.ended() {
        return Err(ServiceError::ended(end, &title));
    }
    let mark = Family::new_mark();
    let mut command = invocation.command(&mark)?;
    let mut child = command.process_group(0).spawn().map_err(|e| not_started(&title, &e))?;
    let pipes = (child.stdout.take(), child.stderr.take());
    let family = Family::new(child, mark);
    let mut pipes = match Pipes::new(pipes, invocation.stdout_kept) {
        Ok(pipes) => pipes,
        Err(e) => {
            family.kill();
            let error = ServiceError::failed(format!("{title}: its output cannot be read: {e}"));
            return Err(error.begun(true));
        }
    };

    let end = loop {
        pipes.wait_and_read(limits::LOOK_EVERY);
        if family.leader_ended() {
            break None;
        }
        if let Some(end) = until.ended() {
            break Some(end);
        }
    };
    let never = || false;
    if end.is_some() {
        family.ask_to_leave();
        pipes.read_until(Until::after(limits::LEAVE, &never), |_| family.leader_ended());
    } else {
        // What the command started may still be writing.
        pipes.read_until(until.sooner(limits::TAIL), Pipes::closed);
    }
    if end.is_some() || !invocation.leaves {
        family.kill();
    }
    pipes.read_until(Until::after(limits::GONE, &never), |_| family.leader_ended());
    let (stdout, stderr) = pipes.finish();
    let said =
        if invocation.quotable { scrubber.excerpt(&stderr.bytes, stderr.cut()) } else { String::new() };
    outcome(&title, end, family.collect(), &said)
        .map(|code| Finished { code, stdout, stderr })
        .map_err(|error| error.begun(true))
}

fn outcome(
    title: &str,
    end: Option<End>,
    status: Option<std::process::ExitStatus>,
    said: &str,
) -> Result<i32, ServiceError> {
    let said = said.lines().next().map_or(String::new(), |line| format!("; it said: {line}"));
    if let Some(end) = end {
        let error = ServiceError::ended(end, title);
        return Err(ServiceError { message: format!("{} and was ended{said}", error.message), ..error });
    }
    match status {
        Some(status) => match (status.code(), status.signal()) {
            (Some(code), _) => Ok(code),
            (None, signal) => Err(ServiceError::failed(format!(
                "{title} was ended by signal {}{said}",
                signal.map_or("?".to_owned(), |signal| signal.to_string())
            ))),
        },
        None => Err(ServiceError::failed(format!("{title} ended, but its exit code cannot be read{said}"))),
    }
}

fn not_started(title: &str, error: &io::Error) -> ServiceError {
    let failed = ServiceError::failed(format!("{title} cannot be started: {}", error.kind()));
    match error.kind() {
        io::ErrorKind::NotFound => failed.hint(
            "a program with a `/` is looked up beside the runbook, one without on the PATH; a script also needs the interpreter its first line names",
        ),
        io::ErrorKind::PermissionDenied => failed.hint("make the program executable: chmod +x"),
        _ => failed,
    }
}

/// Both outputs of a command.
struct Pipes {
    stdout: Capture<ChildStdout>,
    stderr: Capture<ChildStderr>,
}

impl Pipes {
    fn new(
        (stdout, stderr): (Option<ChildStdout>, Option<ChildStderr>),
        stdout_kept: usize,
    ) -> io::Result<Pipes> {
        let missing = || io::Error::other("no pipe");
        Ok(Pipes {
            stdout: Capture::new(stdout.ok_or_else(missing)?, stdout_kept)?,
            stderr: Capture::new(stderr.ok_or_else(missing)?, limits::STDERR_KEPT)?,
        })
    }

    fn closed(&self) -> bool {
        self.stdout.open().is_none() && self.stderr.open().is_none()
    }

    /// Reads until `enough` or the end of `until`, whichever is first.
    fn read_until(&mut self, until: Until<'_>, enough: impl Fn(&Pipes) -> bool) {
        while !enough(self) && until.ended().is_none() {
            self.wait_and_read(limits::LOOK_EVERY.min(until.left()));
        }
        // Whatever the last moment brought.
        self.wait_and_read(Duration::ZERO);
    }

    fn wait_and_read(&mut self, time: Duration) {
        let open: Vec<_> = [self.stdout.open(), self.stderr.open()].into_iter().flatten().collect();
        if open.is_empty() {
            // Nothing is left to wake us but the command's own end, which usually follows at once.
            std::thread::sleep(time.min(Duration::from_millis(5)));
            return;
        }
        let mut watched: Vec<_> =
            open.iter().map(|fd| PollFd::from_borrowed_fd(*fd, PollFlags::IN)).collect();
        let time = Timespec { tv_sec: 0, tv_nsec: i64::from(time.subsec_nanos()) };
        // Interrupted or not, what is there is read.
        let _ = poll(&mut watched, Some(&time));
        drop(watched);
        self.stdout.read();
        self.stderr.read();
    }

    fn finish(self) -> (Captured, Captured) {
        (self.stdout.finish(), self.stderr.finish())
    }
}
