//! Real commands that hang, detach, flood and refuse to leave.

use std::path::Path;
use std::time::{Duration, Instant};

use runbook::world::Reason;
use tempfile::TempDir;

use super::run::Finished;
use super::*;
use crate::{Scrubber, ServiceError, Until};

/// Long enough that only a hang reaches it.
const GUARD: Duration = Duration::from_secs(120);
/// For commands that never end by themselves.
const SHORT: Duration = Duration::from_millis(300);

fn sh(folder: &Path, script: &str) -> Invocation {
    Invocation {
        argv: ["sh", "-c", script].map(str::to_owned).to_vec(),
        env: Vec::new(),
        folder: folder.to_owned(),
        stdout_kept: 1000,
        quotable: true,
        leaves: false,
    }
}

fn run_for(folder: &Path, script: &str, time: Duration) -> Result<Finished, ServiceError> {
    run(&sh(folder, script), &Scrubber::default(), Until::after(time, &|| false))
}

fn error_of(result: Result<Finished, ServiceError>) -> ServiceError {
    match result {
        Ok(finished) => panic!("it ended with {}", finished.code),
        Err(error) => error,
    }
}

/// Waits until the process whose id is in `file` is gone or a zombie.
fn is_gone(file: &Path) {
    let guard = Instant::now() + GUARD;
    let pid = loop {
        match std::fs::read_to_string(file).ok().and_then(|text| text.trim().parse::<u32>().ok()) {
            Some(pid) => break pid,
            None => assert!(Instant::now() < guard, "the process never wrote its id"),
        }
        std::thread::yield_now();
    };
    while let Ok(stat) = std::fs::read_to_string(format!("/proc/{pid}/stat")) {
        let state = stat.rsplit(')').next().and_then(|rest| rest.split_whitespace().next()).unwrap_or("?");
        if state == "Z" || state == "X" {
            return;
        }
        assert!(Instant::now() < guard, "process {pid} is still alive: {stat}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn output_and_exit_code_come_back() {
    let top = TempDir::new().unwrap();
    let finished = run_for(top.path(), "echo out; echo err >&2; pwd; exit 7", GUARD).unwrap();
    let stdout = String::from_utf8(finished.stdout.bytes).unwrap();
    assert_eq!(finished.code, 7);
    assert!(
        stdout.starts_with("out\n") && stdout.contains(top.path().file_name().unwrap().to_str().unwrap())
    );
    assert_eq!(finished.stderr.bytes, b"err\n");
}

#[test]
fn standard_input_is_empty_and_arguments_are_no_shell_line() {
    let top = TempDir::new().unwrap();
    assert_eq!(run_for(top.path(), "cat; echo end", GUARD).unwrap().stdout.bytes, b"end\n");
    let mut invocation = sh(top.path(), "");
    invocation.argv = ["echo", "$HOME; touch x", "`id`"].map(str::to_owned).to_vec();
    let finished = run(&invocation, &Scrubber::default(), Until::after(GUARD, &|| false)).unwrap();
    assert_eq!(finished.stdout.bytes, b"$HOME; touch x `id`\n");
    assert!(!top.path().join("x").exists());
}

#[test]
fn the_environment_is_clean() {
    let top = TempDir::new().unwrap();
    let finished = run_for(top.path(), "env", GUARD).unwrap();
    let text = String::from_utf8(finished.stdout.bytes).unwrap();
    let mut allowed = environment::inherited().map(|(name, _)| name).collect::<Vec<_>>();
    // A shell adds the last three itself.
    allowed.extend([environment::MARK, "PWD", "SHLVL", "_", "OLDPWD"]);
    for line in text.lines().filter(|line| line.contains('=')) {
        let name = line.split('=').next().unwrap();
        assert!(allowed.contains(&name), "{line}");
    }
    assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some(), "there was something to leave out");
}

#[test]
fn what_hangs_is_ended() {
    let top = TempDir::new().unwrap();
    let error = error_of(run_for(top.path(), "echo $$ >pid; echo waiting for godot >&2; sleep 1000", SHORT));
    assert_eq!(error.reason, Reason::TimedOut);
    assert!(
        error.message.contains("command sh did not end in time and was ended; it said: waiting for godot")
    );
    is_gone(&top.path().join("pid"));
}

#[test]
fn a_stopped_run_ends_its_commands() {
    let top = TempDir::new().unwrap();
    let pid = top.path().join("pid");
    let stopped = || pid.exists();
    let result =
        run(&sh(top.path(), "echo $$ >pid; sleep 1000"), &Scrubber::default(), Until::after(GUARD, &stopped));
    assert_eq!(error_of(result).reason, Reason::Stopped);
    is_gone(&pid);
}

#[test]
fn nothing_is_started_for_a_run_that_was_stopped() {
    let top = TempDir::new().unwrap();
    let result = run(&sh(top.path(), "echo >started"), &Scrubber::default(), Until::after(GUARD, &|| true));
    assert_eq!(error_of(result).reason, Reason::Stopped);
    assert!(!top.path().join("started").exists());
}

#[test]
fn what_ignores_term_is_killed_with_its_children() {
    let top = TempDir::new().unwrap();
    let script = "trap '' TERM HUP INT; echo $$ >leader; sh -c 'trap \"\" TERM; echo $$ >child; while :; do sleep 1; done' & while :; do sleep 1; done";
    let ready = top.path().join("child");
    let stopped = || ready.exists();
    let result = run(&sh(top.path(), script), &Scrubber::default(), Until::after(GUARD, &stopped));
    assert_eq!(error_of(result).reason, Reason::Stopped);
    is_gone(&top.path().join("leader"));
    is_gone(&ready);
}

#[test]
fn what_a_command_leaves_behind_in_its_group_ends_with_it() {
    let top = TempDir::new().unwrap();
    // The child holds both pipes open; without an end of our own this would wait for it.
    let finished = run_for(top.path(), "sleep 1000 & echo $! >pid; echo done", GUARD).unwrap();
    assert_eq!((finished.code, finished.stdout.bytes.as_slice()), (0, &b"done\n"[..]));
    is_gone(&top.path().join("pid"));
}

#[test]
#[cfg(target_os = "linux")]
fn a_daemon_that_left_group_and_pipes_is_found() {
    let top = TempDir::new().unwrap();
    let script = "setsid sh -c '(trap \"\" HUP TERM; echo $$ >outer; sh -c \"echo \\$\\$ >daemon; exec sleep 1000\") </dev/null >/dev/null 2>&1 &' ; while [ ! -s daemon ]; do sleep 0.01; done; echo done";
    let finished = run_for(top.path(), script, GUARD).unwrap();
    assert_eq!(finished.stdout.bytes, b"done\n");
    is_gone(&top.path().join("daemon"));
}

#[test]
fn a_flood_is_drained_and_not_kept() {
    let top = TempDir::new().unwrap();
    let finished =
        run_for(top.path(), "head -c 1073741824 /dev/zero; head -c 300000 /dev/zero >&2; exit 3", GUARD)
            .unwrap();
    assert_eq!(finished.code, 3);
    assert_eq!((finished.stdout.bytes.len(), finished.stdout.dropped), (1000, 1_073_740_824));
    assert!(finished.stderr.cut() && finished.stderr.bytes.capacity() <= 256 * 1024);
}

#[test]
fn a_flood_without_end_does_not_keep_us_from_the_clock() {
    let top = TempDir::new().unwrap();
    let error = error_of(run_for(top.path(), "exec yes", SHORT));
    assert_eq!(error.reason, Reason::TimedOut);
}

#[test]
fn what_cannot_be_started_says_why() {
    let top = TempDir::new().unwrap();
    std::fs::write(top.path().join("plain.txt"), "x").unwrap();
    let with = |argv: &[&str]| {
        let mut invocation = sh(top.path(), "");
        invocation.argv = argv.iter().map(|a| (*a).to_owned()).collect();
        error_of(run(&invocation, &Scrubber::default(), Until::after(GUARD, &|| false)))
    };
    let error = with(&["./reconcile.sh"]);
    assert!(
        error.message.contains("./reconcile.sh cannot be started") && error.hint.unwrap().contains("beside")
    );
    assert!(with(&["./plain.txt"]).hint.unwrap().contains("chmod +x"));
    assert!(with(&["no-such-program-7"]).message.contains("no-such-program-7"));
    assert!(with(&[]).message.contains("no program"));
    assert!(with(&[""]).message.contains("no program"));
    assert!(with(&["echo", "a\0b"]).message.contains("null character"));
    assert!(with(&["echo", &"x".repeat(100_000)]).message.contains("64 KiB"));
    assert!(with(&["a\x1b[31m"]).message.contains("\\u{1b}"), "nothing reaches the terminal");
}

#[test]
fn a_crash_is_no_exit_code() {
    let top = TempDir::new().unwrap();
    let error = error_of(run_for(top.path(), "echo dying >&2; kill -SEGV $$", GUARD));
    assert_eq!(error.reason, Reason::Failed);
    assert!(error.message.contains("signal 11; it said: dying"), "{}", error.message);
}

#[test]
#[cfg(target_os = "linux")]
fn a_crash_leaves_no_core_dump() {
    let top = TempDir::new().unwrap();
    let script = "while [ \"$(ulimit -Hc)\" != 0 ]; do sleep 0.01; done; ulimit -c";
    assert_eq!(run_for(top.path(), script, GUARD).unwrap().stdout.bytes, b"0\n");
}
