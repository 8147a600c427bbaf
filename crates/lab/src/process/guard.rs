use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::{Server, Stamp, log_tail};
use crate::error::{LabError, Result};
use crate::files;
use crate::limits::{KILL_GRACE, POLL};

/// Starts a server and stays beside it. Our end of its standard input is the leash: when it closes without the
/// word `detach`, because we dropped it or because we were killed, the whole process group ends. The group is
/// signalled as `0`, the sender's own, which no stranger can be in; a remembered number could be reused.
const LEASH: &str = r#"
log=$1; shift
exec 3<&0 </dev/null
"$@" 3<&- >>"$log" 2>&1 &
server=$!
echo "$server"
exec >/dev/null 2>&1
( if IFS= read -r word <&3 && [ "$word" = detach ]; then exit 0; fi; kill -KILL 0 ) &
exec 3<&-
trap '' TERM
wait "$server"; code=$?
kill -TERM 0
exit "$code"
"#;

/// A server started by this process, on a leash until [`Guard::detach`]. Dropping it kills the server.
#[derive(Debug)]
pub(crate) struct Guard {
    child: Child,
    leash: Option<ChildStdin>,
}

impl Guard {
    /// Starts the server in a process group of its own and notes its processes in `server`.
    pub(crate) fn start(server: &mut Server) -> Result<Self> {
        if let Some(folder) = server.log.parent() {
            files::make_dir(folder)?;
        }
        let mut child = Command::new("/bin/sh")
            .args(["-c", LEASH, "cutover-lab"])
            .arg(&server.log)
            .args(&server.argv)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .map_err(|source| LabError::Program {
                program: "/bin/sh".into(),
                source,
                hint: "the lab starts its servers through it",
            })?;
        let leash = child.stdin.take();
        let said = child.stdout.take();
        let guard = Guard { child, leash };
        let mut line = String::new();
        if let Some(said) = said {
            BufReader::new(said).read_line(&mut line).map_err(LabError::file("read", &server.log))?;
        }
        // A process that has already ended leaves no stamp; `ended` tells how it ended.
        server.process = line.trim().parse().ok().and_then(Stamp::of);
        server.guard = i32::try_from(guard.child.id()).ok().and_then(Stamp::of);
        Ok(guard)
    }

    /// How the server ended, if it has.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// Fails with the end of the server's log if the server has ended.
    pub(crate) fn still_runs(&mut self, server: &Server) -> Result<()> {
        match self.ended() {
            None => Ok(()),
            Some(status) => Err(LabError::Ended {
                server: server.name.clone(),
                status: describe(status),
                log: server.log.clone(),
                tail: log_tail(&server.log),
            }),
        }
    }

    /// Waits until a program that is meant to end has ended well.
    pub(crate) fn finish(mut self, server: &Server, at_most: Duration) -> Result<()> {
        let end = Instant::now() + at_most;
        loop {
            match self.ended() {
                Some(status) if status.success() => return Ok(()),
                Some(_) => return self.still_runs(server),
                None if Instant::now() > end => {
                    return Err(LabError::NotReady {
                        server: server.name.clone(),
                        seconds: at_most.as_secs(),
                        waited_for: "its end".into(),
                        log: server.log.clone(),
                        tail: log_tail(&server.log),
                    });
                }
                None => std::thread::sleep(POLL / 4),
            }
        }
    }

    /// Lets the server live on after this process.
    pub(crate) fn detach(mut self) -> Result<()> {
        if let Some(mut leash) = self.leash.take() {
            let path = std::path::Path::new("/proc/self/fd");
            leash.write_all(b"detach\n").map_err(LabError::file("release a server through", path))?;
        }
        Ok(())
    }

    /// Collects the guard after its server was ended, so that no zombie stays.
    pub(crate) fn collect(mut self) {
        drop(self.leash.take());
        let end = Instant::now() + KILL_GRACE;
        while self.ended().is_none() && Instant::now() < end {
            std::thread::sleep(POLL / 10);
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if self.leash.take().is_some() {
            // The group is killed by the closing; the wait only collects what is left.
            let _ = self.child.wait();
        }
    }
}

/// Ends a server of this or of another process: asks first, then kills; both only if it is still the same
/// process. Returns false if something of it is still there.
pub(crate) fn end(server: &Server, signal: Signal, grace: Duration) -> bool {
    if let Some(process) = &server.process {
        process.signal(signal);
        if !process.wait_gone(grace) {
            process.signal(Signal::KILL);
            if !process.wait_gone(KILL_GRACE) {
                return false;
            }
        }
    }
    // The shell leaves by itself once its server is gone.
    server.guard.as_ref().is_none_or(|guard| {
        guard.wait_gone(KILL_GRACE) || {
            guard.signal(Signal::KILL);
            guard.wait_gone(KILL_GRACE)
        }
    })
}

fn describe(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) if code > 128 => format!("signal {}", code - 128),
        (Some(code), _) => format!("exit code {code}"),
        (None, Some(signal)) => format!("signal {signal}"),
        (None, None) => "unknown end".into(),
    }
}
